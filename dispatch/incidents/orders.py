"""督办: how long an order from above stays in force. Pure.

An order that the system gave because a stage is overdue is about that stage, and ends with it. One that a
person gave asks for something, handled or closed, and stays through every step until the case has come to
that, or until it is lifted by whom it came from. Merging takes it along, suspending does not end it.
"""

from __future__ import annotations

from enum import StrEnum

from dispatch.incidents.lifecycle import OWED, Stage


class Asks(StrEnum):
    """What an order by hand wants the case to come to."""

    HANDLED = "handled"
    CLOSED = "closed"


class End(StrEnum):
    """How an order ended."""

    STAGE = "stage"
    """the stage that it was about is over"""
    EXTENDED = "extended"
    """that stage got more time"""
    FULFILLED = "fulfilled"
    """the case came to what it asked for"""
    DROPPED = "dropped"
    """the case was rejected: there is nothing to finish"""
    LIFTED = "lifted"
    """whoever gave it, or stands above, took it back"""


_HAS_COME_TO = {
    Asks.HANDLED: frozenset({Stage.HANDLED, Stage.VERIFIED, Stage.CLOSED, Stage.ARCHIVED}),
    Asks.CLOSED: frozenset({Stage.CLOSED, Stage.ARCHIVED}),
}


def end_by_moving(asks: Asks, after: Stage) -> End | None:
    """Whether an order by hand ends when a case comes to a stage; None while it stays in force."""
    if after in _HAS_COME_TO[asks]:
        return End.FULFILLED
    if after in OWED or after is Stage.MERGED:
        return None
    return End.DROPPED
