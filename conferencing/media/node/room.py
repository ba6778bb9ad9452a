"""A room: whose picture and voice goes to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from conferencing.engines.messages import (
    AudioSlots,
    LayersWanted,
    NodeEvent,
    RecordingStarted,
    SetAudiences,
    SetSlots,
    SourceKind,
    SourcesFlow,
    Speaking,
)
from conferencing.media.node.feeder import Feeder
from conferencing.media.node.origin import Origin
from conferencing.media.node.peer import Peer
from conferencing.media.node.recorder import Recorder
from conferencing.media.node.source import Outlet, Source, Stream
from conferencing.media.streams import choosing, speakers
from conferencing.media.streams.audiences import Audiences

SPEAKING_EVERY_S = 0.5
UNWANTED_AFTER_S = 5.0

Tell = Callable[[NodeEvent], None]
Key = tuple[str, SourceKind, str]
"""A layer of a source: whose, what, its rid."""


class Onward(Protocol):
    """A way out of the room, to another node."""

    def wants(self) -> Iterable[Key]:
        """The layers that are asked for there."""

    def pass_on(self) -> None:
        """Send them, as far as they are here, and nothing else."""


class Room:
    """Peers by name. Times are in seconds of the loop's clock.

    `imports` are people of this room at other nodes, `onward` the ways to those. `revision` rises when sources may be
    others, `looks` when somebody may be shown others.
    """

    def __init__(self, name: str, tell: Tell) -> None:
        self.name = name
        self.peers: dict[str, Peer] = {}
        self.recorder: Recorder | None = None
        self.imports: dict[str, Origin] = {}
        self.onward: list[Onward] = []
        self.revision = self.looks = 0
        self._tell = tell
        self._speaking: list[str] = []
        self._speaking_at = -1e9
        self._audiences = Audiences()

    def connected(self) -> Iterator[Peer]:
        """All whose media can flow."""
        return (peer for peer in self.peers.values() if peer.connection.keys is not None)

    def feeders(self) -> list[Feeder]:
        """The cameras."""
        return [peer for peer in self.peers.values() if isinstance(peer, Feeder)]

    def origins(self) -> Iterator[Origin]:
        """All whose sources there may be, here and elsewhere."""
        yield from self.connected()
        yield from self.feeders()
        yield from (one for name, one in self.imports.items() if name not in self.peers)

    def origin(self, name: str) -> Origin | None:
        """Somebody by name."""
        return self.peers.get(name) or self.imports.get(name)

    # -- pictures ----------------------------------------------------------------------------------

    def set_slots(self, peer: Peer, wanted: SetSlots, now: float) -> None:
        """What a receiver's video slots show from now on."""
        by_slot = {one.slot: one for one in wanted.video}
        for outlet in peer.video:
            one = by_slot.get(outlet.index)
            outlet.source_peer = one.peer if one is not None else None
            if one is not None:
                outlet.source_kind, outlet.height = one.source, one.height
        if peer.connection.keys is not None:
            self.choose(peer, now)
            self.tell_wanted(now)

    def choose(self, peer: Peer, now: float) -> None:
        """Give each video slot of a receiver the layer that suits its tile and the line."""
        shown: list[tuple[Outlet, Source]] = []
        wants: list[choosing.Want] = []
        for outlet in peer.video:
            source = self._source_for(peer, outlet)
            if source is None or outlet.types_for(source.key) is None:
                outlet.ideal = None
                outlet.show(None)
                continue
            current = outlet.stream.layer.rid if outlet.stream is not None else None
            shown.append((outlet, source))
            wants.append(choosing.Want(outlet.height, source.ordered(), current))
        limit = peer.downlink.tick(choosing.wanted_bitrate(wants), now)
        chosen = choosing.choose(wants, limit)
        for (outlet, source), want, rid in zip(shown, wants, chosen, strict=True):
            outlet.ideal = rid
            outlet.hoped = choosing.hoped(want, source.unseen())
            outlet.show(_nearest(source, want, rid, now))
        self.looks += 1

    def _source_for(self, receiver: Peer, outlet: Outlet) -> Source | None:
        if outlet.source_peer is None or not self._audiences.gets(
            receiver.name, outlet.source_peer
        ):
            return None
        publisher = self.origin(outlet.source_peer)
        source = publisher.source_for(outlet) if publisher is not None else None
        return source if source is not None and not source.muted else None

    def choose_all(self, now: float) -> None:
        """For everybody, and for who is elsewhere."""
        for peer in self.connected():
            self.choose(peer, now)
        self.pass_on()
        self.tell_wanted(now)

    def pass_on(self) -> None:
        """What other nodes have asked for."""
        for way in self.onward:
            way.pass_on()

    def new_stream(self, stream: Stream, now: float) -> None:
        """A layer began: who is to see its source may get it at once, with the key frame it begins with."""
        source = stream.source
        self.record(now)
        self.revision += 1
        if source.muted:
            return
        self.pass_on()
        if not source.video:
            self.assign_voices(now)
            return
        for peer in self.connected():
            if any(
                outlet.source_peer == source.peer.name and outlet.source_kind is source.kind
                for outlet in peer.video
            ):
                self.choose(peer, now)

    # -- voices ------------------------------------------------------------------------------------

    def assign_voices(self, now: float) -> None:
        """Fill everybody's audio slots anew."""
        flowing = {
            one.name: one
            for one in (*self.imports.values(), *self.peers.values())
            if (source := one.source(SourceKind.MICROPHONE)) is not None and source.flows(now)
        }
        voices = {name: peer.voice for name, peer in flowing.items()}
        ranked = speakers.ranking(voices, now)
        for peer in self.connected():
            candidates = [
                one for one in ranked if one != peer.name and self._audiences.gets(peer.name, one)
            ]
            heard = speakers.fill(peer.heard, candidates, voices, now)
            if heard != peer.heard:
                peer.heard = heard
                self.looks += 1
                for outlet, one in zip(peer.audio, heard, strict=True):
                    outlet.show(_voice_of(flowing[one]) if one is not None else None)
                self._tell(AudioSlots(room=self.name, peer=peer.name, heard=heard))
        loud = [one for one in ranked if voices[one].speaks(now)]
        self._tell_speaking(speakers.steady(self._speaking, loud, voices, now), now)

    def _tell_speaking(self, speaking: list[str], now: float) -> None:
        if speaking == self._speaking or now - self._speaking_at < SPEAKING_EVERY_S:
            return
        self._speaking, self._speaking_at = speaking, now
        if self.recorder is not None:
            self.recorder.spoke(speaking, now)
        self._tell(Speaking(room=self.name, peers=speaking))

    # -- recording ---------------------------------------------------------------------------------

    def record(self, now: float) -> None:
        """Have written who is here now, and who is elsewhere; not what goes on in groups apart."""
        if self.recorder is not None:
            whole = (one for one in self.origins() if self._audiences.reaches_default(one.name))
            self.recorder.follow(whole, now)

    def start_recording(self, recorder: Recorder, now: float) -> None:
        """In the place of one that ran."""
        self.stop_recording(now)
        self.recorder = recorder
        recorder.spoke(self._speaking, now)
        self.record(now)
        self.tell_wanted(now)

    def stop_recording(self, now: float) -> None:
        """Write no more."""
        recorder, self.recorder = self.recorder, None
        if recorder is not None:
            recorder.stop(now)

    # -- groups ------------------------------------------------------------------------------------

    def set_audiences(self, wanted: SetAudiences, now: float) -> None:
        """Who gets whose media at all. What one is not to get any more stops at once."""
        if wanted.version < self._audiences.version:
            return
        self._audiences = Audiences.of(wanted)
        self.record(now)
        self.choose_all(now)
        self.assign_voices(now)

    # -- muting, going -----------------------------------------------------------------------------

    def set_muted(self, peer: Peer, sources: frozenset[SourceKind], now: float) -> None:
        """Drop these sources of a peer here."""
        peer.muted = sources
        for source in peer.sources.values():
            source.muted = source.kind in sources
            if source.muted:
                _let_go(source)
        self.choose_all(now)
        self.assign_voices(now)
        self.revision += 1

    def remove(self, peer: Peer, now: float) -> None:
        """Nobody gets anything of a peer any more, nor it of anybody."""
        self.peers.pop(peer.name, None)
        for outlet in (*peer.video, *peer.audio):
            outlet.show(None)
        self.let_go(*peer.sources.values())
        self.record(now)
        self.choose_all(now)
        self.assign_voices(now)

    def let_go(self, *sources: Source) -> None:
        """Nobody is sent these any more."""
        for source in sources:
            _let_go(source)
        self.revision += 1

    def let_go_of(self, stream: Stream) -> None:
        """Nobody is sent this layer any more."""
        _empty(stream)

    # -- what is told ------------------------------------------------------------------------------

    def tell_flows(self, now: float) -> bool:
        """Tell whose sources began or ended; whether any did."""
        changed = False
        for peer in (*self.connected(), *self.feeders()):
            flowing = peer.flows(now)
            if flowing != peer.flowing:
                peer.flowing = flowing
                changed = True
                self.revision += 1
                self._tell(SourcesFlow(room=self.name, peer=peer.name, sources=list(flowing)))
        return changed

    def tell_wanted(self, now: float) -> None:
        """Tell which layers anybody is to see; what is not wanted any more, after five seconds."""
        wanted: dict[tuple[str | None, SourceKind], set[str]] = {}
        for peer in self.connected():
            for outlet in peer.video:
                if outlet.ideal is not None:
                    wanted.setdefault((outlet.source_peer, outlet.source_kind), set()).update(
                        (outlet.ideal, *outlet.hoped)
                    )
        if self.recorder is not None:
            for name, kind, rid in self.recorder.ideals(self.connected()):
                wanted.setdefault((name, kind), set()).add(rid)
        for way in self.onward:
            for name, kind, rid in way.wants():
                wanted.setdefault((name, kind), set()).add(rid)
        for peer in self.connected():
            for source in peer.sources.values():
                if source.video and source.streams:
                    self._tell_wanted(source, wanted.get((peer.name, source.kind), set()), now)

        for feeder in self.feeders():
            feeder.attend(bool(self.onward) or next(self.connected(), None) is not None, now)
            feeder.tend(self._is_made_for(feeder), now)

    def _is_made_for(self, feeder: Feeder) -> bool:
        """Whether somebody is shown a camera who needs it encoded anew.

        A recording is, and who is at another node, where nothing is passed on.
        """
        recorded = self.recorder is not None and self.recorder.runs
        elsewhere = feeder.passed is None and (recorded or bool(self.onward))
        return elsewhere or any(
            outlet.source_peer == feeder.name and self._source_for(peer, outlet) is feeder.made
            for peer in self.connected()
            for outlet in peer.video
        )

    def _tell_wanted(self, source: Source, wanted: set[str], now: float) -> None:
        names = source.line.rids or ("",)
        before = names if source.wanted is None else source.wanted
        for rid in wanted:
            source.unwanted_at.pop(rid, None)
        for rid in before:
            if rid not in wanted:
                source.unwanted_at.setdefault(rid, now)
        kept = {rid for rid in before if now - source.unwanted_at.get(rid, now) < UNWANTED_AFTER_S}
        after = tuple(rid for rid in names if rid in wanted or rid in kept)
        if after != before:
            source.wanted = after
            self._tell(
                LayersWanted(
                    room=self.name, peer=source.peer.name, source=source.kind, rids=list(after)
                )
            )

    def so_far(self) -> Iterator[NodeEvent]:
        """What a listener who comes now must know."""
        for feeder in self.feeders():
            yield SourcesFlow(room=self.name, peer=feeder.name, sources=list(feeder.flowing))
        for peer in self.connected():
            yield SourcesFlow(room=self.name, peer=peer.name, sources=list(peer.flowing))
            yield AudioSlots(room=self.name, peer=peer.name, heard=peer.heard)
            for source in peer.sources.values():
                if source.wanted is not None:
                    yield LayersWanted(
                        room=self.name,
                        peer=peer.name,
                        source=source.kind,
                        rids=list(source.wanted),
                    )
        yield Speaking(room=self.name, peers=self._speaking)
        if self.recorder is not None and self.recorder.begun:
            yield RecordingStarted(room=self.name, name=self.recorder.name)


def _nearest(source: Source, want: choosing.Want, rid: str | None, now: float) -> Stream | None:
    """The layer chosen if it flows; else the next smaller one that does, or the next larger."""
    alive = source.alive(now)
    rids = [layer.rid for layer in want.layers]
    if rid is None:
        return None
    at = rids.index(rid)
    for one in (*reversed(rids[: at + 1]), *rids[at + 1 :]):
        if one in alive:
            return source.streams[one]
    # Nothing flows just now: whatever comes first again is taken.
    return source.streams[rid]


def _voice_of(peer: Origin) -> Stream | None:
    source = peer.source(SourceKind.MICROPHONE)
    return source.streams.get("") if source is not None else None


def _let_go(source: Source) -> None:
    for stream in source.streams.values():
        _empty(stream)


def _empty(stream: Stream) -> None:
    for outlet in (*stream.forwards, *stream.waiting):
        outlet.show(None)
