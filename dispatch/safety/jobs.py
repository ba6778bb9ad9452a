"""What the worker does for the patrols' safety."""

from __future__ import annotations

from django.utils import timezone

from command_center.health.worker import Job
from dispatch.safety import services


def _watch_check_ins() -> str:
    watched = services.watch_check_ins(now=timezone.now())
    if not watched.raised and not watched.ended:
        return ""
    return f"{watched.raised} signs of life overdue, {watched.ended} no longer"


watch_check_ins = Job(name="watch_check_ins", every_s=5, run=_watch_check_ins)
