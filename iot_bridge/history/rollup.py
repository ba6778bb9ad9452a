"""Counts by the hour, kept by the worker, so that no bridge pays for the charts.

Rows are counted once, in the order of their ids, up to a mark; what lies beyond it a chart counts
itself. So the worker may be late, and never counts wrong.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from iot_bridge.history.counting import ALARMS, EVENTS, TOWNSHIP, Source
from iot_bridge.history.models import Counted, HourlyCount

LEFT_OUT = timedelta(minutes=1)
"""The newest rows wait: with several bridges a smaller id may become visible after a greater one."""
ROWS = 20_000
ABOVE = (4, 6, TOWNSHIP)


def count_hours(*, seconds: float) -> int:
    """Count what came since the last time, for so long at most; returns how many rows."""
    deadline = time.monotonic() + seconds
    return sum(_catch_up(source, deadline) for source in (EVENTS, ALARMS))


def _catch_up(source: Source, deadline: float) -> int:
    before = timezone.now() - LEFT_OUT
    newest = source.model._default_manager.aggregate(newest=Max("pk"))["newest"] or 0  # noqa: SLF001 - Django's documented name
    counted = 0
    while True:
        with transaction.atomic():
            Counted.objects.get_or_create(what=source.what)
            mark = Counted.objects.select_for_update().get(what=source.what)
            last = min(mark.through + ROWS, newest)
            if last <= mark.through:
                return counted
            last = _settled(source, mark.through, last, before)
            if last <= mark.through:
                return counted
            counted += _count(source, mark.through, last)
            Counted.objects.filter(what=source.what).update(through=last)
        if time.monotonic() > deadline:
            return counted


def _settled(source: Source, after: int, last: int, before: datetime) -> int:
    """The last id before the first row that is too new; `last` if none is."""
    rows = source.model._default_manager.filter(pk__gt=after, pk__lte=last)  # noqa: SLF001 - Django's documented name
    fresh = rows.filter(**{f"{source.moment}__gte": before}).order_by("pk")
    first = fresh.values_list("pk", flat=True).first()
    return last if first is None else int(first) - 1


def _count(source: Source, after: int, last: int) -> int:
    """Add the rows of a range of ids to the hours of every subtree above them."""
    table = source.model._meta.db_table  # noqa: SLF001 - Django's documented name
    hour = (
        f"substr({source.moment}, 1, 13)"
        if connection.vendor == "sqlite"
        else f"to_char({source.moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24')"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT substr(code, 1, {TOWNSHIP}), {hour}, {source.name}, count(*) FROM {table} "
            "WHERE id > %s AND id <= %s GROUP BY 1, 2, 3",
            [after, last],
        )
        found = cursor.fetchall()
    counts: Counter[tuple[str, str, str]] = Counter()
    for code, at, name, count in found:
        for length in ABOVE:
            if len(code) >= length:
                counts[code[:length], at, str(name)] += count
    _add(source, counts)
    return sum(row[3] for row in found)


def _add(source: Source, counts: Counter[tuple[str, str, str]]) -> None:
    table = HourlyCount._meta.db_table  # noqa: SLF001 - Django's documented name
    adapt = connection.ops.adapt_datetimefield_value
    rows = [
        (code, source.what, adapt(_hour(at)), name, count)
        for (code, at, name), count in sorted(counts.items())
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} (code, what, hour, name, count) VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT (code, what, hour, name) "
            f"DO UPDATE SET count = {table}.count + excluded.count",
            rows,
        )


def _hour(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H").replace(tzinfo=UTC)
