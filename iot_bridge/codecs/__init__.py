"""Codecs: makers' topics and payloads to canonical messages. Pure; each cites the format it reads."""
