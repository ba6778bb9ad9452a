"""What the worker does for push. Each job is short: the sending itself has threads of its own."""

from __future__ import annotations

from django.utils import timezone

from command_center.health.worker import Job
from dispatch.push import services
from dispatch.push.sending import outbox


def _tend_outbox() -> str:
    return outbox().tend()


def _forget_messages() -> str:
    count = services.forget_old(now=timezone.now())
    return f"{count} old messages and deliveries forgotten" if count else ""


tend_outbox = Job(name="tend_outbox", every_s=2, run=_tend_outbox)
forget_messages = Job(name="forget_messages", every_s=3600, run=_forget_messages)
