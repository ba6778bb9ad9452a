"""What the worker does for the lines: retention."""

from __future__ import annotations

from django.utils import timezone

from command_center.health.worker import Job
from conferencing.quality import services


def _forget_lines() -> str:
    count = services.forget_old(now=timezone.now())
    return f"{count} old lines of seats forgotten" if count else ""


forget_lines = Job(name="forget_lines", every_s=3600, run=_forget_lines)
