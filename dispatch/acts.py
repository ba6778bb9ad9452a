"""When something happened that a phone tells of, at once or hours later. Pure.

A phone's clock may be wrong, so it never says when: it says how long ago, the difference of two readings of
its own clock, and the server reckons back from when it hears of it. What cannot be is not believed: nothing
happens in the future, before what it follows, or longer ago than a phone may have been without a network.
"""

from __future__ import annotations

from datetime import datetime, timedelta

LONGEST_AGO = timedelta(hours=72)
"""A phone's queue may be so old; what claims to be older counts as of so long ago."""

NOTABLE = timedelta(minutes=1)
"""From here on, when it happened and when it was heard of are told apart."""


def happened_at(*, ago_ms: int, now: datetime, not_before: datetime | None = None) -> datetime:
    """The moment of an act that a phone says is so many milliseconds ago, heard of now."""
    # Compared before it is reckoned with: a phone may say any number.
    within = min(max(ago_ms, 0), LONGEST_AGO // timedelta(milliseconds=1))
    moment = now - timedelta(milliseconds=within)
    if not_before is not None:
        moment = max(moment, not_before)
    return min(moment, now)


def is_late(*, happened: datetime, heard: datetime) -> bool:
    """Whether it was heard of so much later that both times are to be told."""
    return heard - happened > NOTABLE
