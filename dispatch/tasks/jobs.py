"""What the worker does for tasks. Each job is idempotent and short."""

from __future__ import annotations

from django.utils import timezone

from command_center.health.worker import Job
from dispatch.tasks import replies, sweeping


def _watch_answers() -> str:
    swept = sweeping.sweep(now=timezone.now())
    if not swept.reminded and not swept.expired:
        return ""
    return f"{swept.reminded} units reminded, {swept.expired} tasks expired"


def _forget_replies() -> str:
    count = replies.forget_old(now=timezone.now())
    return f"{count} remembered replies forgotten" if count else ""


watch_answers = Job(name="watch_answers", every_s=2, run=_watch_answers)
forget_replies = Job(name="forget_replies", every_s=3600, run=_forget_replies)
