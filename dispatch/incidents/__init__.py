"""Incidents: the closed loop from report to archive."""
