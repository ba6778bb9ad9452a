"""When a schedule holds, and until when that stays so. Local time; days worked and days off are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from iot_bridge.rules.engine.language import Schedule


@dataclass(frozen=True, slots=True)
class Days:
    """The working calendar: `special` says of a date whether it is worked, the weekdays (0 Monday) of all others."""

    zone: tzinfo = UTC
    weekdays: frozenset[int] = frozenset(range(5))
    special: Mapping[date, bool] = field(default_factory=dict)

    def works(self, day: date) -> bool:
        """Whether a local day is worked."""
        return self.special.get(day, day.weekday() in self.weekdays)


def schedule_at(schedule: Schedule, days: Days, now_ms: int) -> tuple[bool, int]:
    """Whether it holds now, and the moment (epoch ms) at which that is next to be asked."""
    now = datetime.fromtimestamp(now_ms / 1000, days.zone)
    today = now.date()
    if schedule.begin is None or schedule.until is None:
        return _fits(schedule, days, today), _ms(today + timedelta(days=1), time(0), days)
    begin, until = time.fromisoformat(schedule.begin), time.fromisoformat(schedule.until)
    holds, following = False, _ms(today + timedelta(days=1), time(0), days)
    for day in (today - timedelta(days=1), today):
        start = _ms(day, begin, days)
        end = _ms(day if until > begin else day + timedelta(days=1), until, days)
        holds = holds or (_fits(schedule, days, day) and start <= now_ms < end)
        following = min([following, *(at for at in (start, end) if at > now_ms)])
    return holds, following


def _fits(schedule: Schedule, days: Days, day: date) -> bool:
    if schedule.weekdays is not None and day.isoweekday() not in schedule.weekdays:
        return False
    return schedule.days == "all" or days.works(day) == (schedule.days == "workdays")


def _ms(day: date, at: time, days: Days) -> int:
    return int(datetime.combine(day, at, days.zone).timestamp() * 1000)
