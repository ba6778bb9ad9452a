"""A device that goes on and off line is one alarm until it keeps still."""

import json

from hypothesis import given
from hypothesis import strategies as st

from iot_bridge.protocol.decoded import DeviceMessage
from iot_bridge.protocol.topics import Channel, Kind
from iot_bridge.rules.conditions import Condition
from iot_bridge.rules.evaluate import Clear, Decision, Raise, evaluate, next_due, on_timer
from iot_bridge.rules.flapping import fold
from iot_bridge.rules.lifecycle import AlarmFlags, Effect, decide
from iot_bridge.rules.state import EMPTY, RuleState
from iot_bridge.rules.thresholds import Thresholds

LIMITS = Thresholds(flap_changes=4, flap_window_s=100, flap_steady_s=60)
OFFLINE, FLAPPING = Condition.DEVICE_OFFLINE, Condition.DEVICE_FLAPPING


def state_message(*, online: bool) -> DeviceMessage:
    return DeviceMessage("d-1", Kind.CAMERA, Channel.STATE, "state", {"online": online})


def play(flips: list[tuple[int, bool]]) -> tuple[RuleState, list[tuple[int, Decision]]]:
    """Time passes, timers fire when due, the device says whether it is on line; the state is stored each time."""
    state, now, said = EMPTY, 0, list[tuple[int, Decision]]()
    for gap, online in flips:
        now += gap
        while (due := next_due(state)) is not None and due <= now:
            outcome = fold(on_timer(state, LIMITS, due), LIMITS, due)
            state, said = outcome.state, [*said, *((due, d) for d in outcome.decisions)]
        outcome = fold(evaluate(state_message(online=online), state, LIMITS, now), LIMITS, now)
        state, said = outcome.state, [*said, *((now, d) for d in outcome.decisions)]
        state = RuleState.from_json(json.loads(json.dumps(state.to_json())))
    return state, said


def test_beyond_so_many_changes_it_is_one_alarm_and_the_other_is_taken_back() -> None:
    flips = [(1_000, bool(n % 2)) for n in range(12)]
    state, said = play(flips)
    words = [(type(d).__name__, str(d.condition)) for _at, d in said]
    offline = [("Raise", "device_offline"), ("Clear", "device_offline")]
    assert words[:4] == offline * 2
    assert words[4:] == [("Clear", "device_offline"), ("Raise", "device_flapping")]
    folded = said[4][1]
    assert isinstance(folded, Clear)
    assert folded.folded
    assert state.active >= {FLAPPING}


def test_keeping_still_ends_it_and_being_off_line_is_an_alarm_again() -> None:
    off = [(1_000, bool(n % 2)) for n in range(5)]
    _state, said = play([*off, (61_000, False)])
    last_two = [d for _at, d in said[-2:]]
    assert isinstance(last_two[0], Clear)
    assert last_two[0].condition == FLAPPING
    assert isinstance(last_two[1], Raise)
    assert last_two[1].condition == OFFLINE


def test_an_alarm_that_is_folded_is_closed_whether_or_not_it_was_seen() -> None:
    for seen in (True, False):
        flags = AlarmFlags(active=True, acknowledged=seen, count=3)
        moved = decide(flags, Clear(OFFLINE, folded=True))
        assert moved is not None
        assert moved.effect is Effect.CLOSED
        assert not moved.flags.open
    assert decide(None, Clear(OFFLINE, folded=True)) is None


flip = st.tuples(st.integers(100, 70_000), st.booleans())


@given(st.lists(flip, max_size=60))
def test_never_two_alarms_of_one_device_at_once_and_none_is_lost(
    flips: list[tuple[int, bool]],
) -> None:
    """At every moment: off line is told by exactly one of the two, unless folded; on line for long by none."""
    open_: set[str] = set()
    _state, said = play(flips)
    for _at, decision in said:
        if isinstance(decision, Raise):
            assert decision.condition not in open_
            open_.add(decision.condition)
        else:
            open_.discard(decision.condition)
        assert len(open_) <= 1
    if flips and not flips[-1][1]:
        assert open_ in ({OFFLINE}, {FLAPPING})
    times = [at for at, d in said if isinstance(d, Raise) and d.condition == OFFLINE]
    for start in range(len(times) - LIMITS.flap_changes):
        assert times[start + LIMITS.flap_changes] - times[start] > LIMITS.flap_window_s * 1000 // 2
