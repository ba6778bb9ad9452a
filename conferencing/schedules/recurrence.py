"""When a planned conference is, and what is due of it. Pure; moments are aware, days and times the installation's."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

LATE = timedelta(minutes=5)
"""Noticed later than this (nothing ran at the time), it is missed and not opened unasked."""
ON_TIME = timedelta(minutes=1)
"""By itself it is opened within this only; later somebody is asked."""
WAITS = timedelta(minutes=30)
"""So long after its time it waits to be opened, then it is missed."""
LONGEST_LEAD_MINUTES = 24 * 60
_FAR = timedelta(days=366)


class Repeats(StrEnum):
    """How often."""

    ONCE = "once"
    DAILY = "daily"
    WEEKLY = "weekly"


class RunState(StrEnum):
    """What became of one time."""

    COMING = "coming"
    """the chair has been reminded"""
    DUE = "due"
    """it is time, and nobody has opened it yet"""
    OPENED = "opened"
    SKIPPED = "skipped"
    MISSED = "missed"


OPENABLE = frozenset({RunState.COMING, RunState.DUE, RunState.MISSED})


@dataclass(frozen=True, slots=True)
class Rule:
    """From `first_day` on at `at`; up to and with `until`. `weekdays` are ISO weekdays, of a weekly one."""

    repeats: Repeats
    first_day: date
    at: time
    weekdays: frozenset[int] = frozenset()
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether there is one on a day."""
        if day < self.first_day or (self.until is not None and day > self.until):
            return False
        match self.repeats:
            case Repeats.ONCE:
                return day == self.first_day
            case Repeats.DAILY:
                return True
            case Repeats.WEEKLY:
                return day.isoweekday() in self.weekdays


def next_time(
    rule: Rule, *, after: datetime, zone: tzinfo, skipped: Collection[datetime] = ()
) -> datetime | None:
    """The first time strictly after a moment that is not skipped; None if there is none in a year."""
    day = max(rule.first_day, after.astimezone(zone).date())
    last = day + _FAR
    while day <= last:
        if rule.holds_on(day):
            moment = datetime.combine(day, rule.at, tzinfo=zone)
            if moment > after and moment not in skipped:
                return moment
        day += timedelta(days=1)
    return None


class Step(StrEnum):
    """What is to be done about the next time now."""

    WAIT = "wait"
    REMIND = "remind"
    ASK = "ask"
    OPEN = "open"
    MISS = "miss"


def step(*, at: datetime, lead: timedelta, by_itself: bool, reminded: bool, now: datetime) -> Step:
    """What to do about a time that nobody has opened, skipped or asked about yet."""
    late = now - at
    if late > LATE:
        return Step.MISS
    if late >= timedelta(0):
        return Step.OPEN if by_itself and late <= ON_TIME else Step.ASK
    return Step.REMIND if lead and not reminded and now >= at - lead else Step.WAIT


def is_over(state: RunState, *, at: datetime, now: datetime) -> bool:
    """Whether a time that waits to be opened has waited long enough."""
    return state is RunState.DUE and now - at > WAITS
