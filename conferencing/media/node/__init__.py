"""Rooms and peers: who is forwarded to whom."""
