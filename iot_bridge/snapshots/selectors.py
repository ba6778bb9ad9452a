"""Which snapshots exist for somebody, and which belong to an alarm."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from command_center.accounts.scope import Scope
from iot_bridge.alarms.feed import AlarmData
from iot_bridge.snapshots.models import Snapshot

AROUND = timedelta(seconds=60)
"""How long before an alarm was raised, and after it was last, a picture still shows what it is about."""


def in_scope(scope: Scope) -> QuerySet[Snapshot]:
    """The snapshots that exist in a scope."""
    return Snapshot.objects.filter(scope.condition())


def of_alarm(scope: Scope, alarm: AlarmData) -> QuerySet[Snapshot]:
    """What the alarm's device, or a camera at its site, sent around the time; the newest first."""
    whose = Q(device_id=alarm.device_id)
    if alarm.site:
        whose |= Q(code=alarm.code, site=alarm.site)
    raised, last = (datetime.fromisoformat(text) for text in (alarm.raised_at, alarm.last_at))
    rows = in_scope(scope).filter(whose, at__gte=raised - AROUND, at__lte=last + AROUND)
    return rows.order_by("-id")
