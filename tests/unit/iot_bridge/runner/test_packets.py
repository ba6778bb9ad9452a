"""The bridge's own reading and writing of packets, beside paho's."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt._packet import decode_puback, decode_publish
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from iot_bridge.runner.packets import Publish, parse_publish, pubacks, publish_once, publishes

TOPICS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=300)
PAYLOADS = st.binary(max_size=20_000)


def split(packets: bytes) -> list[tuple[int, bytes]]:
    """The packets of a stream, each as its first byte and what follows its length (2.2)."""
    found = []
    at = 0
    while at < len(packets):
        first, length, shift = packets[at], 0, 0
        while True:
            at += 1
            length |= (packets[at] & 127) << shift
            shift += 7
            if not packets[at] & 128:
                break
        at += 1
        found.append((first, packets[at : at + length]))
        at += length
    return found


@given(st.lists(st.integers(1, 0xFFFF), max_size=20), st.sampled_from([4, 5]))
def test_acknowledgements_are_read_by_paho_in_order(mids: list[int], version: int) -> None:
    protocol = MQTTProtocolVersion(version)
    packets = split(pubacks(mids))
    read = [decode_puback(first, bytearray(body), protocol).mid for first, body in packets]
    assert read == mids


@given(TOPICS, PAYLOADS, st.integers(1, 0xFFFF), st.integers(1, 60), st.booleans())
def test_a_command_is_read_by_paho_with_its_number_and_its_expiry(
    topic: str, payload: bytes, mid: int, expiry_s: int, mqtt5: bool
) -> None:
    protocol = MQTTProtocolVersion.MQTTv5 if mqtt5 else MQTTProtocolVersion.MQTTv311
    packet = publish_once(topic, payload, mid=mid, expiry_s=expiry_s, mqtt5=mqtt5)
    [(first, body)] = split(packet)
    read = decode_publish(first, bytearray(body), protocol)
    assert (read.topic, read.payload, read.mid) == (topic.encode(), payload, mid)
    assert (read.qos, read.retain, read.dup) == (1, False, False)
    if mqtt5:
        assert read.properties is not None
        assert vars(read.properties)["MessageExpiryInterval"] == expiry_s


@given(st.lists(st.tuples(TOPICS, PAYLOADS), max_size=5), st.booleans())
def test_publishes_are_read_by_paho(messages: list[tuple[str, bytes]], mqtt5: bool) -> None:
    protocol = MQTTProtocolVersion.MQTTv5 if mqtt5 else MQTTProtocolVersion.MQTTv311
    read = [
        decode_publish(first, bytearray(body), protocol)
        for first, body in split(publishes(messages, mqtt5=mqtt5))
    ]
    assert [(one.topic.decode(), bytes(one.payload), one.qos) for one in read] == [
        (topic, payload, 0) for topic, payload in messages
    ]


@given(TOPICS, PAYLOADS, st.integers(1, 0xFFFF), st.booleans(), st.booleans(), st.booleans())
def test_a_publish_is_read_as_paho_reads_it(
    topic: str, payload: bytes, mid: int, retained: bool, mqtt5: bool, with_properties: bool
) -> None:
    name = topic.encode()
    properties = b""
    if mqtt5:
        given_properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if with_properties:
            given_properties.MessageExpiryInterval = 60
            given_properties.UserProperty = [("key", "value" * 60)]
        properties = given_properties.pack()  # type: ignore[no-untyped-call]
    body = len(name).to_bytes(2, "big") + name + mid.to_bytes(2, "big") + properties + payload
    first = 0x32 | retained
    ours = parse_publish(first, bytearray(body), mqtt5=mqtt5)
    protocol = MQTTProtocolVersion.MQTTv5 if mqtt5 else MQTTProtocolVersion.MQTTv311
    theirs = decode_publish(first, bytearray(body), protocol)
    assert ours == Publish(name, mid, 1, retained, payload)
    assert ours == Publish(
        bytes(theirs.topic), theirs.mid, theirs.qos, bool(theirs.retain), bytes(theirs.payload)
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"\x00\x09short",
        b"\x00\x01t",
        b"\x00\x01t\x00\x00",
        b"\x00\x01t\x00\x07\xff\xff\xff\xff\xff",
        b"\x00\x01t\x00\x07\x09",
    ],
)
def test_a_malformed_publish_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="malformed"):
        parse_publish(0x32, body, mqtt5=True)


@given(st.binary(max_size=60), st.integers(0, 3), st.booleans())
def test_whatever_comes_is_read_or_refused(body: bytes, qos: int, mqtt5: bool) -> None:
    with contextlib.suppress(ValueError):
        parse_publish(0x30 | qos << 1, body, mqtt5=mqtt5)
