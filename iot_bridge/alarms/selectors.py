"""Questions about alarms."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from command_center.accounts.scope import Scope
from iot_bridge.alarms.feed import AlarmData, alarm_data
from iot_bridge.alarms.models import Alarm


def alarms_in(scope: Scope, ids: Collection[int]) -> list[AlarmData]:
    """The alarms of these ids that exist in a scope, oldest first."""
    rows = Alarm.objects.filter(scope.condition(), pk__in=ids).order_by("id")
    return [alarm_data(row) for row in rows]


def raised_times(ids: Collection[int]) -> dict[int, datetime]:
    """When each of these alarms was raised."""
    return dict(Alarm.objects.filter(pk__in=ids).values_list("id", "raised_at"))
