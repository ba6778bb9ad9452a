"""One step of a task: the table asked, and what follows for the task, its unit and its case.

Whoever calls it has locked, by `hold`: the incident, then its units by id, then the task, always in this order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from command_center.audit import services as audit
from command_center.feed import services as feed
from command_center.feed.messages import iso
from dispatch.acts import happened_at, is_late
from dispatch.incidents import redispatch
from dispatch.incidents import selectors as cases
from dispatch.incidents import services as incidents
from dispatch.incidents.lifecycle import Action, Stage
from dispatch.incidents.models import Incident, Participant
from dispatch.incidents.services import IncidentError, Words
from dispatch.tasks import announcing, checkins, selectors
from dispatch.tasks.feed import TaskData, task_data
from dispatch.tasks.lifecycle import (
    LIVE,
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
from dispatch.units.services import lock_units, set_work

if TYPE_CHECKING:
    from command_center.accounts.models import User

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


@dataclass(frozen=True, slots=True)
class Held:
    """A task with its case and its unit, all locked."""

    incident: Incident
    unit: Unit
    task: Task


def hold(task: Task) -> Held:
    """Lock in the one order. What a task belongs to never changes."""
    incident = incidents.lock_any(task.incident_id)
    unit = lock_units([task.unit_id])[task.unit_id]
    locked = Task.objects.select_for_update().get(pk=task.pk)
    locked.incident = incident
    return Held(incident, unit, locked)


def moment(task: Task, ago_ms: int, now: datetime) -> datetime:
    """When something was done with a task: never before what was done with it last."""
    return happened_at(ago_ms=ago_ms, now=now, not_before=selectors.last_act(task))


def apply_step(
    publication: feed.Publication,
    held: Held,
    standings: frozenset[Standing],
    step: Step,
    said: Said,
    user: User | None,
) -> TaskData:
    """Take a step with a held task; what is so already changes nothing. Raises TaskRefusedError."""
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
    held: Held,
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
        take_part(incident, [user.pk])
    tell(
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
    follow_with_unit(publication, unit)
    _follow_with_case(publication, held, said, user)
    if target in (TaskState.DECLINED, TaskState.EXPIRED):
        redispatch.mark(publication, incident, now=now)
    if user is not None:
        _record(held, taken, user)
    return publish(publication, task)


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


def follow_with_unit(publication: feed.Publication, unit: Unit) -> None:
    """The unit's status is what all its tasks make of it."""
    states = selectors.states_of_unit(unit.id)
    set_work(publication, unit, unit_follows(UnitStatus(unit.status), states))


def _follow_with_case(
    publication: feed.Publication, held: Held, said: Said, user: User | None
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


def _record(held: Held, taken: Taken, user: User) -> None:
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


def take_part(incident: Incident, people: Iterable[int]) -> None:
    """Who was sent never verifies."""
    Participant.objects.bulk_create(
        (
            Participant(incident=incident, user_id=person, part=Participant.Part.HANDLER)
            for person in people
        ),
        ignore_conflicts=True,
    )


def tell(
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


def publish(publication: feed.Publication, task: Task) -> TaskData:
    """Tell the consoles how a task is now."""
    data = task_data(task)
    publication.emit("task.changed", code=data.code, data=data)
    return data


def as_json(data: TaskData) -> dict[str, Any]:
    """As an answer is kept for a phone that asks again."""
    return data.model_dump(mode="json")
