"""Sockets, keys and clocks."""
