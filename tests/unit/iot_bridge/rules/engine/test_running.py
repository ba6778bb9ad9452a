"""What stored rules decide, told by cases, and what holds of them whatever comes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_bridge.rules.engine.checking import parse
from iot_bridge.rules.engine.compiling import StoredRule, Target, bind, choose
from iot_bridge.rules.engine.nodes import Facts
from iot_bridge.rules.engine.running import Result, on_message, on_time
from iot_bridge.rules.engine.schedules import Days
from iot_bridge.rules.evaluate import Raise, next_due
from iot_bridge.rules.state import EMPTY, RuleState

T0 = int(datetime(2026, 11, 27, 12, tzinfo=UTC).timestamp() * 1000)  # a Friday
FACTS = Facts("D-1", "wifi_probe", "640181001003", longitude=106.34, latitude=38.10)
DAYS = Days()


def rule(when: Any, *, id_: int = 1, condition: str = "x_test", **more: Any) -> StoredRule:
    definition = None if when is None else parse({"when": when})
    return StoredRule(id_, 1, condition, more.pop("target", Target()), definition, **more)


class Device:
    """A device under some rules, whose state goes through JSON after each step, as at a restart."""

    def __init__(self, *rules: StoredRule, facts: Facts = FACTS, days: Days = DAYS) -> None:
        self.facts, self.days = facts, days
        self.state: RuleState = EMPTY
        self.told: list[tuple[int, str]] = []
        self.failures = 0
        self.rebind(*rules)

    def rebind(self, *rules: StoredRule, at: int = 0) -> None:
        self.rules = bind(rules, self.facts)
        self._take(
            on_time(self.rules, self.state, self.facts, self.days, T0 + at * 1000, anew=True), at
        )

    def say(self, at: int, type_: str, **data: Any) -> Device:
        now = T0 + at * 1000
        self._take(on_message(self.rules, self.state, self.facts, self.days, now, type_, data), at)
        return self

    def wait(self, until: int) -> Device:
        """Every due moment up to then, at its time."""
        while (due := next_due(self.state)) is not None and due <= T0 + until * 1000:
            before = due
            self._take(
                on_time(self.rules, self.state, self.facts, self.days, due), (due - T0) // 1000
            )
            assert next_due(self.state) != before, "a timer that never ends"
        return self

    def _take(self, result: Result, at: int) -> None:
        self.state = RuleState.from_json(json.loads(json.dumps(result.state.to_json())))
        self.told += [(at, "raise" if isinstance(d, Raise) else "clear") for d in result.decisions]
        self.failures += len(result.failures)


THRESHOLD = {
    "type": "threshold",
    "event": "count",
    "field": "count",
    "raise_at": 200,
    "clear_at": 160,
}


def test_a_threshold_has_hysteresis() -> None:
    device = Device(rule(THRESHOLD))
    for at, count in enumerate((199, 200, 180, 250, 161, 160, 199)):
        device.say(at, "count", count=count)
    assert device.told == [(1, "raise"), (5, "clear")]


def test_what_must_hold_starts_anew_when_it_breaks_off() -> None:
    device = Device(rule({"type": "held", "for_s": 60, "of": THRESHOLD}))
    device.say(0, "count", count=300).wait(59).say(59, "count", count=10).say(
        70, "count", count=300
    )
    assert device.told == []
    assert device.wait(200).told == [(130, "raise")]


def test_a_count_slides_and_ends_by_itself() -> None:
    device = Device(rule({"type": "count", "events": ["denied"], "at_least": 3, "within_s": 60}))
    for at in (0, 50, 70, 80):
        device.wait(at).say(at, "denied")
    assert device.wait(999).told == [(80, "raise"), (110, "clear")]


def test_a_rise_counts_from_the_lowest_of_the_window() -> None:
    device = Device(rule({"type": "rate", "field": "count", "by": 50, "within_s": 60}))
    for at, count in ((0, 100), (20, 80), (40, 120), (50, 131)):
        device.wait(at).say(at, "count", count=count)
    assert device.wait(999).told == [(50, "raise"), (80, "clear")]


def test_a_fall_is_the_other_way_round() -> None:
    when = {"type": "rate", "field": "count", "direction": "fall", "by": 50, "within_s": 60}
    device = Device(rule(when))
    device.say(0, "count", count=100).say(10, "count", count=50)
    assert device.told == [(10, "raise")]


def test_absence_is_told_by_time_and_ended_by_a_message() -> None:
    device = Device(rule({"type": "absence", "events": ["count"], "for_s": 600}))
    device.say(100, "count", count=1).wait(699).say(699, "battery", battery=50)
    assert device.told == []
    device.wait(700).say(800, "count", count=1)
    assert device.told == [(700, "raise"), (800, "clear")]


def test_a_deaf_bridge_does_not_take_its_own_silence_for_the_devices() -> None:
    deaf = Facts("D-1", "wifi_probe", "640181001003", heard_from_ms=T0 + 500_000)
    device = Device(rule({"type": "absence", "for_s": 600}), facts=deaf)
    assert device.wait(1_099).told == []
    assert device.wait(1_100).told == [(1_100, "raise")]


def test_every_event_that_is_waited_for_is_an_occurrence() -> None:
    device = Device(rule({"type": "event", "events": ["pressed"], "lasts_s": 60}))
    device.say(0, "pressed").say(5, "battery", battery=3).say(30, "pressed")
    assert device.wait(999).told == [(0, "raise"), (30, "raise"), (90, "clear")]


def test_a_schedule_over_midnight_belongs_to_the_day_it_began_on() -> None:
    holiday = Days(special={date(2026, 11, 27): False})
    when = {"type": "schedule", "days": "workdays", "from": "22:00", "until": "06:00"}
    assert Device(rule(when)).wait(24 * 3600).told == [(10 * 3600, "raise"), (18 * 3600, "clear")]
    assert Device(rule(when), days=holiday).wait(24 * 3600).told == []


SQUARE = {
    "type": "Polygon",
    "coordinates": [[[106.3, 38.0], [106.4, 38.0], [106.4, 38.2], [106.3, 38.2], [106.3, 38.0]]],
}
CIRCLE = {"type": "area", "circle": {"lat": 38.1, "lng": 106.34, "radius_m": 100}}


@pytest.mark.parametrize(
    ("where", "place", "inside"),
    [
        ({"type": "area", "polygon": SQUARE}, (106.34, 38.1), True),
        ({"type": "area", "polygon": SQUARE}, (106.5, 38.1), False),
        (CIRCLE, (106.3411, 38.1), True),
        (CIRCLE, (106.3412, 38.1), False),
        (CIRCLE, (None, None), False),
        ({"type": "jurisdiction", "codes": ["640181001"]}, (None, None), True),
        ({"type": "not", "of": {"type": "jurisdiction", "codes": ["640181"]}}, (None, None), False),
    ],
)
def test_a_place_decides_beforehand(where: Any, place: Any, inside: bool) -> None:
    facts = Facts("D-1", "wifi_probe", "640181001003", longitude=place[0], latitude=place[1])
    device = Device(rule({"type": "all", "of": [where, THRESHOLD]}), facts=facts)
    device.say(0, "count", count=500)
    assert (device.told == [(0, "raise")]) is inside
    assert len(device.rules.rules) == int(inside)


def test_a_rule_that_fails_is_reported_and_the_others_go_on() -> None:
    broken = {"type": "expression", "events": ["count"], "expr": "100 / data.count > 2"}
    device = Device(rule(broken), rule(THRESHOLD, id_=2, condition="x_other"))
    device.say(0, "count", count=30).say(1, "count", count=0)
    assert (device.told, device.failures) == ([(0, "raise")], 1)
    device.say(2, "count", count=300)
    assert device.told == [(0, "raise"), (2, "clear"), (2, "raise")]


def test_a_field_that_a_message_lacks_makes_an_expression_false() -> None:
    when = {"type": "expression", "events": ["door_held"], "expr": "data.held_s > 60.0"}
    device = Device(rule(when))
    device.say(0, "door_held").say(1, "door_held", held_s=61.0)
    assert (device.told, device.failures) == ([(1, "raise")], 0)


def test_an_edit_keeps_what_it_leaves_in_place() -> None:
    when: dict[str, Any] = {"type": "held", "for_s": 600, "of": THRESHOLD}
    device = Device(rule(when))
    device.say(0, "count", count=300)
    device.rebind(rule(when | {"for_s": 300}), at=100)
    assert device.wait(999).told == [(300, "raise")]


def test_a_rule_that_is_gone_ends_its_own_condition_and_forgets() -> None:
    device = Device(rule(THRESHOLD))
    device.say(0, "count", count=300)
    device.rebind(at=5)
    assert device.told == [(0, "raise"), (5, "clear")]
    assert device.state == EMPTY


def test_a_rule_in_quarantine_leaves_its_alarm_alone() -> None:
    device = Device(rule(THRESHOLD))
    device.say(0, "count", count=300)
    device.rebind(rule(THRESHOLD, asleep=True), at=5)
    device.say(6, "count", count=1)
    assert device.told == [(0, "raise")]


def test_the_nearest_rule_wins_whatever_the_order() -> None:
    targets = [
        Target(),
        Target(kinds=frozenset({"wifi_probe", "smoke"})),
        Target(kinds=frozenset({"wifi_probe"})),
        Target("640181"),
        Target("640181001", frozenset({"wifi_probe"})),
        Target("640181001003"),
        Target(device="D-1"),
    ]
    rules = [rule(THRESHOLD, id_=9 - n, target=target) for n, target in enumerate(targets)]
    while rules:
        assert choose(reversed(rules), FACTS) == choose(rules, FACTS) == {"x_test": rules[-1]}
        rules.pop()
    elsewhere = rule(THRESHOLD, target=Target("640181002"))
    assert choose([elsewhere], FACTS) == {}


# -- whatever comes ---------------------------------------------------------------------------------

leaves = st.sampled_from(
    [
        THRESHOLD,
        {
            "type": "threshold",
            "field": "battery",
            "direction": "below",
            "raise_at": 20,
            "clear_at": 30,
        },
        {"type": "event", "events": ["pressed"], "lasts_s": 30},
        {"type": "between", "begin": ["occupied"], "end": ["vacated"]},
        {"type": "count", "events": ["denied"], "at_least": 2, "within_s": 45},
        {"type": "rate", "field": "count", "by": 100, "within_s": 90},
        {"type": "absence", "events": ["count"], "for_s": 70},
        {"type": "schedule", "from": "12:01", "until": "12:03"},
        {"type": "expression", "events": ["count"], "expr": "data.count % 2 == 0"},
    ]
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda of: {"type": "not", "of": of}, inner),
        st.builds(lambda of, s: {"type": "held", "for_s": s, "of": of}, inner, st.integers(1, 120)),
        st.builds(
            lambda type_, of: {"type": type_, "of": of},
            st.sampled_from(["all", "any"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
    ),
    max_leaves=4,
)
messages: st.SearchStrategy[Any] = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.one_of(
            st.tuples(st.just("count"), st.builds(dict, count=st.integers(0, 400))),
            st.tuples(st.just("battery"), st.builds(dict, battery=st.integers(0, 100))),
            st.tuples(st.sampled_from(["pressed", "occupied", "vacated", "denied"]), st.just({})),
        ),
    ),
    max_size=12,
)


def lived(when: Any, life: Iterable[Any], *, in_time: bool) -> Device:
    device, now = Device(rule(when)), 0
    for gap, (type_, data) in life:
        now += gap
        if in_time:
            device.wait(now)
        device.say(now, type_, **data)
    return device.wait(now + 400)


@settings(max_examples=60)
@given(trees, messages)
def test_being_late_is_the_same_as_being_in_time(when: Any, life: Any) -> None:
    in_time, late = lived(when, life, in_time=True), lived(when, life, in_time=False)
    assert in_time.state == late.state
    assert [kind for _at, kind in in_time.told] == [kind for _at, kind in late.told]


@settings(max_examples=60)
@given(trees.filter(lambda when: "'event'" not in str(when)), messages)
def test_nothing_is_raised_twice_without_an_end_between(when: Any, life: Any) -> None:
    told = [kind for _at, kind in lived(when, life, in_time=True).told]
    assert told == ["raise", "clear"] * (len(told) // 2) + ["raise"] * (len(told) % 2)
