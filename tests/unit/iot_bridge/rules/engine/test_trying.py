"""What a trial tells of a device's past: the same as live, and of silence no more than is on record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_bridge.rules.chattering import damp, settle
from iot_bridge.rules.engine.checking import parse
from iot_bridge.rules.engine.compiling import StoredRule, Target, bind
from iot_bridge.rules.engine.nodes import Facts
from iot_bridge.rules.engine.running import on_message, on_time
from iot_bridge.rules.engine.schedules import Days
from iot_bridge.rules.engine.trying import (
    Past,
    Said,
    Silence,
    Stretch,
    Told,
    relive,
    silence_asked,
)
from iot_bridge.rules.evaluate import Clear, Outcome, Raise, next_due
from iot_bridge.rules.state import EMPTY
from iot_bridge.rules.thresholds import Thresholds

T0 = 1_764_244_800_000
FACTS = Facts("D-1", "wifi_probe", "640181001003")
LIMITS = Thresholds(offline_after_s=90, chatter_count=3, chatter_window_s=60, chatter_quiet_s=60)
DAYS = Days()
CROWD = {"type": "threshold", "field": "count", "raise_at": 50, "clear_at": 40}
HOUR = 3_600


def at(second: float) -> int:
    return T0 + int(second * 1000)


def counts(*said: tuple[float, int]) -> list[Said]:
    return [Said(at(second), "count", {"count": count}) for second, count in said]


def told(when: Any, said: Sequence[Said], *, until: float = 24 * HOUR, **past: Any) -> Told:
    definition = parse({"when": when})
    rule = StoredRule(1, 1, "x_test", Target(), definition)
    return relive(
        bind([rule], FACTS),
        FACTS,
        LIMITS,
        DAYS,
        Past(at(0), at(until), said, **past),
        asked_ms=silence_asked(definition),
    )


def steps(found: Told) -> list[tuple[float, str]]:
    return [((step.at_ms - T0) / 1000, step.change) for step in found.steps]


def test_chatter_is_one_alarm_and_ends_when_it_is_quiet() -> None:
    found = told(CROWD, counts(*[(10 * n, 60 if n % 2 else 10) for n in range(1, 11)]))
    assert steps(found) == [
        (10, "raised"), (20, "cleared"), (30, "raised"), (40, "cleared"), (50, "chattering"),
        (160, "settled"), (160, "cleared"),
    ]  # fmt: skip
    assert (found.raised, found.held, found.cleared, found.active) == (3, 2, 3, False)


def test_an_occurrence_of_an_active_alarm_is_no_new_alarm() -> None:
    pressed = [Said(at(second), "pressed") for second in (0, 100, 1000)]
    found = told({"type": "event", "events": ["pressed"], "lasts_s": 300}, pressed)
    assert [change for _at, change in steps(found)] == [
        "raised", "repeated", "cleared", "raised", "cleared",
    ]  # fmt: skip
    assert (found.raised, found.repeated) == (2, 1)


ANY = {"type": "absence", "for_s": 600}


def test_a_device_whose_heartbeats_are_not_stored_was_not_silent() -> None:
    assert told(ANY, counts((0, 1)), watched=True, heard_ms=at(24 * HOUR)).steps == []
    assert steps(told(ANY, counts((0, 1))))[:1] == [(600, "raised")]  # only events tell


def test_a_silence_on_record_is_told_from_when_it_was_last_heard() -> None:
    silence = Silence(at(HOUR), at(2 * HOUR), off_ms=at(HOUR + 90))
    found = told(ANY, counts((0, 1)), watched=True, heard_ms=at(24 * HOUR), silences=[silence])
    assert steps(found) == [(HOUR + 600, "raised"), (2 * HOUR, "cleared")]


def test_what_is_silent_for_a_kind_of_event_is_told_by_events_alone() -> None:
    when = {"type": "absence", "events": ["count"], "for_s": HOUR}
    found = told(when, counts((0, 1), (2 * HOUR, 1)), until=2.5 * HOUR, watched=True)
    assert steps(found) == [(HOUR, "raised"), (2 * HOUR, "cleared")]


def test_who_is_silent_to_the_end_is_so_from_when_it_was_last_heard() -> None:
    found = told(ANY, counts((0, 1)), until=HOUR, watched=True, heard_ms=at(1_200))
    assert steps(found) == [(1_800, "raised")]
    assert found.active


def test_silence_counts_anew_when_the_bridge_was_deaf() -> None:
    when = {"type": "absence", "events": ["count"], "for_s": 600}
    found = told(when, counts((0, 1)), until=HOUR, deaf=[Stretch(at(300), at(900))])
    assert steps(found) == [(1_500, "raised")]


@pytest.mark.parametrize("will", [True, False])
def test_an_expression_sees_who_was_off_line(will: bool) -> None:
    silence = Silence(at(100), at(500), off_ms=at(100 if will else 190), will=will)
    when = {"type": "expression", "events": ["count"], "expr": "!online"}
    found = told(when, counts((50, 1), (500, 1), (510, 1)), watched=True, silences=[silence])
    assert steps(found) == [(500, "raised"), (510, "cleared")]


def test_a_last_will_and_a_return_without_an_event_are_put_back() -> None:
    silence = Silence(at(100), at(500), off_ms=at(100), will=True)
    when = {"type": "expression", "events": ["state"], "expr": "!data.online"}
    assert steps(told(when, [], silences=[silence])) == [(100, "raised"), (500, "cleared")]


def test_a_rule_that_fails_ends_its_trial_there() -> None:
    when = {"type": "expression", "events": ["count"], "expr": "600 / data.count > 100"}
    found = told(when, counts((10, 1), (20, 0), (30, 1)))
    assert steps(found) == [(10, "raised")]
    assert found.failure is not None


@given(
    st.lists(st.tuples(st.integers(0, 4_000), st.sampled_from([0, 45, 60])), max_size=40),
)
def test_a_trial_tells_what_live_evaluation_does(said: list[tuple[int, int]]) -> None:
    """The same decisions as the bridge's order of steps gives: rules, damping, and when something is due, settling."""
    messages = counts(*sorted(said))
    rule = StoredRule(1, 1, "x_test", Target(), parse({"when": CROWD}))
    rules, state, live = bind([rule], FACTS), EMPTY, 0
    active: list[bool] = []

    def take(outcome: Outcome) -> None:
        nonlocal state, live
        state = outcome.state
        for decision in outcome.decisions:
            if isinstance(decision, Raise):
                live += not (active and active[-1])
                active.append(True)
            elif isinstance(decision, Clear):
                active.append(False)

    def wait(until: int) -> None:
        while (due := next_due(state)) is not None and due <= until:
            timed = on_time(rules, state, FACTS, DAYS, due)
            take(settle(damp(Outcome(timed.state, timed.decisions), LIMITS, due), due))

    for message in messages:
        wait(message.at_ms)
        heard = on_message(rules, state, FACTS, DAYS, message.at_ms, message.type, message.data)
        take(damp(Outcome(heard.state, heard.decisions), LIMITS, message.at_ms))
    wait(at(24 * HOUR))
    found = told(CROWD, messages)
    assert (found.raised, found.active) == (live, bool(active and active[-1]))
