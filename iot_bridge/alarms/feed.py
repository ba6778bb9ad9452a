"""Alarms on the live feed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.feed.messages import iso
from command_center.feed.sections import FeedModel, Section
from iot_bridge.alarms.models import Alarm
from iot_bridge.protocol.topics import Kind
from iot_bridge.rules.conditions import Condition


class AlarmData(FeedModel):
    """An alarm as the console keeps it. Severity 1–4 = 红橙黄蓝; times are the server's."""

    id: int
    device_id: str
    device_name: str
    kind: Kind
    condition: Condition
    severity: int
    code: str
    site: str
    lat: float | None
    lng: float | None
    active: bool
    acknowledged: bool
    raised_at: str
    last_at: str
    cleared_at: str | None
    acknowledged_at: str | None
    acknowledged_by: str | None
    note: str
    count: int
    detail: dict[str, Any]


def alarm_data(alarm: Alarm) -> AlarmData:
    """A row as the feed and the API show it."""
    return AlarmData(
        id=alarm.id,
        device_id=alarm.device_id,
        device_name=alarm.device_name,
        kind=Kind(alarm.kind),
        condition=Condition(alarm.condition),
        severity=alarm.severity,
        code=alarm.code,
        site=alarm.site,
        lat=alarm.latitude,
        lng=alarm.longitude,
        active=alarm.active,
        acknowledged=alarm.acknowledged,
        raised_at=iso(alarm.raised_at),
        last_at=iso(alarm.last_at),
        cleared_at=iso(alarm.cleared_at) if alarm.cleared_at else None,
        acknowledged_at=iso(alarm.acknowledged_at) if alarm.acknowledged_at else None,
        acknowledged_by=alarm.acknowledged_by_name or None,
        note=alarm.note,
        count=alarm.count,
        detail=alarm.detail,
    )


def is_open(alarm: Mapping[str, Any]) -> bool:
    """An alarm is open while it is active or unacknowledged."""
    return bool(alarm["active"]) or not alarm["acknowledged"]


def _read(scope: Scope) -> Iterator[AlarmData]:
    return map(alarm_data, Alarm.objects.filter(scope.condition(), open=True).order_by("id"))


SECTION = Section(
    name="alarms",
    item=AlarmData,
    key="id",
    permission=Permission.ALARMS_VIEW,
    read=_read,
    belongs=is_open,
    upserts=frozenset(
        {
            "alarm.raised",
            "alarm.repeated",
            "alarm.placed",
            "alarm.cleared",
            "alarm.acknowledged",
            "alarm.closed",
        }
    ),
)
