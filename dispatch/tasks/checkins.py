"""Signs of life: when the next one is due from a unit that is out on a task. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from dispatch.tasks.lifecycle import TaskState

OUT_THERE = frozenset({TaskState.EN_ROUTE, TaskState.ON_SCENE})
"""While a unit is on its way or on the scene; before, its silence means nothing."""

SHORTEST_MINUTES = 5
LONGEST_MINUTES = 240


def next_due(state: TaskState, minutes: int | None, now: datetime) -> datetime | None:
    """When the next sign of life is due after one that was given now; None if none is asked for."""
    if minutes is None or state not in OUT_THERE:
        return None
    return now + timedelta(minutes=minutes)
