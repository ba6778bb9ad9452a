"""Questions about response plans."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from command_center.accounts.policy import Role
from command_center.accounts.scope import Scope
from command_center.accounts.selectors import holders_of
from command_center.jurisdictions.selectors import name_of
from dispatch.incidents import selectors as cases
from dispatch.incidents.lifecycle import Action
from dispatch.incidents.models import Entry, Incident
from dispatch.plans.choosing import (
    CaseFacts,
    Filling,
    Offer,
    PlanFacts,
    PostLevel,
    Want,
    choose,
    fill,
    post_code,
)
from dispatch.plans.models import ResponsePlan
from dispatch.tasks import selectors as tasks
from dispatch.tasks.recommendation import Suggestion
from dispatch.units.kinds import Skill, UnitKind
from dispatch.units.models import Unit

if TYPE_CHECKING:
    from command_center.accounts.models import User

ENTRY_KIND = "plan"


@dataclass(frozen=True, slots=True)
class Told:
    """Whom a plan tells: the holders of a post, without who confirms it."""

    role: Role
    code: str
    place: str
    people: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a plan comes to for a case now. `suggestions` are of the units chosen, in the order of `filling`."""

    plan: ResponsePlan
    wants: tuple[Want, ...]
    filling: Filling
    suggestions: tuple[Suggestion, ...]
    told: tuple[Told, ...]
    confirmed_at: datetime | None


def facts_of(incident: Incident) -> CaseFacts:
    """What of a case its plan depends on."""
    return CaseFacts(incident.category_id, incident.severity, incident.code, incident.owner)


def plan_for(incident: Incident) -> ResponsePlan | None:
    """The plan in use that is for a case; None if there is none."""
    rows = {row.pk: row for row in ResponsePlan.objects.filter(in_use=True)}
    plans = (
        PlanFacts(
            id=row.pk,
            category=row.category_id or "",
            gravest=row.gravest,
            least=row.least,
            code=row.jurisdiction_id or "",
        )
        for row in rows.values()
    )
    found = choose(plans, facts_of(incident))
    return None if found is None else rows[found]


def wants_of(plan: ResponsePlan) -> tuple[Want, ...]:
    """What a plan wants, in the order in which it was entered."""
    return tuple(
        Want(
            kind=UnitKind(row.kind) if row.kind else None,
            skill=Skill(row.skill) if row.skill else None,
            count=row.count,
        )
        for row in plan.units.order_by("id")
    )


def told_by(plan: ResponsePlan, incident: Incident, user: User) -> tuple[Told, ...]:
    """Whom a plan tells of a case when this person confirms it; each person once, a post that is none left out."""
    found, seen = [], {user.pk}
    posts: dict[tuple[Role, str], None] = {}
    for row in plan.posts.order_by("id"):
        code = post_code(PostLevel(row.level), facts_of(incident))
        if code is not None:
            posts.setdefault((Role(row.role), code))
    for role, code in posts:
        place = name_of(code)
        if place:
            people = tuple(pk for pk in holders_of(role, code) if pk not in seen)
            seen |= set(people)
            found.append(Told(role, code, place, people))
    return tuple(found)


def may_dispatch(incident: Incident, user: User) -> bool:
    """Whether this person may send units to a case now."""
    wanted = (Action.DISPATCH, Action.REINFORCE)
    return any(rule.action in wanted for rule in cases.actions_for(incident, user))


def proposal(
    incident: Incident, user: User, units_scope: Scope, *, now: datetime
) -> Proposal | None:
    """What is proposed to this person for a case; None if no plan fits or it is not theirs to send units now."""
    plan = plan_for(incident) if may_dispatch(incident, user) else None
    if plan is None:
        return None
    suggested = {one.unit: one for one in tasks.recommendation(incident, units_scope, now=now)}
    wants = wants_of(plan)
    offers = _offers(suggested.values())
    filling = fill(wants, [*out_for(incident, units_scope), *offers])
    return Proposal(
        plan=plan,
        wants=wants,
        filling=filling,
        suggestions=tuple(suggested[unit] for unit in filling.chosen),
        told=told_by(plan, incident, user),
        confirmed_at=_confirmed_at(incident, plan),
    )


def out_for(incident: Incident, scope: Scope) -> list[Offer]:
    """The units in scope that are out for a case."""
    rows = Unit.objects.filter(
        scope.condition("jurisdiction_id"), pk__in=tasks.live_units(incident)
    )
    return [_offer(unit, is_out=True) for unit in rows.order_by("id")]


def offers_of(ids: Iterable[int], scope: Scope) -> list[Offer]:
    """These units, of those in scope."""
    rows = Unit.objects.filter(scope.condition("jurisdiction_id"), pk__in=set(ids))
    return [_offer(unit) for unit in rows.order_by("id")]


def _offers(suggestions: Iterable[Suggestion]) -> list[Offer]:
    ranked = list(suggestions)
    units = Unit.objects.in_bulk([one.unit for one in ranked])
    return [_offer(units[one.unit], is_fit=one.is_fit) for one in ranked if one.unit in units]


def _offer(unit: Unit, *, is_fit: bool = True, is_out: bool = False) -> Offer:
    skills = frozenset(Skill(skill) for skill in unit.skills)
    return Offer(unit.pk, UnitKind(unit.kind), skills, is_fit=is_fit, is_out=is_out)


def _confirmed_at(incident: Incident, plan: ResponsePlan) -> datetime | None:
    """When this plan was last confirmed for a case."""
    rows = Entry.objects.filter(incident=incident, kind=ENTRY_KIND, detail__plan=plan.pk)
    return rows.order_by("-id").values_list("at", flat=True).first()
