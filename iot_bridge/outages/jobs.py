"""What the worker does for outages: it notices bridges that are not there."""

from __future__ import annotations

from django.utils import timezone

from command_center.health.worker import Job
from iot_bridge.outages import services


def _watch_bridges() -> str:
    found = services.watch_bridges(now=timezone.now())
    return f"{found} bridges are not there" if found else ""


watch_bridges = Job(name="watch_bridges", every_s=5, run=_watch_bridges)
