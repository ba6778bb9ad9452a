"""Dispatch: the units that act on what is reported."""
