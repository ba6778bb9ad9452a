"""Somebody in a room: one connection, what it sends, and the slots it receives in."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conferencing.engines.messages import SourceKind
from conferencing.media.description.answer import Outgoing, extensions, taken
from conferencing.media.description.offer import BadOfferError, Line, Offer
from conferencing.media.description.sources import kinds_of
from conferencing.media.node.origin import Origin, Partner
from conferencing.media.node.source import Outlet, Source, Stream
from conferencing.media.shell.connection import Connection
from conferencing.media.streams.bandwidth import UPLINK_MOST, Uplink
from conferencing.media.streams.layer import Layer
from conferencing.media.streams.slot import PayloadTypes, Slot
from conferencing.media.streams.speakers import UNKNOWN
from conferencing.media.wire import rtcp, rtp

MAX_STREAMS = 64
"""SSRCs that one connection may use in its life; a browser uses a dozen."""
OWN_SSRC = 1
"""What the node signs its own reports with; no slot has it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many slots an offer may have."""

    video: int
    audio: int


class Peer(Partner, Origin):
    """State of one participant's media."""

    connection: Connection

    def __init__(
        self, room: str, name: str, connection: Connection, send_rtcp: Callable[[Peer, bytes], None]
    ) -> None:
        Partner.__init__(self, connection)
        Origin.__init__(self, room, name)
        self._send_rtcp = send_rtcp
        self.offer: Offer | None = None
        self.version = 0
        self.session = secrets.randbits(62)
        self.video: list[Outlet] = []
        self.audio: list[Outlet] = []
        self.repairs: dict[int, Stream] = {}
        """by SSRC of the repair stream"""
        self.seen = 0
        """SSRCs met so far"""
        self.heard: list[str | None] = []
        self.uplink = Uplink()
        self.join_ms: int | None = None
        self.flowing: tuple[SourceKind, ...] = ()
        self.level_id = self.mid_id = self.rid_id = self.repaired_id = 0

    # -- the offer -----------------------------------------------------------------------------------

    def take(self, offer: Offer, limits: Limits) -> None:
        """Sources and slots as the offer has them; what was there before under the same mid stays.

        Raises BadOfferError before anything is changed.
        """
        kinds = kinds_of(offer)
        counts = {
            kind: sum(line.receives and line.kind == kind for line in offer.lines)
            for kind in ("video", "audio")
        }
        if counts["video"] > limits.video or counts["audio"] > limits.audio:
            raise BadOfferError(
                f"{counts['video']} video and {counts['audio']} audio slots; "
                f"at most {limits.video} and {limits.audio} are given"
            )
        self.offer = offer
        self.version += 1
        for line in offer.lines:
            if line.mid in kinds:
                self._take_source(line, kinds[line.mid])
            elif line.receives:
                self._take_slot(line)
        self.heard = (self.heard + [None] * len(self.audio))[: len(self.audio)]
        self.uplink.most = UPLINK_MOST * max(1, sum(one.video for one in self.sources.values()))

    def _take_source(self, line: Line, kind: SourceKind) -> None:
        source = self.sources.get(line.mid)
        if source is None:
            source = self.sources[line.mid] = Source(self, line, kind)
            source.muted = kind in self.muted
        else:
            source.take(line)
        kept = extensions(line)
        self.mid_id = kept.get(rtp.MID, self.mid_id)
        self.rid_id = kept.get(rtp.RID, self.rid_id)
        self.repaired_id = kept.get(rtp.REPAIRED_RID, self.repaired_id)
        self.level_id = kept.get(rtp.AUDIO_LEVEL, self.level_id)

    def _take_slot(self, line: Line) -> None:
        outlets = self.video if line.kind == "video" else self.audio
        types = {one.key: PayloadTypes(one.payload_type, one.rtx) for one in taken(line)}
        known = next((one for one in outlets if one.mid == line.mid), None)
        if known is not None:
            known.types = types
            return
        video = line.kind == "video"
        slot = Slot(
            ssrc=self._fresh_ssrc(),
            rtx_ssrc=self._fresh_ssrc(),
            clock_rate=90000 if video else 48000,
            # Short of half the range: RFC 3711, section 3.3.1 has receivers guess the roll-over count.
            sequence=secrets.randbelow(0x7000),
            rtx_sequence=secrets.randbelow(0x7000),
            send_time_id=extensions(line).get(rtp.SEND_TIME, 0),
        )
        outlet = Outlet(peer=self, slot=slot, mid=line.mid, index=len(outlets), types=types)
        outlets.append(outlet)
        self.outlets[slot.ssrc] = outlet

    def _fresh_ssrc(self) -> int:
        used = {one.slot.ssrc for one in self.outlets.values()}
        used |= {one.slot.rtx_ssrc for one in self.outlets.values()}
        while (ssrc := secrets.randbelow(0xFFFFFFF0) + 8) in used:
            pass
        return ssrc

    def outgoing(self) -> dict[str, Outgoing]:
        """What the answer says of the slots, by mid."""
        return {
            one.mid: Outgoing(one.slot.ssrc, one.slot.rtx_ssrc, f"{kind}-{one.index}")
            for kind, outlets in (("video", self.video), ("audio", self.audio))
            for one in outlets
        }

    # -- what arrives --------------------------------------------------------------------------------

    def stream_of(self, ssrc: int) -> Stream | None:
        """What it sends under this SSRC."""
        return self.streams.get(ssrc)

    def hear(self, packet: rtp.Packet, now: float) -> None:
        """As loud as the packet says (RFC 6464)."""
        level = rtp.audio_level(packet, self.level_id)
        self.voice.hear(UNKNOWN if level is None else level, now)

    def ask_keyframe(self, layer: Layer) -> None:
        """By a PLI."""
        self._send_rtcp(self, rtcp.picture_loss(OWN_SSRC, layer.ssrc))

    def ask_again(self, layer: Layer, lost: Sequence[int]) -> None:
        """By a NACK."""
        self._send_rtcp(self, rtcp.nack(OWN_SSRC, layer.ssrc, lost))

    def flows(self, now: float) -> tuple[SourceKind, ...]:
        """Which sources send now, and are not muted here."""
        return tuple(one.kind for one in self.sources.values() if one.flows(now))

    def place(self, packet: rtp.Packet) -> Stream | None:
        """The stream of a packet whose SSRC is new: by mid and rid, by the offer's SSRCs, or by payload type.

        A new SSRC for a known layer replaces the old one. None if it fits nothing that was agreed on.
        """
        if self.seen >= MAX_STREAMS:
            return None
        data, at = packet.data, packet.extension_at
        mid = rtp.text_extension(data, at, self.mid_id)
        repaired = rtp.text_extension(data, at, self.repaired_id)
        rid = rtp.text_extension(data, at, self.rid_id)
        source = self._source_of(packet, mid)
        if source is None:
            return None
        if packet.payload_type == source.rtx_type:
            stream = self._repaired(source, packet.ssrc, repaired or rid)
            if stream is not None:
                self.repairs[packet.ssrc] = stream
                self.seen += 1
            return stream
        if packet.payload_type != source.payload_type:
            return None
        if source.line.rids:
            if rid not in source.line.rids:
                return None
        else:
            rid = ""
        return self._stream(source, packet.ssrc, rid or "")

    def _source_of(self, packet: rtp.Packet, mid: str | None) -> Source | None:
        if mid is not None:
            return self.sources.get(mid)
        for source in self.sources.values():
            line = source.line
            if packet.ssrc in line.ssrcs or packet.ssrc in line.repairs.values():
                return source
        fitting = [
            one
            for one in self.sources.values()
            if packet.payload_type in (one.payload_type, one.rtx_type)
        ]
        return fitting[0] if len(fitting) == 1 else None

    def _repaired(self, source: Source, ssrc: int, rid: str | None) -> Stream | None:
        if source.line.rids:
            return source.streams.get(rid or "")
        return source.streams.get("")

    def _stream(self, source: Source, ssrc: int, rid: str) -> Stream:
        layer = Layer(
            ssrc=ssrc,
            clock_rate=source.clock_rate,
            repairs=source.video and source.rtx_type is not None,
            rid=rid,
        )
        stream = source.streams.get(rid)
        if stream is None:
            stream = source.streams[rid] = Stream(source, layer)
        else:
            self.streams.pop(stream.layer.ssrc, None)
            stream.restart(layer)
        self.streams[ssrc] = stream
        self.seen += 1
        return stream
