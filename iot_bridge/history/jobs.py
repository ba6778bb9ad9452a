"""What the worker does for the history."""

from __future__ import annotations

import time

from command_center.health.worker import Job
from iot_bridge.history import retention, rollup

TRIM_S = 2.0
COUNT_S = 2.0


def _trim() -> str:
    """Forget what is past its time, for two seconds at most; the rest goes the next time."""
    deadline = time.monotonic() + TRIM_S
    gone = {}
    for old in retention.past_time():
        if time.monotonic() < deadline:
            gone[old.what.value] = retention.trim(old, deadline=deadline, pause_s=0.02)
    return ", ".join(f"{count} {what} trimmed" for what, count in gone.items() if count)


def _count() -> str:
    """Nothing to tell: it always has something to do."""
    rollup.count_hours(seconds=COUNT_S)
    return ""


trim = Job(name="trim_history", every_s=60, run=_trim)
count_hours = Job(name="count_hours", every_s=30, run=_count)
