"""Forgetting what is past its time: in small batches, so that nobody waits for the database meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.module_loading import import_string

from command_center.api.lanes import Group, Lanes, Where, distinct, first_at, heads
from iot_bridge.alarms.models import Alarm
from iot_bridge.history.keeping import DAYS, Keeping
from iot_bridge.history.models import HourlyCount, Retention
from iot_bridge.intake.events import PAIRS
from iot_bridge.intake.models import DeadLetter, DeviceEvent
from iot_bridge.performance.counted import sums_before

BATCH = 1_000
"""Rows in one transaction: some 20 ms of SQLite's one writer."""


@dataclass(frozen=True, slots=True)
class Old:
    """What is past its time: of which sort, and everything before when."""

    what: Keeping
    before: datetime


def days_kept() -> dict[Keeping, int]:
    """For how many days each sort is kept: as the administration says, else as delivered."""
    said = {Keeping(row.what): row.days for row in Retention.objects.all() if row.what in DAYS}
    return {**DAYS, **said}


def past_time(now: datetime | None = None) -> list[Old]:
    """Every sort with the moment before which it goes; whole hours, as charts count."""
    hour = (now or timezone.now()).replace(minute=0, second=0, microsecond=0)
    return [Old(what, hour - timedelta(days=days)) for what, days in days_kept().items()]


def batches(old: Old) -> Iterator[QuerySet[Any]]:
    """The rows to delete, batch by batch; each is asked for when the one before is gone or passed."""
    for rows in _queries(old):
        after = 0
        while True:
            ids = list(
                rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]
            )
            if not ids:
                break
            after = ids[-1]
            yield rows.filter(pk__in=set(ids) - _spared(old, ids))
            if len(ids) < BATCH:
                break


def trim(old: Old, *, deadline: float | None = None, pause_s: float = 0.0) -> int:
    """Delete what is past its time, until all is gone or `deadline` (monotonic) has passed; returns how many rows.

    `pause_s`: rest between batches, in which others write.
    """
    gone = 0
    for rows in batches(old):
        with transaction.atomic():
            _deleted, by_model = rows.delete()
        gone += by_model.get(rows.model._meta.label, 0)  # noqa: SLF001 - Django's documented name
        if deadline is not None and time.monotonic() > deadline:
            break
        if pause_s:
            time.sleep(pause_s)
    return gone


def count(old: Old) -> int:
    """How many rows `trim` would delete."""
    return sum(rows.count() for rows in batches(old))


def _queries(old: Old) -> Iterator[QuerySet[Any]]:
    """Queries whose rows are past their time, each a range of an index."""
    match old.what:
        case Keeping.ALARMS:
            yield _closed_alarms(old.before)
        case Keeping.DEAD_LETTERS:
            settled = DeadLetter.objects.exclude(state="open").exclude(state="queued")
            yield settled.filter(last_at__lt=old.before)
        case Keeping.COUNTS:
            yield HourlyCount.objects.filter(hour__lt=old.before)
            yield from sums_before(old.before)
        case kind:
            yield from _events(kind, old.before)


def _closed_alarms(before: datetime) -> QuerySet[Any]:
    closed_at = Greatest(
        Coalesce("cleared_at", "raised_at"), Coalesce("acknowledged_at", "raised_at")
    )
    rows = Alarm.objects.filter(pk__lt=first_at(Alarm, "raised_at", before), open=False)
    return rows.annotate(closed_at=closed_at).filter(closed_at__lt=before)


def _events(kind: str, before: datetime) -> Iterator[QuerySet[Any]]:
    """Lane by lane: the events of one kind may lie among millions of others that stay."""
    below = first_at(DeviceEvent, "at", before)
    codes = [(code,) for code in distinct(DeviceEvent, "code", [None])]
    pairs = [(of, type_) for of, type_ in PAIRS if of == kind]
    groups = (Group(("code",), codes), Group(("kind", "type"), pairs))
    everything = Where.of(DeviceEvent.objects.all())
    if everything is None or not codes:
        return
    lanes = Lanes("device_event_by_code", groups)
    for (code, of, type_), _head in heads(everything, lanes, below=below):
        rows = DeviceEvent.objects.filter(code=code, kind=of, type=type_)
        yield rows.filter(pk__lt=below, at__lt=before)


def _spared(old: Old, ids: list[int]) -> set[int]:
    """Alarms that somebody still refers to: they stay as long as that does."""
    if old.what is not Keeping.ALARMS:
        return set()
    askers: list[Callable[[list[int]], set[int]]] = [
        import_string(name) for name in settings.ALARMS_IN_USE
    ]
    return set().union(*(ask(ids) for ask in askers))
