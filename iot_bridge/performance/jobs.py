"""What the worker does for the performance figures."""

from __future__ import annotations

from command_center.health.worker import Job
from iot_bridge.performance import rollup

SETTLE_S = 2.0


def _settle() -> str:
    """Nothing to tell: it always has something to do."""
    rollup.settle(seconds=SETTLE_S)
    return ""


settle_alarms = Job(name="settle_alarms", every_s=30, run=_settle)
