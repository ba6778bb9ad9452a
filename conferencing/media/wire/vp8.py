"""VP8 in RTP: the payload descriptor and the frame's first bytes (RFC 7741, sections 4.2 and 4.3)."""

from __future__ import annotations

from dataclasses import replace

from conferencing.media.wire.rtp import BadPacketError, Packet

_START_CODE = b"\x9d\x01\x2a"


def read(packet: Packet) -> Packet:
    """Find picture id, TL0PICIDX and whether a key frame begins; note them in the packet.

    A picture id of seven bits is widened to fifteen first (in a new packet), so that a slot may give it any
    number. Raises BadPacketError where the descriptor is cut off.
    """
    data, at, end = packet.data, packet.start, packet.end
    if at == end:  # padding only
        return packet
    try:
        first = data[at]
        at += 1
        if first & 0x80:
            more = data[at]
            at += 1
            if more & 0x80:
                if not data[at] & 0x80:
                    return read(_widened(packet, at))
                packet.picture_at = at
                packet.picture = (data[at] & 0x7F) << 8 | data[at + 1]
                at += 2
            if more & 0x40:
                packet.tl0_at = at
                packet.tl0 = data[at]
                at += 1
            if more & 0x30:
                at += 1
    except IndexError as error:
        raise BadPacketError("VP8 descriptor cut off") from error
    if at > end:
        raise BadPacketError("VP8 descriptor cut off")
    # S and partition 0, then P = 0 in the frame's own header (RFC 6386, section 9.1).
    packet.keyframe = first & 0x17 == 0x10 and at < end and not data[at] & 0x01
    return packet


def _widened(packet: Packet, at: int) -> Packet:
    data = packet.data
    widened = data[:at] + bytes([0x80, data[at]]) + data[at + 1 :]
    return replace(packet, data=widened, payload=widened[packet.start :], end=packet.end + 1)


def descriptor_size(payload: bytes) -> int:
    """How many bytes of a payload are the descriptor. Raises BadPacketError."""
    try:
        if not payload[0] & 0x80:
            return 1
        more, size = payload[1], 2
        if more & 0x80:
            size += 2 if payload[2] & 0x80 else 1
        return size + bool(more & 0x40) + bool(more & 0x30)
    except IndexError as error:
        raise BadPacketError("VP8 descriptor cut off") from error


def picture_size(packet: Packet) -> tuple[int, int] | None:
    """Width and height in pixels, of a packet that begins a key frame (RFC 6386, section 9.1)."""
    if not packet.keyframe:
        return None
    data = packet.data
    at = packet.start + descriptor_size(data[packet.start : packet.end])
    if packet.end < at + 10 or data[at + 3 : at + 6] != _START_CODE:
        return None
    width = int.from_bytes(data[at + 6 : at + 8], "little") & 0x3FFF
    height = int.from_bytes(data[at + 8 : at + 10], "little") & 0x3FFF
    return width, height
