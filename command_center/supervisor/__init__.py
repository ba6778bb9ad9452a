"""Starts every process of one machine, restarts what dies, and ends all of them together."""
