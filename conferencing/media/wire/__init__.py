"""Bytes on the wire, read and written. Pure."""
