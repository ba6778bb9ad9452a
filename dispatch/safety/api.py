"""REST: calls for help."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field, model_validator

from command_center.accounts.policy import Permission
from command_center.api.auth import require, user_of
from command_center.api.parameters import AgoMs, Latitude, Longitude
from command_center.api.problems import Problem, ProblemCode
from dispatch.incidents.services import ConflictError
from dispatch.safety import services
from dispatch.units.duty import NoMemberError
from iot_bridge.alarms.feed import AlarmData

router = Router(tags=["safety"])


class CallForHelp(Schema):
    """Where one is, if the phone knows; `key` makes the same call count once."""

    lat: Latitude | None = None
    lng: Longitude | None = None
    ago_ms: AgoMs = 0
    key: Annotated[str, Field(max_length=64)] = ""

    @model_validator(mode="after")
    def _both_or_none(self) -> CallForHelp:
        if (self.lat is None) != (self.lng is None):
            raise ValueError("give lat and lng, or neither")
        return self


class CallPlace(Schema):
    """Where the phone was when help was called for, in degrees WGS-84."""

    lat: Latitude
    lng: Longitude


class CallData(Schema):
    """What has become of a call: `acknowledged_at` once the centre has seen it."""

    alarm: int
    unit_name: str
    raised_at: str
    acknowledged_at: str | None
    note: str


def _call(alarm: AlarmData) -> CallData:
    return CallData(
        alarm=alarm.id,
        unit_name=alarm.device_name,
        raised_at=alarm.raised_at,
        acknowledged_at=alarm.acknowledged_at,
        note=alarm.note,
    )


@router.post("/me/sos", response={201: CallData})
def call_for_help(request: HttpRequest, call: CallForHelp) -> Status[CallData]:
    """Call for help: an alarm of the gravest severity of one's unit. 409 for who has no unit."""
    require(request, Permission.TASKS_CARRY)
    place = (call.lng, call.lat) if call.lng is not None and call.lat is not None else None
    try:
        alarm = services.call_for_help(
            user=user_of(request), place=place, ago_ms=call.ago_ms, key=call.key
        )
    except (NoMemberError, ConflictError) as error:
        raise Problem(ProblemCode.CONFLICT, str(error)) from error
    return Status(201, _call(alarm))


@router.post("/me/sos/place", response=CallData)
def place_call(request: HttpRequest, where: CallPlace) -> CallData:
    """Where help is needed, when the phone has found out. 409 if one's unit has called for none."""
    require(request, Permission.TASKS_CARRY)
    try:
        alarm = services.place_call(user=user_of(request), place=(where.lng, where.lat))
    except NoMemberError as error:
        raise Problem(ProblemCode.CONFLICT, str(error)) from error
    if alarm is None:
        raise Problem(ProblemCode.CONFLICT, "there was no call for help")
    return _call(alarm)


@router.get("/me/sos", response=CallData | None)
def last_call(request: HttpRequest) -> CallData | None:
    """The last call for help of one's units, and whether the centre has seen it; null if there was none."""
    require(request, Permission.TASKS_CARRY)
    alarm = services.last_call(user=user_of(request))
    return _call(alarm) if alarm else None
