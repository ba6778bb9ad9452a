"""Reading alarms as the performance figures take them: counted by the database, never row by row."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, F, FloatField, Func, IntegerField, Max, Q, Sum
from django.db.models.functions import Coalesce

from command_center.accounts.scope import Scope
from command_center.feed.selectors import consoles_at
from iot_bridge.alarms.models import Alarm, AlarmChange
from iot_bridge.devices.models import Device
from iot_bridge.performance.figures import CHATTER_COUNT, STANDING_S, WINDOW_S
from iot_bridge.rules.conditions import is_own

AGAIN = "reactivated"
SHELVED = "shelved"

Source = tuple[str, str]
"""A device's id and a condition."""


class _Window(Func):
    """Which ten minutes a time lies in, in whole windows since 1970."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        template = f"unixepoch(%(expressions)s) / {WINDOW_S}"
        return self.as_sql(compiler, connection, template=template, **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        template = f"(floor(date_part('epoch', %(expressions)s) / {WINDOW_S})::integer)"
        return self.as_sql(compiler, connection, template=template, **more)


class _Seconds(Func):
    """Whole seconds from the second time to the first."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        template = "CAST(%(expressions)s AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        template = "(floor(%(expressions)s)::integer)"
        return self.as_sql(compiler, connection, template=template, **more)


class _Epoch(Func):
    """A time in seconds since 1970, with its milliseconds."""

    output_field = FloatField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        template = "unixepoch(%(expressions)s, 'subsec')"
        return self.as_sql(compiler, connection, template=template, **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        template = "date_part('epoch', date_trunc('milliseconds', %(expressions)s))"
        return self.as_sql(compiler, connection, template=template, **more)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which alarms: of a scope, annunciated in `since` ≤ t < `until`."""

    scope: Scope
    since: datetime
    until: datetime

    def raised(self) -> Q:
        """Alarms raised then, and annunciated: not those kept quiet for all of their life."""
        then = Q(announced=True, raised_at__gte=self.since, raised_at__lt=self.until)
        return then & self.scope.condition()

    def changed(self, change: str) -> Q:
        """Steps of alarms taken then."""
        then = Q(change=change, at__gte=self.since, at__lt=self.until)
        return then & self.scope.condition("alarm__code")

    def again(self) -> Q:
        """Returns of alarms then, but while they were kept quiet."""
        return self.changed(AGAIN) & Q(alarm__announced=True, detail__quiet__isnull=True)


def annunciations(asked: Asked) -> dict[tuple[int, int], int]:
    """How many were annunciated, by window (epoch s) and severity."""
    raised = Alarm.objects.filter(asked.raised()).values_list(_Window("raised_at"), "severity")
    again = AlarmChange.objects.filter(asked.again())
    counts: dict[tuple[int, int], int] = {}
    for rows in (raised, again.values_list(_Window("at"), "alarm__severity")):
        for window, severity, count in rows.annotate(n=Count("*")).order_by():
            key = (window * WINDOW_S, severity)
            counts[key] = counts.get(key, 0) + count
    return counts


def again_count(asked: Asked) -> int:
    """How many of them were alarms that came back."""
    return AlarmChange.objects.filter(asked.again()).count()


def shelved_count(asked: Asked) -> int:
    """How often an alarm was shelved."""
    return AlarmChange.objects.filter(asked.changed(SHELVED)).count()


def by_source(asked: Asked) -> dict[Source, int]:
    """How many were annunciated, by device and condition."""
    raised = Alarm.objects.filter(asked.raised()).values_list("device_id", "condition")
    again = AlarmChange.objects.filter(asked.again())
    counts: dict[Source, int] = {}
    for rows in (raised, again.values_list("alarm__device_id", "alarm__condition")):
        for device, condition, count in rows.annotate(n=Count("*")).order_by():
            counts[device, condition] = counts.get((device, condition), 0) + count
    return counts


def occurrences(asked: Asked, devices: Collection[str]) -> dict[Source, int]:
    """How often the conditions of these devices occurred, repeats included, of the alarms raised then."""
    rows = Alarm.objects.filter(asked.raised(), device_id__in=devices).order_by()
    found = rows.values_list("device_id", "condition").annotate(n=Sum("count"))
    return {(device, condition): count for device, condition, count in found}


def times_to_acknowledge(asked: Asked) -> dict[int, dict[int, int]]:
    """By severity: how many of the alarms raised then were acknowledged after so many whole seconds."""
    rows = Alarm.objects.filter(asked.raised(), acknowledged_at__isnull=False)
    took = _Seconds(_Epoch("acknowledged_at") - _Epoch("raised_at"))
    found: dict[int, dict[int, int]] = {}
    for severity, seconds, count in (
        rows.values_list("severity", took).annotate(n=Count("*")).order_by()
    ):
        histogram = found.setdefault(severity, {})
        histogram[max(0, seconds)] = histogram.get(max(0, seconds), 0) + count
    return found


def restless(asked: Asked) -> dict[Source, list[list[float]]]:
    """When each alarm that was active again often enough to chatter became active (epoch s), by its source."""
    changes = AlarmChange.objects.filter(asked.again())
    several = changes.values("alarm_id").annotate(n=Count("*")).filter(n__gte=CHATTER_COUNT - 1)
    rows = changes.filter(alarm_id__in=several.order_by().values("alarm_id"))
    moments: dict[int, tuple[Source, list[float]]] = {}
    for alarm, device, condition, raised_at, at in rows.order_by("alarm_id", "at").values_list(
        "alarm_id", "alarm__device_id", "alarm__condition", _Epoch("alarm__raised_at"), _Epoch("at")
    ):
        moments.setdefault(alarm, ((device, condition), [raised_at]))[1].append(at)
    found: dict[Source, list[list[float]]] = {}
    for source, times in moments.values():
        found.setdefault(source, []).append(times)
    return found


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
    """The titles that the last alarm of each of these had."""
    if not sources:
        return {}
    devices, conditions = zip(*sources, strict=True)
    rows = Alarm.objects.filter(device_id__in=devices, condition__in=conditions).order_by("id")
    return {
        (device, condition): (zh, en)
        for device, condition, zh, en in rows.values_list(
            "device_id", "condition", "title_zh", "title_en"
        )
    }


def consoles(asked: Asked) -> dict[int, int]:
    """How many consoles of the level itself were open, by window (epoch s)."""
    found = consoles_at(asked.scope.prefixes, since=asked.since, until=asked.until)
    return {int(at.astimezone(UTC).timestamp()): count for at, count in found.items()}
