"""Arithmetic of deadlines: working time or around the clock, pauses, lights. Pure.

A duration is a number of seconds of the calendar's time. Around the clock that is the clock; in a working
calendar only the hours of working days count. Suspended time never counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

YELLOW = 0.8
"""The part of the allowed time after which a light turns yellow."""

LONGEST_SEARCH = timedelta(days=3660)


class Light(StrEnum):
    """How a deadline stands."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


class DeadlineError(ValueError):
    """A calendar in which the time asked for never comes."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time; `end` None while it lasts."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working hours in local time. Empty `hours` means around the clock.

    `weekdays` counts from Monday = 0. `holidays` are days off; `workdays` are days on that weekday and
    holiday would make off (调休).
    """

    zone: ZoneInfo
    hours: tuple[tuple[time, time], ...] = ()
    weekdays: frozenset[int] = frozenset(range(5))
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    @property
    def around_the_clock(self) -> bool:
        """Whether every second counts."""
        return not self.hours

    def works(self, day: date) -> bool:
        """Whether a local day is a working day."""
        if day in self.workdays:
            return True
        return day.weekday() in self.weekdays and day not in self.holidays

    def stretches(self, day: date) -> list[tuple[datetime, datetime]]:
        """The working stretches of a local day, as UTC times; an `hours` end of 00:00 is the day's end."""
        if not self.works(day):
            return []
        found = []
        for begin, end in self.hours:
            last = day + timedelta(days=1) if end == time(0) else day
            found.append(
                (
                    datetime.combine(day, begin, self.zone).astimezone(UTC),
                    datetime.combine(last, end, self.zone).astimezone(UTC),
                )
            )
        return found


def due_at(start: datetime, seconds: float, calendar: Calendar) -> datetime:
    """When `seconds` of the calendar's time have passed since `start`. Raises DeadlineError if never."""
    if calendar.around_the_clock:
        return start + timedelta(seconds=seconds)
    left = timedelta(seconds=seconds)
    day = start.astimezone(calendar.zone).date()
    last = day + LONGEST_SEARCH
    while day <= last:
        for begin, end in calendar.stretches(day):
            begin = max(begin, start)
            if end <= begin:
                continue
            if end - begin >= left:
                return begin + left
            left -= end - begin
        day += timedelta(days=1)
    raise DeadlineError("the calendar has too few working hours for this deadline")


def elapsed(start: datetime, end: datetime, calendar: Calendar) -> float:
    """Seconds of the calendar's time between two moments; 0 if `end` is not after `start`."""
    if end <= start:
        return 0.0
    if calendar.around_the_clock:
        return (end - start).total_seconds()
    total = timedelta()
    day = start.astimezone(calendar.zone).date()
    last = end.astimezone(calendar.zone).date()
    while day <= last:
        for begin, finish in calendar.stretches(day):
            stretch = min(finish, end) - max(begin, start)
            if stretch > timedelta():
                total += stretch
        day += timedelta(days=1)
    return total.total_seconds()


def spent(start: datetime, now: datetime, pauses: Sequence[Span], calendar: Calendar) -> float:
    """Seconds of the calendar's time used since `start`, without the pauses (which must not overlap)."""
    used = elapsed(start, now, calendar)
    for pause in pauses:
        begin, end = max(pause.start, start), min(pause.end or now, now)
        used -= elapsed(begin, end, calendar)
    return max(used, 0.0)


def due_with_pauses(
    start: datetime, seconds: float, pauses: Sequence[Span], now: datetime, calendar: Calendar
) -> datetime:
    """When the time allowed runs out, given the pauses so far (an open pause counts up to `now`)."""
    paused = elapsed(start, now, calendar) - spent(start, now, pauses, calendar)
    return due_at(start, seconds + paused, calendar)


def light(used: float, allowed: float) -> Light:
    """Green, yellow from 80 % of the allowed time, red when it is used up."""
    if used >= allowed:
        return Light.RED
    return Light.YELLOW if used >= YELLOW * allowed else Light.GREEN
