"""Conferences in the database: changing, asking, and what the API and the consoles show of them."""
