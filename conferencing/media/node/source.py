"""What a peer sends, and who is sent it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conferencing.engines.messages import SourceKind
from conferencing.media.description.answer import taken
from conferencing.media.description.offer import Line
from conferencing.media.streams.choosing import LayerFacts, order
from conferencing.media.streams.layer import Layer
from conferencing.media.streams.slot import PayloadTypes, Slot
from conferencing.media.wire import h264
from conferencing.media.wire.rtcp import SenderReport
from conferencing.media.wire.rtp import Packet

if TYPE_CHECKING:
    from conferencing.media.node.origin import Origin, Partner
    from conferencing.media.node.track import Track


class Stream:
    """One layer of a source while it flows, the outlets it fills and those that wait for its key frame."""

    __slots__ = (
        "batch", "forwards", "layer", "report", "report_at", "source", "track", "waiting",
    )  # fmt: skip

    def __init__(self, source: Source, layer: Layer) -> None:
        self.source = source
        self.layer = layer
        self.batch: list[Packet] = []
        """what has arrived and is yet to be put out"""
        self.forwards: list[Outlet] = []
        self.waiting: list[Outlet] = []
        self.report: SenderReport | None = None
        self.report_at = 0.0
        self.track: Track | None = None
        """what records it"""

    def restart(self, layer: Layer) -> None:
        """The browser began anew with another SSRC: all that it filled wait for its first key frame."""
        forwards, self.forwards = self.forwards, []
        self.layer, self.report, self.track = layer, None, None
        for outlet in forwards:
            outlet.stream = None
            outlet.slot.clear()
            if outlet.pending is None:
                outlet.pending = self
                self.waiting.append(outlet)
        if self.waiting:
            layer.want_keyframe()


class Outlet:
    """A receive slot of a peer: what it is to show, what it shows, and its outgoing stream."""

    __slots__ = (
        "connection", "height", "hoped", "ideal", "index", "mid", "peer", "pending", "slot",
        "source_kind", "source_peer", "stream", "types",
    )  # fmt: skip

    def __init__(self, *, peer: Partner, slot: Slot, mid: str, index: int, types: dict[str, PayloadTypes]) -> None:  # fmt: skip
        self.peer = peer
        self.connection = peer.connection
        self.slot = slot
        self.mid = mid
        self.index = index
        self.types = types
        self.source_peer: str | None = None
        self.source_kind = SourceKind.CAMERA
        self.height = 0
        self.ideal: str | None = None
        """the layer it would get if all flowed"""
        self.hoped: tuple[str, ...] = ()
        """layers that never flowed, and may be better"""
        self.stream: Stream | None = None
        self.pending: Stream | None = None

    def types_for(self, key: str) -> PayloadTypes | None:
        """How its receiver numbers a codec that decodes this; None if it agreed on none."""
        fitting = h264.DECODED_BY.get(key, (key,))
        return next((self.types[one] for one in fitting if one in self.types), None)

    def show(self, stream: Stream | None) -> None:
        """Be filled by this stream from its next key frame on; None empties it at once."""
        if stream is None:
            self._leave_pending()
            self.detach()
            return
        if stream is self.pending:
            return
        self._leave_pending()
        if stream is self.stream:
            return
        if self.stream is not None and self.stream.source is not stream.source:
            self.detach()  # the tile is somebody else's now: not one more picture of the one before
        self.pending = stream
        stream.waiting.append(self)
        stream.layer.want_keyframe()

    def detach(self) -> None:
        """Be filled by nothing."""
        if self.stream is not None:
            self.stream.forwards.remove(self)
            self.stream = None
        self.slot.clear()

    def _leave_pending(self) -> None:
        if self.pending is not None:
            self.pending.waiting.remove(self)
            self.pending = None


class Source:
    """A send-only line: camera, microphone or screen."""

    def __init__(self, peer: Origin, line: Line, kind: SourceKind) -> None:
        self.peer = peer
        self.kind = kind
        self.muted = False
        self.flowed = False
        self.streams: dict[str, Stream] = {}
        self.wanted: tuple[str, ...] | None = None
        self.unwanted_at: dict[str, float] = {}
        self.take(line)

    def take(self, line: Line) -> None:
        """What the offer says of it; again after a restart."""
        codec = taken(line)[0]
        self.mid = line.mid
        self.line = line
        self.key = codec.key
        """what a receiver must have agreed on: the codec, of H.264 with its profile"""
        self.codec = codec.key.partition("-")[0]
        self.clock_rate = codec.clock_rate
        self.payload_type = codec.payload_type
        self.rtx_type = codec.rtx
        self.video = line.kind == "video"

    def flows(self, now: float) -> bool:
        """Whether it sends and is not muted here."""
        return not self.muted and any(
            stream.layer.flows(now, within=3.0) for stream in self.streams.values()
        )

    def ordered(self) -> list[LayerFacts]:
        """All layers that ever flowed, the smallest first."""
        return order(
            [
                LayerFacts(rid, stream.layer.height or 0, stream.layer.bitrate)
                for rid, stream in self.streams.items()
            ]
        )

    def unseen(self) -> list[str]:
        """The layers of the offer that never flowed."""
        return [rid for rid in self.line.rids if rid not in self.streams]

    def alive(self, now: float) -> set[str]:
        """The layers that flow now."""
        streams = self.streams
        # One layer may pause as long as a still screen does; one of several is missed sooner.
        within = 3.0 if len(streams) == 1 else 1.0
        return {rid for rid, one in streams.items() if one.layer.flows(now, within=within)}
