"""What stands for a session where its key must not appear."""

from __future__ import annotations

import hashlib


def session_digest(key: str | None) -> str:
    """A digest of a session's key, for the feed table and logs."""
    return hashlib.sha256((key or "").encode()).hexdigest()[:32]
