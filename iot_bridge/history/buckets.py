"""How a span of time is divided for a chart. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

HOUR_S = 3600
STEPS_S = (60, 300, 900, HOUR_S, 3 * HOUR_S, 6 * HOUR_S, 12 * HOUR_S, 24 * HOUR_S, 7 * 24 * HOUR_S)
MOST = 72
LONGEST = timedelta(days=MOST * 7 - 7)


@dataclass(frozen=True, slots=True)
class Buckets:
    """Equal parts of a span: `count` of them, `step` long, from `start`."""

    start: datetime
    step: timedelta
    count: int

    @property
    def end(self) -> datetime:
        """Where the last one ends."""
        return self.start + self.step * self.count

    @property
    def hourly(self) -> bool:
        """Whether every part consists of whole hours of UTC."""
        return self.step >= timedelta(hours=1) and int(self.start.timestamp()) % HOUR_S == 0

    def edges(self) -> list[datetime]:
        """The beginnings, and the end."""
        return [self.start + self.step * number for number in range(self.count + 1)]

    def index(self, moment: datetime) -> int:
        """Which part a moment falls into; it must lie in the span."""
        return int((moment - self.start) / self.step)


def divide(since: datetime, until: datetime, zone: tzinfo) -> Buckets:
    """The finest division into at most 72 parts, its edges at round times of the zone.

    The first part begins at or before `since`, the last ends at or after `until`. ValueError for a
    span that is empty or longer than can be drawn.
    """
    if until <= since:
        raise ValueError("the end lies before the beginning")
    for step_s in STEPS_S:
        start = _floor(since, step_s, zone)
        count = -int(-(until - start).total_seconds() // step_s)
        if count <= MOST:
            return Buckets(start, timedelta(seconds=step_s), count)
    raise ValueError(f"more than {LONGEST.days} days")


def _floor(moment: datetime, step_s: int, zone: tzinfo) -> datetime:
    """Days begin at midnight of the zone, weeks on Mondays; the offset is that of the moment."""
    offset_s = int((moment.astimezone(zone).utcoffset() or timedelta()).total_seconds())
    shift_s = offset_s + (3 * 24 * HOUR_S if step_s > 24 * HOUR_S else 0)
    local = int(moment.timestamp()) + shift_s
    return datetime.fromtimestamp(local - local % step_s - shift_s, UTC)
