"""What the simulated devices of other makers say is read by the codecs, persons stripped."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.protocol.decoded import DeviceMessage
from iot_bridge.protocol.topics import Kind
from iot_bridge.simulator.cast import Player
from iot_bridge.simulator.makers import (
    Said,
    Templates,
    face_event,
    face_presence,
    load,
    lora_status,
    lora_uplink,
    probe_batch,
)


def dice(seed: int) -> Random:
    return Random(seed)


NOW_MS = 1_763_740_800_000
TEMPLATES: Templates = load(Path(__file__).parents[4] / "mqtt" / "samples")
GATE = Player("FG-1", Kind.FACE_GATE, "", "face_terminal", "1379001", "东门")
LANE = Player("FL-1", Kind.FIRE_LANE, "", "chirpstack_vehicle", "70b3d57ed0000001", "消防通道")
PROBE = Player("WP-1", Kind.WIFI_PROBE, "", "esp_probe", "esp-3c7101")


def decoded(said: Said | None) -> DeviceMessage:
    assert said is not None
    codec = REGISTRY.candidates(said.topic)[-1]  # of two, the one that reads the frames
    (message,) = codec.decode(said.topic, said.payload, NOW_MS)
    assert isinstance(message, DeviceMessage)
    return message


@pytest.mark.parametrize(
    ("type_", "data", "expected"),
    [
        ("pass", {}, {}),
        ("denied", {"reason": "refused"}, {"reason": "refused"}),
        ("denied", {"reason": "not_registered"}, {"reason": "not_registered"}),
    ],
)
def test_a_face_terminal_is_understood_and_its_persons_are_stripped(
    type_: str, data: dict[str, Any], expected: dict[str, Any]
) -> None:
    said = face_event(TEMPLATES, GATE, type_, data, 7, NOW_MS)
    message = decoded(said)
    assert (message.device_ref, message.type, message.data) == ("1379001", type_, expected)
    assert message.device_at_ms == NOW_MS
    assert sum(message.stripped.values()) > 0


def test_two_records_are_two_events() -> None:
    first = decoded(face_event(TEMPLATES, GATE, "pass", {}, 7, NOW_MS))
    second = decoded(face_event(TEMPLATES, GATE, "pass", {}, 8, NOW_MS))
    assert first.event_id != second.event_id


def test_a_face_terminal_says_when_it_comes_and_its_will_when_it_goes() -> None:
    for name, online in (("online", True), ("heartbeat", True), ("offline", False)):
        message = decoded(face_presence(TEMPLATES, GATE, name, NOW_MS if online else None))
        assert (message.device_ref, message.data) == ("1379001", {"online": online})


def test_what_a_protocol_cannot_say_is_not_said() -> None:
    assert face_event(TEMPLATES, GATE, "forced_open", {"active": True}, 1, NOW_MS) is None


def test_a_sniffer_hears_as_many_people_as_there_are() -> None:
    message = decoded(probe_batch(TEMPLATES, PROBE, 37, 1000))
    assert message.device_ref == "esp-3c7101"
    assert message.macs is not None
    assert len(message.macs) == 37


def test_a_lane_sensor_reports_through_its_network_server() -> None:
    for name, occupied in (("occupied", True), ("vacated", False)):
        message = decoded(lora_uplink(TEMPLATES, LANE, name, occupied, 3, NOW_MS))
        assert (message.device_ref, message.type) == ("70b3d57ed0000001", name)
        assert message.device_at_ms == NOW_MS
    assert decoded(lora_uplink(TEMPLATES, LANE, "heartbeat", True, 4, NOW_MS)).data["occupied"]
    assert decoded(lora_status(TEMPLATES, LANE, 61, 5, NOW_MS)).data["battery"] == 61


def test_every_uplink_is_an_event_of_its_own() -> None:
    chance = dice(1)
    ids = {
        decoded(
            lora_uplink(TEMPLATES, LANE, "occupied", True, n, NOW_MS + chance.randint(0, 9))
        ).event_id
        for n in range(50)
    }
    assert len(ids) == 50
