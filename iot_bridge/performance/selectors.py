"""Reading alarms as the performance figures take them: counted by the database, never row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from command_center.accounts.scope import Scope
from command_center.feed.selectors import consoles_at
from iot_bridge.alarms.models import Alarm, AlarmChange
from iot_bridge.devices.models import Device
from iot_bridge.performance.epochs import Epoch, Plain, WindowOf, took
from iot_bridge.performance.figures import (
    CHATTER_COUNT,
    STANDING_S,
    WINDOW_S,
    Chatter,
    chatter_of,
)
from iot_bridge.performance.tally import Source, Tally
from iot_bridge.rules.conditions import is_own

AGAIN = "reactivated"
SHELVED = "shelved"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which alarms: of a scope, annunciated in `since` ≤ t < `until`; `among`, if not all, those of these ids alone."""

    scope: Scope
    since: datetime
    until: datetime
    among: QuerySet[Any, Any] | Collection[int] | None = None

    def raised(self) -> QuerySet[Alarm]:
        """Alarms raised then, and annunciated: not those kept quiet for all of their life."""
        then = Q(announced=True, raised_at__gte=self.since, raised_at__lt=self.until)
        rows = Alarm.objects.alias(place=Plain("code"))
        return rows.filter(then & self.scope.condition("place") & self._among("pk")).order_by()

    def changed(self, change: str) -> Q:
        """Steps of alarms taken then."""
        then = Q(change=change, at__gte=self.since, at__lt=self.until)
        return then & self.scope.condition("alarm__code") & self._among("alarm_id")

    def again(self) -> Q:
        """Returns of alarms then, but while they were kept quiet."""
        return self.changed(AGAIN) & ANNUNCIATED_AGAIN

    def _among(self, field: str) -> Q:
        return Q() if self.among is None else Q(**{f"{field}__in": self.among})


ANNUNCIATED_AGAIN = Q(alarm__announced=True, detail__quiet__isnull=True)


def tally(asked: Asked) -> Tally:
    """What is asked for, counted out of the rows."""
    found = Tally(took=times_to_acknowledge(asked))
    raised = asked.raised().values_list(WindowOf("raised_at"), "severity")
    again = AlarmChange.objects.filter(asked.again())
    for rows in (raised, again.values_list(WindowOf("at"), "alarm__severity")):
        for window, severity, count in rows.annotate(n=Count("*")).order_by():
            found.windows[window * WINDOW_S] += count
            found.severities[severity] += count
            found.again += count if rows is not raised else 0
    found.sources = by_source(asked)
    return found


def by_source(asked: Asked) -> Counter[Source]:
    """How many were annunciated, by device and condition."""
    raised = asked.raised().values_list("device_id", "condition")
    again = AlarmChange.objects.filter(asked.again())
    counts: Counter[Source] = Counter()
    for rows in (raised, again.values_list("alarm__device_id", "alarm__condition")):
        for device, condition, count in rows.annotate(n=Count("*")).order_by():
            counts[device, condition] += count
    return counts


def shelved_count(asked: Asked) -> int:
    """How often an alarm was shelved."""
    return AlarmChange.objects.filter(asked.changed(SHELVED)).count()


def occurrences(asked: Asked, devices: Collection[str]) -> Counter[Source]:
    """How often the conditions of these devices occurred, repeats included, of the alarms raised then.

    The worst devices have the most alarms: what was raised then is fewer than what they ever raised, and no index of
    devices may tempt the database.
    """
    rows = asked.raised().alias(of=Plain("device_id")).filter(of__in=devices)
    found = rows.values_list("device_id", "condition").annotate(n=Sum("count"))
    return Counter({(device, condition): count for device, condition, count in found})


def times_to_acknowledge(asked: Asked) -> dict[int, Counter[int]]:
    """By severity: how many of the alarms raised then were acknowledged after so many whole seconds."""
    rows = asked.raised().filter(acknowledged_at__isnull=False)
    found: dict[int, Counter[int]] = {}
    for severity, seconds, count in (
        rows.values_list("severity", took()).annotate(n=Count("*")).order_by()
    ):
        found.setdefault(severity, Counter())[max(0, seconds)] += count
    return found


def chatters(asked: Asked) -> Iterator[tuple[Source, Chatter]]:
    """How each alarm chattered, of those that did."""
    since, until = asked.since.timestamp(), asked.until.timestamp()
    for source, times in _restless(asked):
        chatter = chatter_of([at for at in times if since <= at < until])
        if chatter is not None:
            yield source, chatter


def _restless(asked: Asked) -> Iterator[tuple[Source, list[float]]]:
    """When each alarm that was active again often enough to chatter became active (epoch s)."""
    changes = AlarmChange.objects.filter(asked.again())
    several = changes.values("alarm_id").annotate(n=Count("*")).filter(n__gte=CHATTER_COUNT - 1)
    rows = changes.filter(alarm_id__in=several.order_by().values("alarm_id"))
    moments: dict[int, tuple[Source, list[float]]] = {}
    for alarm, device, condition, raised_at, at in rows.order_by("alarm_id", "at").values_list(
        "alarm_id", "alarm__device_id", "alarm__condition", Epoch("alarm__raised_at"), Epoch("at")
    ):
        moments.setdefault(alarm, ((device, condition), [raised_at]))[1].append(at)
    yield from moments.values()


@dataclass(frozen=True, slots=True)
class Standing:
    """An alarm that has been active for too long: which, and since when."""

    id: int
    device_id: str
    condition: str
    severity: int
    acknowledged: bool
    active_since: datetime

    @property
    def source(self) -> Source:
        """Of what it is."""
        return self.device_id, self.condition


def standing(scope: Scope, *, now: datetime) -> list[Standing]:
    """The alarms active without a break for more than a day, the longest first."""
    before = now - timedelta(seconds=STANDING_S)
    again = Max("changes__at", filter=Q(changes__change=AGAIN))
    rows = (
        Alarm.objects.filter(scope.condition(), open=True, active=True, raised_at__lt=before)
        .annotate(active_since=Coalesce(again, F("raised_at")))
        .filter(active_since__lt=before)
        .order_by("active_since", "id")
    )
    return [
        Standing(
            row.id,
            row.device_id,
            row.condition,
            row.severity,
            row.acknowledged,
            row.active_since,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Named:
    """A source as a table names it: its device, if that is still registered, and a stored rule's own titles."""

    name: str | None = None
    code: str | None = None
    site: str | None = None
    title_zh: str = ""
    title_en: str = ""


def named(sources: Iterable[Source]) -> dict[Source, Named]:
    """What sources are called."""
    wanted = set(sources)
    devices = Device.objects.in_bulk({device for device, _condition in wanted})
    titles = _titles({source for source in wanted if is_own(source[1])})
    found: dict[Source, Named] = {}
    for source in wanted:
        device, (zh, en) = devices.get(source[0]), titles.get(source, ("", ""))
        found[source] = (
            Named(title_zh=zh, title_en=en)
            if device is None
            else Named(device.name, device.jurisdiction_id, device.site, zh, en)
        )
    return found


def _titles(sources: Collection[Source]) -> dict[Source, tuple[str, str]]:
    """The titles that the last alarm of each of these had: few, and each a look at the end of its device's index."""
    found = {}
    for device, condition in sources:
        last = Alarm.objects.filter(device_id=device, condition=condition).order_by("-id")
        found[device, condition] = last.values_list("title_zh", "title_en").first() or ("", "")
    return found


def consoles(asked: Asked) -> dict[int, int]:
    """How many consoles of the level itself were open, by window (epoch s)."""
    found = consoles_at(asked.scope.prefixes, since=asked.since, until=asked.until)
    return {int(at.astimezone(UTC).timestamp()): count for at, count in found.items()}
