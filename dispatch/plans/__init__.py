"""Response plans: which units, whom to tell and whom to call together, for a category and severity."""
