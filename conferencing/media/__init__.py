"""The media node: one UDP port, RTP forwarded without decoding, and a control API. No Django, no database.

`wire`, `description` and `streams` are pure; `shell` holds sockets and keys; `node` puts them together.
"""
