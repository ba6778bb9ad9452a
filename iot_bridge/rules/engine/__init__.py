"""Stored rules: a small language over a device's events and state, checked, compiled, and run. Pure."""
