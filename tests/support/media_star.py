"""Rooms of several nodes without sockets: what is told crosses as bytes, a packet is one step from slot to slot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from conferencing.engines.messages import (
    Assignment,
    Audience,
    SetAudiences,
    SetSlots,
    SourceKind,
)
from conferencing.media.node.peer import Peer
from conferencing.media.node.room import Room
from conferencing.media.node.source import Outlet, Source, Stream
from conferencing.media.streams.layer import Layer
from conferencing.media.streams.slot import PayloadTypes, Slot
from conferencing.media.streams.speakers import SPEECH
from conferencing.media.trunk import messages
from conferencing.media.trunk.codecs import TYPES, line_of
from conferencing.media.trunk.ends import Trunk, TrunkWay
from conferencing.media.trunk.exports import Numbers
from conferencing.media.trunk.link import Link
from conferencing.media.wire import rtcp

STEP_S = 0.05
LAYERS = {"q": (180, 100_000), "f": (720, 1_500_000), "": (1080, 900_000)}
Shown = tuple[str, SourceKind, str] | None


@dataclass(frozen=True)
class Person:
    """What somebody sends, mutes and looks at."""

    name: str
    simulcast: bool = False
    screen: bool = False
    level: int = 0
    muted: frozenset[SourceKind] = frozenset()
    looks: tuple[tuple[str, SourceKind, int], ...] = ()
    audible: tuple[str, ...] | None = None


def peer_of(person: Person, room: str) -> Peer:
    """Somebody who is connected, with two video slots and two voices."""
    connection: Any = SimpleNamespace(keys=True, outbox=None, pointer=0, outgoing=None)
    peer = Peer(room, person.name, connection, lambda _peer, _data: None)
    kinds = {SourceKind.CAMERA: ("q", "f") if person.simulcast else ("",), SourceKind.MICROPHONE: ("",)}  # fmt: skip
    if person.screen:
        kinds[SourceKind.SCREEN] = ("",)
    for kind, rids in kinds.items():
        codec = "opus" if kind is SourceKind.MICROPHONE else "vp8"
        source = peer.sources[kind.value] = Source(peer, line_of(kind, codec, rids), kind)
        for rid in rids:
            layer = Layer(ssrc=len(peer.streams) + 1, clock_rate=90000, repairs=True, rid=rid)
            if source.video:
                layer.height, layer.bitrate = LAYERS[rid]
            source.streams[rid] = peer.streams[layer.ssrc] = Stream(source, layer)
    types = {name: PayloadTypes(*numbers) for name, numbers in TYPES.items()}
    for outlets in (peer.video, peer.audio):
        for index in range(2):
            slot = Slot(ssrc=0, rtx_ssrc=0, clock_rate=90000, sequence=0)
            outlets.append(Outlet(peer=peer, slot=slot, mid="", index=index, types=types))
    peer.heard = [None, None]
    return peer


def _switch(stream: Stream) -> None:
    """As the forwarder does with a key frame."""
    waiting, stream.waiting = stream.waiting, []
    for outlet in waiting:
        outlet.pending = None
        if outlet.stream is not None:
            outlet.stream.forwards.remove(outlet)
        outlet.stream = stream
        stream.forwards.append(outlet)


@dataclass
class Star:
    """Rooms by node, all linked to the first. `home` alone is a room on one node."""

    rooms: dict[str, Room]
    people: Sequence[Person]
    links: dict[tuple[str, str], Link] = field(default_factory=dict)
    """by where it is, and where it leads"""
    now: float = 100.0
    version: int = 0
    waiting: list[tuple[str, str, bytes]] = field(default_factory=list)

    @classmethod
    def of(cls, people: Sequence[Person], at: Mapping[str, str], nodes: Sequence[str]) -> Star:
        """Everybody at their node, and nobody looking yet."""
        star = cls({name: Room("room", lambda _event: None) for name in nodes}, people)
        for person in people:
            star.rooms[at[person.name]].peers[person.name] = peer_of(person, "room")
        for spoke in nodes[1:]:
            for here, there in ((nodes[0], spoke), (spoke, nodes[0])):
                outbox: Any = SimpleNamespace(
                    name_bytes=16, pin=lambda _name: SimpleNamespace(pointer=1)
                )
                way = TrunkWay(outbox, "127.0.0.1", 9, protected=False)

                def send(_trunk: Trunk, data: bytes, ends: tuple[str, str] = (here, there)) -> None:
                    star.waiting.append((*ends, data))

                trunk = Trunk(there, way, send, star.now)
                star.links[here, there] = Link(star.rooms[here], trunk, Numbers(), star.now)
        return star

    def peer(self, name: str) -> Peer:
        """Somebody, wherever they are."""
        return next(room.peers[name] for room in self.rooms.values() if name in room.peers)

    def step(self) -> None:
        """A twentieth of a second: everybody sends, what was told is heard, one packet goes one hop."""
        self.now += STEP_S
        for person in self.people:
            peer = self.peer(person.name)
            if SourceKind.MICROPHONE not in person.muted:
                peer.voice.level, peer.voice.last_at = float(person.level), self.now
                if person.level >= SPEECH:
                    peer.voice.spoke_at = self.now
            for stream in peer.streams.values():
                stream.layer.highest, stream.layer.last_at = 1, self.now
                if not stream.source.muted:
                    _switch(stream)
        for link in self.links.values():
            link.tell(self.now)
            link.tell_levels(self.now)
        told, self.waiting = self.waiting, []
        for here, there, data in told:
            for packet in rtcp.parse(data):
                if isinstance(packet, rtcp.Application):
                    message = messages.read(packet)
                    assert message is not None
                    self.links[there, here].hear(message, self.now)
        self._cross()
        for room in self.rooms.values():
            room.choose_all(self.now)
            room.assign_voices(self.now)

    def _cross(self) -> None:
        for (here, there), link in self.links.items():
            for outlet in link.trunk.outlets.values():
                stream = self.links[there, here].trunk.streams.get(outlet.slot.ssrc)
                if outlet.stream is None or stream is None:
                    continue
                fresh = not stream.layer.flows(self.now, within=1.0)
                stream.layer.highest, stream.layer.last_at = 1, self.now
                if fresh:
                    self.rooms[there].new_stream(stream, self.now)
                _switch(stream)

    def act(self) -> None:
        """Everybody mutes and looks as they want to, and hears anew."""
        for room in self.rooms.values():
            for person in self.people:
                peer = room.peers.get(person.name)
                if peer is None:
                    continue
                room.set_muted(peer, person.muted, self.now)
                video = [
                    Assignment(slot=slot, peer=name, source=cast("Any", kind), height=height)
                    for slot, (name, kind, height) in enumerate(person.looks)
                ]
                room.set_slots(peer, SetSlots(video=video), self.now)
            room.set_audiences(self._audiences(), self.now)

    def _audiences(self) -> SetAudiences:
        """Everybody in a group of their own, reached by whom they may hear."""
        self.version += 1
        peers = {
            one.name: Audience(
                hears=one.name,
                reaches=[
                    other.name
                    for other in self.people
                    if other.audible is None or one.name in other.audible
                ],
            )
            for one in self.people
        }
        return SetAudiences(version=self.version, peers=peers)

    def hear_anew(self) -> None:
        """Forget who was heard: history is not what is compared."""
        for room in self.rooms.values():
            for peer in room.peers.values():
                peer.heard = [None, None]
                for outlet in peer.audio:
                    outlet.show(None)
            room.assign_voices(self.now)

    def shown(self) -> dict[str, tuple[list[Shown], list[str | None]]]:
        """What each gets: pictures by slot, voices by slot."""
        found = {}
        for person in self.people:
            peer = self.peer(person.name)
            pictures = [key_of(one.stream) for one in peer.video]
            voices = [one.stream.source.peer.name if one.stream else None for one in peer.audio]
            found[person.name] = (pictures, voices)
        return found

    def crossings(self) -> Iterator[tuple[Link, Stream, Stream]]:
        """What is sent from here over a link, and the same at its other end."""
        for (here, there), link in self.links.items():
            for outlet in link.trunk.outlets.values():
                if outlet.stream is not None:
                    other = self.links[there, here].trunk.streams[outlet.slot.ssrc]
                    yield self.links[there, here], outlet.stream, other


def key_of(stream: Stream | None) -> Shown:
    """Whose picture it is."""
    if stream is None:
        return None
    return stream.source.peer.name, stream.source.kind, stream.layer.rid
