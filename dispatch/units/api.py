"""REST: units."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema
from pydantic import StringConstraints, model_validator

from command_center.accounts.policy import Permission
from command_center.api.auth import require, user_of
from command_center.api.pagination import CursorText, Limit, Page, page
from command_center.api.parameters import CodePrefix, Latitude, Longitude, under
from command_center.api.problems import Problem, ProblemCode
from command_center.feed.messages import iso
from dispatch.units import duty, selectors, services
from dispatch.units.feed import UnitData, unit_data
from dispatch.units.kinds import UnitStatus
from dispatch.units.models import Unit

router = Router(tags=["units"])


class StatusChange(Schema):
    """What a unit is doing from now on."""

    status: UnitStatus


class OwnStatus(Schema):
    """What one's own unit is doing from now on; out of service wants a reason."""

    status: Literal[UnitStatus.AVAILABLE, UnitStatus.OUT_OF_SERVICE]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""

    @model_validator(mode="after")
    def _why(self) -> OwnStatus:
        if self.status is UnitStatus.OUT_OF_SERVICE and not self.reason:
            raise ValueError("say why it is out of service")
        return self


class DutySwitch(Schema):
    """Whether one is on duty from now on."""

    on: bool


class DutyData(Schema):
    """One's units and whether one is on duty; `since` is null off duty."""

    on: bool
    since: str | None
    units: list[UnitData]


class PositionReport(Schema):
    """Where one is, in degrees WGS-84; `at` by the phone's clock."""

    lat: Latitude
    lng: Longitude
    at: datetime | None = None


@router.get("/units", response=Page[UnitData])
def list_units(
    request: HttpRequest,
    status: UnitStatus | None = None,
    code: CodePrefix = None,
    limit: Limit = 100,
    cursor: CursorText = None,
) -> dict[str, Any]:
    """Units in one's scope."""
    scope = require(request, Permission.UNITS_VIEW)
    rows = Unit.objects.filter(scope.condition("jurisdiction_id"))
    if status is not None:
        rows = rows.filter(status=status)
    if code:
        rows = rows.filter(under(code, field="jurisdiction_id"))
    return page(rows, show=unit_data, limit=limit, cursor=cursor)


@router.get("/units/{int:unit_id}", response=UnitData)
def get_unit(request: HttpRequest, unit_id: int) -> UnitData:
    """One unit."""
    scope = require(request, Permission.UNITS_VIEW)
    rows = Unit.objects.filter(scope.condition("jurisdiction_id"))
    return unit_data(get_object_or_404(rows, pk=unit_id))


@router.post("/units/{int:unit_id}/status", response=UnitData)
def set_status(request: HttpRequest, unit_id: int, change: StatusChange) -> UnitData:
    """Set what a unit is doing."""
    scope = require(request, Permission.UNITS_MANAGE)
    unit = get_object_or_404(Unit.objects.filter(scope.condition("jurisdiction_id")), pk=unit_id)
    return unit_data(
        services.set_status(unit_id=unit.id, status=change.status, actor=user_of(request))
    )


def _duty(request: HttpRequest) -> DutyData:
    memberships = selectors.duty_of(user_of(request))
    times = [row.on_duty_since for row in memberships if row.on_duty_since is not None]
    return DutyData(
        on=bool(times),
        since=iso(min(times)) if times else None,
        units=[unit_data(row.unit) for row in memberships],
    )


@router.get("/me/duty", response=DutyData)
def get_duty(request: HttpRequest) -> DutyData:
    """Whether one is on duty, and in which units."""
    require(request, Permission.TASKS_CARRY)
    return _duty(request)


@router.post("/me/duty", response=DutyData)
def set_duty(request: HttpRequest, switch: DutySwitch) -> DutyData:
    """Go on duty in one's units, or off it; off duty no position is kept. 409 for who has no unit."""
    require(request, Permission.TASKS_CARRY)
    try:
        duty.set_duty(user=user_of(request), on=switch.on)
    except duty.NoMemberError as error:
        raise Problem(ProblemCode.CONFLICT, str(error)) from error
    return _duty(request)


@router.post("/me/units/{int:unit_id}/status", response=DutyData)
def set_own_status(request: HttpRequest, unit_id: int, wanted: OwnStatus) -> DutyData:
    """Say that one's own unit is available again, or out of service and why. 409 while it has a task."""
    require(request, Permission.TASKS_CARRY)
    reason = wanted.reason if wanted.status is UnitStatus.OUT_OF_SERVICE else ""
    try:
        services.set_own_status(
            unit_id=unit_id, status=wanted.status, reason=reason, user=user_of(request)
        )
    except Unit.DoesNotExist as error:
        raise Http404 from error
    except services.NotNowError as error:
        raise Problem(ProblemCode.CONFLICT, str(error)) from error
    return _duty(request)


@router.post("/me/position", response=DutyData)
def set_position(request: HttpRequest, report: PositionReport) -> DutyData:
    """Say where one is. Taken on duty only (409 otherwise), and only the last one is kept."""
    require(request, Permission.TASKS_CARRY)
    try:
        duty.set_position(user=user_of(request), place=(report.lng, report.lat), at=report.at)
    except duty.NotOnDutyError as error:
        raise Problem(ProblemCode.CONFLICT, str(error)) from error
    return _duty(request)
