"""Questions about alarms."""

from __future__ import annotations

from collections.abc import Collection

from command_center.accounts.scope import Scope
from iot_bridge.alarms.feed import AlarmData, alarm_data
from iot_bridge.alarms.models import Alarm


def alarms_in(scope: Scope, ids: Collection[int]) -> list[AlarmData]:
    """The alarms of these ids that exist in a scope, oldest first."""
    rows = Alarm.objects.filter(scope.condition(), pk__in=ids).order_by("id")
    return [alarm_data(row) for row in rows]
