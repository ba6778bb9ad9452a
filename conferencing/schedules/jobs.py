"""What the worker does for planned conferences."""

from __future__ import annotations

from django.utils import timezone

from command_center.health.worker import Job
from conferencing.schedules import services


def _tend_schedules() -> str:
    count = services.tend(now=timezone.now())
    return f"{count} planned conferences moved on by time" if count else ""


tend_schedules = Job(name="tend_schedules", every_s=2, run=_tend_schedules)
