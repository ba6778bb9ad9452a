"""Alarms on the live feed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import Annotated, Any

from django.db.models import QuerySet
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


# An alarm's columns in the order of `AlarmData`; `group` and `level` stand at their places for what `_fields` makes of
# them from those behind.
_COLUMNS = {
    "id": "id",
    "device_id": "device_id",
    "device_name": "device_name",
    "kind": "kind",
    "condition": "condition",
    "severity": "severity",
    "code": "code",
    "site": "site",
    "lat": "latitude",
    "lng": "longitude",
    "active": "active",
    "acknowledged": "acknowledged",
    "raised_at": "raised_at",
    "last_at": "last_at",
    "cleared_at": "cleared_at",
    "acknowledged_at": "acknowledged_at",
    "acknowledged_by": "acknowledged_by_name",
    "note": "note",
    "count": "count",
    "detail": "detail",
    "title_zh": "title_zh",
    "title_en": "title_en",
    "rule": "rule",
    "rule_version": "rule_version",
    "latching": "latching",
    "latched": "latched",
    "shelved_until": "shelved_until",
    "shelved_by": "shelved_by_name",
    "shelve_reason": "shelve_reason",
    "out_of_service": "out_of_service",
    "suppressed_by": "suppressed_by",
    "assignee": "assignee_id",
    "assignee_name": "assignee_name",
    "comments": "comments",
    "chattering": "chattering",
    "group": "group_id",
    "level": "level",
    "escalated_at": "escalated_at",
    "reminders": "reminders",
}
_BEHIND = ("group_rule", "group_name", "group_severity", "level_since", "level_reminders")
_READ = (*_COLUMNS.values(), *_BEHIND)
_NAMES = tuple(_COLUMNS)
_of_row = attrgetter(*_READ)
_TIMES = ("cleared_at", "acknowledged_at", "shelved_until", "escalated_at")
_OR_NONE = ("acknowledged_by", "shelved_by", "suppressed_by", "assignee_name")


def _fields(row: tuple[Any, ...]) -> dict[str, Any]:
    """The columns that `_READ` names as the fields of `AlarmData`, in their order."""
    fields = dict(zip(_NAMES, row, strict=False))
    rule, name, severity, level_since, level_reminders = row[len(_NAMES) :]
    escalated_at = fields["escalated_at"]
    # The level that was called since the alarm's clock began; to whom it falls before that, nobody is told.
    escalated = escalated_at is not None and (level_since is None or escalated_at >= level_since)
    if not (level_reminders or escalated):
        fields["level"] = ""
    fields["raised_at"], fields["last_at"] = iso(fields["raised_at"]), iso(fields["last_at"])
    for key in _TIMES:
        if fields[key] is not None:
            fields[key] = iso(fields[key])
    for key in _OR_NONE:
        fields[key] = fields[key] or None
    if fields["group"] is not None:
        group = {"id": fields["group"], "rule": rule, "name": name}
        fields["group"] = group | {"severity": severity or fields["severity"]}
    return fields


def alarm_data(alarm: Alarm) -> AlarmData:
    """A row as the feed and the API show it."""
    return AlarmData.model_validate(_fields(_of_row(alarm)))


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


def _open(scope: Scope) -> QuerySet[Alarm]:
    return Alarm.objects.filter(scope.condition(), open=True).order_by("id")


def _read(scope: Scope) -> Iterator[AlarmData]:
    return map(alarm_data, _open(scope).iterator(chunk_size=2000))


def _read_plain(scope: Scope) -> Iterator[dict[str, Any]]:
    return map(_fields, _open(scope).values_list(*_READ).iterator(chunk_size=2000))


SECTION = Section(
    name="alarms",
    item=AlarmData,
    key="id",
    permission=Permission.ALARMS_VIEW,
    read=_read,
    plain=_read_plain,
    belongs=is_open,
    upserts=frozenset({"alarm.placed", "alarm.grouped"} | {f"alarm.{effect}" for effect in Effect}),
)
