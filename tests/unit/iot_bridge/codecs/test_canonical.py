"""Our own format: what is accepted, what is named when it is wrong, what is dropped and counted."""

import json
from typing import Any

import pytest

from iot_bridge.codecs.base import CodecError
from iot_bridge.codecs.canonical import CanonicalCodec
from iot_bridge.protocol.actions import CommandResult
from iot_bridge.protocol.decoded import DeviceMessage, Reply
from iot_bridge.protocol.reasons import DeadLetterReason
from iot_bridge.protocol.topics import Channel

CODEC = CanonicalCodec()
BASE = "sc/v1/640181/100/200"
GOOD = {"event_id": "e-1", "ts": 1, "type": "occupied", "data": {"occupied": True}}


def decode(payload: Any, topic: str = f"{BASE}/fire_lane/lane-1/event") -> list[DeviceMessage]:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    read = CODEC.decode(topic, raw, 0)
    return [message for message in read if isinstance(message, DeviceMessage)]


def refused(payload: Any, topic: str = f"{BASE}/fire_lane/lane-1/event") -> CodecError:
    with pytest.raises(CodecError) as caught:
        decode(payload, topic)
    return caught.value


@pytest.mark.parametrize(
    ("change", "reason", "named"),
    [
        ({"event_id": ""}, DeadLetterReason.BAD_ENVELOPE, "event_id"),
        ({"event_id": "x" * 65}, DeadLetterReason.BAD_ENVELOPE, "event_id"),
        ({"event_id": "a\u0000b"}, DeadLetterReason.BAD_ENVELOPE, "event_id"),
        ({"event_id": 7}, DeadLetterReason.BAD_ENVELOPE, "event_id"),
        ({"ts": True}, DeadLetterReason.BAD_ENVELOPE, "ts"),
        ({"ts": -1}, DeadLetterReason.BAD_ENVELOPE, "ts"),
        ({"ts": 1.5}, DeadLetterReason.BAD_ENVELOPE, "ts"),
        ({"ts": 10**18}, DeadLetterReason.BAD_ENVELOPE, "ts"),
        ({"type": None}, DeadLetterReason.BAD_ENVELOPE, "type"),
        ({"data": []}, DeadLetterReason.BAD_ENVELOPE, "data"),
        ({"type": "pass"}, DeadLetterReason.UNKNOWN_TYPE, "'pass'"),
        ({"data": {}}, DeadLetterReason.BAD_DATA, "data.occupied"),
        ({"data": {"occupied": 1}}, DeadLetterReason.BAD_DATA, "data.occupied"),
        ({"data": {"occupied": False}}, DeadLetterReason.BAD_DATA, "data.occupied"),
        ({"data": {"occupied": True, "battery": 101}}, DeadLetterReason.BAD_DATA, "data.battery"),
        ({"data": {"occupied": True, "battery": "9"}}, DeadLetterReason.BAD_DATA, "data.battery"),
    ],
)
def test_a_wrong_field_is_named(
    change: dict[str, Any], reason: DeadLetterReason, named: str
) -> None:
    error = refused({**GOOD, **change})
    assert error.reason is reason
    assert named in error.detail


@pytest.mark.parametrize("field", ["event_id", "ts", "type"])
def test_a_missing_field_of_the_envelope_is_named(field: str) -> None:
    assert field in refused({k: v for k, v in GOOD.items() if k != field}).detail


def test_data_may_be_absent_where_nothing_is_needed() -> None:
    [message] = decode(
        {"event_id": "e", "ts": 1, "type": "pressed"}, f"{BASE}/panic_button/b-1/event"
    )
    assert (message.data, message.ignored) == ({}, 0)


def test_unknown_fields_are_dropped_and_counted() -> None:
    [message] = decode({**GOOD, "fw": "1.2", "data": {"occupied": True, "lux": 5, "temp": 21.5}})
    assert message.data == {"occupied": True}
    assert message.ignored == 3
    assert not message.stripped


def test_personal_fields_are_stripped_wherever_they_are() -> None:
    [message] = decode(
        {**GOOD, "name": "王小明", "data": {"occupied": True, "plateNo": "宁A12345"}}
    )
    assert message.stripped == {"name": 1, "plate": 1}
    assert "王小明" not in repr(message)
    assert "宁A12345" not in repr(message)


def test_a_personal_value_in_a_kept_field_is_replaced() -> None:
    payload = {"event_id": "e", "ts": 1, "type": "denied", "data": {"reason": "tel 13800138000"}}
    [message] = decode(payload, f"{BASE}/face_gate/g-1/event")
    assert message.data == {"reason": "tel [stripped]"}


def test_a_personal_event_id_is_acknowledged_as_sent_and_stored_as_a_digest() -> None:
    [message] = decode({**GOOD, "event_id": "5c:cf:7f:10:20:30/17"})
    assert message.ack_id == "5c:cf:7f:10:20:30/17"
    assert message.event_id is not None
    assert message.event_id.startswith("x-")


def test_state_is_a_message_without_an_event_id() -> None:
    topic = f"{BASE}/fire_lane/lane-1/state"
    [message] = decode({"online": True, "ts": 5, "battery": 9}, topic)
    assert (message.channel, message.type, message.event_id) == (Channel.STATE, "state", None)
    assert (message.device_at_ms, message.data) == (5, {"online": True, "battery": 9})
    assert refused({"online": "yes"}, topic).detail.startswith("online")


def test_a_retained_state_taken_back_is_no_message() -> None:
    assert decode(b"", f"{BASE}/fire_lane/lane-1/state") == []
    assert refused(b"").reason is DeadLetterReason.NOT_JSON


@pytest.mark.parametrize("channel", ["ack", "cmd"])
def test_other_channels_are_not_read(channel: str) -> None:
    error = refused(GOOD, f"{BASE}/fire_lane/lane-1/{channel}")
    assert error.reason is DeadLetterReason.BAD_TOPIC


def test_a_reply_keeps_its_nonce_and_loses_what_is_personal() -> None:
    topic = f"{BASE}/face_gate/gate-1/reply"
    nonce = "11010119900307889a" + "0" * 14
    said = {"command_id": "c-1", "nonce": nonce, "result": "refused", "detail": "by 13800138000"}
    [reply] = CODEC.decode(topic, json.dumps({**said, "name": "somebody"}).encode(), 0)
    assert isinstance(reply, Reply)
    assert (reply.command_id, reply.nonce) == ("c-1", nonce)
    assert (reply.result, reply.detail) == (CommandResult.REFUSED, "by [stripped]")
    assert reply.stripped == {"phone": 1, "name": 1}
    for wrong in ({"result": "maybe"}, {"nonce": "short"}, {"command_id": ""}):
        assert refused({**said, **wrong}, topic).reason is DeadLetterReason.BAD_DATA


def test_a_personal_event_id_is_hidden_and_acknowledged_as_it_came() -> None:
    raw = json.dumps({**GOOD, "event_id": "5c:cf:7f:10:20:30-17"}).encode()
    topic = f"{BASE}/fire_lane/lane-1/event"
    first, again = (CODEC.decode(topic, raw, at)[0] for at in (0, 90_000_000))
    assert isinstance(first, DeviceMessage)
    assert isinstance(again, DeviceMessage)
    assert first.ack_id == "5c:cf:7f:10:20:30-17"
    assert str(first.event_id).startswith("x-")
    assert first.event_id == again.event_id  # a day and a restart later it is known again


def test_a_payload_of_64_kib_is_read_and_one_byte_more_is_not() -> None:
    raw = json.dumps({**GOOD, "pad": ""}).encode()
    fits = raw.replace(b'"pad": ""', b'"pad": "' + b"." * (64 * 1024 - len(raw)) + b'"')
    assert len(fits) == 64 * 1024
    assert decode(fits)
    assert refused(fits + b" ").reason is DeadLetterReason.TOO_LARGE


@pytest.mark.parametrize(
    "macs", [None, "5c:cf:7f:10:20:30", [7], ["5c:cf:7f:10:20"], [["5c:cf:7f:10:20:30"]]]
)
def test_wrong_addresses_are_refused_without_being_told(macs: Any) -> None:
    payload = {"event_id": "e", "ts": 1, "type": "macs", "data": {"macs": macs}}
    error = refused(payload, f"{BASE}/wifi_probe/p-1/event")
    assert error.reason is DeadLetterReason.BAD_DATA
    assert "data.macs" in error.detail
    assert "5c:cf" not in error.detail
