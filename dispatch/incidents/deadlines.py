"""Arithmetic of deadlines, in working time or around the clock. Pure.

A duration is a number of seconds of the calendar's time. Around the clock that is the clock; in a working
calendar only the hours of working days count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

YELLOW = 0.8
"""The part of the allowed time after which a light turns yellow."""

LONGEST_SEARCH = timedelta(days=3660)


class DeadlineError(ValueError):
    """A calendar in which the time asked for never comes."""


class BadHoursError(ValueError):
    """Working hours that overlap, go backwards, or run over midnight."""


def check_hours(hours: Sequence[tuple[time, time]]) -> None:
    """Raises BadHoursError unless the stretches of a day follow one another; an end of 00:00 is the day's end."""
    last = time(0)
    for index, (begin, end) in enumerate(hours):
        ends_the_day = end == time(0) and index == len(hours) - 1
        if begin < last or not (end > begin or ends_the_day):
            raise BadHoursError(f"{begin:%H:%M}-{end:%H:%M}")
        last = end


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
        return sorted(found)


@dataclass(frozen=True, slots=True)
class Budget:
    """What a stage has of time, in seconds of its calendar.

    `allowed` is the table's, `granted` what was given beyond that, `spent` what earlier stays in the stage
    have used: a case that is handed on, sent back, returned or suspended goes on with what was left.
    """

    allowed: float
    granted: float = 0.0
    spent: float = 0.0

    @property
    def left(self) -> float:
        """How long it may still take."""
        return max(self.allowed + self.granted - self.spent, 0.0)

    @property
    def until_yellow(self) -> float:
        """How long until the last fifth of the allowed time begins."""
        return max(self.left - (1 - YELLOW) * self.allowed, 0.0)


def yellow_between(start: datetime, end: datetime) -> datetime:
    """When four fifths of the time between two moments have passed, around the clock."""
    return start + YELLOW * (end - start)


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
