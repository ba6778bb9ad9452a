"""REST: alarms."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema
from pydantic import Field

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.api.auth import require, user_of
from command_center.api.lanes import Lanes, bounds
from command_center.api.pagination import CursorText, Limit, Page, lane_page
from command_center.api.parameters import Id, under
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from command_center.feed.messages import iso
from iot_bridge.alarms import acknowledging
from iot_bridge.alarms.feed import AlarmData, AnyCondition, alarm_data
from iot_bridge.alarms.models import Alarm, AlarmChange
from iot_bridge.alarms.selectors import lanes_of

router = Router(tags=["alarms"])

GROUP_MEMBERS = 500
"""Members of a group that are listed at most; `/alarms?group=` has them all, page by page."""


class AlarmFilter(Schema):
    """Which alarms. `severity` is a list such as `1,2`; `code` a prefix; times ISO 8601."""

    open: bool | None = None
    active: bool | None = None
    acknowledged: bool | None = None
    severity: str | None = None
    condition: AnyCondition | None = None
    code: str | None = Field(default=None, pattern=r"^[0-9]{1,15}$")
    device: str | None = None
    chattering: bool | None = None
    group: int | None = None
    since: datetime | None = None
    until: datetime | None = None


class AlarmChangeData(Schema):
    """One step of an alarm's life."""

    at: str
    change: str
    actor: str | None
    note: str
    detail: dict[str, Any]


class AlarmGroupData(Schema):
    """A grouped alarm with its members, oldest first."""

    id: int
    rule: str
    name: str
    severity: int
    site: str
    raised_at: str
    ended_at: str | None
    alarms: list[AlarmData]


class Note(Schema):
    """What the person who acknowledges has to say."""

    note: str = Field(default="", max_length=500)


class AcknowledgeMany(Note):
    """Several alarms at once."""

    ids: list[Id] = Field(min_length=1, max_length=500)


class Acknowledged(Schema):
    """What became of each."""

    acknowledged: list[int]
    already: list[int]
    not_found: list[int]


def _severities(text: str) -> list[int]:
    try:
        found = [int(part) for part in text.split(",")]
    except ValueError:
        found = []
    if not found or any(not 1 <= severity <= 4 for severity in found):
        problem = FieldProblem(
            field="severity", message="numbers 1 to 4, separated by commas", code="bad_severity"
        )
        raise Problem(ProblemCode.VALIDATION_ERROR, "wrong: severity", [problem])
    return found


def _filtered(rows: QuerySet[Alarm], wanted: AlarmFilter) -> QuerySet[Alarm]:
    exact = {
        "open": wanted.open,
        "active": wanted.active,
        "acknowledged": wanted.acknowledged,
        "condition": wanted.condition,
        "device_id": wanted.device,
        "chattering": wanted.chattering,
        "group_id": wanted.group,
        "raised_at__gte": wanted.since,
        "raised_at__lt": wanted.until,
    }
    rows = rows.filter(**{field: value for field, value in exact.items() if value is not None})
    if wanted.code is not None:
        rows = rows.filter(under(wanted.code))
    if wanted.severity is not None:
        rows = rows.filter(severity__in=_severities(wanted.severity))
    return rows


def _still_open(wanted: AlarmFilter) -> bool:
    """What is active or not acknowledged is open, by the table's own law."""
    return bool(wanted.open) or bool(wanted.active) or wanted.acknowledged is False


def _lanes(scope: Scope, wanted: AlarmFilter) -> Lanes:
    return lanes_of(
        scope.under(wanted.code),
        device=wanted.device,
        condition=wanted.condition,
        severities=[] if wanted.severity is None else _severities(wanted.severity),
        still_open=_still_open(wanted),
    )


@router.get("/alarms", response=Page[AlarmData])
def list_alarms(
    request: HttpRequest,
    wanted: Annotated[AlarmFilter, Query()],
    limit: Limit = 50,
    cursor: CursorText = None,
) -> dict[str, Any]:
    """Alarms in one's scope, newest first."""
    scope = require(request, Permission.ALARMS_VIEW)
    rows = _filtered(Alarm.objects.filter(scope.condition()), wanted)
    return lane_page(
        rows.filter(open=True) if _still_open(wanted) else rows,
        _lanes(scope, wanted),
        show=alarm_data,
        limit=limit,
        cursor=cursor,
        within=bounds(Alarm, "raised_at", since=wanted.since, until=wanted.until),
    )


def _alarm(request: HttpRequest, alarm_id: int, permission: Permission) -> Alarm:
    return get_object_or_404(
        Alarm.objects.filter(require(request, permission).condition()), pk=alarm_id
    )


@router.get("/alarms/{int:alarm_id}", response=AlarmData)
def get_alarm(request: HttpRequest, alarm_id: int) -> AlarmData:
    """One alarm."""
    return alarm_data(_alarm(request, alarm_id, Permission.ALARMS_VIEW))


@router.get("/alarms/{int:alarm_id}/changes", response=list[AlarmChangeData])
def alarm_changes(request: HttpRequest, alarm_id: int) -> list[AlarmChangeData]:
    """The alarm's life, oldest first."""
    alarm = _alarm(request, alarm_id, Permission.ALARMS_VIEW)
    return [
        AlarmChangeData(
            at=iso(row.at),
            change=row.change,
            actor=row.actor_name or None,
            note=row.note,
            detail=row.detail,
        )
        for row in AlarmChange.objects.filter(alarm=alarm).order_by("id")
    ]


@router.get("/alarm-groups/{int:group_id}", response=AlarmGroupData)
def alarm_group(request: HttpRequest, group_id: int) -> AlarmGroupData:
    """Alarms that are one event, those that have closed too: as far as they lie in one's scope."""
    scope = require(request, Permission.ALARMS_VIEW)
    members = Alarm.objects.filter(scope.condition(), group_id=group_id)
    rows = list(members.select_related("group").order_by("id")[:GROUP_MEMBERS])
    if not rows or rows[0].group is None:
        raise Http404
    group = rows[0].group
    return AlarmGroupData(
        id=group.id,
        rule=group.rule,
        name=group.name,
        severity=group.severity,
        site=group.site,
        raised_at=iso(group.raised_at),
        ended_at=iso(group.ended_at) if group.ended_at else None,
        alarms=[alarm_data(row) for row in rows],
    )


@router.post("/alarms/{int:alarm_id}/acknowledge", response=AlarmData)
def acknowledge(request: HttpRequest, alarm_id: int, note: Note) -> AlarmData:
    """Acknowledge one alarm. 409 if somebody was first."""
    scope = require(request, Permission.ALARMS_ACKNOWLEDGE)
    if not scope.covers(_alarm(request, alarm_id, Permission.ALARMS_VIEW).code):
        raise Problem(ProblemCode.FORBIDDEN, "your posts let you watch here, not acknowledge")
    result = acknowledging.acknowledge(
        ids=[alarm_id], scope=scope, actor=user_of(request), note=note.note
    )
    alarm = Alarm.objects.get(pk=alarm_id)
    if result.already:
        raise Problem(ProblemCode.CONFLICT, f"already acknowledged by {alarm.acknowledged_by_name}")
    return alarm_data(alarm)


@router.post("/alarms/acknowledge", response=Acknowledged)
def acknowledge_many(request: HttpRequest, wanted: AcknowledgeMany) -> Acknowledged:
    """Acknowledge several alarms; says of each what became of it."""
    result = acknowledging.acknowledge(
        ids=wanted.ids,
        scope=require(request, Permission.ALARMS_ACKNOWLEDGE),
        actor=user_of(request),
        note=wanted.note,
    )
    return Acknowledged(
        acknowledged=result.acknowledged, already=result.already, not_found=result.not_found
    )
