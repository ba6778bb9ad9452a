"""What the worker does for conferences. Each job is idempotent and short."""

from __future__ import annotations

from django.utils import timezone

from command_center.health.worker import Job
from conferencing.conferences import services


def _tend() -> str:
    count = services.tend(now=timezone.now())
    return f"{count} seats or conferences moved on by time" if count else ""


tend_conferences = Job(name="tend_conferences", every_s=2, run=_tend)
