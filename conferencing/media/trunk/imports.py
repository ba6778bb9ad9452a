"""People of a room who are at another node: their sources here, and which of those somebody here needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conferencing.engines.messages import SourceKind
from conferencing.media.node.origin import Origin
from conferencing.media.node.peer import OWN_SSRC
from conferencing.media.node.room import Room
from conferencing.media.node.source import Source, Stream
from conferencing.media.streams.layer import Layer
from conferencing.media.streams.speakers import SPEECH
from conferencing.media.trunk.codecs import line_of
from conferencing.media.trunk.ends import Trunk
from conferencing.media.trunk.messages import SourceTold
from conferencing.media.wire import rtcp
from conferencing.media.wire.rtp import Packet


class Imported(Origin):
    """Somebody at the other end of a trunk."""

    def __init__(self, room: str, name: str, trunk: Trunk) -> None:
        super().__init__(room, name)
        self.trunk = trunk

    @property
    def round_trip(self) -> float | None:  # type: ignore[override]  # the trunk's
        """The trunk's, in seconds."""
        return self.trunk.round_trip

    def hear(self, packet: Packet, now: float) -> None:
        """Levels are told by themselves, also of who is not sent here."""

    def ask_keyframe(self, layer: Layer) -> None:
        """By a PLI over the trunk."""
        self.trunk.send(rtcp.picture_loss(OWN_SSRC, layer.ssrc))

    def ask_again(self, layer: Layer, lost: Sequence[int]) -> None:
        """By a NACK over the trunk, which answers with what it sent."""
        self.trunk.send(rtcp.nack(OWN_SSRC, layer.ssrc, lost))


class ImportedSource(Source):
    """A source that is told of; `told_flows` is whether it sends at its own node."""

    told_flows = False

    def flows(self, now: float) -> bool:
        """Whether it sends, here or not."""
        return self.told_flows and not self.muted


class Imports:
    """Those of one room over one trunk."""

    def __init__(self, room: Room, trunk: Trunk) -> None:
        self.room = room
        self.origins: dict[str, Imported] = {}
        self._trunk = trunk

    # -- what is told ------------------------------------------------------------------------------

    def take(self, told: Iterable[SourceTold], now: float, *, whole: bool) -> None:
        """These sources are there; of a whole telling, no others are."""
        told = [one for one in told if self._is_ours(one.peer)]
        changed = False
        if whole:
            changed = self._keep_only({(one.peer, one.source) for one in told})
        for one in told:
            changed |= self._take(one)
        if changed:
            self.room.revision += 1
            self.room.choose_all(now)
            self.room.assign_voices(now)
            self.room.tell_wanted(now)

    def _is_ours(self, name: str) -> bool:
        """Who is here in person, or comes by another trunk, is not taken from this one: nothing runs in a ring."""
        return name in self.origins or self.room.origin(name) is None

    def _keep_only(self, there: set[tuple[str, SourceKind]]) -> bool:
        gone = [
            (origin, mid)
            for origin in self.origins.values()
            for mid, source in origin.sources.items()
            if (origin.name, source.kind) not in there
        ]
        for origin, mid in gone:
            source = origin.sources.pop(mid)
            self.room.let_go(source)
            for rid in list(source.streams):
                self._forget(origin, source, rid)
        for name in [name for name, origin in self.origins.items() if not origin.sources]:
            del self.origins[name]
            self.room.imports.pop(name, None)
        return bool(gone)

    def _take(self, told: SourceTold) -> bool:
        origin = self.origins.get(told.peer)
        if origin is None:
            origin = self.origins[told.peer] = Imported(self.room.name, told.peer, self._trunk)
        # One who left this node for that one may have been kept out of the room's list until now.
        self.room.imports[told.peer] = origin
        line = line_of(told.source, told.codec, tuple(layer.rid for layer in told.layers))
        source = origin.sources.get(line.mid)
        changed = source is None
        if source is None:
            source = origin.sources[line.mid] = ImportedSource(origin, line, told.source)
        elif (source.key, source.line.rids) != (told.codec, line.rids):
            source.take(line)
            changed = True
        assert isinstance(source, ImportedSource)  # noqa: S101 - no others are put there
        changed |= self._layers(origin, source, told)
        if source.told_flows is not told.flows:
            source.told_flows, changed = told.flows, True
        if source.muted is not told.muted:
            source.muted, changed = told.muted, True
            if told.muted:
                self.room.let_go(source)
        return changed

    def _layers(self, origin: Imported, source: Source, told: SourceTold) -> bool:
        changed = False
        for rid in source.streams.keys() - {layer.rid for layer in told.layers}:
            self.room.let_go_of(source.streams[rid])
            self._forget(origin, source, rid)
            changed = True
        for layer in told.layers:
            stream = source.streams.get(layer.rid)
            if stream is None or stream.layer.ssrc != layer.ssrc:
                stream = self._begin(origin, source, layer.rid, layer.ssrc, layer.rtx)
                changed = True
            stream.layer.height = layer.height or None
            stream.layer.bitrate = layer.bitrate
        return changed

    def _begin(
        self, origin: Imported, source: Source, rid: str, ssrc: int, rtx_ssrc: int
    ) -> Stream:
        layer = Layer(ssrc=ssrc, clock_rate=source.clock_rate, repairs=source.video, rid=rid)
        stream = source.streams.get(rid)
        if stream is None:
            stream = source.streams[rid] = Stream(source, layer)
        else:
            self._unplug(origin, stream)
            stream.restart(layer)
        origin.streams[ssrc] = self._trunk.streams[ssrc] = stream
        self._trunk.repairs[rtx_ssrc] = stream
        return stream

    def _forget(self, origin: Imported, source: Source, rid: str) -> None:
        self._unplug(origin, source.streams.pop(rid))

    def _unplug(self, origin: Imported, stream: Stream) -> None:
        ssrc = stream.layer.ssrc
        origin.streams.pop(ssrc, None)
        self._trunk.streams.pop(ssrc, None)
        for repair in [one for one, of in self._trunk.repairs.items() if of is stream]:
            del self._trunk.repairs[repair]
            self._trunk.way.forget(repair)
        self._trunk.way.forget(ssrc)

    def levels(self, told: dict[str, int], now: float) -> None:
        """How loud they are."""
        for name, level in told.items():
            origin = self.origins.get(name)
            if origin is not None:
                voice = origin.voice
                voice.level, voice.last_at = float(level), now
                if level >= SPEECH:
                    voice.spoke_at = now

    # -- what is needed ----------------------------------------------------------------------------

    def needed(self) -> list[int]:
        """The SSRCs of what fills somebody's slot here, waits to, or would if it came; and of what is recorded."""
        found = {
            stream.layer.ssrc
            for origin in self.origins.values()
            for stream in origin.streams.values()
            if stream.forwards or stream.waiting
        }
        for peer in self.room.connected():
            for outlet in peer.video:
                origin = self.origins.get(outlet.source_peer or "")
                source = origin.source(outlet.source_kind) if origin is not None else None
                if source is not None and outlet.ideal in source.streams:
                    found.add(source.streams[outlet.ideal].layer.ssrc)
        recorder = self.room.recorder
        if recorder is not None:
            for name, kind, rid in recorder.wants(self.origins.values()):
                source = self.origins[name].source(kind)
                if source is not None and rid in source.streams:
                    found.add(source.streams[rid].layer.ssrc)
        return sorted(found)

    def close(self, now: float) -> None:
        """Nobody is there any more."""
        self.take([], now, whole=True)
