"""What the worker does for units. Each job is idempotent and short."""

from __future__ import annotations

from django.utils import timezone

from command_center.health.worker import Job
from dispatch.units import duty, services


def _end_forgotten_duty() -> str:
    ended = duty.end_forgotten_duty(now=timezone.now())
    cleared = duty.forget_stray_positions()
    back = services.end_returning(now=timezone.now())
    said = [f"{ended} taken off duty"] * bool(ended) + [f"{cleared} positions cleared"] * bool(
        cleared
    )
    said += [f"{back} units back"] * bool(back)
    return ", ".join(said)


def _follow_roster() -> str:
    changed = duty.follow_roster(now=timezone.now())
    return f"{changed} units whose shift began or ended" if changed else ""


follow_roster = Job(name="follow_roster", every_s=5, run=_follow_roster)
end_forgotten_duty = Job(name="end_forgotten_duty", every_s=60, run=_end_forgotten_duty)
