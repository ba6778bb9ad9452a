"""RTP packets: the header is read once, and never built again (RFC 3550, section 5.1; RFC 8285)."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

HEADER = Struct("!BBHII")
HEADER_BYTES = 12
ONE_BYTE = 0xBEDE
TWO_BYTE = 0x1000
_EXTENSION = Struct("!HH")

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"


class BadPacketError(ValueError):
    """Bytes that are no packet of this kind."""


@dataclass(slots=True, eq=False)
class Packet:
    """A packet that arrived, unprotected. `data[start:end]` is the payload without padding.

    `index` is the sequence number counted on past 65535; its layer sets it.
    """

    data: bytes
    payload_type: int
    marker: int
    """0x80 or 0, as it lies in the second byte"""
    sequence: int
    timestamp: int
    ssrc: int
    start: int
    end: int
    extension_at: int
    """where the extension's header begins; 0 if there is none"""
    index: int = 0
    keyframe: bool = False
    picture_at: int = 0
    """where the 15-bit picture id of VP8 lies; 0 if there is none"""
    picture: int = 0
    tl0_at: int = 0
    """always two bytes behind the picture id"""
    tl0: int = 0
    payload: bytes = b""
    """with its padding, as it is passed on"""
    padded: int = 0
    """0x20 or 0, as it lies in the first byte"""


def ssrc_of(data: bytes | bytearray | memoryview) -> int:
    """The SSRC of a packet of at least 12 bytes."""
    return int.from_bytes(data[8:12], "big")


def parse(data: bytes) -> Packet:
    """Read the header. Raises BadPacketError for anything that is no whole RTP packet."""
    size = len(data)
    if size < HEADER_BYTES:
        raise BadPacketError("shorter than a header")
    first, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
    if first >> 6 != 2:
        raise BadPacketError("not version 2")
    start = HEADER_BYTES + 4 * (first & 0x0F)
    extension_at = 0
    if first & 0x10:
        if size < start + 4:
            raise BadPacketError("extension cut off")
        extension_at = start
        start += 4 + 4 * ((data[start + 2] << 8) | data[start + 3])
    end = size
    if first & 0x20:
        end -= data[-1]
        if data[-1] == 0:
            raise BadPacketError("padding of no length")
    if start > end:
        raise BadPacketError("payload cut off")
    packet = Packet(
        data, second & 0x7F, second & 0x80, sequence, timestamp, ssrc, start, end, extension_at
    )
    packet.payload = data[start:]
    packet.padded = first & 0x20
    return packet


def extension_start(data: bytes | memoryview) -> int:
    """Where the extension's header lies in a packet whose rest may still be encrypted; 0 if nowhere."""
    if len(data) < HEADER_BYTES or not data[0] & 0x10:
        return 0
    start = HEADER_BYTES + 4 * (data[0] & 0x0F)
    return start if len(data) >= start + 4 else 0


def extension(data: bytes | memoryview, extension_at: int, wanted: int) -> bytes | None:
    """The value of one header extension (RFC 8285, sections 4.2 and 4.3), None if it is not there."""
    if not extension_at or not wanted:
        return None
    profile, words = _EXTENSION.unpack_from(data, extension_at)
    at = extension_at + 4
    end = min(at + 4 * words, len(data))
    if profile == ONE_BYTE:
        while at < end:
            head = data[at]
            if head == 0:
                at += 1
                continue
            if head >> 4 == 15:
                return None
            size = (head & 0x0F) + 1
            if head >> 4 == wanted:
                value = bytes(data[at + 1 : at + 1 + size])
                return value if at + 1 + size <= end else None
            at += 1 + size
        return None
    if profile & 0xFFF0 == TWO_BYTE:
        while at + 1 < end:
            if data[at] == 0:
                at += 1
                continue
            size = data[at + 1]
            if data[at] == wanted:
                value = bytes(data[at + 2 : at + 2 + size])
                return value if at + 2 + size <= end else None
            at += 2 + size
    return None


def text_extension(data: bytes | memoryview, extension_at: int, wanted: int) -> str | None:
    """A mid or rid (RFC 9143, RFC 8852), None if it is missing or no plain text."""
    value = extension(data, extension_at, wanted)
    if value is None or not value.isascii():
        return None
    return value.rstrip(b"\0").decode("ascii")


def audio_level(packet: Packet, wanted: int) -> int | None:
    """How loud the packet is, 0 (silent) to 127 (as loud as can be); None if it does not say.

    RFC 6464 counts the other way, in −dBov.
    """
    at = packet.extension_at
    if not at or not wanted:
        return None
    data = packet.data
    # By far the most frequent shape first: one-byte headers, the level in front.
    if data[at + 4] >> 4 == wanted and data[at] == 0xBE and at + 5 < packet.start:
        return 127 - (data[at + 5] & 0x7F)
    value = extension(data, at, wanted)
    return 127 - (value[0] & 0x7F) if value else None


def build(
    *,
    payload_type: int,
    sequence: int,
    timestamp: int,
    ssrc: int,
    payload: bytes,
    marker: bool = False,
    extensions: dict[int, bytes] | None = None,
) -> bytes:
    """A packet; extensions by id in one-byte form, ids 1–14 and 1–16 bytes each."""
    body = b""
    for number, value in (extensions or {}).items():
        body += bytes([number << 4 | (len(value) - 1)]) + value
    body += bytes(-len(body) % 4)
    header = HEADER.pack(
        0x90 if body else 0x80, payload_type | (0x80 if marker else 0), sequence, timestamp, ssrc
    )
    if body:
        header += _EXTENSION.pack(ONE_BYTE, len(body) // 4) + body
    return header + payload
