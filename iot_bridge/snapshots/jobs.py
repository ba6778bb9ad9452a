"""What the worker does for snapshots: retention."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from command_center.health.worker import Job
from iot_bridge.snapshots import services


def forget(*, most: int = 20) -> str:
    """Forget what is old, a bounded number at once, and files that nobody names."""
    now = timezone.now()
    gone = 0
    for _ in range(most):
        part = services.forget_old(now=now)
        gone += part
        if part < services.BATCH:
            break
    strays = services.forget_strays(before=now - timedelta(days=1))
    return f"{gone} snapshots and {strays} stray files forgotten" if gone or strays else ""


forget_snapshots = Job(name="forget_snapshots", every_s=3600, run=forget)
