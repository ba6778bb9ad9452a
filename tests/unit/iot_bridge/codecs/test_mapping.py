"""From a maker's fields to canonical events: declared rules, common names, and only what is new."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_bridge.codecs.base import CodecError
from iot_bridge.codecs.mapping import (
    SIGNALS,
    MappingError,
    guess_kind,
    interpret,
    known_after,
    rules_for,
)
from iot_bridge.protocol.decoded import DeviceReading
from iot_bridge.protocol.messages import EVENTS
from iot_bridge.protocol.topics import Channel, Kind
from iot_bridge.rules.conditions import Condition


def reading(**values: Any) -> DeviceReading:
    return DeviceReading("d", values, "rx-1")


def said(
    kind: Kind, values: dict[str, Any], fields: Any = None, known: tuple[str, ...] = ()
) -> list[tuple[str, dict[str, Any]]]:
    messages = interpret(reading(**values), kind, rules_for(kind, fields or {}), known)
    return [(message.type, message.data) for message in messages]


def test_every_signal_is_an_event_of_its_kind_and_a_condition_the_rules_know() -> None:
    words = {*map(str, Condition), "occupied"}
    for kind, signals in SIGNALS.items():
        for signal in signals.values():
            assert {signal.on, signal.off} - {""} <= set(EVENTS[kind])
            assert not signal.known or signal.known in words


def test_what_lasts_is_told_once_and_its_end_once() -> None:
    assert said(Kind.SMOKE, {"smoke": True}) == [("alarm", {})]
    assert said(Kind.SMOKE, {"smoke": True}, known=("smoke",)) == [("state", {"online": True})]
    assert said(Kind.SMOKE, {"smoke": False}, known=("smoke",)) == [("normal", {})]
    assert said(Kind.SMOKE, {"smoke": False}) == [("state", {"online": True})]


def test_any_of_the_common_names_raises_the_alarm() -> None:
    assert said(Kind.SMOKE, {"smoke": False, "carbon_monoxide": True}) == [("alarm", {})]
    assert said(Kind.SMOKE, {"Inputs/Smoke": "ON"}) == [("alarm", {})]


def test_a_button_is_pressed_whatever_is_known_but_not_by_a_retained_message() -> None:
    assert said(Kind.PANIC_BUTTON, {"action": "single"}) == [("pressed", {})]
    assert said(Kind.PANIC_BUTTON, {"action": ""}) == [("state", {"online": True})]
    assert said(Kind.PANIC_BUTTON, {"action": "release"}) == [("state", {"online": True})]
    [message] = interpret(reading(action="sos"), Kind.PANIC_BUTTON, {}, (), fresh=False)
    assert message.channel is Channel.STATE


@pytest.mark.parametrize(
    ("fields", "values", "alarm"),
    [
        ({"alarm": "x.y"}, {"x.y": "ON"}, True),
        ({"alarm": "x.y"}, {"smoke": True}, False),
        ({"alarm": {"field": "contact", "is": [False]}}, {"contact": False}, True),
        ({"alarm": {"field": "contact", "is": [False]}}, {"contact": 0}, False),
        ({"alarm": {"field": "level", "is": ["high", "max"]}}, {"level": "max"}, True),
        ({"alarm": {"field": "ppm", "above": 300}}, {"ppm": 301}, True),
        ({"alarm": {"field": "ppm", "above": 300}}, {"ppm": 300}, False),
        ({"alarm": {"field": "ohm", "below": 10, "above": 90}}, {"ohm": 95.5}, True),
    ],
)
def test_a_declared_rule_decides(
    fields: dict[str, Any], values: dict[str, Any], alarm: bool
) -> None:
    assert (("alarm", {}) in said(Kind.SMOKE, values, fields)) is alarm


@pytest.mark.parametrize(
    ("kind", "fields", "values"),
    [
        (Kind.SMOKE, {"alarm": "mode"}, {"mode": "perhaps"}),
        (Kind.SMOKE, {"alarm": {"field": "ppm", "above": 300}}, {"ppm": "many"}),
        (Kind.SMOKE, {"battery": "volts"}, {"volts": 3000}),
        (Kind.WIFI_PROBE, {}, {"count": -1}),
        (Kind.WIFI_PROBE, {}, {"count": "5"}),
    ],
)
def test_a_field_that_cannot_be_read_names_its_signal(
    kind: Kind, fields: dict[str, Any], values: dict[str, Any]
) -> None:
    with pytest.raises(CodecError) as caught:
        said(kind, values, fields)
    assert caught.value.reason == "bad_data"
    assert caught.value.detail.split(":")[0] in SIGNALS[kind]


@pytest.mark.parametrize(
    "fields",
    [
        [],
        {"sound": "x"},
        {"alarm": 5},
        {"alarm": ""},
        {"alarm": {}},
        {"alarm": {"field": "x", "is": []}},
        {"alarm": {"field": "x", "over": 5}},
        {"alarm": {"field": "x", "above": "5"}},
    ],
)
def test_wrong_rules_are_refused(fields: Any) -> None:
    with pytest.raises(MappingError):
        rules_for(Kind.SMOKE, fields)


def test_defects_are_one_fault_that_names_them() -> None:
    assert said(Kind.SMOKE, {"battery_low": True, "tamper": True, "battery": 3}) == [
        ("fault", {"code": "battery_low tamper", "battery": 3})
    ]
    assert said(Kind.SMOKE, {"battery_low": False}, known=("fault",)) == [
        ("fault", {"active": False})
    ]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"smoke": False, "occupancy": True}, Kind.SMOKE),
        ({"Button1.Action": "SINGLE"}, Kind.PANIC_BUTTON),
        ({"occupancy": True}, Kind.CAMERA),
        ({"temperature": 21}, None),
    ],
)
def test_the_names_of_fields_suggest_a_kind(values: dict[str, Any], kind: Kind | None) -> None:
    assert guess_kind(values) is kind


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=30))
def test_events_follow_the_state_and_tell_each_change_once(
    states: list[tuple[bool, bool, bool]],
) -> None:
    """Whatever a sensor reports and repeats: what was last told of each signal is what it last said."""
    known: frozenset[str] = frozenset()
    told = {"occupied": False, "tamper": False, "fault": False}
    for occupied, tamper, fault in states:
        values = {"occupancy": occupied, "tamper": tamper, "fault": fault}
        messages = interpret(reading(**values), Kind.FIRE_LANE, {}, known)
        for message in messages:
            if message.type in ("occupied", "vacated"):
                assert told["occupied"] is not message.data["occupied"]
                told["occupied"] = message.data["occupied"]
            elif message.channel is Channel.EVENT:
                assert told[message.type] is not message.data.get("active", True)
                told[message.type] = message.data.get("active", True)
        known = known_after(known, messages)
        assert told == {"occupied": occupied, "tamper": tamper, "fault": fault}
