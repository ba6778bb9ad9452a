"""Changing tasks: sending units, and every step of theirs, by hand or when a time has come.

A change locks the incident, then its units by id, then the task, always in this order; asks the tables; and
saves, writes the timeline and publishes in one transaction, together with what follows for the case and for
the unit.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from command_center.accounts.scope import Scope
from command_center.audit import services as audit
from command_center.feed import services as feed
from command_center.feed.messages import iso
from command_center.feed.sections import RemovedById
from dispatch.acts import happened_at, is_late
from dispatch.incidents import redispatch
from dispatch.incidents import selectors as cases
from dispatch.incidents import services as incidents
from dispatch.incidents.lifecycle import GONE, Action, Stage
from dispatch.incidents.models import Incident, Participant
from dispatch.incidents.services import ConflictError, IncidentError, UnknownError, Words
from dispatch.tasks import announcing, checkins, countdown, replies, selectors
from dispatch.tasks.feed import TaskData, task_data
from dispatch.tasks.lifecycle import (
    LIVE,
    OUT,
    UNANSWERED,
    InNameOfUnit,
    Order,
    Standing,
    Step,
    Taken,
    TaskNeed,
    TaskRefused,
    TaskState,
    Unchanged,
    case_follows,
    decide_step,
    passed,
    unit_follows,
)
from dispatch.tasks.models import Task
from dispatch.units.kinds import UnitStatus
from dispatch.units.models import Unit
from dispatch.units.selectors import members_of
from dispatch.units.services import lock_units, set_work

if TYPE_CHECKING:
    from command_center.accounts.models import User

logger = logging.getLogger(__name__)

BY_ITSELF = frozenset({Standing.SYSTEM})


class TaskRefusedError(IncidentError):
    """The table of steps does not allow it."""

    def __init__(self, task: Task, step: Step, refused: TaskRefused) -> None:
        missing = f": {', '.join(refused.missing)}" if refused.missing else ""
        super().__init__(
            f"{step} of task {task.id} in {task.state}"
            f" ({task.incident.number} in {task.incident.stage}): {refused.refusal}{missing}"
        )
        self.refusal = refused.refusal
        self.missing = refused.missing


@dataclass(frozen=True, slots=True)
class Said:
    """What comes with a step: the reason or the feedback, and what the timeline keeps beside it.

    `at` is when it is heard of, `happened` when it was done; the same but for a phone without a network.
    """

    text: str
    at: datetime
    happened: datetime
    because: str = ""

    @property
    def acted_at(self) -> str:
        """When it was done, where that is to be told beside when it was heard of; else empty."""
        return iso(self.happened) if is_late(happened=self.happened, heard=self.at) else ""

    def given(self, incident: Incident) -> frozenset[TaskNeed]:
        """Which needs of the table are met."""
        met = {TaskNeed.REASON, TaskNeed.FEEDBACK} if self.text.strip() else set()
        return frozenset(met | {TaskNeed.PHOTO} if cases.has_photo_of_handling(incident) else met)


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
        _take_part(incident, members_of(unit.id for unit in sent))
        audit.record(
            action=audit.Action.TASKS_SENT,
            actor=user,
            subject=incident.number,
            code=incident.code,
            detail={"units": [unit.id for unit in sent]},
        )
        replies.remember(user=user, key=key, request=request, answer=[_json(t) for t in answer])
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
    _tell(incident, unit, task, user=user, now=now)
    announcing.order(incident, task)
    _follow_with_unit(publication, unit)
    return _publish(publication, task)


def _take_part(incident: Incident, people: Iterable[int]) -> None:
    """Who was sent never verifies."""
    Participant.objects.bulk_create(
        (
            Participant(incident=incident, user_id=person, part=Participant.Part.HANDLER)
            for person in people
        ),
        ignore_conflicts=True,
    )


def _tell(
    incident: Incident,
    unit: Unit,
    task: Task,
    *,
    user: User | None,
    now: datetime,
    text: str = "",
    **more: Any,
) -> None:
    """A line of the timeline."""
    detail = {"task": task.id, "unit": unit.id, "unit_name": unit.name, "state": task.state}
    told = {name: value for name, value in more.items() if value}
    incidents.write(incident, "task", user=user, text=text, detail={**detail, **told}, now=now)


def follow_removed_unit(publication: feed.Publication, unit: Unit) -> None:
    """A unit is about to leave the list: nobody is proposed who is not there."""
    rows = Task.objects.select_for_update().filter(proposed=unit).select_related("incident")
    for task in rows.order_by("id"):
        task.proposed = None
        task.save(update_fields=["proposed"])
        if task.incident.stage not in GONE:
            _publish(publication, task)


def _publish(publication: feed.Publication, task: Task) -> TaskData:
    data = task_data(task)
    publication.emit("task.changed", code=data.code, data=data)
    return data


def _json(data: TaskData) -> dict[str, Any]:
    return data.model_dump(mode="json")


# -- steps -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Held:
    """A task with its case and its unit, all locked."""

    incident: Incident
    unit: Unit
    task: Task


def _hold(task: Task) -> _Held:
    """Lock in the one order. What a task belongs to never changes."""
    incident = incidents.lock_any(task.incident_id)
    unit = lock_units([task.unit_id])[task.unit_id]
    locked = Task.objects.select_for_update().get(pk=task.pk)
    locked.incident = incident
    return _Held(incident, unit, locked)


def take_step(
    *, task_id: int, user: User, step: Step, text: str = "", ago_ms: int = 0, key: str = ""
) -> TaskData:
    """One step by a person: of the unit, or who runs the case. What is so already changes nothing.

    `ago_ms` is how long ago it was done, where a phone tells of it later: the task's times are those of the
    acts, the timeline's those at which the command centre heard of them. Raises Task.DoesNotExist, TaskRefusedError, ConflictError.
    """
    request = replies.fingerprint(step, task_id, text)
    with feed.transaction() as publication:
        held = _hold(selectors.visible(user).get(pk=task_id))
        remembered = replies.recall(user=user, key=key, request=request)
        if remembered is not None:
            return TaskData.model_validate(remembered)
        standings = selectors.standings_of(held.task, held.incident, user)
        now = timezone.now()
        said = Said(text, now, _moment(held.task, ago_ms, now))
        answer = _step(publication, held, standings, step, said, user)
        replies.remember(user=user, key=key, request=request, answer=_json(answer))
    return answer


def _moment(task: Task, ago_ms: int, now: datetime) -> datetime:
    """When something was done with a task: never before what was done with it last."""
    return happened_at(ago_ms=ago_ms, now=now, not_before=selectors.last_act(task))


def check_in(*, task_id: int, user: User, ago_ms: int = 0, key: str = "") -> TaskData:
    """A sign of life by somebody of the unit: the next one is due as long after it was given.

    One that is heard of late never brings the next one nearer. Where none is asked for now, nothing changes. Raises Task.DoesNotExist, ConflictError.
    """
    request = replies.fingerprint("check_in", task_id)
    with feed.transaction() as publication:
        held = _hold(selectors.mine(user).get(pk=task_id))
        remembered = replies.recall(user=user, key=key, request=request)
        if remembered is not None:
            return TaskData.model_validate(remembered)
        task, now = held.task, timezone.now()
        said = Said("", now, _moment(task, ago_ms, now))
        due = checkins.next_due(TaskState(task.state), task.check_in_minutes, said.happened)
        answer = task_data(task)
        if due is not None:
            task.check_in_by = max(due, task.check_in_by or due)
            task.save(update_fields=["check_in_by"])
            _tell(
                held.incident,
                held.unit,
                task,
                user=user,
                now=now,
                check_in="given",
                acted_at=said.acted_at,
            )
            answer = _publish(publication, task)
        replies.remember(user=user, key=key, request=request, answer=_json(answer))
    return answer


def set_check_in(*, task_id: int, scope: Scope, user: User, minutes: int | None) -> TaskData:
    """Ask a unit for a sign of life every so many minutes, or for none; counts from now.

    Raises Task.DoesNotExist, ConflictError when the task is over.
    """
    with feed.transaction() as publication:
        rows = Task.objects.filter(scope.condition("incident__code")).select_related("incident")
        held = _hold(rows.get(pk=task_id))
        task, now = held.task, timezone.now()
        if task.state not in LIVE:
            raise ConflictError(f"task {task.id} is {task.state}")
        task.check_in_minutes = minutes
        task.check_in_by = checkins.next_due(TaskState(task.state), minutes, now)
        task.save(update_fields=["check_in_minutes", "check_in_by"])
        _tell(
            held.incident,
            held.unit,
            task,
            user=user,
            now=now,
            check_in="set",
            minutes=minutes,
        )
        return _publish(publication, task)


def tell_overdue(*, task_id: int, now: datetime) -> Task | None:
    """Write into the case that a sign of life is overdue; None if it no longer is. Locks the task."""
    with feed.transaction() as publication:
        held = _hold(Task.objects.select_related("incident").get(pk=task_id))
        if held.task.check_in_by is None or held.task.check_in_by > now:
            return None
        _tell(held.incident, held.unit, held.task, user=None, now=now, check_in="overdue")
        _publish(publication, held.task)
    return held.task


def _step(
    publication: feed.Publication,
    held: _Held,
    standings: frozenset[Standing],
    step: Step,
    said: Said,
    user: User | None,
) -> TaskData:
    earlier = said.happened if said.happened < said.at else None
    order = selectors.order_of(held.task, held.incident, earlier=earlier)
    match decide_step(order, standings, step, said.given(held.incident)):
        case TaskRefused() as refused:
            raise TaskRefusedError(held.task, step, refused)
        case Unchanged():
            return task_data(held.task)
        case Taken() as taken:
            return _take(publication, held, order, taken, said, user)


_STAMPS = {
    TaskState.DELIVERED: "delivered_at",
    TaskState.ACKNOWLEDGED: "acknowledged_at",
    TaskState.EN_ROUTE: "en_route_at",
    TaskState.ON_SCENE: "on_scene_at",
    TaskState.DONE: "done_at",
}


def _take(
    publication: feed.Publication,
    held: _Held,
    order: Order,
    taken: Taken,
    said: Said,
    user: User | None,
) -> TaskData:
    incident, unit, task = held.incident, held.unit, held.task
    now, target = said.at, taken.rule.target
    before = order.state_for(taken.rule.step)
    is_revived = before is not order.state
    _advance(task, before, target, said)
    if target in (TaskState.DECLINED, TaskState.EXPIRED):
        task.proposed_id = selectors.proposal(incident, now=now)
    task.save()
    if user is not None and (taken.standing is Standing.MEMBER or target is TaskState.DONE):
        _take_part(incident, [user.pk])
    _tell(
        incident,
        unit,
        task,
        user=user,
        now=now,
        text=said.text,
        on_behalf=taken.on_behalf,
        proposed=task.proposed_id,
        because=said.because,
        acted_at=said.acted_at,
        revived=is_revived,
    )
    announcing.follow(incident, task, taken.standing)
    _follow_with_unit(publication, unit)
    _follow_with_case(publication, held, said, user)
    if target in (TaskState.DECLINED, TaskState.EXPIRED):
        redispatch.mark(publication, incident, now=now)
    if user is not None:
        _record(held, taken, user)
    return _publish(publication, task)


def _advance(task: Task, before: TaskState, target: TaskState, said: Said) -> None:
    """The times of its states are those of the acts. It ends when that is heard of: so long it was owed."""
    for state in passed(before, target):
        stamp = _STAMPS.get(state)
        if stamp is not None and getattr(task, stamp) is None:
            setattr(task, stamp, said.happened)
    task.state = target
    task.check_in_by = checkins.next_due(target, task.check_in_minutes, said.happened)
    if target not in UNANSWERED:
        task.answer_by = None
    task.ended_at = None if target in LIVE else said.at
    if target in LIVE:
        task.proposed_id = None
    elif target is TaskState.DONE:
        task.feedback = said.text
    else:
        task.reason = said.text


def _follow_with_unit(publication: feed.Publication, unit: Unit) -> None:
    states = selectors.states_of_unit(unit.id)
    set_work(publication, unit, unit_follows(UnitStatus(unit.status), states))


def _follow_with_case(
    publication: feed.Publication, held: _Held, said: Said, user: User | None
) -> None:
    incident, task = held.incident, held.task
    action = case_follows(
        Stage(incident.stage), TaskState(task.state), selectors.siblings_of(task, incident)
    )
    if action is None:
        return
    text = selectors.last_feedback(incident) if action is Action.HANDLE else said.text
    actor = InNameOfUnit(user.pk if user is not None else 0)
    words = Words(text="" if action is Action.START else text, detail={"task": task.id})
    incidents.move(publication, incident, actor, action, words, user=user)


def _record(held: _Held, taken: Taken, user: User) -> None:
    audit.record(
        action=audit.Action.TASK_MOVED,
        actor=user,
        subject=held.incident.number,
        code=held.incident.code,
        detail={
            "task": held.task.id,
            "unit": held.unit.name,
            "state": held.task.state,
            "on_behalf": taken.on_behalf,
        },
    )


# -- when a time has come ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Swept:
    """What the countdown came to."""

    reminded: int = 0
    expired: int = 0


def sweep(*, now: datetime, limit: int = 200) -> Swept:
    """Remind the units whose time to answer is over, and give up those that were reminded.

    One task that fails is logged and does not hold up the others.
    """
    late = Task.objects.filter(state__in=UNANSWERED, answer_by__lte=now).order_by("answer_by", "id")
    done = []
    for task in list(late[:limit]):
        try:
            done.append(_sweep_one(task, now))
        except Exception:
            logger.exception("task %s could not be reminded of or given up", task.id)
    return Swept(done.count(countdown.Due.REMIND), done.count(countdown.Due.EXPIRE))


def _sweep_one(task: Task, now: datetime) -> countdown.Due:
    with feed.transaction() as publication:
        held = _hold(task)
        task = held.task
        rule = selectors.answer_rule(held.incident)
        due = countdown.due(
            state=TaskState(task.state),
            until=task.answer_by,
            reminded=task.reminded,
            now=now,
            rule=rule,
        )
        match due:
            case countdown.Due.REMIND:
                task.reminded += 1
                task.answer_by = countdown.answer_by(now, rule)
                task.save(update_fields=["reminded", "answer_by"])
                _tell(held.incident, held.unit, task, user=None, now=now, reminded=task.reminded)
                announcing.remind(held.incident, task)
                _publish(publication, task)
            case countdown.Due.EXPIRE:
                _step(publication, held, BY_ITSELF, Step.EXPIRE, Said("", now, now), None)
            case countdown.Due.NOTHING:
                pass
    return due


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
            _publish(publication, task)


def _call_back(publication: feed.Publication, incident: Incident) -> None:
    live = list(Task.objects.filter(incident=incident, state__in=LIVE).order_by("id"))
    units = lock_units(task.unit_id for task in live)
    now = timezone.now()
    said = Said("", now, now, because=incident.stage)
    for task in Task.objects.select_for_update().filter(pk__in=[t.pk for t in live]).order_by("id"):
        task.incident = incident
        held = _Held(incident, units[task.unit_id], task)
        _step(publication, held, BY_ITSELF, Step.CANCEL, said, None)
