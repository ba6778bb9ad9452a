"""Reminders and levels: whoever looks late leaves what a punctual one would have left."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from iot_bridge.rules.escalating import (
    DEFAULTS,
    Course,
    Policy,
    Step,
    advance,
    begin,
    due,
    ladder,
    nearest,
)

VILLAGE, TOWNSHIP, CITY = "640181001003", "640181001", "640181"
LEVELS = (VILLAGE, TOWNSHIP, CITY)
SECONDS = st.one_of(st.none(), st.integers(1, 60))
POLICIES = st.builds(Policy, SECONDS, SECONDS, SECONDS)
LADDERS = st.sampled_from([LEVELS, LEVELS[1:], LEVELS[2:], (VILLAGE, CITY)])


def told(steps: Sequence[Step]) -> list[tuple[str, bool]]:
    """Every single step, reminders one by one."""
    return [
        (step.level, step.escalated)
        for step in steps
        for _ in range(1 if step.escalated else step.times)
    ]


@given(POLICIES, LADDERS, st.lists(st.integers(0, 90), min_size=1, max_size=12))
def test_a_late_worker_leaves_what_a_punctual_one_leaves(
    policy: Policy, levels: tuple[str, ...], pauses: list[int]
) -> None:
    late, late_steps, now = begin(levels, 0), [], 0
    for pause in pauses:
        now += pause
        late, steps = advance(late, policy, levels, now)
        late_steps += steps
    punctual, punctual_steps = begin(levels, 0), []
    for second in range(now + 1):
        punctual, steps = advance(punctual, policy, levels, second)
        punctual_steps += steps
    assert late == punctual
    assert told(late_steps) == told(punctual_steps)
    assert due(late, policy, levels) == due(punctual, policy, levels)


@given(POLICIES, LADDERS, st.integers(0, 500))
def test_nothing_is_left_over_and_nothing_comes_twice(
    policy: Policy, levels: tuple[str, ...], now: int
) -> None:
    course, steps = advance(begin(levels, 0), policy, levels, now)
    coming = due(course, policy, levels)
    assert coming is None or coming > now
    assert advance(course, policy, levels, now) == (course, [])
    assert sum(step.times for step in steps) == course.reminders
    passed = [step.level for step in steps if step.escalated]
    assert passed == list(levels[1 : len(passed) + 1])
    if coming is not None:
        after, more = advance(course, policy, levels, coming)
        assert more
        assert after != course


def test_three_levels_and_then_the_top_again_and_again() -> None:
    course, steps = advance(begin(LEVELS, 0), DEFAULTS[1], LEVELS, 600)
    assert [(step.level, step.at, step.escalated, step.times) for step in steps] == [
        (VILLAGE, 120, False, 2),
        (TOWNSHIP, 180, True, 0),
        (TOWNSHIP, 300, False, 2),
        (CITY, 360, True, 0),
        (CITY, 600, False, 4),
    ]
    assert course == Course(CITY, 360, 4, 8)
    assert due(course, DEFAULTS[1], LEVELS) == 660
    assert due(begin(LEVELS, 0), DEFAULTS[4], LEVELS) is None


def test_levels_where_nobody_is_are_left_out() -> None:
    assert ladder(VILLAGE + "007", frozenset({TOWNSHIP, CITY})) == (TOWNSHIP, CITY)
    assert ladder(VILLAGE, frozenset()) == (VILLAGE,)
    assert ladder(CITY, frozenset({CITY})) == (CITY,)


def test_the_row_that_names_most_holds() -> None:
    rows = [
        (1, "", "", Policy(1, 1, 1)),
        (1, "", "smoke", Policy(2, 2, 2)),
        (1, "smoke", "", Policy(3, 3, 3)),
        (2, "smoke", "smoke", Policy(4, 4, 4)),
    ]
    for condition, kind, expected in (
        ("panic", "panic_button", 1),
        ("tamper", "smoke", 2),
        ("smoke", "smoke", 3),
    ):
        found = nearest(rows, severity=1, condition=condition, kind=kind)
        assert found.remind_after == expected
    assert nearest([], severity=3, condition="x_own", kind="smoke") == DEFAULTS[3]
