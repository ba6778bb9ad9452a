"""Confirming a response plan: units are sent, posts are told, and the timeline says so, all in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from command_center.accounts.scope import Scope
from command_center.audit import services as audit
from command_center.feed import services as feed
from dispatch.incidents import selectors as cases
from dispatch.incidents import services as incidents
from dispatch.incidents.lifecycle import Action, Given, Need, Refused, decide
from dispatch.incidents.models import Incident
from dispatch.incidents.services import ConflictError, RefusedError, UnknownError
from dispatch.notices import services as notices
from dispatch.plans import selectors
from dispatch.plans.choosing import misplaced
from dispatch.plans.models import ResponsePlan
from dispatch.plans.selectors import Told
from dispatch.tasks import replies
from dispatch.tasks import services as tasks
from dispatch.tasks.feed import TaskData
from dispatch.tasks.lifecycle import OUT

if TYPE_CHECKING:
    from command_center.accounts.models import User


def confirm(
    *,
    incident_id: int,
    scope: Scope,
    units_scope: Scope,
    user: User,
    version: int,
    plan_id: int,
    units: Sequence[int],
    key: str = "",
) -> list[TaskData]:
    """Send these units of a plan to a case and tell whom the plan tells; without units, only tell.

    Raises StaleError and ConflictError if the case, its plan or a unit is no longer as it was seen,
    RefusedError, UnknownError, Incident.DoesNotExist.
    """
    request = replies.fingerprint("plan", incident_id, plan_id, sorted(units))
    with feed.transaction() as publication:
        incident = incidents.lock(incident_id, scope)
        remembered = replies.recall(user=user, key=key, request=request)
        if remembered is not None:
            return [TaskData.model_validate(item) for item in remembered]
        incidents.check_version(incident, version)
        _check_may(incident, user)
        plan = _plan_as_seen(incident, plan_id)
        _check_places(plan, incident, units, units_scope)
        told = selectors.told_by(plan, incident, user)
        _write(plan, incident, told, user)
        answer = _send(publication, plan, incident, scope, units_scope, units, user)
        _notify(publication, plan, incident, told, user)
        audit.record(
            action=audit.Action.PLAN_CONFIRMED,
            actor=user,
            subject=incident.number,
            code=incident.code,
            detail={"plan": plan.name, "units": sorted(set(units))},
        )
        kept = [task.model_dump(mode="json") for task in answer]
        replies.remember(user=user, key=key, request=request, answer=kept)
    return answer


def _check_may(incident: Incident, user: User) -> None:
    """The table of transitions decides, for a plan that sends nobody too."""
    action = Action.REINFORCE if incident.stage in OUT else Action.DISPATCH
    given = Given(frozenset({Need.UNITS}), None)
    decision = decide(cases.case_of(incident), cases.actor_of(user), action, given)
    if isinstance(decision, Refused):
        raise RefusedError(incident, action, decision)


def _plan_as_seen(incident: Incident, plan_id: int) -> ResponsePlan:
    plan = selectors.plan_for(incident)
    if plan is None or plan.pk != plan_id:
        raise ConflictError(f"another plan, or none, is for {incident.number} now")
    return plan


def _check_places(
    plan: ResponsePlan, incident: Incident, units: Sequence[int], scope: Scope
) -> None:
    """A plan sends what it wants; anybody else is dispatched as usual."""
    offers = selectors.offers_of(units, scope)
    unknown = sorted(set(units) - {offer.unit for offer in offers})
    if unknown:
        raise UnknownError("units", f"there is no unit {unknown[0]}")
    out = selectors.out_for(incident, scope)
    already = {offer.unit for offer in out}.intersection(units)
    if already:
        raise ConflictError(f"unit {min(already)} has a task of {incident.number} already")
    left_over = misplaced(selectors.wants_of(plan), out, offers)
    if left_over is not None:
        raise UnknownError("units", f"{plan.name} has no place for unit {left_over}")


def _write(plan: ResponsePlan, incident: Incident, told: Sequence[Told], user: User) -> None:
    """The line of the timeline; posts by name and number, never persons."""
    detail: dict[str, Any] = {
        "plan": plan.pk,
        "plan_name": plan.name,
        "told": [
            {"role": one.role, "code": one.code, "place": one.place, "people": len(one.people)}
            for one in told
            if one.people
        ],
        "conference": plan.conference,
    }
    incidents.write(incident, selectors.ENTRY_KIND, user=user, detail=detail)


def _send(
    publication: feed.Publication,
    plan: ResponsePlan,
    incident: Incident,
    scope: Scope,
    units_scope: Scope,
    units: Sequence[int],
    user: User,
) -> list[TaskData]:
    if not units:
        incidents.save(publication, incident)
        return []
    return tasks.send(
        incident_id=incident.pk,
        scope=scope,
        units_scope=units_scope,
        user=user,
        version=incident.version,
        units=units,
        order=plan.instructions,
    )


def _notify(
    publication: feed.Publication,
    plan: ResponsePlan,
    incident: Incident,
    told: Sequence[Told],
    user: User,
) -> None:
    """In the installation's language; the texts name the case and its place, never who called."""
    with override(settings.LANGUAGE_CODE):
        title = _("Response plan confirmed: %(name)s") % {"name": plan.name}
    body = " · ".join(part for part in (incident.title, incident.place) if part)
    for one in told:
        if one.people:
            notices.tell(
                publication,
                incident=incident,
                to=notices.Addressee(one.role, one.code, one.place, one.people),
                plan=plan.name,
                title=title,
                body=body,
                sender=user,
            )
