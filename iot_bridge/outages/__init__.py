"""Outages: stretches of time from which events may be missing, by place."""
