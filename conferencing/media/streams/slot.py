"""One stream that a receiver gets: its own SSRC, filled by one layer after another.

Sequence number, timestamp, VP8 picture id and TL0PICIDX run on across switches, so that the receiver sees one
stream. A number, once sent, never carries other bytes: SRTP's nonce is made of it (RFC 7714, section 8.1).
What is asked for again goes out under the repair stream's own numbers (RFC 4588).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct

from conferencing.media.streams.layer import Layer
from conferencing.media.wire.numbers import ntp_from
from conferencing.media.wire.rtcp import SenderReport
from conferencing.media.wire.rtp import HEADER, HEADER_BYTES, ONE_BYTE, Packet

_EXTENDED = Struct("!BBHIIHHI")
_EXTENDED_BYTES = 20
_PICTURE = Struct("!H")
_PLAIN, _WITH_EXTENSION = 0x80, 0x90
REPEAT_AFTER_S = 0.02
"""The same packet is not sent again sooner, however often it is asked for."""
MAX_ROOM = _EXTENDED_BYTES + 2
"""Bytes that a packet may grow by."""


@dataclass(frozen=True, slots=True)
class PayloadTypes:
    """How a receiver numbers a codec and its repair; `rtx` is None where it has none."""

    media: int
    rtx: int | None


class Slot:
    """State of one outgoing stream. Times are in seconds of one steady clock."""

    __slots__ = (
        "_asked",
        "_extension",
        "_first",
        "_last_at",
        "_last_index",
        "_last_picture",
        "_last_timestamp",
        "_last_tl0",
        "_offset",
        "_payload_type",
        "_picture_offset",
        "_rtx_sequence",
        "_rtx_type",
        "_timestamp_offset",
        "_tl0_offset",
        "_unmarked",
        "clock_rate",
        "layer",
        "octets",
        "packets",
        "repeats",
        "rtx_ssrc",
        "ssrc",
    )

    def __init__(
        self,
        *,
        ssrc: int,
        rtx_ssrc: int,
        clock_rate: int,
        sequence: int,
        rtx_sequence: int = 0,
        send_time_id: int = 0,
    ) -> None:
        """`sequence` is the first to be used, `send_time_id` abs-send-time's number (0: not agreed on)."""
        self.ssrc = ssrc
        self.rtx_ssrc = rtx_ssrc
        self.clock_rate = clock_rate
        self.layer: Layer | None = None
        self.packets = 0
        self.octets = 0
        self.repeats = 0
        self._extension = send_time_id << 28 | 2 << 24 if send_time_id else 0
        self._payload_type = 0
        self._rtx_type: int | None = None
        self._rtx_sequence = rtx_sequence
        self._last_index = sequence - 1 + 0x10000
        self._last_timestamp = 0
        self._last_at: float | None = None
        self._last_picture = -1
        self._last_tl0 = -1
        self._first = 0
        self._offset = 0
        self._timestamp_offset = 0
        self._picture_offset = 0
        self._tl0_offset = 0
        self._unmarked = False
        self._asked: dict[int, float] = {}

    # -- switching ---------------------------------------------------------------------------------

    def switch(self, layer: Layer, packet: Packet, types: PayloadTypes, now: float) -> None:
        """From this packet of this layer on: for video, one that begins a key frame.

        What is older than it is not sent any more, from either layer.
        """
        self.layer = layer
        self._payload_type, self._rtx_type = types.media, types.rtx
        self._first = packet.index
        self._offset = self._last_index + 1 - packet.index
        if self._last_at is None:
            self._timestamp_offset = 0
        else:
            passed = max(1, int((now - self._last_at) * self.clock_rate))
            timestamp = (self._last_timestamp + passed) & 0xFFFFFFFF
            self._timestamp_offset = (timestamp - packet.timestamp) & 0xFFFFFFFF
        self._picture_offset = (self._last_picture + 1 - packet.picture) & 0x7FFF
        self._tl0_offset = (self._last_tl0 + 1 - packet.tl0) & 0xFF
        self._unmarked = self.clock_rate == 48000
        self._asked.clear()

    def catch_up(self, index: int, saved: int) -> None:
        """What went out since the switch was of the past, and took less time by its timestamps: from `index` on
        they run as the layer's again. What was before is not repeated: it would have another time now.
        """
        self._first = index
        self._timestamp_offset = (self._timestamp_offset - saved) & 0xFFFFFFFF

    def clear(self) -> None:
        """Nothing is sent until the next switch."""
        self.layer = None
        self._asked.clear()

    # -- writing -----------------------------------------------------------------------------------

    def write(
        self,
        out: memoryview,
        at: int,
        stride: int,
        packets: Sequence[Packet],
        stamp: int,
        now: float,
    ) -> list[int]:
        """Write packets as this receiver gets them, from `at` on, each a stride after the one before.

        Returns their sizes; who is older than the switch is left out. `stamp` is the sending time in
        abs-send-time's 24 bits. There is room in `out` for each packet and 22 bytes.
        """
        sizes: list[int] = []
        first, offset, ssrc = self._first, self._offset, self.ssrc
        shift, picture_shift, payload_type = (
            self._timestamp_offset,
            self._picture_offset,
            self._payload_type,
        )
        extension = self._extension
        head = _EXTENDED_BYTES if extension else HEADER_BYTES
        last, octets = self._last_index, 0
        for packet in packets:
            index = packet.index
            if index < first:
                continue
            index += offset
            payload = packet.payload
            size = len(payload)
            second = packet.marker | payload_type
            if self._unmarked:
                second |= 0x80  # a talkspurt begins (RFC 3551, section 4.1)
                self._unmarked = False
            timestamp = (packet.timestamp + shift) & 0xFFFFFFFF
            if extension:
                _EXTENDED.pack_into(
                    out, at, packet.padded | _WITH_EXTENSION, second, index & 0xFFFF, timestamp, ssrc,
                    ONE_BYTE, 1, extension | stamp,
                )  # fmt: skip
            else:
                HEADER.pack_into(
                    out, at, packet.padded | _PLAIN, second, index & 0xFFFF, timestamp, ssrc
                )
            body = at + head
            out[body : body + size] = payload
            if packet.picture_at:
                where = body + packet.picture_at - packet.start
                picture = (packet.picture + picture_shift) & 0x7FFF
                _PICTURE.pack_into(out, where, 0x8000 | picture)
                if packet.tl0_at:
                    out[where + 2] = tl0 = (packet.tl0 + self._tl0_offset) & 0xFF
                    if index > last:
                        self._last_tl0 = tl0
                if index > last:
                    self._last_picture = picture
            if index > last:
                last = index
                self._last_timestamp = timestamp
                self._last_at = now
            octets += size
            sizes.append(head + size)
            at += stride
        self._last_index = last
        self.packets += len(sizes)
        self.octets += octets
        return sizes

    def repeat(self, out: memoryview, at: int, sequence: int, stamp: int, now: float) -> int:
        """Write a retransmission of a sequence number this slot has sent; 0 if there is nothing to send.

        Only what was sent since the last switch, is still in the layer's history, and was not asked for just now.
        """
        layer = self.layer
        if layer is None or self._rtx_type is None:
            return 0
        index = self._last_index + (((sequence - self._last_index) + 0x8000) & 0xFFFF) - 0x8000
        source = index - self._offset
        if source < self._first or index > self._last_index:
            return 0
        if now - self._asked.get(index, -1e9) < REPEAT_AFTER_S:
            return 0
        packet = layer.packet(source)
        if packet is None:
            return 0
        if len(self._asked) > 512:
            self._asked.clear()
        self._asked[index] = now
        size = packet.end - packet.start
        body = at + (_EXTENDED_BYTES if self._extension else HEADER_BYTES)
        second = packet.marker | self._rtx_type
        timestamp = (packet.timestamp + self._timestamp_offset) & 0xFFFFFFFF
        number, self._rtx_sequence = self._rtx_sequence, (self._rtx_sequence + 1) & 0xFFFF
        if self._extension:
            _EXTENDED.pack_into(
                out, at, _WITH_EXTENSION, second, number, timestamp, self.rtx_ssrc, ONE_BYTE, 1,
                self._extension | stamp,
            )  # fmt: skip
        else:
            HEADER.pack_into(out, at, _PLAIN, second, number, timestamp, self.rtx_ssrc)
        _PICTURE.pack_into(out, body, index & 0xFFFF)
        body += 2
        out[body : body + size] = packet.data[packet.start : packet.end]
        if packet.picture_at:
            shift = body - packet.start
            picture = (packet.picture + self._picture_offset) & 0x7FFF
            _PICTURE.pack_into(out, packet.picture_at + shift, 0x8000 | picture)
            if packet.tl0_at:
                out[packet.tl0_at + shift] = (packet.tl0 + self._tl0_offset) & 0xFF
        self.repeats += 1
        return body + size - at

    # -- reporting ---------------------------------------------------------------------------------

    def report(self, source: SenderReport, seconds: float) -> SenderReport:
        """The sender report of what fills it, as this receiver must see it.

        `seconds` is the report's time in the node's time of day. Picture and sound of one peer are moved by the same
        difference, so that lips stay in time.
        """
        return SenderReport(
            ssrc=self.ssrc,
            ntp=ntp_from(seconds),
            timestamp=(source.timestamp + self._timestamp_offset) & 0xFFFFFFFF,
            packets=self.packets,
            octets=self.octets,
        )
