"""REST: the response plan that is proposed for a case, and confirming it."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from command_center.accounts.policy import Permission, Role
from command_center.api.auth import require, user_of
from command_center.api.parameters import Id
from command_center.feed.messages import iso
from dispatch.incidents.models import Incident
from dispatch.plans import selectors, services
from dispatch.plans.choosing import Chain, GapReason, Want
from dispatch.plans.models import MOST_UNITS
from dispatch.plans.selectors import Proposal
from dispatch.tasks.api import Key, ReasonData, as_problems
from dispatch.tasks.feed import TaskData
from dispatch.tasks.recommendation import Suggestion
from dispatch.units.kinds import Skill, UnitKind

router = Router(tags=["plans"])


class WantData(Schema):
    """What a plan wants: a kind of unit, a skill, or a kind with a skill."""

    kind: UnitKind | None
    skill: Skill | None


class ChosenUnit(Schema):
    """A unit that the plan proposes, what for, and why this one."""

    unit: int
    metres: float | None
    reasons: list[ReasonData]
    wanted: WantData


class UnitOut(Schema):
    """A unit that is out for the case already, and what of the plan it fills."""

    unit: int
    wanted: WantData


class GapData(Schema):
    """What the plan wants and cannot get: how many, why, and how many such units are off duty."""

    wanted: WantData
    missing: int
    why: GapReason
    off_duty: int


class ToldData(Schema):
    """A post whose holders are told, and how many they are apart from oneself."""

    role: Role
    code: str
    place: str
    people: int


class PlanProposal(Schema):
    """A plan as it would go for a case at `version`. `confirmed_at`: when it was confirmed last, if it was."""

    version: int
    plan: int
    name: str
    instructions: str
    units: list[ChosenUnit]
    out: list[UnitOut]
    gaps: list[GapData]
    told: list[ToldData]
    conference: Chain
    confirmed_at: str | None


class PlanConfirmation(Schema):
    """Which plan, seen at which version of the case; and which units go: those proposed, or fewer, or none."""

    version: Annotated[int, Field(ge=1, lt=2**31)]
    plan: Id
    units: list[Id] = Field(max_length=MOST_UNITS)
    key: Key = ""


@router.get("/incidents/{int:incident_id}/plan", response={200: PlanProposal | None})
def propose_plan(request: HttpRequest, incident_id: int) -> PlanProposal | None:
    """The plan for a case and the units that would go; null if none fits, or one may not send units now."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    units_scope = require(request, Permission.UNITS_VIEW)
    rows = Incident.objects.filter(scope.condition()).select_related("category")
    incident = get_object_or_404(rows, pk=incident_id)
    found = selectors.proposal(incident, user_of(request), units_scope, now=timezone.now())
    return None if found is None else _shown(found, incident.version)


@router.post("/incidents/{int:incident_id}/plan", response={201: list[TaskData]})
def confirm_plan(
    request: HttpRequest, incident_id: int, wanted: PlanConfirmation
) -> Status[list[TaskData]]:
    """Confirm the plan: its units are sent, its posts are told. 409 if anything is no longer as it was seen."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    units_scope = require(request, Permission.UNITS_VIEW)
    with as_problems():
        sent = services.confirm(
            incident_id=incident_id,
            scope=scope,
            units_scope=units_scope,
            user=user_of(request),
            version=wanted.version,
            plan_id=wanted.plan,
            units=wanted.units,
            key=wanted.key,
        )
    return Status(201, sent)


def _shown(found: Proposal, version: int) -> PlanProposal:
    filling = found.filling
    return PlanProposal(
        version=version,
        plan=found.plan.pk,
        name=found.plan.name,
        instructions=found.plan.instructions,
        units=[_chosen(one, found.wants[filling.chosen[one.unit]]) for one in found.suggestions],
        out=[
            UnitOut(unit=unit, wanted=_wanted(found.wants[place]))
            for unit, place in filling.out.items()
        ],
        gaps=[
            GapData(
                wanted=_wanted(found.wants[gap.want]),
                missing=gap.missing,
                why=gap.why,
                off_duty=gap.off_duty,
            )
            for gap in filling.gaps
        ],
        told=[
            ToldData(role=one.role, code=one.code, place=one.place, people=len(one.people))
            for one in found.told
        ],
        conference=Chain(found.plan.conference),
        confirmed_at=iso(found.confirmed_at) if found.confirmed_at else None,
    )


def _chosen(one: Suggestion, want: Want) -> ChosenUnit:
    return ChosenUnit(
        unit=one.unit,
        metres=one.metres,
        reasons=[ReasonData(code=reason.code, value=reason.value) for reason in one.reasons],
        wanted=_wanted(want),
    )


def _wanted(want: Want) -> WantData:
    return WantData(kind=want.kind, skill=want.skill)
