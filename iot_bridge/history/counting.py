"""Counts of events by type and of alarms by severity over time, of a device or of places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, pairwise

from django.db import connection
from django.db.models import Model, QuerySet

from command_center.accounts.scope import Scope
from command_center.api.lanes import Lanes, Where, first_at, heads
from command_center.jurisdictions.codes import successor
from iot_bridge.alarms.models import Alarm
from iot_bridge.alarms.selectors import lanes_of as alarm_lanes
from iot_bridge.history.buckets import Buckets
from iot_bridge.history.models import Counted, HourlyCount
from iot_bridge.intake.events import EventFilter, events_of
from iot_bridge.intake.events import lanes_of as event_lanes
from iot_bridge.intake.models import DeviceEvent

TOWNSHIP = 9
"""Digits of the deepest code for which hours are counted beforehand."""

Counts = list[Counter[str]]
"""By name (a type, or a severity), one for each bucket."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is counted: whose rows, by which column, at which time."""

    what: str
    model: type[Model]
    name: str
    moment: str


EVENTS = Source("event", DeviceEvent, "type", "at")
ALARMS = Source("alarm", Alarm, "severity", "raised_at")


def events_over_time(scope: Scope, device: str | None, buckets: Buckets) -> Counts:
    """Events by type. Rows count by the order in which they came: edges are exact but for the clock's jumps."""
    if device is None and _counted_before(scope, buckets):
        return _by_the_hour(EVENTS, scope, buckets)
    wanted = EventFilter(scope, device=device)
    if device is None and any(len(prefix) <= TOWNSHIP for prefix in scope.prefixes):
        return _by_rows(EVENTS, scope, buckets, _edges(EVENTS, buckets))
    return _by_lanes(EVENTS, events_of(wanted), event_lanes(wanted), buckets)


def kept_from(scope: Scope) -> datetime | None:
    """Since when the events themselves are there, where counts know of earlier ones; None where none has gone."""
    first = DeviceEvent.objects.order_by("pk").values_list("at", flat=True).first()
    if first is None:
        return None
    earlier = HourlyCount.objects.filter(
        code__in={prefix[:TOWNSHIP] for prefix in scope.prefixes},
        what=EVENTS.what,
        hour__lt=first.replace(minute=0, second=0, microsecond=0),
    )
    return first if earlier.exists() else None


def alarms_over_time(scope: Scope, device: str | None, buckets: Buckets) -> Counts:
    """Alarms by severity, when they were raised."""
    if device is None and _counted_before(scope, buckets):
        return _by_the_hour(ALARMS, scope, buckets)
    if device is None and any(len(prefix) <= TOWNSHIP for prefix in scope.prefixes):
        return _by_rows(ALARMS, scope, buckets, _edges(ALARMS, buckets))
    rows = Alarm.objects.filter(scope.condition())
    if device is not None:
        return _one_device(rows.filter(device_id=device), buckets)
    return _by_lanes(ALARMS, rows, alarm_lanes(scope), buckets)


def _counted_before(scope: Scope, buckets: Buckets) -> bool:
    return buckets.hourly and all(len(prefix) <= TOWNSHIP for prefix in scope.prefixes)


def _edges(source: Source, buckets: Buckets) -> list[int]:
    """The id of the first row of each bucket, and of what follows the last: one look in the time's index each."""
    table = source.model._meta.db_table  # noqa: SLF001 - Django's documented name
    moments = [connection.ops.adapt_datetimefield_value(edge) for edge in buckets.edges()]
    values = ", ".join(f"({number}, %s)" for number in range(len(moments)))
    cast = (
        "CAST(edges.moment AS timestamptz)" if connection.vendor == "postgresql" else "edges.moment"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH edges (n, moment) AS (VALUES {values}) SELECT (SELECT t.id FROM {table} t "
            f"WHERE t.{source.moment} >= {cast} ORDER BY t.{source.moment}, t.id LIMIT 1) "
            "FROM edges ORDER BY n",
            moments,
        )
        found = [row[0] for row in cursor.fetchall()]
    end = first_at(source.model, source.moment, buckets.end)
    # Rising, also where rows came long after their time: no row is in two buckets.
    return list(accumulate((end if edge is None else edge for edge in found), max))


def _empty(buckets: Buckets) -> Counts:
    return [Counter() for _ in range(buckets.count)]


def _by_lanes(source: Source, rows: QuerySet[Model], lanes: Lanes, buckets: Buckets) -> Counts:
    """Count every lane between every two edges: the index alone is read, and of it only what is counted."""
    counts = _empty(buckets)
    edges = _edges(source, buckets)
    where = Where.of(rows)
    if where is None or len(lanes) == 0:
        return counts
    keys = [key for key, _head in heads(where, lanes, below=edges[-1], least=edges[0])]
    columns = lanes.columns
    place = columns.index(source.name)
    same = " AND ".join(f"t.{column} = %s" for column in columns)
    spans = ", ".join(f"({n}, {low:d}, {high:d})" for n, low, high in _spans(edges))
    hint = f" INDEXED BY {lanes.index}" if connection.vendor == "sqlite" else ""
    sql = (
        f"WITH spans (n, low, high) AS (VALUES {spans}) SELECT n, (SELECT count(*) FROM {where.table} t"
        f"{hint} WHERE {same} AND t.id >= spans.low AND t.id < spans.high) FROM spans"
    )
    with connection.cursor() as cursor:
        for key in keys:
            cursor.execute(sql, key)
            for number, count in cursor.fetchall():
                counts[number][str(key[place])] += count
    return [+one for one in counts]


def _spans(edges: Sequence[int]) -> list[tuple[int, int, int]]:
    return [(n, low, high) for n, (low, high) in enumerate(pairwise(edges))]


def _by_rows(
    source: Source, scope: Scope, buckets: Buckets, edges: Sequence[int], *, least: int = 0
) -> Counts:
    """Count the rows themselves, from `least`: for few rows, a short span or what came just now."""
    counts = _empty(buckets)
    spans = [(n, max(low, least), high) for n, low, high in _spans(edges) if high > max(low, least)]
    if not spans or not scope.prefixes:
        return counts
    table = source.model._meta.db_table  # noqa: SLF001 - Django's documented name
    by_key = " NOT INDEXED" if connection.vendor == "sqlite" else ""
    inside = " OR ".join(["(t.code >= %s AND t.code < %s)"] * len(scope.prefixes))
    codes = [bound for prefix in scope.prefixes for bound in (prefix, successor(prefix))]
    values = ", ".join(f"({n}, {low:d}, {high:d})" for n, low, high in spans)
    if (
        connection.vendor == "postgresql"
    ):  # how few rows that is, its planner cannot know of the spans
        inside = f"t.id >= {spans[0][1]:d} AND t.id < {spans[-1][2]:d} AND ({inside})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH spans (n, low, high) AS (VALUES {values}) SELECT spans.n, t.{source.name}, count(*) "
            f"FROM spans CROSS JOIN {table} t{by_key} WHERE t.id >= spans.low AND t.id < spans.high "
            f"AND ({inside}) GROUP BY spans.n, t.{source.name}",
            codes,
        )
        for number, name, count in cursor.fetchall():
            counts[number][str(name)] += count
    return counts


def _one_device(rows: QuerySet[Alarm], buckets: Buckets) -> Counts:
    counts = _empty(buckets)
    inside = rows.filter(raised_at__gte=buckets.start, raised_at__lt=buckets.end)
    for moment, severity in inside.order_by().values_list("raised_at", "severity").iterator():
        counts[buckets.index(moment)][str(severity)] += 1
    return counts


def _by_the_hour(source: Source, scope: Scope, buckets: Buckets) -> Counts:
    """What the worker has counted, and the rows that came after."""
    mark = Counted.objects.filter(what=source.what).values_list("through", flat=True).first() or 0
    counts = _by_rows(source, scope, buckets, _edges(source, buckets), least=mark + 1)
    hours = HourlyCount.objects.filter(
        code__in=scope.prefixes,
        what=source.what,
        hour__gte=buckets.start,
        hour__lt=buckets.end,
    )
    for hour, name, count in hours.values_list("hour", "name", "count").iterator():
        counts[buckets.index(hour)][name] += count
    return counts
