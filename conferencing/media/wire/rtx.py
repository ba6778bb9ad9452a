"""Retransmission payload (RFC 4588, section 4): the original sequence number, then the original payload."""

from __future__ import annotations

from conferencing.media.wire.rtp import HEADER, BadPacketError, Packet, parse


def unwrap(packet: Packet, *, payload_type: int, ssrc: int) -> Packet | None:
    """The packet that a retransmission carries; None for padding, which browsers send to probe.

    Raises BadPacketError where there is no room for a sequence number.
    """
    if packet.start == packet.end:
        return None
    if packet.end - packet.start < 2:
        raise BadPacketError("no original sequence number")
    original = int.from_bytes(packet.data[packet.start : packet.start + 2], "big")
    header = HEADER.pack(0x80, packet.marker | payload_type, original, packet.timestamp, ssrc)
    return parse(header + packet.data[packet.start + 2 : packet.end])
