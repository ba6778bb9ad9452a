"""What the worker does for alarms: those that wait for their acknowledgement, and those on the shelf."""

from __future__ import annotations

from django.utils import timezone

from command_center.health.worker import Job
from iot_bridge.alarms import acts, escalation


def _escalate() -> str:
    reminded, escalated = escalation.escalate(now=timezone.now())
    if not reminded and not escalated:
        return ""
    return f"{reminded} alarms reminded of, {escalated} passed to the level above"


def _end_shelving() -> str:
    count = acts.unshelve_due(now=timezone.now())
    return f"{count} alarms taken off the shelf" if count else ""


end_shelving = Job(name="end_shelving", every_s=2, run=_end_shelving)
escalate_alarms = Job(name="escalate_alarms", every_s=5, run=_escalate)
