"""When a route is to be walked, and how a round stands. Pure; moments are aware, days are the installation's."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from dispatch.acts import LONGEST_AGO

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
"""ISO weekdays: Monday is 1."""

SHORTEST, LONGEST = 5, 24 * 60
"""Minutes that a round may be given."""

AHEAD = timedelta(hours=24)
"""So long before it begins a round is known, so that a phone knows it when its network is gone."""

HEARD_UNTIL = LONGEST_AGO
"""So long after its end a phone's queue may still tell what was confirmed in time."""


class RoundState(StrEnum):
    """How far a round is."""

    DUE = "due"
    UNDER_WAY = "under_way"
    COMPLETED = "completed"
    INCOMPLETE = "incomplete"


OPEN_STATES = frozenset({RoundState.DUE, RoundState.UNDER_WAY})


@dataclass(frozen=True, slots=True)
class Timetable:
    """On these days (ISO weekdays of the beginning), from this time of the day, for so many minutes."""

    weekdays: frozenset[int]
    starts_at: time
    minutes: int


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """The time of one round: from `opens`, up to but without `closes`."""

    opens: datetime
    closes: datetime

    def holds(self, at: datetime) -> bool:
        """Whether a moment lies in it."""
        return self.opens <= at < self.closes

    def overlaps(self, other: Window) -> bool:
        """Whether they share a moment."""
        return self.opens < other.closes and other.opens < self.closes


def windows(
    timetable: Timetable, *, since: datetime, until: datetime, zone: tzinfo
) -> Iterator[Window]:
    """Every window that is not over at `since` and has begun by `until`, in order.

    A window belongs to the day on which it begins, and may end on the next.
    """
    day = since.astimezone(zone).date() - timedelta(days=LONGEST // (24 * 60) + 1)
    last = until.astimezone(zone).date()
    while day <= last:
        if day.isoweekday() in timetable.weekdays:
            window = _window(timetable, day, zone)
            if window.closes > since and window.opens <= until:
                yield window
        day += timedelta(days=1)


def _window(timetable: Timetable, day: date, zone: tzinfo) -> Window:
    opens = datetime.combine(day, timetable.starts_at, tzinfo=zone)
    # In UTC, so that an hour is an hour where clocks are changed.
    moment = datetime.fromtimestamp(opens.timestamp(), tz=zone)
    closes = datetime.fromtimestamp(opens.timestamp() + timetable.minutes * 60, tz=zone)
    return Window(moment, closes)


@dataclass(frozen=True, slots=True, order=True)
class Wanted:
    """A round that a schedule asks for."""

    schedule: int
    unit: int
    window: Window


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done so that the rounds are those that the schedules ask for."""

    to_open: tuple[Wanted, ...]
    to_drop: tuple[Wanted, ...]


def plan(*, wanted: Collection[Wanted], known: Collection[Wanted], now: datetime) -> Plan:
    """Open what is missing; drop what nobody asks for any more, unless it has begun.

    A schedule has one round at a time: one that has begun stays, and stands for what would overlap it.
    """
    asked = set(wanted)
    dropped = {one for one in known if one not in asked and one.window.opens > now}
    kept = [one for one in known if one not in dropped]
    missing = [one for one in wanted if not any(_clash(one, other) for other in kept)]
    return Plan(tuple(sorted(missing)), tuple(sorted(dropped)))


def _clash(one: Wanted, other: Wanted) -> bool:
    return one.schedule == other.schedule and one.window.overlaps(other.window)


def state_of(*, closes: datetime, done: int, total: int, now: datetime) -> RoundState:
    """All confirmed is complete, whenever it is told; over without that is incomplete."""
    if 0 < total <= done:
        return RoundState.COMPLETED
    if now >= closes:
        return RoundState.INCOMPLETE
    return RoundState.UNDER_WAY if done else RoundState.DUE


def day_of(now: datetime, zone: tzinfo) -> Window:
    """The whole day in which a moment lies, where the installation is."""
    day = now.astimezone(zone).date()
    begin = datetime.combine(day, time(), tzinfo=zone)
    return Window(begin, datetime.combine(day + timedelta(days=1), time(), tzinfo=zone))
