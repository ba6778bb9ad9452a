"""The life of a task: one table of steps, and pure functions over it.

created → delivered → acknowledged → en_route → on_scene → done; or declined, cancelled, expired. Each row of
`TABLE` names from where to where, who may take the step and what it needs. What follows for the case and for
the unit is decided here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from command_center.accounts.policy import Role
from dispatch.incidents.lifecycle import Action, Actor, Case, Relation, Stage
from dispatch.units.kinds import UnitStatus


class TaskState(StrEnum):
    """Where a task stands."""

    CREATED = "created"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    DONE = "done"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


_S = TaskState
LIVE = frozenset({_S.CREATED, _S.DELIVERED, _S.ACKNOWLEDGED, _S.EN_ROUTE, _S.ON_SCENE})
"""States in which a unit still owes something."""

UNANSWERED = frozenset({_S.CREATED, _S.DELIVERED})
"""States in which the acknowledgement countdown runs."""


class Step(StrEnum):
    """What can be done with a task. The system alone lets one expire."""

    DELIVER = "deliver"
    ACKNOWLEDGE = "acknowledge"
    START = "start"
    ARRIVE = "arrive"
    DONE = "done"
    DECLINE = "decline"
    CANCEL = "cancel"
    EXPIRE = "expire"


class Standing(StrEnum):
    """How somebody stands to a task."""

    MEMBER = "member"
    """belongs to the unit"""
    RUNNER = "runner"
    """runs the case: holds an officer's post at, or above, the jurisdiction responsible for it"""
    SYSTEM = "system"
    """the command centre itself, when a time has come"""


class TaskNeed(StrEnum):
    """What a step wants to be given."""

    REASON = "reason"
    FEEDBACK = "feedback"
    PHOTO = "photo"


class TaskRefusal(StrEnum):
    """Why a step is refused."""

    WRONG_STATE = "wrong_state"
    NOT_ALLOWED = "not_allowed"
    MISSING = "missing"
    CASE_RESTS = "case_rests"


@dataclass(frozen=True, slots=True)
class StepRule:
    """One row of the table."""

    step: Step
    sources: frozenset[TaskState]
    target: TaskState
    standings: frozenset[Standing]
    needs: frozenset[TaskNeed]


_MEMBER = (Standing.MEMBER, Standing.RUNNER)
"""A step of the unit's; who runs the case may take it on the unit's behalf."""


def _rule(
    step: Step,
    sources: Iterable[TaskState],
    target: TaskState,
    standings: Iterable[Standing],
    *needs: TaskNeed,
) -> StepRule:
    return StepRule(step, frozenset(sources), target, frozenset(standings), frozenset(needs))


_ACCEPTED = (_S.ACKNOWLEDGED, _S.EN_ROUTE, _S.ON_SCENE)
_OPEN = (_S.CREATED, _S.DELIVERED, _S.ACKNOWLEDGED, _S.EN_ROUTE)

TABLE: tuple[StepRule, ...] = (
    _rule(Step.DELIVER, [_S.CREATED], _S.DELIVERED, _MEMBER),
    _rule(Step.ACKNOWLEDGE, UNANSWERED, _S.ACKNOWLEDGED, _MEMBER),
    _rule(Step.START, [*UNANSWERED, _S.ACKNOWLEDGED], _S.EN_ROUTE, _MEMBER),
    _rule(Step.ARRIVE, [_S.ACKNOWLEDGED, _S.EN_ROUTE], _S.ON_SCENE, _MEMBER),
    _rule(Step.DONE, _ACCEPTED, _S.DONE, _MEMBER, TaskNeed.FEEDBACK),
    _rule(Step.DECLINE, _OPEN, _S.DECLINED, _MEMBER, TaskNeed.REASON),
    _rule(
        Step.CANCEL,
        LIVE,
        _S.CANCELLED,
        [Standing.RUNNER, Standing.SYSTEM],
        TaskNeed.REASON,
    ),
    _rule(Step.EXPIRE, UNANSWERED, _S.EXPIRED, [Standing.SYSTEM]),
)
RULES: Mapping[Step, StepRule] = {rule.step: rule for rule in TABLE}

ANSWERS = frozenset({Step.ACKNOWLEDGE, Step.START, Step.DECLINE})
"""What answers an order."""

RESTING_STEPS = frozenset({Step.DELIVER, Step.DECLINE, Step.CANCEL, Step.EXPIRE})
"""Steps that can be taken while the case itself does not move on."""

ORDER = (_S.CREATED, _S.DELIVERED, _S.ACKNOWLEDGED, _S.EN_ROUTE, _S.ON_SCENE, _S.DONE)
"""The way of a task that succeeds."""


@dataclass(frozen=True, slots=True)
class Order:
    """The part of a task, and of its case, that its life depends on.

    `answered_in_time`: the task has expired, and what comes now was done before that, by a phone without a
    network; nobody of the unit was sent to the case again meanwhile.
    """

    state: TaskState
    stage: Stage
    photo_required: bool = False
    answered_in_time: bool = False

    def state_for(self, step: Step) -> TaskState:
        """From which state a step is taken. An answer that was given in time finds the task as it was then.

        A team that has answered and is on its way is on its way, whatever the paper says: better the command
        centre sees two units and calls one back than that it knows nothing of one.
        """
        if self.state is _S.EXPIRED and self.answered_in_time and step in ANSWERS:
            return _S.DELIVERED
        return self.state


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that may be taken, and as whom."""

    rule: StepRule
    standing: Standing

    @property
    def on_behalf(self) -> bool:
        """Whether who runs the case takes the unit's step for it."""
        return self.standing is Standing.RUNNER and Standing.MEMBER in self.rule.standings


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The task is there already, or further on: two phones of one unit, or a message that came late."""


@dataclass(frozen=True, slots=True)
class TaskRefused:
    """A step that may not be taken. `missing` names what was not given."""

    refusal: TaskRefusal
    missing: tuple[TaskNeed, ...] = ()


OUT = frozenset({Stage.DISPATCHED, Stage.IN_PROGRESS})
"""Stages of a case in which its units are at work."""


def needs_of(order: Order, rule: StepRule) -> frozenset[TaskNeed]:
    """What a step of this very task wants to be given."""
    if rule.step is Step.DONE and order.photo_required:
        return rule.needs | {TaskNeed.PHOTO}
    return rule.needs


def allowed_steps(order: Order, standings: frozenset[Standing]) -> list[StepRule]:
    """What somebody who stands so may do with this task now, in the order of the table."""
    return [rule for rule in TABLE if _refusal(order, standings, rule) is None]


def decide_step(
    order: Order, standings: frozenset[Standing], step: Step, given: frozenset[TaskNeed]
) -> Taken | Unchanged | TaskRefused:
    """Whether somebody who stands so may take a step, and what follows."""
    rule = RULES[step]
    if not standings & rule.standings:
        return TaskRefused(TaskRefusal.NOT_ALLOWED)
    if _is_there(order.state, rule):
        return Unchanged()
    refusal = _refusal(order, standings, rule)
    if refusal is not None:
        return TaskRefused(refusal)
    missing = sorted(needs_of(order, rule) - given)
    if missing and Standing.SYSTEM not in standings:
        return TaskRefused(TaskRefusal.MISSING, tuple(missing))
    standing = next(one for one in Standing if one in standings & rule.standings)
    return Taken(rule, standing)


def _is_there(state: TaskState, rule: StepRule) -> bool:
    if rule.step is Step.DELIVER:
        return state in ORDER[1:]
    return state is rule.target


def _refusal(order: Order, standings: frozenset[Standing], rule: StepRule) -> TaskRefusal | None:
    if order.state_for(rule.step) not in rule.sources:
        return TaskRefusal.WRONG_STATE
    if not standings & rule.standings:
        return TaskRefusal.NOT_ALLOWED
    if order.stage not in OUT and rule.step not in RESTING_STEPS:
        return TaskRefusal.CASE_RESTS
    return None


def passed(before: TaskState, after: TaskState) -> tuple[TaskState, ...]:
    """Every state that a step reaches, those it passes over included: whoever sets out has acknowledged.

    A unit that finishes without having been on the way or on the scene was never there: those stay empty.
    """
    if after not in ORDER:
        return (after,)
    first, last = ORDER.index(before) + 1, ORDER.index(after)
    between = (state for state in ORDER[first:last] if state in (_S.DELIVERED, _S.ACKNOWLEDGED))
    return (*between, after)


# -- what follows ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sent:
    """One task as the figures take it: to which unit, and when it came how far."""

    unit: int
    dispatched_at: datetime
    acknowledged_at: datetime | None = None
    on_scene_at: datetime | None = None
    declined: bool = False


class InNameOfUnit(Actor):
    """Whoever takes a unit's step acts for those who were sent; whether they may, the table above has said."""

    __slots__ = ()

    def relations(self, case: Case, roles: frozenset[Role]) -> frozenset[Relation]:
        """A handler's."""
        return frozenset({Relation.HANDLER})


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another task of the same case; `is_of_now`: it ended in the present stage of the case."""

    state: TaskState
    is_of_now: bool


def case_follows(stage: Stage, after: TaskState, others: Iterable[Sibling]) -> Action | None:
    """What the case does when one of its tasks has come to a state.

    The first to acknowledge starts it. When nobody is out any more, it is handled if somebody has finished,
    goes back if the last one declined, and otherwise waits for the next unit.
    """
    if stage not in OUT:
        return None
    if after in LIVE:
        is_answered = after not in UNANSWERED
        return Action.START if is_answered and stage is Stage.DISPATCHED else None
    rest = list(others)
    if any(other.state in LIVE for other in rest):
        return None
    if after is TaskState.DONE or any(o.state is TaskState.DONE and o.is_of_now for o in rest):
        return Action.HANDLE
    return Action.SEND_BACK if after is TaskState.DECLINED else None


AWAY = frozenset({UnitStatus.ON_SCENE, UnitStatus.RETURNING})
"""What a unit does that has been on a scene and is not back."""


def unit_follows(present: UnitStatus, states: Iterable[TaskState]) -> UnitStatus:
    """What a unit does, by its tasks. One that is out of service stays so; one that was out there returns."""
    if present is UnitStatus.OUT_OF_SERVICE:
        return present
    live = {state for state in states if state in LIVE}
    if not live and present in AWAY:
        return UnitStatus.RETURNING
    if TaskState.ON_SCENE in live:
        return UnitStatus.ON_SCENE
    if TaskState.EN_ROUTE in live:
        return UnitStatus.EN_ROUTE
    return UnitStatus.COMMITTED if live else UnitStatus.AVAILABLE
