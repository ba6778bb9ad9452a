"""The life of a task: what the table allows, to whom, what follows, and what can never happen."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dispatch.incidents.lifecycle import Action, Case, Given, Moved, Stage, decide
from dispatch.incidents.lifecycle import Need as CaseNeed
from dispatch.tasks.lifecycle import (
    LIVE,
    ORDER,
    OUT,
    RULES,
    TABLE,
    UNANSWERED,
    InNameOfUnit,
    Order,
    Sibling,
    Standing,
    Step,
    Taken,
    TaskNeed,
    TaskRefusal,
    TaskRefused,
    TaskState,
    Unchanged,
    allowed_steps,
    case_follows,
    decide_step,
    needs_of,
    passed,
    unit_follows,
)
from dispatch.units.kinds import UnitStatus

EVERYTHING = frozenset(TaskNeed)
MEMBER = frozenset({Standing.MEMBER})
RUNNER = frozenset({Standing.RUNNER})
SYSTEM = frozenset({Standing.SYSTEM})
NOBODY: frozenset[Standing] = frozenset()


def take(order: Order, standings: frozenset[Standing], step: Step) -> TaskState:
    """The state after a step that must be allowed."""
    decision = decide_step(order, standings, step, EVERYTHING)
    assert isinstance(decision, Taken), decision
    return decision.rule.target


def refusal(order: Order, standings: frozenset[Standing], step: Step) -> TaskRefusal:
    decision = decide_step(order, standings, step, EVERYTHING)
    assert isinstance(decision, TaskRefused), decision
    return decision.refusal


def test_the_way_of_a_task_that_succeeds() -> None:
    state = TaskState.CREATED
    for step in (Step.DELIVER, Step.ACKNOWLEDGE, Step.START, Step.ARRIVE, Step.DONE):
        state = take(Order(state, Stage.IN_PROGRESS), MEMBER, step)
    assert state is TaskState.DONE
    assert [rule.step for rule in allowed_steps(Order(state, Stage.IN_PROGRESS), MEMBER)] == []


def test_every_step_is_in_the_table_once_and_every_state_can_be_reached() -> None:
    assert sorted(RULES) == sorted(Step)
    assert len(TABLE) == len(RULES)
    assert {rule.target for rule in TABLE} == set(TaskState) - {TaskState.CREATED}
    assert all(rule.sources <= LIVE for rule in TABLE)


def test_only_the_system_lets_a_task_expire_and_only_who_runs_the_case_cancels() -> None:
    order = Order(TaskState.DELIVERED, Stage.DISPATCHED)
    for standings in (MEMBER, RUNNER, MEMBER | RUNNER, NOBODY):
        assert refusal(order, standings, Step.EXPIRE) is TaskRefusal.NOT_ALLOWED
    assert refusal(order, MEMBER, Step.CANCEL) is TaskRefusal.NOT_ALLOWED
    assert take(order, RUNNER, Step.CANCEL) is TaskState.CANCELLED


def test_a_stranger_does_nothing() -> None:
    for state, step in product(TaskState, Step):
        assert refusal(Order(state, Stage.IN_PROGRESS), NOBODY, step) is TaskRefusal.NOT_ALLOWED


def test_a_unit_that_has_acknowledged_does_not_expire() -> None:
    for state in LIVE - UNANSWERED:
        assert (
            refusal(Order(state, Stage.IN_PROGRESS), SYSTEM, Step.EXPIRE) is TaskRefusal.WRONG_STATE
        )


@pytest.mark.parametrize(
    ("standings", "on_behalf"), [(MEMBER, False), (RUNNER, True), (MEMBER | RUNNER, False)]
)
def test_on_whose_behalf(standings: frozenset[Standing], on_behalf: bool) -> None:
    order = Order(TaskState.EN_ROUTE, Stage.IN_PROGRESS)
    decision = decide_step(order, standings, Step.ARRIVE, EVERYTHING)
    assert isinstance(decision, Taken)
    assert decision.on_behalf is on_behalf


def test_what_a_step_needs_is_named() -> None:
    order = Order(TaskState.ON_SCENE, Stage.IN_PROGRESS)
    for step, need, standings in (
        (Step.DONE, TaskNeed.FEEDBACK, MEMBER),
        (Step.CANCEL, TaskNeed.REASON, RUNNER),
    ):
        decision = decide_step(order, standings, step, frozenset())
        assert decision == TaskRefused(TaskRefusal.MISSING, (need,))
    open_one = Order(TaskState.DELIVERED, Stage.DISPATCHED)
    decision = decide_step(open_one, MEMBER, Step.DECLINE, frozenset())
    assert decision == TaskRefused(TaskRefusal.MISSING, (TaskNeed.REASON,))


def test_a_category_can_ask_for_a_photo() -> None:
    order = Order(TaskState.ON_SCENE, Stage.IN_PROGRESS, photo_required=True)
    assert needs_of(order, RULES[Step.DONE]) == {TaskNeed.FEEDBACK, TaskNeed.PHOTO}
    decision = decide_step(order, MEMBER, Step.DONE, frozenset({TaskNeed.FEEDBACK}))
    assert decision == TaskRefused(TaskRefusal.MISSING, (TaskNeed.PHOTO,))


def test_a_message_that_comes_twice_or_late_changes_nothing() -> None:
    for state in ORDER[1:]:
        decision = decide_step(Order(state, Stage.IN_PROGRESS), MEMBER, Step.DELIVER, EVERYTHING)
        assert isinstance(decision, Unchanged), state
    for row in TABLE:
        standings = frozenset(row.standings)
        decision = decide_step(
            Order(row.target, Stage.IN_PROGRESS), standings, row.step, EVERYTHING
        )
        assert isinstance(decision, Unchanged), row.step


def test_while_the_case_rests_its_units_can_only_go() -> None:
    everybody = MEMBER | RUNNER | SYSTEM
    for stage in set(Stage) - OUT:
        for state in LIVE:
            steps = {rule.step for rule in allowed_steps(Order(state, stage), everybody)}
            assert steps <= {Step.DELIVER, Step.DECLINE, Step.CANCEL, Step.EXPIRE}


def test_who_sets_out_has_acknowledged() -> None:
    assert passed(TaskState.CREATED, TaskState.EN_ROUTE) == (
        TaskState.DELIVERED,
        TaskState.ACKNOWLEDGED,
        TaskState.EN_ROUTE,
    )
    assert passed(TaskState.ACKNOWLEDGED, TaskState.DONE) == (TaskState.DONE,)
    assert passed(TaskState.DELIVERED, TaskState.DECLINED) == (TaskState.DECLINED,)


# -- what follows ------------------------------------------------------------------------------------


def others(*states: TaskState, now: bool = True) -> list[Sibling]:
    return [Sibling(state, now) for state in states]


@pytest.mark.parametrize(
    ("stage", "after", "rest", "action"),
    [
        (Stage.DISPATCHED, TaskState.DELIVERED, (), None),
        (Stage.DISPATCHED, TaskState.ACKNOWLEDGED, (), Action.START),
        (Stage.DISPATCHED, TaskState.EN_ROUTE, (TaskState.CREATED,), Action.START),
        (Stage.IN_PROGRESS, TaskState.EN_ROUTE, (), None),
        (Stage.IN_PROGRESS, TaskState.DONE, (TaskState.CREATED,), None),
        (Stage.IN_PROGRESS, TaskState.DONE, (TaskState.DECLINED,), Action.HANDLE),
        (Stage.DISPATCHED, TaskState.DECLINED, (), Action.SEND_BACK),
        (Stage.DISPATCHED, TaskState.DECLINED, (TaskState.EXPIRED,), Action.SEND_BACK),
        (Stage.DISPATCHED, TaskState.DECLINED, (TaskState.ON_SCENE,), None),
        (Stage.DISPATCHED, TaskState.EXPIRED, (), None),
        (Stage.DISPATCHED, TaskState.CANCELLED, (TaskState.DECLINED,), None),
        (Stage.IN_PROGRESS, TaskState.CANCELLED, (TaskState.DONE,), Action.HANDLE),
        (Stage.IN_PROGRESS, TaskState.DECLINED, (TaskState.DONE,), Action.HANDLE),
        (Stage.SUSPENDED, TaskState.CANCELLED, (TaskState.DONE,), None),
    ],
)
def test_what_follows_for_the_case(
    stage: Stage, after: TaskState, rest: tuple[TaskState, ...], action: Action | None
) -> None:
    assert case_follows(stage, after, others(*rest)) is action


def test_work_done_before_the_case_was_returned_does_not_handle_it_again() -> None:
    rest = others(TaskState.DONE, now=False)
    assert case_follows(Stage.IN_PROGRESS, TaskState.DECLINED, rest) is Action.SEND_BACK
    assert case_follows(Stage.IN_PROGRESS, TaskState.EXPIRED, rest) is None


@given(
    st.sampled_from(sorted(OUT)),
    st.sampled_from(sorted(set(TaskState) - {TaskState.CREATED})),
    st.lists(st.builds(Sibling, st.sampled_from(list(TaskState)), st.booleans()), max_size=5),
)
def test_what_follows_is_always_allowed_by_the_table_of_incidents(
    stage: Stage, after: TaskState, rest: list[Sibling]
) -> None:
    action = case_follows(stage, after, rest)
    if action is not None:
        case = Case(stage, "640181100200", "640181100")
        everything = Given(frozenset(CaseNeed), None)
        assert isinstance(decide(case, InNameOfUnit(1), action, everything), Moved)
    if any(other.state in LIVE for other in rest):
        assert action in (None, Action.START)


@given(st.sampled_from(list(UnitStatus)), st.lists(st.sampled_from(list(TaskState)), max_size=6))
def test_a_unit_does_what_its_tasks_say(present: UnitStatus, states: list[TaskState]) -> None:
    after = unit_follows(present, states)
    live = [state for state in states if state in LIVE]
    if present is UnitStatus.OUT_OF_SERVICE:
        assert after is UnitStatus.OUT_OF_SERVICE
    else:
        is_away = present in (UnitStatus.ON_SCENE, UnitStatus.RETURNING)
        free = UnitStatus.RETURNING if is_away else UnitStatus.AVAILABLE
        assert (after is free) == (not live)
        assert (after is UnitStatus.ON_SCENE) == (TaskState.ON_SCENE in live)
    assert unit_follows(after, states) is after


def test_an_answer_given_in_time_counts_however_late_it_is_heard_of() -> None:
    expired = Order(TaskState.EXPIRED, Stage.DISPATCHED)
    in_time = replace(expired, answered_in_time=True)
    for step in (Step.ACKNOWLEDGE, Step.START, Step.DECLINE):
        assert refusal(expired, MEMBER, step) is TaskRefusal.WRONG_STATE
        assert take(in_time, MEMBER, step) is RULES[step].target
    assert passed(in_time.state_for(Step.START), TaskState.EN_ROUTE) == (
        TaskState.ACKNOWLEDGED,
        TaskState.EN_ROUTE,
    )
    for step in (Step.DELIVER, Step.ARRIVE, Step.DONE):
        assert refusal(in_time, MEMBER, step) is TaskRefusal.WRONG_STATE
    rests = replace(in_time, stage=Stage.ACCEPTED)
    assert refusal(rests, MEMBER, Step.ACKNOWLEDGE) is TaskRefusal.CASE_RESTS
    cancelled = Order(TaskState.CANCELLED, Stage.DISPATCHED, answered_in_time=True)
    assert refusal(cancelled, MEMBER, Step.ACKNOWLEDGE) is TaskRefusal.WRONG_STATE


class LifeOfATask(RuleBasedStateMachine):
    """Anybody tries anything in any order, while the case does what it likes; the promises hold."""

    def __init__(self) -> None:
        super().__init__()
        self.order = Order(TaskState.CREATED, Stage.DISPATCHED)
        self.history: list[tuple[TaskState, frozenset[Standing], Step, TaskState]] = []
        self.stamps: list[TaskState] = []

    @rule(stage=st.sampled_from([*sorted(OUT), Stage.SUSPENDED]), photo=st.booleans())
    def the_case_moves(self, stage: Stage, photo: bool) -> None:
        self.order = Order(self.order.state, stage, photo)

    @rule(
        standings=st.frozensets(st.sampled_from(list(Standing))),
        step=st.sampled_from(list(Step)),
        needs=st.one_of(st.just(EVERYTHING), st.frozensets(st.sampled_from(list(TaskNeed)))),
    )
    def try_it(
        self, standings: frozenset[Standing], step: Step, needs: frozenset[TaskNeed]
    ) -> None:
        before = self.order
        may = {found.step for found in allowed_steps(before, standings)}
        decision = decide_step(before, standings, step, needs)
        if not isinstance(decision, Taken):
            is_missing = decision == TaskRefused(
                TaskRefusal.MISSING, getattr(decision, "missing", ())
            )
            assert (step in may) == is_missing
            return
        assert step in may
        assert decision.standing in standings & decision.rule.standings
        if Standing.SYSTEM not in standings:
            assert needs >= needs_of(before, decision.rule)
        after = decision.rule.target
        self.stamps += passed(before.state, after)
        self.history.append((before.state, standings, step, after))
        self.order = Order(after, before.stage, before.photo_required)
        again = decide_step(self.order, standings, step, needs)
        assert isinstance(again, Unchanged)

    @invariant()
    def what_has_ended_stays_ended(self) -> None:
        assert all(before in LIVE for before, _standings, _step, _after in self.history)

    @invariant()
    def every_state_is_stamped_once_and_in_order(self) -> None:
        assert len(self.stamps) == len(set(self.stamps))
        on_the_way = [ORDER.index(state) for state in self.stamps if state in ORDER]
        assert on_the_way == sorted(on_the_way)

    @invariant()
    def who_finished_had_acknowledged(self) -> None:
        if self.order.state is TaskState.DONE:
            assert TaskState.ACKNOWLEDGED in self.stamps

    @invariant()
    def it_can_always_end(self) -> None:
        if self.order.state in LIVE:
            assert Step.CANCEL in {found.step for found in allowed_steps(self.order, RUNNER)}


TestLifeOfATask = LifeOfATask.TestCase
TestLifeOfATask.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
