"""Whether two maintenance windows are about the same equipment at the same time. Pure.

Out of service wants one clear record (ISA-18.2, clause 14): of two windows for the very same equipment the one that is
there is changed. Windows that merely share equipment may stand side by side, if whoever plans knows of it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Relation(StrEnum):
    """What another window's equipment is to one's own."""

    SAME = "same"
    COVERS = "covers"
    """all of one's own, and more"""
    WITHIN = "within"
    """a part of one's own"""
    CROSSES = "crosses"
    """some of one's own, and some that is not"""


@dataclass(frozen=True, slots=True)
class Equipment:
    """A device of `kinds` (its own) at a code, or the devices of some kinds (none: all) below a code."""

    code: str
    kinds: frozenset[str]
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when; the end is no part of it."""

    begins: datetime
    ends: datetime

    def meets(self, other: Span) -> bool:
        """Whether they have a moment in common."""
        return self.begins < other.ends and other.begins < self.ends


def relation(own: Equipment, other: Equipment) -> Relation | None:
    """What the other's equipment is to one's own; None if they have nothing in common."""
    if own.device is not None and other.device is not None:
        return Relation.SAME if own.device == other.device else None
    if own.device is None and other.device is None and own == other:
        return Relation.SAME
    if _holds(other, own):
        return Relation.COVERS
    if _holds(own, other):
        return Relation.WITHIN
    return Relation.CROSSES if _share(own, other) else None


def _holds(outer: Equipment, inner: Equipment) -> bool:
    if outer.device is not None or not inner.code.startswith(outer.code):
        return False
    return not outer.kinds or (bool(inner.kinds) and inner.kinds <= outer.kinds)


def _share(one: Equipment, two: Equipment) -> bool:
    if one.device is not None or two.device is not None:
        return False
    related = one.code.startswith(two.code) or two.code.startswith(one.code)
    return related and (not one.kinds or not two.kinds or not one.kinds.isdisjoint(two.kinds))


def unsettled(found: Collection[tuple[int, Relation]], known: Collection[int]) -> list[int]:
    """The windows (by id) that stand in the way: those of the same equipment, and those nobody said they know of."""
    return [key for key, how in found if how is Relation.SAME or key not in known]
