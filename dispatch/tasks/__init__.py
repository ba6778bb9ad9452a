"""Tasks: one order to one unit under an incident."""
