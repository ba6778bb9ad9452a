"""How every process does, from the database and from the supervisor's word where there is one."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from command_center.feed.hub import hub
from command_center.health.models import ProcessHeartbeat

STALE_S = 10.0
GONE_S = 3600.0


@dataclass(frozen=True, slots=True)
class ProcessState:
    """One process as others see it. `age_s` is the age of its last word in seconds."""

    name: str
    ready: bool
    detail: str
    age_s: float


def supervised() -> list[ProcessState]:
    """The processes under this machine's supervisor; empty where there is none."""
    try:
        report = orjson.loads((settings.RUN_DIR / "supervisor.json").read_bytes())
    except (OSError, ValueError):
        return []
    return [
        ProcessState(name=name, ready=entry["state"] == "running", detail=entry["state"], age_s=0.0)
        for name, entry in report["processes"].items()
    ]


def heartbeats() -> list[ProcessState]:
    """The processes that write heartbeats."""
    now = timezone.now()
    found = []
    for row in ProcessHeartbeat.objects.order_by("name", "instance"):
        age = (now - row.at).total_seconds()
        if age > GONE_S:
            continue
        silent = age > STALE_S
        name = row.name if row.instance in {"", "main"} else f"{row.name}/{row.instance}"
        found.append(
            ProcessState(
                name=name,
                ready=row.ready and not silent,
                detail="silent" if silent else row.detail,
                age_s=round(age, 1),
            )
        )
    return found


def process_states() -> list[ProcessState]:
    """Every process, once; a process is ready only if everyone who speaks of it says so."""
    states = [
        ProcessState(name="web", ready=hub().healthy(), detail="", age_s=0.0),
        *heartbeats(),
        *supervised(),
    ]
    merged: dict[str, ProcessState] = {}
    for state in states:
        known = merged.get(state.name)
        if known is None or (known.ready and not state.ready):
            merged[state.name] = state
    return sorted(merged.values(), key=lambda state: state.name)


def database_answers() -> bool:
    """Whether the database answers a query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True
