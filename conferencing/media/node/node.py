"""The node: one port, its rooms, and what its callers ask for."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable

from command_center import __version__
from conferencing.engines.messages import (
    MAX_AUDIO_SLOTS,
    MAX_VIDEO_SLOTS,
    CameraFacts,
    EngineProblem,
    Feed,
    GoneReason,
    Joined,
    NodeEvent,
    NodeState,
    OpenTrunk,
    PeerConnected,
    PeerGone,
    RoomStats,
    SetAudiences,
    SetMuted,
    SetSlots,
    SlotLine,
    TrunkOpened,
)
from conferencing.engines.port import EngineError
from conferencing.media.description.answer import Local, answer
from conferencing.media.description.offer import BadOfferError, NoCodecError, Offer, parse_offer
from conferencing.media.limits import Capacity
from conferencing.media.node.cameras import Cameras
from conferencing.media.node.feedback import Feedback
from conferencing.media.node.forwarder import Forwarder
from conferencing.media.node.onward import Cascade
from conferencing.media.node.peer import Limits, Peer
from conferencing.media.node.pump import Pump
from conferencing.media.node.recorder import Recordings
from conferencing.media.node.room import Room
from conferencing.media.node.source import Stream
from conferencing.media.node.statistics import measure, peer_stats
from conferencing.media.settings import MediaSettings
from conferencing.media.shell.connection import Connection
from conferencing.media.shell.datagrams import open_socket
from conferencing.media.shell.private import fingerprint_of, make_certificate

REPAIR_EVERY_S = 0.02
VOICES_EVERY_S = 0.06

logger = logging.getLogger(__name__)


class Node:
    """Everything in one process. All methods belong to the loop that `start` was called in."""

    def __init__(self, settings: MediaSettings) -> None:
        """Opens the port. Raises OSError where it is taken."""
        self.settings = settings
        self.boot = secrets.token_hex(8)
        self.rooms: dict[str, Room] = {}
        self.listeners: set[Callable[[NodeEvent], None]] = set()
        self._socket = open_socket(settings.host, settings.port)
        self.port: int = self._socket.getsockname()[1]
        self._certificate = make_certificate()
        self._fingerprint = fingerprint_of(self._certificate)
        self.forwarder = Forwarder(on_new_stream=self._on_new_stream)
        self.feedback = Feedback(self.forwarder)
        self.pump = Pump(self._socket, self.forwarder, self.feedback)
        self.cascade: Cascade | None = None
        self.cameras = Cameras(self, settings.networks)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._recordings = Recordings(settings.recordings, tell=self.tell, soon=self._soon)
        self._timers: list[asyncio.Task[None]] = []
        self._cpu = (time.process_time(), time.monotonic())
        self._cpu_share = 0.0

    def start(self) -> None:
        """Begin to serve, in the running loop."""
        self._loop = asyncio.get_running_loop()
        self.pump.start(self._loop)
        if self.cascade is not None:
            self.pump.beside = self.cascade.port
            self.cascade.port.start(self._loop)
        self._timers = [
            asyncio.create_task(self._every(period, work))
            for period, work in (
                (REPAIR_EVERY_S, self._repair),
                (VOICES_EVERY_S, self._voices),
                (1.0, self._second),
            )
        ]

    async def stop(self) -> None:
        """Say goodbye to everybody and close the port."""
        for timer in self._timers:
            timer.cancel()
        for name in list(self.rooms):
            self.close_room(name)
        await self.cameras.ended()
        await asyncio.sleep(0)  # the goodbyes of DTLS
        await asyncio.sleep(0)
        self.pump.stop()
        self._socket.close()
        await asyncio.to_thread(self._recordings.wait)
        if self.cascade is not None:
            self.cascade.close()

    def now(self) -> float:
        """Seconds of the loop's clock."""
        return self._loop.time() if self._loop is not None else 0.0

    # -- what callers ask for ------------------------------------------------------------------------

    def state(self) -> NodeState:
        """How the node is."""
        return NodeState(
            boot=self.boot,
            version=__version__,
            rooms=sorted(self.rooms),
            peers=self._count(),
            max_peers=self.settings.max_peers,
            address=self.settings.host,
            port=self.port,
            cpu_share=round(self._cpu_share, 4),
            dropped=self.pump.outbox.dropped,
            trunk=self.cascade.end() if self.cascade is not None else None,
            trunks=self.cascade.stats(self.now()) if self.cascade is not None else [],
        )

    def open_room(self, name: str) -> None:
        """Make a room, unless it is there."""
        if name not in self.rooms:
            self.rooms[name] = Room(name, self.tell)

    def close_room(self, name: str) -> None:
        """End a room for everybody in it."""
        room = self.rooms.get(name)
        if room is None:
            return
        room.stop_recording(self.now())
        for peer in list(room.peers.values()):
            peer.connection.end(GoneReason.REMOVED)
        self.rooms.pop(name, None)
        if self.cascade is not None:
            self.cascade.room_closed(room)

    def join(self, room_name: str, name: str, text: str) -> Joined:
        """Answer an offer: a new peer, an ICE restart of one, or one in the place of another.

        Raises EngineError.
        """
        room = self.room(room_name)
        offer = _read(text)
        peer = room.peers.get(name)
        if peer is not None and peer.connection.fingerprint == offer.fingerprint:
            peer.take(offer, Limits(MAX_VIDEO_SLOTS, MAX_AUDIO_SLOTS))
            self.pump.restart(peer, self.now())
            return self._joined(peer, offer)
        if peer is None:
            self._require_place(room)
        fresh = self._new_peer(room, name, offer)
        try:
            fresh.take(offer, Limits(MAX_VIDEO_SLOTS, MAX_AUDIO_SLOTS))
        except BadOfferError as error:
            raise EngineError(EngineProblem.BAD_OFFER, str(error)) from error
        if peer is not None:
            fresh.muted = peer.muted
            for source in fresh.sources.values():
                source.muted = source.kind in fresh.muted
            peer.connection.end(GoneReason.REMOVED)
        room.peers[name] = fresh
        self.pump.add(fresh)
        return self._joined(fresh, offer)

    def accept(self, room_name: str, name: str, _answer: str) -> None:
        """This node makes no offers, so there is nothing to accept. Raises EngineError."""
        self._peer(room_name, name)
        raise EngineError(EngineProblem.BAD_REQUEST, "this node has made no offer")

    def feed(self, room_name: str, name: str, camera: Feed) -> None:
        """Have a camera be a peer. Raises EngineError."""
        room = self.room(room_name)
        if name not in room.peers:
            self._require_place(room)
        self.cameras.feed(room, name, camera)

    async def look_at(self, camera: Feed) -> CameraFacts:
        """What a camera sends. Raises EngineError."""
        return await self.cameras.look_at(camera)

    def leave(self, room_name: str, name: str) -> None:
        """Disconnect a peer; one who is gone already is no error."""
        peer = self.room(room_name).peers.get(name)
        if peer is not None:
            peer.connection.end(GoneReason.REMOVED)

    def set_slots(self, room_name: str, name: str, wanted: SetSlots) -> None:
        """What a receiver's video slots show."""
        room, peer = self._peer(room_name, name)
        slots = [one.slot for one in wanted.video]
        if len(set(slots)) != len(slots) or any(one >= len(peer.video) for one in slots):
            raise EngineError(
                EngineProblem.BAD_REQUEST,
                f"{name} has the video slots 0 to {len(peer.video) - 1}, each to be named once at most",
            )
        room.set_slots(peer, wanted, self.now())
        self.pump.flush()

    def set_muted(self, room_name: str, name: str, wanted: SetMuted) -> None:
        """Drop what a peer sends of these sources."""
        room, peer = self._peer(room_name, name)
        room.set_muted(peer, frozenset(wanted.sources), self.now())

    def set_audiences(self, room_name: str, wanted: SetAudiences) -> None:
        """Who gets whose media at all."""
        self.room(room_name).set_audiences(wanted, self.now())
        self.pump.flush()

    def stats(self, room_name: str) -> RoomStats:
        """How everybody's line is."""
        room, now = self.room(room_name), self.now()
        return RoomStats(
            room=room_name,
            peers=[peer_stats(one, now) for one in room.peers.values()],
            recording=None if room.recorder is None else room.recorder.stats(now),
        )

    def start_recording(self, room_name: str, name: str) -> None:
        """Write what a room sends; nothing new while that name is written."""
        room = self.room(room_name)
        if room.recorder is None or not room.recorder.runs or room.recorder.name != name:
            now = self.now()
            room.start_recording(self._recordings.begin(room_name, name, now), now)

    def stop_recording(self, room_name: str) -> None:
        """Write no more of a room."""
        self.room(room_name).stop_recording(self.now())

    def so_far(self) -> list[NodeEvent]:
        """What a new listener must know first."""
        return [
            event
            for room in self.rooms.values()
            for event in (
                *(PeerConnected(room=room.name, peer=one.name) for one in room.connected()),
                *room.so_far(),
            )
        ]

    def tell(self, event: NodeEvent) -> None:
        """To everybody who listens."""
        for listener in tuple(self.listeners):
            listener(event)

    def open_trunk(self, boot: str, wanted: OpenTrunk) -> TrunkOpened:
        """A trunk to the node of that boot. Raises EngineError, as the next three do."""
        return self._trunks().open(boot, wanted)

    def close_trunk(self, boot: str) -> None:
        """Close one with its links."""
        self._trunks().close_trunk(boot)

    def link(self, room_name: str, boot: str) -> None:
        """Have a room go on at the other end."""
        self._trunks().link(self.room(room_name), boot)

    def unlink(self, room_name: str, boot: str) -> None:
        """Have it not go on there any more."""
        self._trunks().unlink(self.room(room_name), boot)

    def _trunks(self) -> Cascade:
        """The ways to other nodes."""
        if self.cascade is None:
            raise EngineError(EngineProblem.NO_TRUNK, "this node takes no trunks (MEDIA_TRUNK)")
        return self.cascade

    # -- inside ----------------------------------------------------------------------------------------

    def _soon(self, work: Callable[[], None]) -> None:
        """Have something done in the loop; called by other threads, the last time after its end, maybe."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(work)

    def _count(self) -> int:
        return sum(len(room.peers) for room in self.rooms.values())

    def _require_place(self, room: Room) -> None:
        Capacity(self.settings.max_peers, self.settings.room_peers).require_place(
            on_node=self._count(), in_room=len(room.peers)
        )

    def room(self, name: str) -> Room:
        """A room by name. Raises EngineError."""
        room = self.rooms.get(name)
        if room is None:
            raise EngineError(EngineProblem.NO_ROOM, f"there is no room {name}")
        return room

    def _peer(self, room_name: str, name: str) -> tuple[Room, Peer]:
        room = self.room(room_name)
        peer = room.peers.get(name)
        if peer is None:
            raise EngineError(EngineProblem.NO_PEER, f"there is no {name} in {room_name}")
        return room, peer

    def _new_peer(self, room: Room, name: str, offer: Offer) -> Peer:
        connection = Connection(
            outbox=self.pump.outbox,
            certificate=self._certificate,
            fingerprint=offer.fingerprint,
            now=self.now(),
            on_open=lambda: self._on_open(room, peer),
            on_over=lambda reason: self._on_over(room, peer, reason),
        )
        peer = Peer(room.name, name, connection, self.forwarder.send_rtcp)
        return peer

    def _joined(self, peer: Peer, offer: Offer) -> Joined:
        connection = peer.connection
        local = Local(
            ufrag=connection.ufrag,
            password=connection.password,
            fingerprint=self._fingerprint,
            address=self.settings.host,
            port=self.port,
            session=peer.session,
            version=peer.version,
        )
        return Joined(
            answer=answer(offer, local, peer.outgoing()),
            sources={mid: source.kind for mid, source in peer.sources.items()},
            video=[SlotLine(index=one.index, mid=one.mid) for one in peer.video],
            audio=[SlotLine(index=one.index, mid=one.mid) for one in peer.audio],
        )

    def _on_open(self, room: Room, peer: Peer) -> None:
        now = self.now()
        peer.connection.opened_at = now
        peer.join_ms = int(1000 * (now - peer.connection.offered_at))
        self.tell(PeerConnected(room=room.name, peer=peer.name))
        room.choose(peer, now)
        room.assign_voices(now)
        room.tell_wanted(now)
        self.feedback.repair_room(room.origins(), now)
        self.pump.flush()

    def _on_over(self, room: Room, peer: Peer, reason: GoneReason) -> None:
        self.pump.remove(peer)
        if room.peers.get(peer.name) is peer:
            room.remove(peer, self.now())
            self.tell(PeerGone(room=room.name, peer=peer.name, reason=reason))

    def _on_new_stream(self, stream: Stream) -> None:
        origin = stream.source.peer
        room = self.rooms.get(origin.room)
        if room is not None and room.origin(origin.name) is origin:
            now = self.now()
            room.new_stream(stream, now)
            if isinstance(origin, Peer):
                # The first REMB lets a browser start at the full rate; it heeds jumps in its first seconds only.
                self.feedback.report(origin, now)

    # -- timers ----------------------------------------------------------------------------------------

    async def _every(self, period: float, work: Callable[[float], None]) -> None:
        while True:
            await asyncio.sleep(period)
            try:
                work(self.now())
            except Exception:  # one room's trouble must not end everybody's repair
                logger.exception("a periodic job failed")
            self.pump.flush()

    def _repair(self, now: float) -> None:
        for room in self.rooms.values():
            self.feedback.repair_room(room.origins(), now)
            self.cameras.show_again(room, now)
        if self.cascade is not None:
            self.cascade.often(now)

    def _voices(self, now: float) -> None:
        for room in self.rooms.values():
            room.assign_voices(now)
            if room.recorder is not None:
                room.recorder.tick(now)
        if self.cascade is not None:
            self.cascade.tell_levels(now)

    def _second(self, now: float) -> None:
        self.pump.check_silence(now)
        for room in list(self.rooms.values()):
            for peer in (*room.connected(), *room.feeders()):
                self.feedback.report(peer, now)
                measure(peer)
            room.tell_flows(now)
            room.record(now)
            room.choose_all(now)
        if self.cascade is not None:
            self.cascade.second(now)
        cpu, wall = self._cpu
        self._cpu = (time.process_time(), time.monotonic())
        share = (self._cpu[0] - cpu) / max(1e-6, self._cpu[1] - wall)
        self._cpu_share += (share - self._cpu_share) / 3


def _read(text: str) -> Offer:
    try:
        return parse_offer(text)
    except NoCodecError as error:
        raise EngineError(EngineProblem.NO_CODEC, str(error)) from error
    except BadOfferError as error:
        raise EngineError(EngineProblem.BAD_OFFER, str(error)) from error
