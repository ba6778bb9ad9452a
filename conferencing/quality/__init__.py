"""How good the lines of the sites are: what their own pages report, kept by jurisdiction and never by person."""
