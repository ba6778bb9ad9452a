"""What the worker does for commands: it ends those that are overdue, whether or not a bridge runs."""

from __future__ import annotations

from django.utils import timezone

from command_center.health.worker import Job
from iot_bridge.commands import services


def _end_overdue() -> str:
    ended = services.settle(now=timezone.now())
    return f"{ended} commands ended without an answer" if ended else ""


def _forget() -> str:
    forgotten = services.forget(now=timezone.now())
    return f"{forgotten} commands of long ago forgotten" if forgotten else ""


end_overdue_commands = Job(name="end_overdue_commands", every_s=1, run=_end_overdue)
forget_commands = Job(name="forget_commands", every_s=60, run=_forget)
