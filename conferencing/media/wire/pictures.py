"""Pictures of H.264 and H.265 out of RTP, and H.264 and VP8 into it (RFC 6184, RFC 7798, RFC 7741). Pure.

A picture (access unit) is a list of NAL units without start codes, at one timestamp.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conferencing.media.wire.numbers import ahead
from conferencing.media.wire.rtp import Packet

MAX_PICTURE = 4 * 1024 * 1024
"""A larger one is damaged, or nothing for a conference."""
_START = b"\0\0\0\1"


@dataclass(frozen=True, slots=True)
class Codec:
    """Where the two codecs differ: types of NAL units and their header."""

    name: str
    header: int
    keys: frozenset[int]
    """slices of pictures that can be begun with"""
    sets: tuple[int, ...]
    """parameter sets, in the order in which they are sent"""
    slices: range
    idle: frozenset[int]
    """delimiters, filler and remarks: nothing that a decoder needs"""

    def kind(self, unit: bytes) -> int:
        """A unit's type."""
        return unit[0] & 0x1F if self.header == 1 else unit[0] >> 1 & 0x3F


H264 = Codec("h264", 1, frozenset({5}), (7, 8), range(1, 6), frozenset({6, 9, 12}))
H265 = Codec(
    "h265", 2, frozenset(range(16, 22)), (32, 33, 34), range(22), frozenset({35, 38, 39, 40})
)
_H264_BUNDLE, _H264_FRAGMENT = 24, 28
_H265_BUNDLE, _H265_FRAGMENT = 48, 49


@dataclass(frozen=True, slots=True)
class Picture:
    """One access unit. A `key` one begins with its parameter sets."""

    units: tuple[bytes, ...]
    timestamp: int
    key: bool

    def annex_b(self) -> bytes:
        """As decoders take it (H.264, annex B)."""
        return b"".join(_START + unit for unit in self.units)

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(map(len, self.units))


class Assembler:
    """Packets of one stream in, whole pictures out.

    After a gap nothing comes until the next key picture: a picture that stands still for a moment is
    better than one that is smeared.
    """

    def __init__(self, codec: Codec, sets: Sequence[bytes] = ()) -> None:
        """`sets` are those of the description."""
        self.codec = codec
        self.sets: dict[int, bytes] = {codec.kind(one): one for one in sets if one}
        self.broken = 0
        """pictures left out for a gap or for damage"""
        self._units: list[bytes] = []
        self._fragment: list[bytes] | None = None
        self._size = 0
        self._timestamp = -1
        self._last = -1
        self._damaged = True
        self._waits = True

    def feed(self, packet: Packet) -> Iterator[Picture]:
        """Take a packet; the pictures that it completes, at most two."""
        gap = self._last >= 0 and ahead(packet.sequence, self._last) != 1
        self._last = packet.sequence
        if packet.timestamp != self._timestamp:
            yield from self._finish()
            self._timestamp, self._damaged = packet.timestamp, False
        if gap:
            self._damaged = True
        self._take(packet.data[packet.start : packet.end])
        if packet.marker:
            yield from self._finish()

    def _take(self, payload: bytes) -> None:
        head = self.codec.header
        if len(payload) <= head:
            return
        self._size += len(payload)
        kind = self.codec.kind(payload)
        bundle, fragment = (
            (_H264_BUNDLE, _H264_FRAGMENT) if head == 1 else (_H265_BUNDLE, _H265_FRAGMENT)
        )
        if self._size > MAX_PICTURE:
            self._damaged = True
        elif kind == bundle:
            self._unbundle(payload[head:])
        elif kind == fragment:
            self._join(payload)
        elif kind < bundle:
            self._units.append(payload)
        else:
            self._damaged = True

    def _unbundle(self, payload: bytes) -> None:
        at = 0
        while at + 2 < len(payload):
            size = payload[at] << 8 | payload[at + 1]
            unit = payload[at + 2 : at + 2 + size]
            if len(unit) < size or size <= self.codec.header:
                self._damaged = True
                return
            self._units.append(unit)
            at += 2 + size

    def _join(self, payload: bytes) -> None:
        """FU-A (RFC 6184, section 5.8) and FU (RFC 7798, section 4.4.3)."""
        head = self.codec.header
        flags = payload[head]
        if flags & 0x80:
            if head == 1:
                start = bytes([payload[0] & 0xE0 | flags & 0x1F])
            else:
                start = bytes([payload[0] & 0x81 | (flags & 0x3F) << 1, payload[1]])
            self._fragment = [start]
        if self._fragment is None:
            self._damaged = True
            return
        self._fragment.append(payload[head + 1 :])
        if flags & 0x40:
            self._units.append(b"".join(self._fragment))
            self._fragment = None

    def _finish(self) -> Iterator[Picture]:
        units, self._units = self._units, []
        damaged = self._damaged or self._fragment is not None
        self._fragment, self._size = None, 0
        codec = self.codec
        kinds = [codec.kind(unit) for unit in units]
        for unit, kind in zip(units, kinds, strict=True):
            if kind in codec.sets and not damaged:
                self.sets[kind] = unit
        slices = [
            unit
            for unit, kind in zip(units, kinds, strict=True)
            if kind not in codec.sets and kind not in codec.idle
        ]
        if not any(kind in codec.slices for kind in kinds):
            return
        key = any(kind in codec.keys for kind in kinds)
        if damaged or (self._waits and not key):
            self.broken += 1
            self._waits = True
            return
        if key:
            if any(kind not in self.sets for kind in codec.sets):
                self.broken += 1
                self._waits = True
                return
            slices[:0] = [self.sets[kind] for kind in codec.sets]
        self._waits = False
        yield Picture(tuple(slices), self._timestamp, key)


# -- into RTP ----------------------------------------------------------------------------------------------


def h264_payloads(picture: Picture, most: int) -> list[bytes]:
    """The payloads of a picture's packets, at most so many bytes each, for packetization-mode 1."""
    units = list(picture.units)
    payloads: list[bytes] = []
    sets = [unit for unit in units if H264.kind(unit) in H264.sets]
    bundle = _bundle(sets)
    if len(sets) > 1 and len(bundle) <= most:
        payloads.append(bundle)
        units = units[len(sets) :]
    for unit in units:
        payloads += [unit] if len(unit) <= most else _fragments(unit, most)
    return payloads


def _bundle(units: Sequence[bytes]) -> bytes:
    """STAP-A (RFC 6184, section 5.7.1)."""
    weight = max((unit[0] & 0x60 for unit in units), default=0)
    return bytes([weight | _H264_BUNDLE]) + b"".join(
        len(unit).to_bytes(2, "big") + unit for unit in units
    )


def _fragments(unit: bytes, most: int) -> list[bytes]:
    indicator, kind = unit[0] & 0xE0 | _H264_FRAGMENT, unit[0] & 0x1F
    room = most - 2
    parts = [unit[at : at + room] for at in range(1, len(unit), room)]
    last = len(parts) - 1
    return [
        bytes([indicator, kind | (0x80 if number == 0 else 0) | (0x40 if number == last else 0)])
        + part
        for number, part in enumerate(parts)
    ]


def vp8_payloads(frame: bytes, picture: int, most: int) -> list[bytes]:
    """The payloads of a VP8 frame, each with a descriptor that has a picture id of fifteen bits."""
    number = bytes([0x80 | picture >> 8 & 0x7F, picture & 0xFF])
    room = most - 4
    return [
        bytes([0x90 if at == 0 else 0x80, 0x80]) + number + frame[at : at + room]
        for at in range(0, len(frame), room)
    ]
