"""Heartbeats of processes, and leases: of several, one acts."""

from __future__ import annotations

import logging
import os
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Q
from django.utils import timezone

from command_center.health.models import Lease, ProcessHeartbeat

logger = logging.getLogger(__name__)

HEARTBEAT_S = 2.0


def heartbeat(
    *,
    name: str,
    instance: str,
    started_at: datetime,
    ready: bool,
    detail: str = "",
    counters: dict[str, Any] | None = None,
) -> None:
    """Say that this process lives, and how it does."""
    ProcessHeartbeat.objects.update_or_create(
        name=name,
        instance=instance,
        defaults={
            "pid": os.getpid(),
            "started_at": started_at,
            "at": timezone.now(),
            "ready": ready,
            "detail": detail[:200],
            "counters": counters or {},
        },
    )


def farewell(*, name: str, instance: str) -> None:
    """This process ends on purpose. With the database away its heartbeat is left to grow old."""
    try:
        ProcessHeartbeat.objects.filter(name=name, instance=instance).delete()
    except OperationalError as error:
        logger.warning("%s %s ends while the database is away: %s", name, instance, error)


def hold_lease(*, name: str, holder: str, seconds: float) -> bool:
    """Take or extend a lease; False while somebody else holds it."""
    now = timezone.now()
    until = now + timedelta(seconds=seconds)
    taken = Lease.objects.filter(Q(holder=holder) | Q(until__lt=now), name=name).update(
        holder=holder, until=until
    )
    if taken:
        return True
    try:
        with transaction.atomic():
            Lease.objects.create(name=name, holder=holder, until=until)
    except IntegrityError:
        return False
    return True


def release_lease(*, name: str, holder: str) -> None:
    """Give a lease back, so that another may act at once."""
    Lease.objects.filter(name=name, holder=holder).delete()
