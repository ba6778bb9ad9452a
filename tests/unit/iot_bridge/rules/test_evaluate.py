"""The rules one by one: what raises a condition, what repeats it, what ends it, and when."""

from collections.abc import Callable
from typing import Any

import pytest

from iot_bridge.protocol.decoded import DeviceMessage
from iot_bridge.protocol.messages import STATE
from iot_bridge.protocol.topics import Channel, Kind
from iot_bridge.rules.conditions import SPECS, Condition
from iot_bridge.rules.evaluate import (
    Clear,
    Decision,
    Outcome,
    Raise,
    evaluate,
    next_due,
    on_silence,
    on_timer,
    silence_due,
)
from iot_bridge.rules.state import EMPTY, RuleState
from iot_bridge.rules.thresholds import Thresholds

T0 = 1_763_740_800_000
LIMITS = Thresholds()


def event(type_: str, kind: Kind = Kind.FACE_GATE, **data: Any) -> DeviceMessage:
    return DeviceMessage("d-1", kind, Channel.EVENT, type_, data, event_id="e-1")


def state_message(**data: Any) -> DeviceMessage:
    return DeviceMessage("d-1", Kind.FACE_GATE, Channel.STATE, STATE, data)


def run(*steps: tuple[int, DeviceMessage], thresholds: Thresholds = LIMITS) -> Outcome:
    """Feed messages at seconds after T0, calling the timers that fall due in between."""
    state, decisions = EMPTY, list[Decision]()
    for second, message in steps:
        now = T0 + second * 1000
        due = on_timer(state, thresholds, now)
        said = evaluate(message, due.state, thresholds, now)
        state = said.state
        decisions += due.decisions + said.decisions
    return Outcome(state, tuple(decisions))


def told(outcome: Outcome) -> list[tuple[str, str]]:
    return [(type(d).__name__, d.condition) for d in outcome.decisions]


@pytest.mark.parametrize("type_", ["forced_open", "door_held", "tamper", "fault"])
def test_a_flag_raises_repeats_and_clears(type_: str) -> None:
    condition = Condition(type_)
    outcome = run(
        (0, event(type_)),
        (1, event(type_, active=True)),
        (2, event(type_, active=False)),
        (3, event(type_, active=False)),
    )
    assert told(outcome) == [("Raise", condition), ("Raise", condition), ("Clear", condition)]
    assert outcome.state == EMPTY


def test_a_pass_shuts_a_forced_or_held_door() -> None:
    outcome = run((0, event("forced_open")), (1, event("door_held")), (2, event("pass")))
    assert told(outcome)[2:] == [("Clear", Condition.FORCED_OPEN), ("Clear", Condition.DOOR_HELD)]
    assert evaluate(event("pass"), EMPTY, LIMITS, T0) == Outcome(EMPTY)


def test_an_ordinary_message_changes_no_state() -> None:
    for message in (event("pass"), event("motion"), event("battery", battery=90), event("denied")):
        assert (evaluate(message, EMPTY, LIMITS, T0).state is EMPTY) is (message.type != "denied")


def test_tailgating_ends_by_itself_five_minutes_after_the_last() -> None:
    outcome = run((0, event("tailgating", people=2)), (200, event("tailgating")))
    assert outcome.decisions[0] == Raise(Condition.TAILGATING, {"people": 2})
    assert next_due(outcome.state) == T0 + 500_000
    assert on_timer(outcome.state, LIMITS, T0 + 499_999) == Outcome(outcome.state)
    ended = on_timer(outcome.state, LIMITS, T0 + 500_000)
    assert ended == Outcome(EMPTY, (Clear(Condition.TAILGATING),))


def test_n_refusals_in_the_window_are_a_burst() -> None:
    limits = Thresholds(denied_count=3, denied_window_s=10)
    outcome = run(*((s, event("denied")) for s in (0, 5, 9)), thresholds=limits)
    detail = {"denied": 3, "window_s": 10}
    assert outcome.decisions == (Raise(Condition.DENIED_BURST, detail),)
    assert outcome.state.denied == ()


def test_refusals_apart_are_no_burst() -> None:
    limits = Thresholds(denied_count=3, denied_window_s=10)
    assert not run(*((s, event("denied")) for s in range(0, 100, 5)), thresholds=limits).decisions


def test_a_burst_that_goes_on_repeats_every_n() -> None:
    limits = Thresholds(denied_count=3, denied_window_s=10)
    outcome = run(*((s, event("denied")) for s in range(9)), thresholds=limits)
    assert told(outcome) == [("Raise", Condition.DENIED_BURST)] * 3


def test_a_crowd_has_hysteresis() -> None:
    limits = Thresholds(crowd_threshold=10)
    counts = (9, 10, 12, 9, 8, 8, 10)
    outcome = run(*((i, event("count", count=c)) for i, c in enumerate(counts)), thresholds=limits)
    assert told(outcome) == [
        ("Raise", Condition.CROWD_HIGH),
        ("Clear", Condition.CROWD_HIGH),
        ("Raise", Condition.CROWD_HIGH),
    ]
    assert outcome.decisions[0].detail == {"count": 10, "threshold": 10}
    assert outcome.decisions[1].detail == {"count": 8, "threshold": 10}


def test_a_lane_is_blocked_after_its_hold_and_heartbeats_do_not_put_it_off() -> None:
    limits = Thresholds(lane_hold_s=60)
    outcome = run(*((s, event("occupied")) for s in (0, 30, 59)), thresholds=limits)
    assert not outcome.decisions
    assert next_due(outcome.state) == T0 + 60_000
    blocked = on_timer(outcome.state, limits, T0 + 61_500)
    detail = {"since_ms": T0, "held_s": 61}
    assert blocked.decisions == (Raise(Condition.LANE_BLOCKED, detail),)
    assert next_due(blocked.state) is None
    assert evaluate(event("occupied"), blocked.state, limits, T0 + 90_000).decisions == ()
    freed = evaluate(event("vacated"), blocked.state, limits, T0 + 100_000)
    assert freed == Outcome(EMPTY, (Clear(Condition.LANE_BLOCKED, {"held_s": 100}),))


def test_a_lane_left_in_time_raises_nothing() -> None:
    outcome = run((0, event("occupied")), (10, event("vacated")), (500, event("vacated")))
    assert outcome == Outcome(EMPTY)


def test_a_hold_made_longer_while_it_runs_is_waited_for() -> None:
    waiting = run((0, event("occupied")), thresholds=Thresholds(lane_hold_s=60)).state
    longer = Thresholds(lane_hold_s=100)
    outcome = on_timer(waiting, longer, T0 + 60_000)
    assert not outcome.decisions
    assert next_due(outcome.state) == T0 + 100_000
    assert told(on_timer(outcome.state, longer, T0 + 100_000)) == [
        ("Raise", Condition.LANE_BLOCKED)
    ]


def test_the_hold_survives_a_restart() -> None:
    waiting = run((0, event("occupied"))).state
    restored = RuleState.from_json(waiting.to_json())
    late = on_timer(restored, LIMITS, T0 + 3_600_000)
    assert late.decisions == (Raise(Condition.LANE_BLOCKED, {"since_ms": T0, "held_s": 3600}),)


def test_the_will_takes_a_device_offline_and_anything_brings_it_back() -> None:
    outcome = run(
        (0, state_message(online=False)),
        (1, state_message(online=False)),
        (2, event("motion")),
        (3, state_message(online=False)),
        (4, state_message(online=True)),
    )
    offline = Condition.DEVICE_OFFLINE
    assert told(outcome) == [("Raise", offline), ("Clear", offline)] * 2
    assert outcome.decisions[0].detail == {"cause": "last_will"}


def test_silence_takes_a_device_offline_once() -> None:
    due = silence_due(T0, LIMITS)
    assert due == T0 + 90_000
    assert on_silence(EMPTY, T0, LIMITS, due - 1) == Outcome(EMPTY)
    offline = on_silence(EMPTY, T0, LIMITS, due)
    detail = {"last_seen_ms": T0, "cause": "silence"}
    assert offline.decisions == (Raise(Condition.DEVICE_OFFLINE, detail),)
    assert on_silence(offline.state, T0, LIMITS, due + 60_000) == Outcome(offline.state)


def test_a_fault_in_the_state_raises_once_and_an_explicit_none_clears() -> None:
    outcome = run(
        (0, state_message(online=True, fault="E12")),
        (1, state_message(online=True, fault="E12")),
        (2, state_message(online=True)),
        (3, state_message(online=True, fault=None)),
    )
    assert told(outcome) == [("Raise", Condition.FAULT), ("Clear", Condition.FAULT)]
    assert outcome.decisions[0].detail == {"code": "E12"}


def test_every_press_is_panic_and_nothing_the_device_says_ends_it() -> None:
    outcome = run((0, event("pressed")), (1, event("pressed")), (2, event("battery", battery=90)))
    assert told(outcome) == [("Raise", Condition.PANIC)] * 2
    assert SPECS[Condition.PANIC].clears_with_ack


@pytest.mark.parametrize("said", [state_message, lambda **data: event("pass", **data)])
def test_a_battery_is_low_until_it_is_well_above_the_limit(
    said: Callable[..., DeviceMessage],
) -> None:
    """Whichever message brings the figure, once however often it is said."""
    percents = (40, 15, 14, 13, 15, 24, 25, 60)
    steps = [(n, said(online=True, battery=percent)) for n, percent in enumerate(percents)]
    low = run(*steps)
    assert told(low) == [("Raise", Condition.BATTERY_LOW), ("Clear", Condition.BATTERY_LOW)]
    assert [dict(each.detail)["battery"] for each in low.decisions] == [14, 25]
    assert not run(*steps, thresholds=Thresholds(battery_low_percent=0)).decisions
    full = run(
        (0, said(online=True, battery=89)),
        (1, said(online=True, battery=100)),
        thresholds=Thresholds(battery_low_percent=90),
    )
    assert told(full) == told(low)


def test_what_a_message_means_itself_comes_before_its_battery() -> None:
    assert told(run((0, event("tamper", battery=3)))) == [
        ("Raise", Condition.TAMPER),
        ("Raise", Condition.BATTERY_LOW),
    ]


def test_smoke_lasts_until_normal() -> None:
    outcome = run((0, event("alarm")), (1, event("alarm")), (2, event("normal")))
    assert told(outcome) == [
        ("Raise", Condition.SMOKE),
        ("Raise", Condition.SMOKE),
        ("Clear", Condition.SMOKE),
    ]


def test_severities_are_the_agreed_ones() -> None:
    severities = {condition.value: Raise(condition).severity for condition in Condition}
    assert severities == {
        "forced_open": 1,
        "panic": 1,
        "sos": 1,
        "check_in_overdue": 1,
        "smoke": 1,
        "tamper": 2,
        "crowd_high": 2,
        "lane_blocked": 2,
        "reports_stopped": 2,
        "site_silent": 3,
        "rule_failed": 3,
        "device_flapping": 4,
        "door_held": 3,
        "tailgating": 3,
        "denied_burst": 3,
        "fault": 4,
        "battery_low": 4,
        "device_offline": 4,
    }
