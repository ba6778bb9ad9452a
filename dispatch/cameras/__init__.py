"""Where cameras' streams are: addresses that administrators enter, and nobody else sees."""
