"""What the worker does for shared files: retention."""

from __future__ import annotations

from django.utils import timezone

from command_center.health.worker import Job
from conferencing.files import services


def _forget_files() -> str:
    count = services.forget_old(now=timezone.now())
    return f"{count} old files of conferences forgotten" if count else ""


forget_conference_files = Job(name="forget_conference_files", every_s=3600, run=_forget_files)
