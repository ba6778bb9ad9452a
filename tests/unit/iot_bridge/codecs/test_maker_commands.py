"""What makers' devices are told, and how their next readings show what became of it: payloads of their documentation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from iot_bridge.codecs.base import CodecError, MakerCodec
from iot_bridge.codecs.mapping import MappingError, output_of, rules_for
from iot_bridge.codecs.registry import REGISTRY, topic_matches
from iot_bridge.protocol.actions import ACTIONS, CommandResult, DeviceAction
from iot_bridge.protocol.decoded import DeviceReading, Order
from iot_bridge.protocol.topics import Channel, Kind, build_topic

OPEN, RESET, ASK = DeviceAction.OPEN, DeviceAction.RESET, DeviceAction.REQUEST_STATE
DONE, FAILED = CommandResult.DONE, CommandResult.FAILED


def codec(name: str) -> MakerCodec:
    found = REGISTRY.by_name(name)
    assert isinstance(found, MakerCodec)
    return found


def order(action: DeviceAction, reference: str, output: str = "") -> Order:
    topic = build_topic(
        jurisdiction="640181100001", kind=Kind.FACE_GATE, device_id="G-1", channel=Channel.CMD
    )
    return Order(
        device_id="G-1", kind=Kind.FACE_GATE, topic=topic, reference=reference, command_id="c",
        nonce="n", issued_at_ms=0, expires_at_ms=15_000, action=action, output=output,
    )  # fmt: skip


def told(name: str, action: DeviceAction, reference: str, output: str = "") -> tuple[str, Any]:
    request = codec(name).encode_command(order(action, reference, output))
    assert any(topic_matches(topic, request.topic) for topic in codec(name).commands)
    return request.topic, request.payload.decode()


def shows(
    name: str, topic: str, payload: Any, action: DeviceAction, output: str = ""
) -> CommandResult | None:
    [reading] = codec(name).decode(topic, json.dumps(payload).encode(), 1000)
    assert isinstance(reading, DeviceReading)
    return codec(name).answered(action, output, reading.values)


def test_zigbee2mqtt_is_told_by_set_and_get() -> None:
    topic, payload = told("zigbee2mqtt", OPEN, "gate_1", "state")
    assert (topic, json.loads(payload)) == ("zigbee2mqtt/gate_1/set", {"state": "ON", "on_time": 1})
    assert json.loads(told("zigbee2mqtt", OPEN, "gate_1", "state_l2")[1])["state_l2"] == "ON"
    topic, payload = told("zigbee2mqtt", ASK, "smoke_1")
    assert (topic, json.loads(payload)) == ("zigbee2mqtt/smoke_1/get", {"battery": ""})
    assert json.loads(told("zigbee2mqtt", ASK, "gate_1", "state")[1]) == {"state": ""}


def test_zigbee2mqtt_shows_it_in_the_next_state() -> None:
    topic = "zigbee2mqtt/gate_1"
    assert shows("zigbee2mqtt", topic, {"state": "ON"}, OPEN, "state") is DONE
    assert shows("zigbee2mqtt", topic, {"state": "OFF"}, OPEN, "state") is None
    assert shows("zigbee2mqtt", topic, {"state_l1": "ON"}, OPEN, "state_l2") is None
    assert shows("zigbee2mqtt", topic, {"battery": 98}, ASK) is DONE
    assert shows("zigbee2mqtt", topic, {"linkquality": 98}, ASK) is None
    assert shows("zigbee2mqtt", topic, {"battery": 98}, RESET) is None


def test_tasmota_is_told_by_commands() -> None:
    assert told("tasmota", ASK, "tasmota_9CF9D1") == ("cmnd/tasmota_9CF9D1/Status", "10")
    assert told("tasmota", RESET, "tasmota_9CF9D1") == ("cmnd/tasmota_9CF9D1/Restart", "1")
    pulse = ("cmnd/gate/Backlog", "PulseTime2 10; Power2 ON")
    assert told("tasmota", OPEN, "gate", "POWER2") == pulse
    assert told("tasmota", OPEN, "gate", "POWER")[1] == "PulseTime1 10; Power1 ON"


def test_tasmota_shows_it_in_its_result() -> None:
    result = "stat/gate/RESULT"
    assert shows("tasmota", result, {"POWER": "ON"}, OPEN, "POWER") is DONE
    assert shows("tasmota", result, {"POWER": "ON"}, OPEN, "POWER1") is DONE
    assert shows("tasmota", result, {"POWER2": "ON"}, OPEN, "POWER1") is None
    assert shows("tasmota", result, {"PulseTime1": {"Set": 10, "Remaining": 10}}, OPEN, "POWER1") is None  # fmt: skip
    assert shows("tasmota", result, {"Restart": "Restarting"}, RESET) is DONE
    assert shows("tasmota", result, {"Command": "Unknown"}, RESET) is FAILED
    sensors = {"StatusSNS": {"Time": "2018-02-15T01:00:50", "Switch1": "OFF"}}
    assert shows("tasmota", "stat/gate/STATUS10", sensors, ASK) is DONE
    with pytest.raises(CodecError, match="StatusSNS"):
        codec("tasmota").decode("stat/gate/STATUS10", b'{"Status":{}}', 1000)


@pytest.mark.parametrize("name", ["zigbee2mqtt", "tasmota"])
def test_what_is_carried_can_be_put_in_words(name: str) -> None:
    for kind in Kind:
        carried = codec(name).carries(kind)
        assert set(carried) <= set(ACTIONS[kind])
        for action in carried:
            told(name, action, "ref", "POWER1")
    for wrong in (DeviceAction.SNAPSHOT, OPEN):
        with pytest.raises(CodecError):
            told(name, wrong, "ref")
    for reference in ("a/b", "+", "#", ""):
        with pytest.raises(CodecError):
            told(name, ASK, reference)


def test_the_output_that_opens_is_declared_with_the_fields() -> None:
    assert rules_for(Kind.FACE_GATE, {"opens": "POWER2"})["opens"].field == "POWER2"
    assert output_of({"fields": {"opens": "state"}}) == "state"
    assert output_of({"fields": {"opens": {"field": "x"}}}) == output_of({"fields": 7}) == ""
    for kind, wrong in (
        (Kind.FACE_GATE, "Power1 ON; Reset"),
        (Kind.FACE_GATE, {"field": "POWER1"}),
        (Kind.SMOKE, "POWER1"),
    ):
        with pytest.raises(MappingError):
            rules_for(kind, {"opens": wrong})
