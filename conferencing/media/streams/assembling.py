"""Frames out of RTP packets, in order: Opus (RFC 7587), VP8 (RFC 7741), H.264 (RFC 6184). What a recording is made of.

A hole stays a hole: nothing is made up for what never came, and a picture goes on with the next key frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from conferencing.media.wire import h264, vp8
from conferencing.media.wire.rtp import BadPacketError, Packet

MOST_HELD = 512
"""Packets that wait for one before them; more than that is a gap, however young it is."""
MOST_OF_A_FRAME = 4 * 1024 * 1024
_START = b"\0\0\0\1"


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture, or a packet's worth of sound. `timestamp` is of the stream's clock, from 0 on, never wrapping."""

    timestamp: int
    data: bytes
    keyframe: bool
    size: tuple[int, int] | None = None
    """of a key frame: width and height in pixels"""


class Depacketiser(Protocol):
    """Takes packets in order."""

    def take(self, packet: Packet) -> list[Frame]:
        """The frames that a packet completes; their timestamps are still the packets' own."""

    def gap(self) -> None:
        """Packets before the next one are missing."""


class Sound:
    """Each packet is a frame of Opus (RFC 7587, section 4.2)."""

    def take(self, packet: Packet) -> list[Frame]:
        """See `Depacketiser`."""
        data = packet.data[packet.start : packet.end]
        return [Frame(packet.timestamp, data, keyframe=True)] if data else []

    def gap(self) -> None:
        """Nothing to forget."""


class Pictures:
    """What the codecs of pictures share: parts of one timestamp up to the marker, from a key frame on."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._octets = 0
        self._timestamp: int | None = None
        self._whole = False
        self._key = False
        self._size: tuple[int, int] | None = None
        self._running = False

    @property
    def waits(self) -> bool:
        """Whether nothing comes before the next key frame."""
        return not self._running

    def gap(self) -> None:
        """The frame under way is lost, and what refers to it."""
        self._forget()
        self._running = False

    def take(self, packet: Packet) -> list[Frame]:
        """See `Depacketiser`. A frame ends with its marker; where a sender sets none, with the next one."""
        frames: list[Frame] = []
        if packet.timestamp != self._timestamp:
            frames += self._finished()
            self._timestamp = packet.timestamp
            self._whole = self.begins(packet)
        if packet.start < packet.end:  # else padding only
            if packet.keyframe:
                self._key = True
                self._size = self.size_of(packet) or self._size
            if self._whole:
                self._add(self.part(packet))
        return [*frames, *self._finished()] if packet.marker else frames

    def _add(self, part: bytes) -> None:
        self._octets += len(part)
        if self._octets > MOST_OF_A_FRAME:
            self.gap()
        elif part:
            self._parts.append(part)

    def _finished(self) -> list[Frame]:
        timestamp, whole, key, size = self._timestamp, self._whole, self._key, self._size
        data = b"".join(self._parts)
        self._forget()
        if timestamp is None or not whole or not data:
            return []
        if key:
            self._running = True
        return [Frame(timestamp, data, key, size if key else None)] if self._running else []

    def _forget(self) -> None:
        self._parts, self._octets, self._timestamp = [], 0, None
        self._whole, self._key = False, False

    def begins(self, packet: Packet) -> bool:
        """Whether a frame begins with this packet."""
        raise NotImplementedError

    def part(self, packet: Packet) -> bytes:
        """What a packet adds to its frame. Raises BadPacketError."""
        raise NotImplementedError

    def size_of(self, packet: Packet) -> tuple[int, int] | None:
        """How large a key frame is."""
        raise NotImplementedError


class Vp8Pictures(Pictures):
    """VP8: the payload without its descriptor (RFC 7741, section 4.2)."""

    def begins(self, packet: Packet) -> bool:
        """S is set and it is partition 0."""
        return packet.start < packet.end and packet.data[packet.start] & 0x17 == 0x10

    def part(self, packet: Packet) -> bytes:
        """See `Pictures`."""
        payload = packet.data[packet.start : packet.end]
        return payload[vp8.descriptor_size(payload) :]

    def size_of(self, packet: Packet) -> tuple[int, int] | None:
        """See `Pictures`."""
        return vp8.picture_size(packet)


class H264Pictures(Pictures):
    """H.264: NAL units with start codes between them (RFC 6184, sections 5.6 to 5.8; H.264, annex B)."""

    def begins(self, packet: Packet) -> bool:
        """An access unit has no mark at its beginning: all but a later fragment may be one."""
        return h264.starts_unit(packet)

    def part(self, packet: Packet) -> bytes:
        """See `Pictures`."""
        return h264.annex_b(packet, _START)

    def size_of(self, packet: Packet) -> tuple[int, int] | None:
        """See `Pictures`."""
        return h264.picture_size(packet)


DEPACKETISERS: dict[str, Callable[[], Depacketiser]] = {
    "opus": Sound,
    "vp8": Vp8Pictures,
    "h264": H264Pictures,
}
"""By the key of the codec; what is not here cannot be recorded."""


class Assembler:
    """Brings packets in order, waits a while for those that are repaired, and makes frames. Times in seconds."""

    def __init__(self, codec: str, *, patience_s: float) -> None:
        self._codec = DEPACKETISERS[codec]()
        self._patience = patience_s
        self._held: dict[int, tuple[Packet, float]] = {}
        self._next: int | None = None
        self._last: int | None = None
        self._timestamp = 0
        self.missing = 0
        """packets that never came"""

    @property
    def needs_keyframe(self) -> bool:
        """Whether nothing can be written before one."""
        return isinstance(self._codec, Pictures) and self._codec.waits

    def push(self, packet: Packet, now: float) -> list[Frame]:
        """A packet with its index; the frames that are whole and in order then."""
        if self._next is None:
            self._next = packet.index
        if packet.index < self._next:
            return []
        self._held[packet.index] = (packet, now)
        frames = self._drain()
        while len(self._held) > MOST_HELD:
            frames += self._skip()
        return frames

    def overdue(self, now: float) -> list[Frame]:
        """What comes after holes that nobody waits for any more."""
        frames: list[Frame] = []
        while self._held and min(at for _, at in self._held.values()) + self._patience <= now:
            frames += self._skip()
        return frames

    def drop(self) -> None:
        """Frames were thrown away after they were made: pictures go on with a key frame."""
        self._codec.gap()

    def _skip(self) -> list[Frame]:
        after = min(self._held)
        if self._next is not None:
            self.missing += after - self._next
        self._next = after
        self._codec.gap()
        return self._drain()

    def _drain(self) -> list[Frame]:
        frames: list[Frame] = []
        while self._next is not None and self._next in self._held:
            packet, _ = self._held.pop(self._next)
            self._next += 1
            try:
                frames += map(self._placed, self._codec.take(packet))
            except BadPacketError:
                self._codec.gap()
        return frames

    def _placed(self, frame: Frame) -> Frame:
        """The same on the clock that begins at 0 with the first frame (RFC 3550, section 5.1: 32 bits that wrap)."""
        if self._last is not None:
            step = (frame.timestamp - self._last) & 0xFFFFFFFF
            self._timestamp += step if step < 0x80000000 else step - 0x100000000
        self._last = frame.timestamp
        return Frame(max(0, self._timestamp), frame.data, frame.keyframe, frame.size)

    def ticks_of(self, timestamp: int) -> int | None:
        """Where a timestamp of the stream lies on that clock; None before the first frame."""
        if self._last is None:
            return None
        step = (timestamp - self._last) & 0xFFFFFFFF
        return self._timestamp + (step if step < 0x80000000 else step - 0x100000000)
