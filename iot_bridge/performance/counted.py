"""What a report counts, out of what the worker has added up wherever that goes, and of the rows for all else.

A closed alarm never changes, so whole days (UTC's) of these are sums of sums. What is left to the rows is the edges
of the period and, of the days between, the alarms that are open or that the worker has not come to.
"""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery, Sum

from iot_bridge.alarms.models import Alarm, AlarmChange
from iot_bridge.performance import selectors
from iot_bridge.performance.figures import DAY_S, WINDOW_S, Chatter
from iot_bridge.performance.models import (
    AlarmSource,
    Chattered,
    SeenDay,
    SettledMark,
    SourceDay,
    WindowCount,
)
from iot_bridge.performance.selectors import Asked
from iot_bridge.performance.tally import Source, Tally, sum_of

LEVELS = (4, 6, 9, 12)
"""How long the codes are whose sums are kept: prefectures, cities, townships, villages."""
SECONDS = "I"


def pack(seconds: Collection[int]) -> bytes:
    """Whole seconds as a row keeps them: four bytes each, the least first."""
    return _swapped(array(SECONDS, sorted(seconds))).tobytes()


def unpack(kept: bytes | memoryview) -> array[int]:
    """The reverse."""
    return _swapped(array(SECONDS, bytes(kept)))


def _swapped(numbers: array[int]) -> array[int]:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def settled_through() -> int:
    """The last step of an alarm's life that is added up."""
    return SettledMark.objects.values_list("through", flat=True).first() or 0


def sums_before(moment: datetime) -> list[QuerySet[Any]]:
    """What is added up of the time before a moment, for who forgets it."""
    at = moment.timestamp()
    return [
        WindowCount.objects.filter(window__lt=at // WINDOW_S),
        SourceDay.objects.filter(day__lt=at // DAY_S),
        SeenDay.objects.filter(day__lt=at // DAY_S),
        Chattered.objects.filter(last__lt=at),
    ]


@dataclass(frozen=True)
class Plan:
    """How a question is answered: the days (since 1970) between `first` and `last` by sums, the rest by rows."""

    asked: Asked
    first: int
    last: int
    through: int

    @classmethod
    def of(cls, asked: Asked, *, through: int) -> Plan:
        """Whole days where the sums of the scope are kept, else none."""
        since, until = int(asked.since.timestamp()), int(asked.until.timestamp())
        first, last = -(-since // DAY_S), until // DAY_S
        kept = all(len(prefix) in LEVELS for prefix in asked.scope.prefixes)
        return cls(asked, first, last if kept and through else first, through)

    @cached_property
    def summed(self) -> bool:
        """Whether sums are of any use."""
        return self.first < self.last

    def unsettled(self, asked: Asked) -> list[Asked]:
        """The same question of the alarms that may be changed yet, and of those closed since."""
        opened = Alarm.objects.filter(open=True).values("pk")
        closed = AlarmChange.objects.filter(pk__gt=self.through, change="closed")
        return [replace(asked, among=opened), replace(asked, among=closed.values("alarm_id"))]

    def rows(self) -> list[Asked]:
        """What the rows are asked: the edges, and what is not settled between."""
        if not self.summed:
            return [self.asked]
        first, last = _moment(self.first), _moment(self.last)
        edges = [replace(self.asked, until=first), replace(self.asked, since=last)]
        inner = self.unsettled(replace(self.asked, since=first, until=last))
        return [*(edge for edge in edges if edge.since < edge.until), *inner]


def _moment(day: int) -> datetime:
    return datetime.fromtimestamp(day * DAY_S, UTC)


def tally(plan: Plan) -> Tally:
    """See the module."""
    parts = [selectors.tally(asked) for asked in plan.rows()]
    return sum_of([_summed(plan), *parts] if plan.summed else parts)


def _summed(plan: Plan) -> Tally:
    found = Tally()
    per_day = DAY_S // WINDOW_S
    windows = WindowCount.objects.filter(
        code__in=plan.asked.scope.prefixes,
        window__gte=plan.first * per_day,
        window__lt=plan.last * per_day,
    ).order_by()
    for window, raised, again in windows.values_list("window").annotate(
        Sum("raised"), Sum("again")
    ):
        found.windows[window * WINDOW_S] = raised + again
        found.again += again
    for severity, raised, again in windows.values_list("severity").annotate(
        Sum("raised"), Sum("again")
    ):
        found.severities[severity] = raised + again
    for device, condition, count in _days(plan, AlarmSource.objects.all(), "count"):
        found.sources[device, condition] += count
    days = SeenDay.objects.filter(
        code__in=plan.asked.scope.prefixes, day__gte=plan.first, day__lt=plan.last
    )
    for severity, seconds in days.values_list("severity", "seconds").iterator():
        found.took.setdefault(severity, Counter()).update(unpack(seconds))
    return found


def occurrences(plan: Plan, devices: Collection[str]) -> Counter[Source]:
    """How often the conditions of these devices occurred, repeats included, of the alarms raised then."""
    found: Counter[Source] = Counter()
    if plan.summed:
        rows = AlarmSource.objects.filter(device__in=devices)
        for device, condition, count in _days(plan, rows, "occurrences"):
            found[device, condition] += count
    for asked in plan.rows():
        found.update(selectors.occurrences(asked, devices))
    return found


def _days(
    plan: Plan, sources: QuerySet[AlarmSource], column: str
) -> Iterator[tuple[str, str, int]]:
    """What the days of sources add up to: of each a stretch of an index, however long the history."""
    days = SourceDay.objects.filter(source=OuterRef("pk"), day__gte=plan.first, day__lt=plan.last)
    total = Subquery(days.order_by().values("source").annotate(n=Sum(column)).values("n"))
    rows = sources.filter(plan.asked.scope.condition()).annotate(total=total)
    for device, condition, count in rows.values_list("device", "condition", "total"):
        if count is not None:
            yield device, condition, count


def chatters(plan: Plan) -> dict[Source, Chatter]:
    """The sources that chattered: their alarms' bursts added up, and the most of any in a minute."""
    found: dict[Source, Chatter] = {}
    for source, one in _chattered(plan) if plan.through else selectors.chatters(plan.asked):
        known = found.get(source, Chatter(0, 0))
        most = max(known.per_minute, one.per_minute)
        found[source] = Chatter(known.bursts + one.bursts, most)
    return found


def _chattered(plan: Plan) -> Iterator[tuple[Source, Chatter]]:
    """Settled alarms as they are kept, but for those that the period cuts; these and the others by their rows."""
    asked = plan.asked
    since, until = asked.since.timestamp(), asked.until.timestamp()
    touched = Chattered.objects.filter(
        asked.scope.condition("source__code"), last__gte=since, first__lt=until
    ).order_by()
    inside = Q(first__gte=since, last__lt=until)
    rows = touched.filter(inside).values_list("source__device", "source__condition")
    for device, condition, bursts, most in rows.annotate(Sum("bursts"), Max("per_minute")):
        yield (device, condition), Chatter(bursts, most)
    cut = replace(asked, among=touched.exclude(inside).values("alarm"))
    for part in [cut, *plan.unsettled(asked)]:
        yield from selectors.chatters(part)
