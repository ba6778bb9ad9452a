"""What the worker does for maintenance windows: it begins and ends them. Idempotent and short."""

from __future__ import annotations

from django.utils import timezone

from command_center.health.worker import Job
from iot_bridge.maintenance import services


def _tend_maintenance() -> str:
    count = services.tend(now=timezone.now())
    return f"{count} windows, devices and alarms went out of service or came back" if count else ""


tend_maintenance = Job(name="tend_maintenance", every_s=2, run=_tend_maintenance)
