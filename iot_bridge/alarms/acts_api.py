"""REST: what people do with an alarm beside acknowledging it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

from django.conf import settings
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field, StringConstraints

from command_center.accounts.policy import Permission
from command_center.accounts.scope import NOWHERE, Scope, scopes_of
from command_center.api.auth import require, user_of
from command_center.api.parameters import Id
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from iot_bridge.alarms import acts
from iot_bridge.alarms.feed import AlarmData, alarm_data
from iot_bridge.alarms.models import Alarm
from iot_bridge.rules.lifecycle import Refusal, RefusedError

router = Router(tags=["alarms"])

SHORTEST = timedelta(minutes=15)

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]

HELP = {
    Refusal.CLOSED: "it is over; its history stays",
    Refusal.STILL_ACTIVE: "reset it once the equipment is back to normal",
    Refusal.NOT_LATCHED: "it closes by itself",
    Refusal.NOT_SHELVED: "it has been taken off the shelf already",
    Refusal.NEVER_SHELVED: "a person calls for help: see to it",
    Refusal.UNCONFIRMED: "say `confirmed` to shelve severity 1",
}


class Note(Schema):
    """What whoever does it has to say."""

    note: str = Field(default="", max_length=500)


class Shelving(Schema):
    """For how long an alarm is put aside, and why. `confirmed`: one has been asked twice (severity 1)."""

    minutes: int = Field(ge=15, le=168 * 60)
    reason: Said
    confirmed: bool = False


class ShelfData(Schema):
    """For how long alarms may be shelved here, in minutes."""

    shortest: int
    longest: int


class Assignment(Note):
    """To whom; null takes it back."""

    user: Id | None


class CommentText(Schema):
    """What is said."""

    text: Said


class AssigneeData(Schema):
    """Somebody who may be given an alarm."""

    id: int
    name: str


@contextmanager
def _as_problems(scope: Scope, request: HttpRequest, alarm_id: int) -> Iterator[None]:
    """What is refused, as answers; an alarm that one may see but not touch is 403, any other 404."""
    try:
        yield
    except Alarm.DoesNotExist as error:
        seen = scopes_of(request.user).get(Permission.ALARMS_VIEW, NOWHERE)
        if Alarm.objects.filter(seen.condition(), pk=alarm_id).exists():
            raise Problem(
                ProblemCode.FORBIDDEN, "your posts let you watch here, not this"
            ) from error
        raise Http404 from error
    except RefusedError as error:
        if error.refusal is Refusal.GRAVE:
            text = "severity 1 is shelved by dispatchers and commanders only"
            raise Problem(ProblemCode.FORBIDDEN, text) from error
        raise Problem(ProblemCode(error.refusal.value), HELP[error.refusal]) from error
    except acts.AlreadyAssignedError as error:
        raise Problem(ProblemCode.ALREADY_ASSIGNED, "somebody was first") from error
    except acts.NotEntitledError as error:
        wrong = FieldProblem(
            field="user",
            message="nobody in your jurisdiction who may acknowledge this alarm",
            code="not_entitled",
        )
        raise Problem(ProblemCode.VALIDATION_ERROR, "wrong: user", [wrong]) from error


@router.get("/alarms/shelf", response=ShelfData)
def shelf(request: HttpRequest) -> ShelfData:
    """For how long alarms may be shelved."""
    require(request, Permission.ALARMS_VIEW)
    return ShelfData(shortest=_minutes(SHORTEST), longest=_minutes(settings.ALARM_SHELVE_MAX))


@router.post("/alarms/{int:alarm_id}/reset", response=AlarmData)
def reset(request: HttpRequest, alarm_id: int, wanted: Note) -> AlarmData:
    """Reset a latched alarm. 409 `alarm_still_active` before its condition has cleared."""
    scope = require(request, Permission.ALARMS_RESET)
    with _as_problems(scope, request, alarm_id):
        return alarm_data(
            acts.reset(alarm_id=alarm_id, scope=scope, actor=user_of(request), note=wanted.note)
        )


@router.post("/alarms/{int:alarm_id}/shelve", response=AlarmData)
def shelve(request: HttpRequest, alarm_id: int, wanted: Shelving) -> AlarmData:
    """Shelve an alarm for some time, or change for how long. 409 `alarm_unconfirmed` for severity 1."""
    scope = require(request, Permission.ALARMS_SHELVE)
    span = timedelta(minutes=wanted.minutes)
    if span > settings.ALARM_SHELVE_MAX:
        most = _minutes(settings.ALARM_SHELVE_MAX)
        wrong = FieldProblem(field="minutes", message=f"at most {most} here", code="too_long")
        raise Problem(ProblemCode.VALIDATION_ERROR, "wrong: minutes", [wrong])
    with _as_problems(scope, request, alarm_id):
        alarm = acts.shelve(
            alarm_id=alarm_id,
            scope=scope,
            grave=scopes_of(request.user).get(Permission.ALARMS_SHELVE_GRAVE, NOWHERE),
            actor=user_of(request),
            until=timezone.now() + span,
            reason=wanted.reason,
            confirmed=wanted.confirmed,
        )
    return alarm_data(alarm)


@router.post("/alarms/{int:alarm_id}/unshelve", response=AlarmData)
def unshelve(request: HttpRequest, alarm_id: int, wanted: Note) -> AlarmData:
    """Take an alarm off the shelf before its time. 409 `alarm_not_shelved`."""
    scope = require(request, Permission.ALARMS_SHELVE)
    with _as_problems(scope, request, alarm_id):
        return alarm_data(
            acts.unshelve(alarm_id=alarm_id, scope=scope, actor=user_of(request), note=wanted.note)
        )


@router.get("/alarms/{int:alarm_id}/assignees", response=list[AssigneeData])
def assignees(request: HttpRequest, alarm_id: int) -> list[AssigneeData]:
    """Who may be given this alarm, by name."""
    scope = require(request, Permission.ALARMS_ACKNOWLEDGE)
    alarm = get_object_or_404(Alarm.objects.filter(scope.condition()), pk=alarm_id)
    people = acts.may_have(alarm, within=scope)
    return [AssigneeData(id=person.pk, name=person.display_name) for person in people]


@router.post("/alarms/{int:alarm_id}/assign", response=AlarmData)
def assign(request: HttpRequest, alarm_id: int, wanted: Assignment) -> AlarmData:
    """Give an alarm to somebody, or take it back. 409 `already_assigned`."""
    scope = require(request, Permission.ALARMS_ACKNOWLEDGE)
    with _as_problems(scope, request, alarm_id):
        return alarm_data(
            acts.assign(
                alarm_id=alarm_id,
                scope=scope,
                actor=user_of(request),
                assignee=wanted.user,
                note=wanted.note,
            )
        )


@router.post("/alarms/{int:alarm_id}/comments", response=AlarmData)
def comment(request: HttpRequest, alarm_id: int, wanted: CommentText) -> AlarmData:
    """Write into an alarm's history."""
    scope = require(request, Permission.ALARMS_ACKNOWLEDGE)
    with _as_problems(scope, request, alarm_id):
        return alarm_data(
            acts.comment(alarm_id=alarm_id, scope=scope, actor=user_of(request), text=wanted.text)
        )


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)
