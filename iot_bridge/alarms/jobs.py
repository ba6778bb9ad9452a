"""What the worker does for alarms that wait for their acknowledgement."""

from __future__ import annotations

from django.utils import timezone

from command_center.health.worker import Job
from iot_bridge.alarms import escalation


def _escalate() -> str:
    reminded, escalated = escalation.escalate(now=timezone.now())
    if not reminded and not escalated:
        return ""
    return f"{reminded} alarms reminded of, {escalated} passed to the level above"


escalate_alarms = Job(name="escalate_alarms", every_s=5, run=_escalate)
