"""H.264 in RTP: where a key frame begins (RFC 6184, section 5), how large it is, and its NAL units."""

from __future__ import annotations

from conferencing.media.wire.rtp import BadPacketError, Packet

_IDR, _SPS, _STAP_A, _FU_A = 5, 7, 24, 28
_HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128})


def read(packet: Packet) -> Packet:
    """Note in the packet whether a key frame begins: an SPS, which WebRTC sends before each IDR picture."""
    packet.keyframe = _sps(packet) is not None or _starts_idr(packet)
    return packet


def _units(packet: Packet) -> list[bytes]:
    """The whole NAL units of a single-unit packet or a STAP-A."""
    payload = packet.data[packet.start : packet.end]
    if not payload:
        return []
    kind = payload[0] & 0x1F
    if 1 <= kind <= 23:
        return [payload]
    units, at = [], 1
    if kind == _STAP_A:
        while at + 2 < len(payload):
            size = payload[at] << 8 | payload[at + 1]
            unit = payload[at + 2 : at + 2 + size]
            if size == 0 or len(unit) < size:
                break
            units.append(unit)
            at += 2 + size
    return units


def _sps(packet: Packet) -> bytes | None:
    data, at = packet.data, packet.start
    if at == packet.end or data[at] & 0x1F not in (_SPS, _STAP_A):
        return None
    return next((unit for unit in _units(packet) if unit[0] & 0x1F == _SPS), None)


def _starts_idr(packet: Packet) -> bool:
    """An IDR slice without its SPS before it: alone or as the first fragment (FU-A)."""
    data, at = packet.data, packet.start
    if at + 1 >= packet.end:
        return False
    kind = data[at] & 0x1F
    if kind == _FU_A:
        return data[at + 1] & 0x9F == 0x80 | _IDR
    return kind == _IDR


def starts_unit(packet: Packet) -> bool:
    """Whether a NAL unit begins with the packet: not a later fragment of one (FU-A)."""
    data, at = packet.data, packet.start
    if at == packet.end:
        return False
    return data[at] & 0x1F != _FU_A or (at + 1 < packet.end and data[at + 1] & 0x80 != 0)


def annex_b(packet: Packet, start: bytes) -> bytes:
    """What a packet adds to a stream of NAL units with start codes. Raises BadPacketError for other packet types."""
    payload = packet.data[packet.start : packet.end]
    units = _units(packet)
    if units:
        return b"".join(start + unit for unit in units)
    if len(payload) < 3 or payload[0] & 0x1F != _FU_A:
        raise BadPacketError("an H.264 packet of no known kind")
    if not payload[1] & 0x80:
        return payload[2:]
    return start + bytes([payload[0] & 0xE0 | payload[1] & 0x1F]) + payload[2:]


def picture_size(packet: Packet) -> tuple[int, int] | None:
    """Width and height in pixels, of a packet with an SPS (H.264, 7.3.2.1.1); None if it has none."""
    unit = _sps(packet)
    return None if unit is None else size_of(unit)


def size_of(unit: bytes) -> tuple[int, int] | None:
    """Width and height in pixels that an SPS says; None if it cannot be read."""
    try:
        return _size_from(_Bits(unit[1:].replace(b"\0\0\x03", b"\0\0")))
    except IndexError:
        return None


def reorders(unit: bytes) -> bool:
    """Whether a slice is one of B pictures, whose order of showing is not that of sending (H.264, 7.3.3)."""
    if not 1 <= unit[0] & 0x1F <= 5:
        return False
    try:
        bits = _Bits(unit[1:12].replace(b"\0\0\x03", b"\0\0"))
        bits.unsigned()
        return bits.unsigned() % 5 == 1
    except IndexError:
        return False


def key_of(profile: int) -> str | None:
    """What a codec of this profile_idc is called among those that peers agree on; None: not forwarded.

    High 4:4:4 Predictive is what some browsers say for High: whoever decodes it decodes that too (H.264, A.2).
    """
    return {66: "h264", 77: "h264-main", 100: "h264-high", 244: "h264-high"}.get(profile)


DECODED_BY = {
    "h264": ("h264", "h264-main", "h264-high"),
    "h264-main": ("h264-main", "h264-high"),
    "h264-high": ("h264-high",),
}
"""Who decodes a stream, the nearest first: each profile's decoders take those below it (H.264, A.2)."""


class _Bits:
    """A reader of bits and Exp-Golomb numbers (H.264, 9.1). Raises IndexError past the end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def bit(self) -> int:
        value = self._data[self._at >> 3] >> (7 - (self._at & 7)) & 1
        self._at += 1
        return value

    def bits(self, count: int) -> int:
        value = 0
        for _ in range(count):
            value = value << 1 | self.bit()
        return value

    def unsigned(self) -> int:
        zeros = 0
        while not self.bit():
            zeros += 1
            if zeros > 32:
                raise IndexError("no number")
        return (1 << zeros) - 1 + self.bits(zeros)


def _size_from(bits: _Bits) -> tuple[int, int] | None:
    profile = bits.bits(8)
    bits.bits(16)
    bits.unsigned()
    chroma = 1
    if profile in _HIGH_PROFILES:
        chroma = bits.unsigned()
        if chroma == 3 or bits.unsigned() or bits.unsigned() or bits.bit() or bits.bit():
            return None  # more than eight bits or scaling matrices: nothing that a browser sends
    bits.unsigned()
    order = bits.unsigned()
    if order == 0:
        bits.unsigned()
    elif order == 1:
        return None
    bits.unsigned()
    bits.bit()
    width = 16 * (bits.unsigned() + 1)
    map_units = bits.unsigned() + 1
    frames_only = bits.bit()
    height = 16 * map_units * (2 - frames_only)
    if not frames_only:
        bits.bit()
    bits.bit()
    if bits.bit():
        left, right, top, bottom = (bits.unsigned() for _ in range(4))
        across = 2 if chroma in (1, 2) else 1
        down = (2 if chroma == 1 else 1) * (2 - frames_only)
        width, height = width - across * (left + right), height - down * (top + bottom)
    return (width, height) if 0 < width <= 16384 and 0 < height <= 16384 else None
