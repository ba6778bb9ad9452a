"""Asks for the alarm performance page through the real view: `python -m loadtests.performance_pages SETTINGS`.

Out of the rows first, then out of the sums, and prints as JSON what that took and whether both say the same.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.db import connection

from iot_bridge.alarms.models import Alarm
from iot_bridge.performance.models import (
    AlarmSource,
    Chattered,
    SeenDay,
    SettledMark,
    SourceDay,
    WindowCount,
)
from iot_bridge.performance.rollup import settle
from loadtests.history_pages import Reader, cpu_ms

PLACES = ("city", "town", "village")
PERIODS = (1, 30, 90)


def measure(*, times: int) -> dict[str, Any]:
    """Every page before and after the alarms are added up."""
    for model in (Chattered, SourceDay, SeenDay, WindowCount, AlarmSource, SettledMark):
        model.objects.all().delete()
    readers = {place: Reader(place) for place in PLACES}
    asked = [(place, days) for place in PLACES for days in PERIODS]
    for place in PLACES:
        _ask(readers[place], 1)
    rows = {one: _ask(readers[one[0]], one[1]) for one in asked}
    settling_us = _settle()
    pages = []
    for place, days in asked:
        before, took = rows[place, days], [_ask(readers[place], days) for _ in range(times)]
        pages.append(
            {
                "place": place,
                "days": days,
                "annunciated": took[0][2]["figures"][0]["value"],
                "differs": sorted({key for one in took for key in _differing(one[2], before[2])}),
                "rows_cpu_ms": before[1],
                "cpu_ms": statistics.median(one[1] for one in took),
                "ms": statistics.median(one[0] for one in took),
            }
        )
    return {"pages": pages, "settling_us": settling_us}


def _settle() -> float:
    """Microseconds for each alarm."""
    used = cpu_ms()
    count = settle(seconds=3600)
    took = (cpu_ms() - used) * 1000 / count
    with connection.cursor() as cursor:  # as the database itself does in the course of time
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
    return took


def _ask(reader: Reader, days: int) -> tuple[float, float, dict[str, Any]]:
    """Milliseconds, milliseconds of CPU, and the report."""
    until = Alarm.objects.order_by("-id").values_list("raised_at", flat=True)[0]
    query = {"since": (until - timedelta(days=days)).isoformat(), "until": until.isoformat()}
    started, used = time.perf_counter(), cpu_ms()
    found = reader.get(str(days), "/alarms/performance", query)
    took = (time.perf_counter() - started) * 1000, cpu_ms() - used
    return *took, found


def _differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """What two reports say differently, but for what is told as of now: when they were made, and what stands."""
    figures = [
        (mine["key"], mine["value"], theirs["value"])
        for mine, theirs in zip(one["figures"], other["figures"], strict=True)
    ]
    parts = [(key, one[key], other[key]) for key in one.keys() - {"figures", "standing", "at"}]
    return [key for key, mine, theirs in figures + parts if mine != theirs and key != "standing"]


if __name__ == "__main__":
    print(json.dumps(measure(**json.loads(sys.argv[1]))))
