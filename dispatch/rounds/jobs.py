"""What the worker does for rounds. Idempotent and short."""

from __future__ import annotations

from django.utils import timezone

from command_center.health.worker import Job
from dispatch.rounds import services


def _tend_rounds() -> str:
    swept = services.sweep(now=timezone.now())
    told = {"opened": swept.opened, "dropped": swept.dropped, "closed": swept.closed}
    return ", ".join(f"{count} rounds {what}" for what, count in told.items() if count)


tend_rounds = Job(name="tend_rounds", every_s=20, run=_tend_rounds)
