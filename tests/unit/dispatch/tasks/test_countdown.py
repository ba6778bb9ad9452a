"""The acknowledgement countdown: one reminder, as much time again, and then the next unit."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.tasks.countdown import Due, answer_by, due
from dispatch.tasks.lifecycle import UNANSWERED, TaskState
from dispatch.tasks.policy import SHIPPED, AnswerRule, answer_rule

START = datetime(2026, 11, 22, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("state", sorted(UNANSWERED))
def test_reminded_at_the_end_of_the_time_and_given_up_after_as_much_again(state: TaskState) -> None:
    until = answer_by(START)
    assert until - START == SHIPPED.within == timedelta(seconds=90)
    assert due(state=state, until=until, reminded=0, now=until - SECOND) is Due.NOTHING
    assert due(state=state, until=until, reminded=0, now=until) is Due.REMIND
    later = answer_by(until)
    assert due(state=state, until=later, reminded=1, now=later - SECOND) is Due.NOTHING
    assert due(state=state, until=later, reminded=1, now=later) is Due.EXPIRE


def test_who_was_not_reminded_is_not_given_up_however_late() -> None:
    now = START + timedelta(days=3)
    assert due(state=TaskState.CREATED, until=START, reminded=0, now=now) is Due.REMIND


@given(
    st.sampled_from(sorted(set(TaskState) - UNANSWERED)),
    st.none() | st.just(START),
    st.integers(0, 3),
    st.timedeltas(timedelta(0), timedelta(days=2)),
)
def test_an_answer_stops_it(
    state: TaskState, until: datetime | None, reminded: int, after: timedelta
) -> None:
    assert due(state=state, until=until, reminded=reminded, now=START + after) is Due.NOTHING


@given(st.lists(st.timedeltas(SECOND, timedelta(minutes=20)), min_size=1, max_size=40))
def test_however_often_one_looks_it_is_one_reminder_and_then_the_end(
    pauses: list[timedelta],
) -> None:
    """A sweep at any moments: a reminder comes first, once, and the unit has its time after it."""
    now, until, reminded, seen = START, answer_by(START), 0, []
    for pause in pauses:
        now += pause
        match due(state=TaskState.DELIVERED, until=until, reminded=reminded, now=now):
            case Due.REMIND:
                seen.append((Due.REMIND, now))
                reminded, until = reminded + 1, answer_by(now)
            case Due.EXPIRE:
                seen.append((Due.EXPIRE, now))
                break
            case Due.NOTHING:
                assert now < until
    assert [what for what, _at in seen] in ([], [Due.REMIND], [Due.REMIND, Due.EXPIRE])
    if len(seen) == 2:
        assert seen[1][1] - seen[0][1] >= SHIPPED.within


def test_the_nearest_rule_holds_and_without_any_what_ships() -> None:
    any_case = AnswerRule(timedelta(seconds=60), 1)
    red = AnswerRule(timedelta(seconds=30), 2, severity=1)
    group = AnswerRule(timedelta(seconds=120), 1, category="01")
    fire = AnswerRule(timedelta(seconds=45), 0, category="0104")
    rules = [fire, any_case, group, red]
    assert answer_rule(rules, category="0901", severity=1) == red
    assert answer_rule(rules, category="0901", severity=3) == any_case
    assert answer_rule(rules, category="0101", severity=1) == group
    assert answer_rule(rules, category="0104", severity=1) == fire
    assert answer_rule([], category="0104", severity=1) == SHIPPED
    until = answer_by(START, fire)
    assert due(state=TaskState.CREATED, until=until, reminded=0, now=until, rule=fire) is Due.EXPIRE
    until = answer_by(START, red)
    for reminded, what in ((0, Due.REMIND), (1, Due.REMIND), (2, Due.EXPIRE)):
        found = due(state=TaskState.CREATED, until=until, reminded=reminded, now=until, rule=red)
        assert found is what
