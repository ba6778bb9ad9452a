"""Rule states are written and read without loss, and replaying a history gives the state it gave."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_bridge.protocol.decoded import DeviceMessage
from iot_bridge.protocol.topics import Channel, Kind
from iot_bridge.rules.conditions import Condition
from iot_bridge.rules.evaluate import Decision, evaluate, next_due, on_timer
from iot_bridge.rules.state import EMPTY, RuleState
from iot_bridge.rules.thresholds import Thresholds

LIMITS = Thresholds(lane_hold_s=30, denied_count=3, denied_window_s=20, crowd_threshold=10)

states = st.builds(
    RuleState,
    active=st.frozensets(st.sampled_from(Condition)),
    timers=st.dictionaries(st.sampled_from(Condition), st.integers(0, 2**45)),
    denied=st.lists(st.integers(0, 2**45), max_size=5).map(tuple),
    occupied_since=st.none() | st.integers(0, 2**45),
)
events = st.sampled_from(
    [
        ("pass", {}),
        ("denied", {}),
        ("tailgating", {}),
        ("forced_open", {}),
        ("forced_open", {"active": False}),
        ("occupied", {"occupied": True}),
        ("vacated", {"occupied": False}),
        ("count", {"count": 12}),
        ("count", {"count": 3}),
    ]
)
histories = st.lists(st.tuples(st.integers(0, 40_000), events), max_size=30)


@given(states)
def test_a_state_survives_storage(state: RuleState) -> None:
    assert RuleState.from_json(json.loads(json.dumps(state.to_json()))) == state


def test_the_empty_state_is_stored_as_nothing() -> None:
    assert EMPTY.to_json() == {}
    assert RuleState.from_json({}) is EMPTY
    assert RuleState.from_json(None) is EMPTY


def test_a_condition_of_another_version_is_forgotten() -> None:
    stored = {"active": ["tamper", "haunted"], "timers": {"haunted": 5}}
    assert RuleState.from_json(stored) == RuleState(active=frozenset({Condition.TAMPER}))


@pytest.mark.parametrize(
    "stored", [{"timers": [1]}, {"denied": 5}, {"active": 3}, {"denied": ["x"]}]
)
def test_what_is_no_state_is_refused(stored: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"state|invalid literal"):
        RuleState.from_json(stored)


def _message(type_: str, data: dict[str, Any]) -> DeviceMessage:
    return DeviceMessage("d-1", Kind.FACE_GATE, Channel.EVENT, type_, data, event_id="e")


def _play(
    history: list[tuple[int, tuple[str, dict[str, Any]]]], *, store: bool, punctual: bool
) -> tuple[RuleState, list[Decision]]:
    """Run a history: `store` writes and reads the state between all steps, `punctual` calls each timer when due."""
    state, now, decisions = EMPTY, 0, list[Decision]()
    for gap, (type_, data) in history:
        now += gap
        while punctual and (due := next_due(state)) is not None and due < now:
            outcome = on_timer(state, LIMITS, due)
            state, decisions = outcome.state, [*decisions, *outcome.decisions]
        late = on_timer(state, LIMITS, now)
        said = evaluate(_message(type_, data), late.state, LIMITS, now)
        state, decisions = said.state, [*decisions, *late.decisions, *said.decisions]
        if store:
            state = RuleState.from_json(json.loads(json.dumps(state.to_json())))
    return state, decisions


@given(histories)
def test_stopping_and_starting_at_every_step_changes_nothing(
    history: list[tuple[int, tuple[str, dict[str, Any]]]],
) -> None:
    assert _play(history, store=True, punctual=True) == _play(history, store=False, punctual=True)


@given(histories)
def test_a_late_timer_decides_what_a_punctual_one_would_have(
    history: list[tuple[int, tuple[str, dict[str, Any]]]],
) -> None:
    late_state, late = _play(history, store=False, punctual=False)
    state, decisions = _play(history, store=False, punctual=True)
    assert late_state == state
    assert [(type(d), d.condition) for d in late] == [(type(d), d.condition) for d in decisions]
