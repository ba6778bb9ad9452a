"""Files that are shared in a conference."""
