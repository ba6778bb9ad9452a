"""Alarms on the live feed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.feed.messages import iso
from command_center.feed.sections import FeedModel, Section
from iot_bridge.alarms.models import Alarm
from iot_bridge.protocol.topics import Kind
from iot_bridge.rules.conditions import OWN, Condition, is_own
from iot_bridge.rules.lifecycle import Effect

AnyCondition = Condition | Annotated[str, Field(pattern=rf"^{OWN.pattern}$")]
"""A condition that ships, or a stored rule's own."""


class GroupMark(FeedModel):
    """The group that an alarm is in: `name` is the rule's, `severity` the group's own."""

    id: int
    rule: str
    name: str
    severity: int


class AlarmData(FeedModel):
    """An alarm as the console keeps it. Severity 1–4 = 红橙黄蓝; times are the server's.

    `condition` is one that ships or a stored rule's own (`x_…`), which has a title in both languages. `rule` is
    the stored rule that raised it last, null for a shipped one.

    `latching`: once cleared it wants a reset; `latched`: it waits for that now, since `cleared_at`. It is
    annunciated (in the active queue, heard, escalated) unless it is shelved (`shelved_until`), its device is
    out of service, or the condition `suppressed_by` explains it. `assignee` is an account's id.

    `level` is the code of the level that was last called to see to it (empty: nobody was yet), `escalated_at` when
    it last passed to a level above, `reminders` how often people were reminded.
    """

    id: int
    device_id: str
    device_name: str
    kind: Kind
    condition: AnyCondition
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
    title_zh: str
    title_en: str
    rule: int | None
    rule_version: int | None
    latching: bool
    latched: bool
    shelved_until: str | None
    shelved_by: str | None
    shelve_reason: str
    out_of_service: bool
    suppressed_by: AnyCondition | None
    assignee: int | None
    assignee_name: str | None
    comments: int
    chattering: bool
    group: GroupMark | None
    level: str
    escalated_at: str | None
    reminders: int


def alarm_data(alarm: Alarm) -> AlarmData:
    """A row as the feed and the API show it."""
    return AlarmData(
        id=alarm.id,
        device_id=alarm.device_id,
        device_name=alarm.device_name,
        kind=Kind(alarm.kind),
        condition=any_condition(alarm.condition),
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
        title_zh=alarm.title_zh,
        title_en=alarm.title_en,
        rule=alarm.rule,
        rule_version=alarm.rule_version,
        latching=alarm.latching,
        latched=alarm.latched,
        shelved_until=iso(alarm.shelved_until) if alarm.shelved_until else None,
        shelved_by=alarm.shelved_by_name or None,
        shelve_reason=alarm.shelve_reason,
        out_of_service=alarm.out_of_service,
        suppressed_by=any_condition(alarm.suppressed_by) if alarm.suppressed_by else None,
        assignee=alarm.assignee_id,
        assignee_name=alarm.assignee_name or None,
        comments=alarm.comments,
        chattering=alarm.chattering,
        group=None
        if alarm.group_id is None
        else GroupMark(
            id=alarm.group_id,
            rule=alarm.group_rule,
            name=alarm.group_name,
            severity=alarm.group_severity or alarm.severity,
        ),
        level=_called(alarm),
        escalated_at=iso(alarm.escalated_at) if alarm.escalated_at else None,
        reminders=alarm.reminders,
    )


def _called(alarm: Alarm) -> str:
    """The level that was called since the alarm's clock began; to whom it falls before that, nobody is told."""
    escalated = alarm.escalated_at is not None and (
        alarm.level_since is None or alarm.escalated_at >= alarm.level_since
    )
    return alarm.level if alarm.level_reminders or escalated else ""


def any_condition(name: str) -> AnyCondition:
    """A condition by its name."""
    return name if is_own(name) else Condition(name)


def is_open(alarm: Mapping[str, Any]) -> bool:
    """An alarm is open while it is active, unacknowledged, latched or shelved."""
    waits = bool(alarm["latched"]) or alarm["shelved_until"] is not None
    return bool(alarm["active"]) or not alarm["acknowledged"] or waits


def is_annunciated(alarm: AlarmData) -> bool:
    """Whether it may sound, be escalated and stand in the active queue."""
    silent = alarm.shelved_until is not None or alarm.suppressed_by is not None
    return not (silent or alarm.out_of_service)


def _read(scope: Scope) -> Iterator[AlarmData]:
    rows = Alarm.objects.filter(scope.condition(), open=True).order_by("id")
    return map(alarm_data, rows.iterator(chunk_size=2000))


SECTION = Section(
    name="alarms",
    item=AlarmData,
    key="id",
    permission=Permission.ALARMS_VIEW,
    read=_read,
    belongs=is_open,
    upserts=frozenset({"alarm.placed", "alarm.grouped"} | {f"alarm.{effect}" for effect in Effect}),
)
