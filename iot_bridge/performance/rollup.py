"""Adding up closed alarms, by the worker: no bridge pays for it.

An alarm closes once, with a step "closed" in its history, and never changes after that. Steps are looked through once,
in the order of their ids, up to a mark; what lies beyond it, and what is open, a report counts itself (`counted`). So
the worker may be late, and never counts wrong.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Model
from django.utils import timezone

from iot_bridge.alarms.models import Alarm, AlarmChange
from iot_bridge.performance.counted import LEVELS, pack, unpack
from iot_bridge.performance.epochs import Epoch, WindowOf, took
from iot_bridge.performance.figures import DAY_S, WINDOW_S, chatter_of
from iot_bridge.performance.models import (
    AlarmSource,
    Chattered,
    SeenDay,
    SettledMark,
    SourceDay,
    WindowCount,
)
from iot_bridge.performance.selectors import AGAIN, ANNUNCIATED_AGAIN

LEFT_OUT = timedelta(minutes=1)
"""The newest steps wait: with several bridges a smaller id may become visible after a greater one."""
STEPS = 10_000

Key = tuple[str, str, str]
"""A source: code, device, condition."""


@dataclass(slots=True)
class _Sums:
    """What some closed alarms add to the tables."""

    windows: dict[tuple[str, int, int], list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0])
    )
    days: dict[tuple[Key, int], list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0])
    )
    seen: dict[tuple[str, int, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    chattered: list[tuple[int, Key, list[float]]] = field(default_factory=list)


def settle(*, seconds: float) -> int:
    """Add up what has closed since the last time, for so long at most; returns how many alarms."""
    deadline = time.monotonic() + seconds
    newest = AlarmChange.objects.aggregate(newest=Max("pk"))["newest"] or 0
    before, settled = timezone.now() - LEFT_OUT, 0
    while True:
        with transaction.atomic():
            SettledMark.objects.get_or_create(id=1)
            mark = SettledMark.objects.select_for_update().get(id=1)
            last = _last(mark.through, min(mark.through + STEPS, newest), before)
            if last <= mark.through:
                return settled
            settled += _add(mark.through, last)
            SettledMark.objects.filter(id=1).update(through=last)
        if time.monotonic() > deadline:
            return settled


def _last(after: int, last: int, before: datetime) -> int:
    """The last step before the first that is too new; `last` if none is."""
    fresh = AlarmChange.objects.filter(pk__gt=after, pk__lte=last, at__gte=before)
    first = fresh.order_by("pk").values_list("pk", flat=True).first()
    return last if first is None else first - 1


def _add(after: int, last: int) -> int:
    """Add the alarms that closed in a range of steps; returns how many were annunciated."""
    closed = AlarmChange.objects.filter(pk__gt=after, pk__lte=last, change="closed")
    ids = closed.order_by().values("alarm_id")
    sums, rows = _Sums(), _alarms(ids)
    for row in rows.values():
        _count(sums, row)
    returns = AlarmChange.objects.filter(ANNUNCIATED_AGAIN, change=AGAIN, alarm_id__in=ids)
    times: dict[int, list[float]] = {}
    for alarm, window, at in returns.order_by("alarm_id", "at").values_list(
        "alarm_id", WindowOf("at"), Epoch("at")
    ):
        _count_again(sums, rows[alarm], window)
        times.setdefault(alarm, [rows[alarm].raised]).append(at)
    for alarm, moments in times.items():
        if chatter_of(moments):
            sums.chattered.append((alarm, rows[alarm].key, moments))
    _write(sums)
    return len(rows)


@dataclass(frozen=True, slots=True)
class _Row:
    """Of a closed alarm what the figures ask."""

    key: Key
    severity: int
    occurrences: int
    window: int
    raised: float
    took: int | None


def _alarms(ids: Any) -> dict[int, _Row]:
    rows = Alarm.objects.filter(pk__in=ids, announced=True).order_by().values_list(
        "pk", "code", "device_id", "condition", "severity", "count",
        WindowOf("raised_at"), Epoch("raised_at"), took(),
    )  # fmt: skip
    return {
        pk: _Row((code, device, condition), *rest) for pk, code, device, condition, *rest in rows
    }


def _levels(code: str) -> list[str]:
    return [code[:length] for length in LEVELS if len(code) >= length]


def _day(window: int) -> int:
    return window * WINDOW_S // DAY_S


def _count(sums: _Sums, row: _Row) -> None:
    day = _day(row.window)
    for code in _levels(row.key[0]):
        sums.windows[code, row.window, row.severity][0] += 1
        if row.took is not None:
            sums.seen[code, day, row.severity].append(max(0, row.took))
    counts = sums.days[row.key, day]
    counts[0] += 1
    counts[1] += row.occurrences


def _count_again(sums: _Sums, row: _Row, window: int) -> None:
    for code in _levels(row.key[0]):
        sums.windows[code, window, row.severity][1] += 1
    sums.days[row.key, _day(window)][0] += 1


def _write(sums: _Sums) -> None:
    sources = _sources({key for key, _day in sums.days})
    _increase(WindowCount, ("code", "window", "severity"), ("raised", "again"), sums.windows)
    days = {(sources[key], day): counts for (key, day), counts in sums.days.items()}
    _increase(SourceDay, ("source_id", "day"), ("count", "occurrences"), days)
    _write_seen(sums.seen)
    Chattered.objects.bulk_create(
        Chattered(
            alarm=alarm,
            source_id=sources[key],
            first=moments[0],
            last=moments[-1],
            bursts=chatter.bursts,
            per_minute=chatter.per_minute,
        )
        for alarm, key, moments in sums.chattered
        if (chatter := chatter_of(moments)) is not None
    )


def _sources(keys: Collection[Key]) -> dict[Key, int]:
    """The ids of these sources; new ones get theirs."""
    devices = {device for _code, device, _condition in keys}
    known = _ids(devices)
    new = [AlarmSource(code=key[0], device=key[1], condition=key[2]) for key in keys - known.keys()]
    if new:
        AlarmSource.objects.bulk_create(new)
        known = _ids(devices)
    return known


def _ids(devices: Collection[str]) -> dict[Key, int]:
    rows = AlarmSource.objects.filter(device__in=devices)
    return {
        (code, device, condition): pk
        for pk, code, device, condition in rows.values_list("pk", "code", "device", "condition")
    }


def _increase(
    model: type[Model],
    names: tuple[str, ...],
    counts: tuple[str, str],
    sums: Mapping[Any, list[int]],
) -> None:
    """Add to the rows of these keys, or make them."""
    table = model._meta.db_table  # noqa: SLF001 - Django's documented name
    columns = (*names, *counts)
    more = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in counts)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({', '.join(_quoted(columns))}) "
            f"VALUES ({', '.join(['%s'] * len(columns))}) "
            f"ON CONFLICT ({', '.join(_quoted(names))}) DO UPDATE SET {more}",
            [(*key, *values) for key, values in sorted(sums.items())],
        )


def _quoted(names: Collection[str]) -> list[str]:
    return [connection.ops.quote_name(name) for name in names]


def _write_seen(seen: Mapping[tuple[str, int, int], list[int]]) -> None:
    """The rows of these days anew, with what came to them."""
    days = {day for _code, day, _severity in seen}
    codes = {code for code, _day, _severity in seen}
    known = {
        (row.code, row.day, row.severity): row
        for row in SeenDay.objects.filter(day__in=days, code__in=codes)
    }
    for key, seconds in seen.items():
        if (row := known.get(key)) is not None:
            row.seconds = pack([*unpack(row.seconds), *seconds])
    SeenDay.objects.bulk_update(
        [row for key, row in known.items() if key in seen], ["seconds"], batch_size=200
    )
    SeenDay.objects.bulk_create(
        SeenDay(code=code, day=day, severity=severity, seconds=pack(seconds))
        for (code, day, severity), seconds in seen.items()
        if (code, day, severity) not in known
    )
