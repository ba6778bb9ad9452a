"""Times as epoch milliseconds and back."""

from __future__ import annotations

from datetime import UTC, datetime


def to_ms(moment: datetime) -> int:
    """A time as epoch ms."""
    return int(moment.timestamp() * 1000)


def from_ms(ms: int) -> datetime:
    """Epoch ms as a time."""
    return datetime.fromtimestamp(ms / 1000, UTC)
