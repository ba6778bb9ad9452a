"""The demo city: a real list of jurisdictions, with an invented fleet, units and accounts."""
