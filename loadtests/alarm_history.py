"""Deeds in a database under load: a history of a million alarms, and how long its performance page takes."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.test import Client

from iot_bridge.alarms.models import Alarm, AlarmChange
from iot_bridge.devices.models import Device

BATCH = 10_000
END = datetime(2026, 11, 1, tzinfo=UTC)
_SEVERITIES = {1: 1, 2: 6, 3: 18, 4: 75}
_CONDITIONS = {1: "smoke", 2: "lane_blocked", 3: "door_held", 4: "fault"}


def prepare() -> None:
    """An empty database becomes one with the demo city."""
    call_command("migrate", verbosity=0)
    call_command("seed_demo")


def seed(*, alarms: int, days: int) -> int:
    """Closed alarms over the days before `END`, in floods and calm, each with its steps; returns the steps."""
    chance = random.Random(18_2)  # noqa: S311 - the same history every time
    devices = list(Device.objects.values_list("id", "name", "kind", "jurisdiction_id"))
    made = _alarms(chance, devices, alarms, timedelta(days=days))
    steps = 0
    while batch := list(islice(made, BATCH)):
        Alarm.objects.bulk_create(batch)
        rows = [change for alarm in batch for change in _changes(chance, alarm)]
        AlarmChange.objects.bulk_create(rows, batch_size=BATCH)
        steps += len(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return steps


def _alarms(
    chance: random.Random, devices: list[Any], count: int, over: timedelta
) -> Iterator[Alarm]:
    """Ever later; some devices far more often than others."""
    weights = [1 / (1 + rank) for rank in range(len(devices))]
    chosen = chance.choices(devices, weights, k=count)
    severities = chance.choices(list(_SEVERITIES), list(_SEVERITIES.values()), k=count)
    moments = sorted(chance.random() for _ in range(count))
    for (id_, name, kind, code), severity, moment in zip(chosen, severities, moments, strict=True):
        raised = END - over + moment * over
        seen = raised + timedelta(seconds=chance.expovariate(1 / (60 * severity)))
        yield Alarm(
            device_id=id_,
            device_name=name,
            kind=kind,
            code=code,
            condition=_CONDITIONS[severity],
            severity=severity,
            open=False,
            active=False,
            acknowledged=True,
            count=1 + int(chance.expovariate(1)),
            raised_at=raised,
            last_at=raised,
            cleared_at=seen,
            acknowledged_at=seen,
        )


def _changes(chance: random.Random, alarm: Alarm) -> Iterator[AlarmChange]:
    yield AlarmChange(alarm=alarm, at=alarm.raised_at, change="raised")
    if chance.random() < 0.05:
        for nth in range(1, 4):
            at = alarm.raised_at + timedelta(seconds=nth * chance.choice((10, 60)))
            yield AlarmChange(alarm=alarm, at=at, change="reactivated")
    if alarm.acknowledged_at is not None:
        yield AlarmChange(alarm=alarm, at=alarm.acknowledged_at, change="acknowledged")
        yield AlarmChange(alarm=alarm, at=alarm.acknowledged_at, change="closed")


def ask(*, days: int, times: int) -> dict[str, Any]:
    """The page over the last days, asked for by a dispatcher at the city: ms each time, and what it counted."""
    client = Client(SERVER_NAME="localhost")
    user = get_user_model().objects.get(username="city")
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    since = END - timedelta(days=days)
    query = {"since": since.isoformat(), "until": END.isoformat()}
    took, body = [], {}
    for _ in range(times):
        began = time.perf_counter()
        answer = client.get("/api/v1/alarms/performance", query)
        took.append((time.perf_counter() - began) * 1000)
        body = answer.json()
    figures = {figure["key"]: figure["value"] for figure in body["figures"]}
    return {"took": took, "annunciated": figures["annunciated"], "figures": figures}
