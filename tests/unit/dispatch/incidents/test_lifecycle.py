"""The life of a case: what the table allows, to whom, and what can never happen."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from command_center.accounts.policy import Role
from dispatch.incidents.lifecycle import (
    GONE,
    OWED,
    RULES,
    SYSTEM,
    TABLE,
    Action,
    Actor,
    Case,
    Given,
    Moved,
    Need,
    Refusal,
    Refused,
    Stage,
    allowed,
    decide,
    needs_of,
)
from dispatch.incidents.orders import Asks, End, end_by_moving

CITY, TOWN, OTHER_TOWN = "640181", "640181100", "640181101"
VILLAGE, OTHER_VILLAGE = "640181100200", "640181101201"
EVERYTHING = frozenset(Need)

DISPATCHER = Actor(1, ((Role.DISPATCHER, CITY),))
OFFICER = Actor(2, ((Role.TOWNSHIP_OFFICER, TOWN),))
VILLAGER = Actor(3, ((Role.VILLAGE_OFFICER, VILLAGE),))
PATROL = Actor(4, ((Role.PATROL, TOWN),))
STRANGER = Actor(5, ((Role.TOWNSHIP_OFFICER, OTHER_TOWN),))
AUDITOR = Actor(6, ((Role.AUDITOR, CITY), (Role.ADMINISTRATOR, CITY)))
PEOPLE = (DISPATCHER, OFFICER, VILLAGER, PATROL, STRANGER, AUDITOR)

NEW = Case(Stage.REPORTED, VILLAGE, TOWN)


def move(case: Case, actor: Actor, action: Action, target: str | None = None) -> Case:
    """The case after a transition that must be allowed."""
    decision = decide(case, actor, action, Given(EVERYTHING, target))
    assert isinstance(decision, Moved), decision
    return replace(case, stage=decision.stage, code=decision.code, owner=decision.owner)


def refusal(case: Case, actor: Actor, action: Action, given: Given | None = None) -> Refusal:
    decision = decide(case, actor, action, given or Given(EVERYTHING))
    assert isinstance(decision, Refused), decision
    return decision.refusal


def test_the_closed_loop() -> None:
    case = replace(move(NEW, OFFICER, Action.ACCEPT), handlers=frozenset({PATROL.user_id}))
    for actor, action, stage in (
        (OFFICER, Action.DISPATCH, Stage.DISPATCHED),
        (PATROL, Action.START, Stage.IN_PROGRESS),
        (PATROL, Action.HANDLE, Stage.HANDLED),
        (OFFICER, Action.VERIFY, Stage.VERIFIED),
        (DISPATCHER, Action.CLOSE, Stage.CLOSED),
        (SYSTEM, Action.ARCHIVE, Stage.ARCHIVED),
    ):
        case = move(case, actor, action)
        assert case.stage is stage
    for actor in (*PEOPLE, SYSTEM):
        may = [rule.action for rule in allowed(case, actor)]
        assert may == ([Action.REOPEN] if actor is DISPATCHER else []), actor


@pytest.mark.parametrize("actor", [STRANGER, AUDITOR])
def test_who_stands_in_no_relation_does_nothing(actor: Actor) -> None:
    for stage in Stage:
        assert allowed(replace(NEW, stage=stage), actor) == []


def test_a_handler_never_verifies_even_as_the_officer() -> None:
    case = replace(NEW, stage=Stage.HANDLED, handlers=frozenset({OFFICER.user_id}))
    assert refusal(case, OFFICER, Action.VERIFY) is Refusal.HANDLER_CANNOT_VERIFY
    assert Action.VERIFY not in [rule.action for rule in allowed(case, OFFICER)]
    assert move(case, DISPATCHER, Action.VERIFY).stage is Stage.VERIFIED


def test_a_handler_never_evaluates_even_as_the_commander() -> None:
    case = replace(NEW, stage=Stage.VERIFIED, handlers=frozenset({OFFICER.user_id}))
    assert refusal(case, OFFICER, Action.CLOSE) is Refusal.HANDLER_CANNOT_EVALUATE
    assert Action.CLOSE not in [rule.action for rule in allowed(case, OFFICER)]
    assert move(case, DISPATCHER, Action.CLOSE).stage is Stage.CLOSED


def test_the_records_are_opened_again_by_the_city_alone_and_for_a_reason() -> None:
    case = replace(NEW, stage=Stage.ARCHIVED)
    assert refusal(case, OFFICER, Action.REOPEN) is Refusal.NOT_ALLOWED
    assert decide(case, DISPATCHER, Action.REOPEN, Given()) == Refused(
        Refusal.MISSING, (Need.REASON,)
    )
    assert move(case, DISPATCHER, Action.REOPEN).stage is Stage.ACCEPTED
    closed = replace(NEW, stage=Stage.CLOSED)
    assert move(closed, OFFICER, Action.REOPEN).stage is Stage.ACCEPTED


@pytest.mark.parametrize("stage", [Stage.DISPATCHED, Stage.IN_PROGRESS])
def test_a_case_that_units_are_out_for_can_be_handed_on_or_merged(stage: Stage) -> None:
    case = replace(NEW, stage=stage, handlers=frozenset({PATROL.user_id}))
    assert move(case, OFFICER, Action.TRANSFER_UP).stage is Stage.REPORTED
    assert move(case, OFFICER, Action.TRANSFER_SIDEWAYS, OTHER_TOWN).owner == OTHER_TOWN
    assert move(case, OFFICER, Action.MERGE).stage is Stage.MERGED
    for done in (Stage.HANDLED, Stage.VERIFIED, Stage.SUSPENDED):
        assert refusal(replace(case, stage=done), OFFICER, Action.MERGE) is Refusal.WRONG_STAGE


def test_a_village_does_not_reject_suspend_or_close_what_is_its_own() -> None:
    case = replace(NEW, owner=VILLAGE)
    for action, stage in (
        (Action.REJECT, Stage.REPORTED),
        (Action.SUSPEND, Stage.ACCEPTED),
        (Action.CLOSE, Stage.VERIFIED),
    ):
        assert refusal(replace(case, stage=stage), VILLAGER, action) is Refusal.NOT_ALLOWED
    assert move(case, VILLAGER, Action.ACCEPT).stage is Stage.ACCEPTED


def test_what_a_transition_needs_is_named() -> None:
    decision = decide(NEW, OFFICER, Action.TRANSFER_SIDEWAYS, Given())
    assert decision == Refused(Refusal.MISSING, (Need.REASON, Need.TARGET))


def test_a_category_can_ask_for_a_photo() -> None:
    case = replace(
        NEW, stage=Stage.IN_PROGRESS, handlers=frozenset({PATROL.user_id}), photo_required=True
    )
    given = Given(frozenset({Need.FEEDBACK}))
    assert decide(case, PATROL, Action.HANDLE, given) == Refused(Refusal.MISSING, (Need.PHOTO,))
    assert Need.PHOTO in needs_of(case, RULES[Action.HANDLE])


def test_transfers_move_responsibility_and_sight() -> None:
    up = move(NEW, OFFICER, Action.TRANSFER_UP)
    assert (up.owner, up.code, up.stage) == (CITY, VILLAGE, Stage.REPORTED)
    down = move(up, DISPATCHER, Action.TRANSFER_DOWN, TOWN)
    assert (down.owner, down.code) == (TOWN, VILLAGE)
    elsewhere = move(up, DISPATCHER, Action.TRANSFER_DOWN, OTHER_VILLAGE)
    assert (elsewhere.owner, elsewhere.code) == (OTHER_VILLAGE, OTHER_VILLAGE)
    sideways = move(NEW, OFFICER, Action.TRANSFER_SIDEWAYS, OTHER_TOWN)
    assert (sideways.owner, sideways.code) == (OTHER_TOWN, OTHER_TOWN)
    assert allowed(sideways, OFFICER) == []


def test_targets_that_are_none() -> None:
    for action, target in (
        (Action.TRANSFER_SIDEWAYS, TOWN),
        (Action.TRANSFER_SIDEWAYS, VILLAGE),
        (Action.TRANSFER_SIDEWAYS, "640182100"),
        (Action.TRANSFER_DOWN, TOWN),
        (Action.TRANSFER_DOWN, OTHER_VILLAGE),
        (Action.TRANSFER_DOWN, CITY),
    ):
        given = Given(EVERYTHING, target)
        assert refusal(NEW, OFFICER, action, given) is Refusal.BAD_TARGET, (action, target)
    top = replace(NEW, owner=CITY)
    assert refusal(top, DISPATCHER, Action.TRANSFER_UP) is Refusal.TOP_LEVEL


def test_a_suspended_case_goes_on_where_it_was() -> None:
    case = replace(NEW, stage=Stage.IN_PROGRESS)
    held = replace(move(case, OFFICER, Action.SUSPEND), before_suspension=Stage.IN_PROGRESS)
    assert held.stage is Stage.SUSPENDED
    assert move(held, SYSTEM, Action.RESUME).stage is Stage.IN_PROGRESS


def test_every_stage_but_the_last_leads_somewhere_and_every_action_is_in_the_table() -> None:
    assert {rule.action for rule in TABLE} == set(Action)
    for stage in Stage:
        leads_on = {rule.action for rule in TABLE if stage in rule.sources}
        match stage:
            case Stage.MERGED:
                assert leads_on == set()
            case Stage.ARCHIVED:
                assert leads_on == {Action.REOPEN}
            case _:
                assert leads_on, stage


def test_allowed_and_decide_agree() -> None:
    for stage, actor, owner in product(Stage, PEOPLE, (CITY, TOWN, VILLAGE)):
        case = Case(stage, VILLAGE, owner, frozenset({4}), Stage.ACCEPTED)
        may = {found.action for found in allowed(case, actor)}
        for action in Action:
            decision = decide(case, actor, action, Given(EVERYTHING, _target(case, action)))
            assert isinstance(decision, Moved) == (action in may), (case, actor, action, decision)


def _target(case: Case, action: Action) -> str | None:
    if action is Action.TRANSFER_DOWN:
        return case.owner + "100200"[:3] if len(case.owner) < 15 else None
    if action is Action.TRANSFER_SIDEWAYS:
        return str(int(case.owner[:-1] + ("1" if case.owner[-1] != "1" else "2")))
    return None


class LifeOfACase(RuleBasedStateMachine):
    """Anybody tries anything in any order; the promises hold."""

    def __init__(self) -> None:
        super().__init__()
        self.case = NEW
        self.judged_by_handler = False
        self.orders: list[tuple[Asks, End | None]] = []
        self.history: list[tuple[Stage, Action]] = []

    @rule(
        actor=st.sampled_from((*PEOPLE, SYSTEM)),
        action=st.sampled_from(list(Action)),
        given_target=st.sampled_from([None, CITY, TOWN, OTHER_TOWN, VILLAGE, OTHER_VILLAGE]),
        needs=st.one_of(st.just(EVERYTHING), st.frozensets(st.sampled_from(list(Need)))),
    )
    def try_it(
        self, actor: Actor, action: Action, given_target: str | None, needs: frozenset[Need]
    ) -> None:
        before = self.case
        decision = decide(before, actor, action, Given(needs, given_target))
        if isinstance(decision, Refused):
            return
        assert needs >= needs_of(before, decision.rule)
        if before.stage in GONE:
            assert (before.stage, action) == (Stage.ARCHIVED, Action.REOPEN)
            assert actor is DISPATCHER
        judges = action in (Action.VERIFY, Action.CLOSE)
        self.judged_by_handler |= judges and actor.user_id in before.handlers
        self.orders = [
            (asks, end or end_by_moving(asks, decision.stage)) for asks, end in self.orders
        ]
        handlers = before.handlers
        if action in (Action.DISPATCH, Action.REINFORCE):
            handlers |= {PATROL.user_id, OFFICER.user_id}
        self.history.append((before.stage, action))
        self.case = replace(
            before,
            stage=decision.stage,
            code=decision.code,
            owner=decision.owner,
            handlers=handlers,
            before_suspension=before.stage
            if action is Action.SUSPEND
            else before.before_suspension,
        )

    @rule(asks=st.sampled_from(Asks))
    def order_from_above(self, asks: Asks) -> None:
        if self.case.stage in OWED and end_by_moving(asks, self.case.stage) is None:
            self.orders.append((asks, None))

    @invariant()
    def an_order_stays_until_the_case_came_to_it(self) -> None:
        came_to = {stage for stage, _action in self.history} | {self.case.stage}
        for asks, end in self.orders:
            match asks, end:
                case Asks.CLOSED, None:
                    assert self.case.stage in OWED | {Stage.MERGED}
                case Asks.HANDLED, None:
                    assert self.case.stage in OWED - {Stage.HANDLED, Stage.VERIFIED} | {
                        Stage.MERGED
                    }
                case Asks.CLOSED, End.FULFILLED:
                    assert Stage.CLOSED in came_to
                case Asks.HANDLED, End.FULFILLED:
                    assert Stage.HANDLED in came_to
                case _, end:
                    assert end is End.DROPPED
                    assert Stage.REJECTED in came_to

    @invariant()
    def who_is_responsible_sees_it(self) -> None:
        assert self.case.code.startswith(self.case.owner)

    @invariant()
    def nobody_verified_or_evaluated_their_own_work(self) -> None:
        assert not self.judged_by_handler

    @invariant()
    def somebody_can_always_go_on(self) -> None:
        if self.case.stage in OWED:
            chief = Actor(99, ((Role.DISPATCHER, CITY),))
            handler = Actor(98, ((Role.PATROL, CITY),))
            case = replace(self.case, handlers=self.case.handlers | {98})
            assert allowed(case, chief) or allowed(case, handler)

    @invariant()
    def it_is_closed_only_after_it_was_verified(self) -> None:
        for stage, action in self.history:
            if action is Action.CLOSE:
                assert stage is Stage.VERIFIED


TestLifeOfACase = LifeOfACase.TestCase
TestLifeOfACase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
