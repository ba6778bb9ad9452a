"""The MQTT packets that the bridge reads and writes itself: PUBLISH in, PUBACK and PUBLISH out.

Profiled at full load, half of the bridge's time went into paho's reading of PUBLISH (properties, locks,
log lines, a trie of callbacks), and a system call into each packet that it wrote. Pure;
tests/unit/iot_bridge/runner/test_packets.py compares it with paho's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

_PUBACK = b"\x40\x02"
_PUBLISH_QOS0 = b"\x30"
_PUBLISH_QOS1 = b"\x32"
_MESSAGE_EXPIRY = b"\x02"


def pubacks(mids: Iterable[int]) -> bytes:
    """PUBACK for each packet identifier (MQTT 3.1.1, 3.4; in MQTT 5, 3.4.2.1, the same: success)."""
    return b"".join([_PUBACK + mid.to_bytes(2, "big") for mid in mids])


def publishes(messages: Iterable[tuple[str, bytes]], *, mqtt5: bool) -> bytes:
    """PUBLISH at QoS 0 for each (topic, payload) (3.3); MQTT 5 with no properties."""
    properties = b"\x00" if mqtt5 else b""
    parts: list[bytes] = []
    for topic, payload in messages:
        name = topic.encode()
        head = len(name).to_bytes(2, "big") + name + properties
        parts += (_PUBLISH_QOS0, _remaining_length(len(head) + len(payload)), head, payload)
    return b"".join(parts)


def publish_once(topic: str, payload: bytes, *, mid: int, expiry_s: int, mqtt5: bool) -> bytes:
    """PUBLISH at QoS 1, not retained. MQTT 5 has the broker drop it after `expiry_s` seconds (3.3.2.3.3)."""
    name = topic.encode()
    properties = b"\x05" + _MESSAGE_EXPIRY + expiry_s.to_bytes(4, "big") if mqtt5 else b""
    head = len(name).to_bytes(2, "big") + name + mid.to_bytes(2, "big") + properties
    return _PUBLISH_QOS1 + _remaining_length(len(head) + len(payload)) + head + payload


class Publish(NamedTuple):
    """A received PUBLISH. `mid` is 0 at QoS 0."""

    topic: bytes
    mid: int
    qos: int
    retained: bool
    payload: bytes


def parse_publish(flags: int, body: bytes | bytearray, *, mqtt5: bool) -> Publish:
    """Read a PUBLISH from its first byte and what follows its length (3.3). Raises ValueError."""
    qos = flags >> 1 & 3
    at = 2 + (body[0] << 8 | body[1] if len(body) > 1 else 0)
    topic, mid = bytes(body[2:at]), 0
    if qos:
        mid = int.from_bytes(body[at : at + 2], "big")
        at += 2
    if mqtt5:
        at = _after_properties(body, at)
    if at > len(body) or at < 3 or (qos and not mid):
        raise ValueError("a malformed PUBLISH")
    return Publish(topic, mid, qos, bool(flags & 1), bytes(body[at:]))


def _after_properties(body: bytes | bytearray, at: int) -> int:
    """Where the payload begins: nothing that the bridge uses is in the properties (2.2.2)."""
    length, shift = 0, 0
    while at < len(body) and shift <= 21:
        digit = body[at]
        at += 1
        length |= (digit & 127) << shift
        if not digit & 128:
            return at + length
        shift += 7
    raise ValueError("a malformed PUBLISH")


def _remaining_length(length: int) -> bytes:
    """A variable byte integer (2.2.3)."""
    digits = bytearray()
    while length > 127:
        digits.append(length & 127 | 128)
        length >>= 7
    digits.append(length)
    return bytes(digits)
