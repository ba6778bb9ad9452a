"""Notices to posts about a case: shown at once in the consoles of who holds the post, until one of them has seen it."""
