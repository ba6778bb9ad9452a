"""Changing tasks: sending units, a person's steps, and what a changed case or unit means for them.

A change locks the incident, then its units by id, then the task, always in this order; asks the tables; and
saves, writes the timeline and publishes in one transaction, together with what follows for the case and for
the unit (`stepping`). Signs of life are in `signs`, what comes when a time is over in `sweeping`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils import timezone

from command_center.accounts.scope import Scope
from command_center.audit import services as audit
from command_center.feed import services as feed
from command_center.feed.sections import RemovedById
from dispatch.incidents import selectors as cases
from dispatch.incidents import services as incidents
from dispatch.incidents.lifecycle import GONE, Action, Stage
from dispatch.incidents.models import Incident
from dispatch.incidents.services import ConflictError, UnknownError, Words
from dispatch.tasks import announcing, countdown, replies, selectors
from dispatch.tasks.feed import TaskData
from dispatch.tasks.lifecycle import LIVE, OUT, Step
from dispatch.tasks.models import Task
from dispatch.tasks.stepping import (
    BY_ITSELF,
    Held,
    Said,
    apply_step,
    as_json,
    follow_with_unit,
    hold,
    moment,
    publish,
    take_part,
    tell,
)
from dispatch.units.kinds import UnitStatus
from dispatch.units.models import Unit
from dispatch.units.selectors import members_of
from dispatch.units.services import lock_units

if TYPE_CHECKING:
    from command_center.accounts.models import User


def send(
    *,
    incident_id: int,
    scope: Scope,
    units_scope: Scope,
    user: User,
    version: int,
    units: Sequence[int],
    order: str = "",
    check_in_minutes: int | None = None,
    key: str = "",
) -> list[TaskData]:
    """Send units to a case: the first time it is accepted if need be and dispatched, later reinforced.

    With `check_in_minutes` each owes a sign of life so often while it is out there.

    Raises StaleError and ConflictError if somebody was first, RefusedError, UnknownError, DoesNotExist.
    """
    request = replies.fingerprint("send", incident_id, sorted(units), order, check_in_minutes)
    with feed.transaction() as publication:
        incident = incidents.lock(incident_id, scope)
        remembered = replies.recall(user=user, key=key, request=request)
        if remembered is not None:
            return [TaskData.model_validate(item) for item in remembered]
        incidents.check_version(incident, version)
        sent = _lock_to_send(incident, units, units_scope)
        _move_to_dispatched(publication, incident, sent, order, user)
        answer = [
            _create(publication, incident, unit, order, check_in_minutes, user) for unit in sent
        ]
        take_part(incident, members_of(unit.id for unit in sent))
        audit.record(
            action=audit.Action.TASKS_SENT,
            actor=user,
            subject=incident.number,
            code=incident.code,
            detail={"units": [unit.id for unit in sent]},
        )
        replies.remember(user=user, key=key, request=request, answer=[as_json(t) for t in answer])
    return answer


def _lock_to_send(incident: Incident, ids: Sequence[int], scope: Scope) -> list[Unit]:
    locked = lock_units(ids)
    missing = sorted(
        pk for pk in set(ids) if pk not in locked or not scope.covers(locked[pk].jurisdiction_id)
    )
    if missing:
        raise UnknownError("units", f"there is no unit {missing[0]}")
    out = selectors.live_units(incident)
    for unit in locked.values():
        if unit.id in out:
            raise ConflictError(f"{unit.name} has a task of {incident.number} already")
        if unit.status == UnitStatus.OUT_OF_SERVICE:
            raise ConflictError(f"{unit.name} is out of service")
    return list(locked.values())


def _move_to_dispatched(
    publication: feed.Publication, incident: Incident, units: list[Unit], order: str, user: User
) -> None:
    actor = cases.actor_of(user)
    if incident.stage == Stage.REPORTED:
        incidents.move(publication, incident, actor, Action.ACCEPT, Words(), user=user)
    action = Action.REINFORCE if incident.stage in OUT else Action.DISPATCH
    told = [{"id": unit.id, "name": unit.name} for unit in units]
    words = Words(text=order, units=len(units), detail={"units": told})
    incidents.move(publication, incident, actor, action, words, user=user)


def _create(
    publication: feed.Publication,
    incident: Incident,
    unit: Unit,
    order: str,
    check_in_minutes: int | None,
    user: User,
) -> TaskData:
    now = timezone.now()
    task = Task.objects.create(
        incident=incident,
        unit=unit,
        order=order,
        created_at=now,
        created_by=user,
        created_by_name=user.display_name,
        answer_by=countdown.answer_by(now, selectors.answer_rule(incident)),
        check_in_minutes=check_in_minutes,
    )
    tell(incident, unit, task, user=user, now=now)
    announcing.order(incident, task)
    follow_with_unit(publication, unit)
    return publish(publication, task)


def follow_removed_unit(publication: feed.Publication, unit: Unit) -> None:
    """A unit is about to leave the list: nobody is proposed who is not there."""
    rows = Task.objects.select_for_update().filter(proposed=unit).select_related("incident")
    for task in rows.order_by("id"):
        task.proposed = None
        task.save(update_fields=["proposed"])
        if task.incident.stage not in GONE:
            publish(publication, task)


def take_step(
    *, task_id: int, user: User, step: Step, text: str = "", ago_ms: int = 0, key: str = ""
) -> TaskData:
    """One step by a person: of the unit, or who runs the case. What is so already changes nothing.

    `ago_ms` is how long ago it was done, where a phone tells of it later: the task's times are those of the
    acts, the timeline's those at which the command centre heard of them. Raises Task.DoesNotExist, TaskRefusedError, ConflictError.
    """
    request = replies.fingerprint(step, task_id, text)
    with feed.transaction() as publication:
        held = hold(selectors.visible(user).get(pk=task_id))
        remembered = replies.recall(user=user, key=key, request=request)
        if remembered is not None:
            return TaskData.model_validate(remembered)
        standings = selectors.standings_of(held.task, held.incident, user)
        now = timezone.now()
        said = Said(text, now, moment(held.task, ago_ms, now))
        answer = apply_step(publication, held, standings, step, said, user)
        replies.remember(user=user, key=key, request=request, answer=as_json(answer))
    return answer


def follow_incident(
    publication: feed.Publication, incident: Incident, was: str | None, came_back: bool
) -> None:
    """What a changed case means for its tasks, in the transaction that changes it; `was` is its code before.

    They go with it to another jurisdiction, leave the consoles with it and come back with it, and nobody
    stays out for a case that is suspended, handed on, merged or otherwise no longer on its way.
    """
    has_moved = was is not None and was != incident.code
    if incident.stage not in OUT:
        _call_back(publication, incident)
    if not (has_moved or came_back or incident.stage in GONE):
        return
    for task in Task.objects.filter(incident=incident).order_by("id"):
        task.incident = incident
        code = was if has_moved and was is not None else incident.code
        if not came_back:
            publication.emit("task.removed", code=code, data=RemovedById(id=task.id))
        if incident.stage not in GONE:
            publish(publication, task)


def _call_back(publication: feed.Publication, incident: Incident) -> None:
    live = list(Task.objects.filter(incident=incident, state__in=LIVE).order_by("id"))
    units = lock_units(task.unit_id for task in live)
    now = timezone.now()
    said = Said("", now, now, because=incident.stage)
    for task in Task.objects.select_for_update().filter(pk__in=[t.pk for t in live]).order_by("id"):
        task.incident = incident
        held = Held(incident, units[task.unit_id], task)
        apply_step(publication, held, BY_ITSELF, Step.CANCEL, said, None)
