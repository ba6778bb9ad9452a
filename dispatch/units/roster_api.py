"""REST: who belongs to a unit, who of them is on duty, and its shifts."""

from __future__ import annotations

from typing import Annotated

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, Field

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope, scopes_of
from command_center.api.auth import require, user_of
from command_center.api.parameters import Id
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from command_center.feed.messages import iso
from dispatch.units import duty, selectors
from dispatch.units.models import Shift, Unit, UnitMember

router = Router(tags=["units"])

MOST_DAYS = 31


class MemberData(Schema):
    """Somebody who belongs to a unit; `on_duty_since` is null off duty."""

    id: int
    name: str
    on_duty_since: str | None


class ShiftData(Schema):
    """A time for which the unit is on the roster."""

    id: int
    starts_at: str
    ends_at: str


class RosterData(Schema):
    """Who belongs to a unit, who is on duty first, and its shifts under way and of the next two weeks."""

    unit: int
    on_duty: bool
    members: list[MemberData]
    shifts: list[ShiftData]
    may_manage: bool


class CandidateData(Schema):
    """Somebody who could belong to the unit."""

    id: int
    name: str


class NewMember(Schema):
    """Who is to belong to the unit."""

    user: Id


class NewShifts(Schema):
    """A shift, and on how many days in a row it is the same."""

    starts_at: AwareDatetime
    ends_at: AwareDatetime
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 1


def _unit(unit_id: int, scope: Scope) -> Unit:
    return get_object_or_404(Unit.objects.filter(scope.condition("jurisdiction_id")), pk=unit_id)


def _roster(request: HttpRequest, unit: Unit) -> RosterData:
    now = timezone.now()
    managed = scopes_of(request.user).get(Permission.UNITS_MANAGE)
    return RosterData(
        unit=unit.pk,
        on_duty=selectors.duty_at([unit.pk], now=now)[unit.pk],
        members=[
            MemberData(
                id=row.pk,
                name=row.user.display_name,
                on_duty_since=iso(row.on_duty_since) if row.on_duty_since else None,
            )
            for row in selectors.members_of_unit(unit)
        ],
        shifts=[
            ShiftData(id=row.pk, starts_at=iso(row.starts_at), ends_at=iso(row.ends_at))
            for row in selectors.coming_shifts(unit, now=now)
        ],
        may_manage=managed is not None and managed.covers(unit.jurisdiction_id),
    )


@router.get("/units/{int:unit_id}/roster", response=RosterData)
def get_roster(request: HttpRequest, unit_id: int) -> RosterData:
    """Who belongs to a unit, and when it is on duty."""
    return _roster(request, _unit(unit_id, require(request, Permission.UNITS_VIEW)))


@router.get("/units/{int:unit_id}/candidates", response=list[CandidateData])
def list_candidates(request: HttpRequest, unit_id: int) -> list[CandidateData]:
    """Who could belong to a unit that one manages."""
    scope = require(request, Permission.UNITS_MANAGE)
    unit = _unit(unit_id, scope)
    return [
        CandidateData(id=person.pk, name=person.display_name)
        for person in selectors.candidates_for(unit, scope)
    ]


@router.post("/units/{int:unit_id}/members", response={201: RosterData})
def add_member(request: HttpRequest, unit_id: int, wanted: NewMember) -> Status[RosterData]:
    """Have somebody belong to a unit; they are off duty."""
    scope = require(request, Permission.UNITS_MANAGE)
    unit = _unit(unit_id, scope)
    found = {person.pk: person for person in selectors.candidates_for(unit, scope)}
    person = found.get(wanted.user)
    if person is None:
        problem = FieldProblem(field="user", message="is no candidate", code="unknown")
        raise Problem(ProblemCode.VALIDATION_ERROR, "wrong: user", [problem])
    duty.add_member(unit=unit, user=person, actor=user_of(request))
    return Status(201, _roster(request, unit))


@router.delete("/units/{int:unit_id}/members/{int:member_id}", response=RosterData)
def remove_member(request: HttpRequest, unit_id: int, member_id: int) -> RosterData:
    """Have somebody no longer belong to a unit; on duty, they go off it first."""
    unit = _unit(unit_id, require(request, Permission.UNITS_MANAGE))
    rows = UnitMember.objects.filter(unit=unit).select_related("user")
    duty.remove_member(membership=get_object_or_404(rows, pk=member_id), actor=user_of(request))
    return _roster(request, unit)


@router.post("/units/{int:unit_id}/shifts", response={201: RosterData})
def add_shifts(request: HttpRequest, unit_id: int, wanted: NewShifts) -> Status[RosterData]:
    """Put a shift on the roster, the same for `days` days in a row."""
    unit = _unit(unit_id, require(request, Permission.UNITS_MANAGE))
    try:
        duty.add_shifts(
            unit_id=unit.pk,
            starts_at=wanted.starts_at,
            ends_at=wanted.ends_at,
            days=wanted.days,
            actor=user_of(request),
        )
    except ValidationError as error:
        problem = FieldProblem(field="ends_at", message="ends before it begins", code="bad_times")
        raise Problem(ProblemCode.VALIDATION_ERROR, "wrong: ends_at", [problem]) from error
    return Status(201, _roster(request, unit))


@router.delete("/units/{int:unit_id}/shifts/{int:shift_id}", response=RosterData)
def remove_shift(request: HttpRequest, unit_id: int, shift_id: int) -> RosterData:
    """Take a shift off the roster."""
    unit = _unit(unit_id, require(request, Permission.UNITS_MANAGE))
    row = get_object_or_404(Shift.objects.filter(unit=unit), pk=shift_id)
    duty.remove_shift(shift=row, actor=user_of(request))
    return _roster(request, unit)
