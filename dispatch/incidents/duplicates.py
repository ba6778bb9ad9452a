"""Which open cases a new one may repeat: near in place, near in time, and of the same kind. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from command_center.jurisdictions.codes import LENGTHS, Level
from dispatch.ground import metres_between

NEAR_M = 300.0
WITHIN = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What of a case tells whether it is the same as another; the place in degrees WGS-84."""

    id: int
    category: str
    at: datetime
    place: tuple[float, float] | None
    code: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """A case that may be the same: how far (metres, None if a place is unknown) and how long before."""

    id: int
    metres: float | None
    apart: timedelta


def likely(new: Sighting, others: Iterable[Sighting]) -> list[Likeness]:
    """Cases that `new` may repeat, nearest first. Of the same group of categories, within 300 m and 6 h.

    Where a place is unknown, the same village stands for near; a township is too large for that.
    """
    found = []
    for other in others:
        if other.id == new.id or other.category[:2] != new.category[:2]:
            continue
        apart = abs(new.at - other.at)
        if apart > WITHIN:
            continue
        if new.place is not None and other.place is not None:
            metres = metres_between(new.place, other.place)
            if metres <= NEAR_M:
                found.append(Likeness(other.id, metres, apart))
        elif new.code == other.code and len(new.code) >= LENGTHS[Level.VILLAGE]:
            found.append(Likeness(other.id, None, apart))
    return sorted(found, key=lambda like: (like.metres is None, like.metres or 0.0, like.apart))
