"""Janus as this system's media node: rooms, peers and events, over one session of its API."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine
from typing import Any

from command_center import __version__
from conferencing.engines.messages import (
    MAX_AUDIO_SLOTS,
    MAX_VIDEO_SLOTS,
    AudioSlots,
    EngineProblem,
    GoneReason,
    Joined,
    NodeEvent,
    NodeState,
    PeerConnected,
    PeerGone,
    RoomStats,
    SetAudiences,
    SetMuted,
    SetSlots,
    SourcesFlow,
    Speaking,
)
from conferencing.engines.port import EngineError
from conferencing.media.description.offer import BadOfferError, NoCodecError, Offer, parse_offer
from conferencing.media.description.sources import kinds_of
from conferencing.media.janus.lacking import Lacking
from conferencing.media.janus.link import JanusAdmin, JanusError, JanusLink
from conferencing.media.janus.peer import JanusPeer, Slots, receiving_lines, slot_lines
from conferencing.media.janus.room import DESCRIPTION, JanusRoom
from conferencing.media.janus.statistics import measured
from conferencing.media.janus.words import Heard, Jsep
from conferencing.media.limits import Capacity
from conferencing.media.settings import JanusSettings, MediaSettings

NEVER_CAME_S = 20.0
_FULL = 432
"""The videoroom's code: as many publish as may."""

logger = logging.getLogger(__name__)


class JanusNode(Lacking):
    """Belongs to the loop that `start` was called in. Once Janus is gone, `lost` is set and all rooms are over."""

    def __init__(self, settings: MediaSettings, janus: JanusSettings) -> None:
        """`janus` says where Janus is; without an admin address there are no statistics."""
        self.settings = settings
        self.boot = secrets.token_hex(8)
        self.rooms: dict[str, JanusRoom] = {}
        self.listeners: set[Callable[[NodeEvent], None]] = set()
        self._ports = janus.ports
        self._link = JanusLink(janus.address or "", janus.secret, self._happened)
        admin = janus.admin_address
        self._admin = None if admin is None else JanusAdmin(admin, janus.admin_secret)
        self._rooms_turn = asyncio.Lock()
        self._handles: dict[int, tuple[JanusRoom, JanusPeer | None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def lost(self) -> asyncio.Event:
        """Set once Janus is gone."""
        return self._link.lost

    async def start(self) -> None:
        """Connect, and clear away what an earlier process has left. Raises EngineError."""
        await self._link.open()
        handle = await self._link.attach()
        listed = await self._link.ask(handle, {"request": "list"})
        for one in listed.plugindata.data.rooms:
            if one.description.startswith(DESCRIPTION):
                await self._link.ask(handle, {"request": "destroy", "room": one.room})
        await self._link.detach(handle)

    async def stop(self) -> None:
        """End all rooms and the session."""
        for name in list(self.rooms):
            if not self.lost.is_set():
                await self.close_room(name)
        for task in self._tasks:
            task.cancel()
        await self._link.close()
        if self._admin is not None:
            await self._admin.close()

    # -- what callers ask for ----------------------------------------------------------------------

    async def state(self) -> NodeState:
        """How the node is. What Janus itself costs is not known here."""
        self._check()
        return NodeState(
            boot=self.boot,
            version=__version__,
            rooms=sorted(self.rooms),
            peers=self._count(),
            max_peers=self.settings.max_peers,
            address=self.settings.host,
            port=self._ports[0],
            cpu_share=0.0,
        )

    async def open_room(self, name: str) -> None:
        """Make a room, unless it is there."""
        async with self._rooms_turn:
            if name in self.rooms:
                return
            number = secrets.randbelow(2**48) + 1
            room = JanusRoom(name, number, self._link, self._tell, self._now)
            try:
                await room.open(self.settings.room_peers + 1)
            except JanusError as error:
                raise EngineError(EngineProblem.UNAVAILABLE, f"Janus: {error}") from error
            self.rooms[name] = room
            self._handles[room.ear] = (room, None)

    async def close_room(self, name: str) -> None:
        """End a room for everybody in it."""
        async with self._rooms_turn:
            room = self.rooms.pop(name, None)
            if room is None:
                return
            async with room.turn:
                for peer in list(room.peers.values()):
                    await self._remove(room, peer, GoneReason.REMOVED)
                self._handles.pop(room.ear, None)
                try:
                    await room.close()
                except JanusError as error:
                    logger.warning("room %s: %s", name, error)

    async def join(self, room_name: str, name: str, text: str) -> Joined:
        """Answer an offer with one of Janus's for the receive slots: a new peer, an ICE restart, or another browser.

        Raises EngineError.
        """
        room = self._room(room_name)
        offer, kinds = _read(text)
        async with room.turn:
            known = room.peers.get(name)
            if known is None:
                self._check_space(room)
            try:
                if known is not None and known.fingerprint == offer.fingerprint:
                    return await self._restart(room, known, text)
                if known is not None:
                    await self._remove(room, known, GoneReason.REMOVED)
                peer = JanusPeer(
                    name=name,
                    handle=await self._link.attach(),
                    feed=secrets.randbelow(2**48) + 1,
                    fingerprint=offer.fingerprint,
                    offered_at=self._now(),
                    kinds=kinds,
                    layered=frozenset(line.mid for line in offer.lines if line.rids),
                )
                if known is not None:
                    peer.muted = known.muted
                self._handles[peer.handle] = (room, peer)
                try:
                    return await self._publish(room, peer, offer, text)
                except (JanusError, EngineError):
                    await self._let_go(peer)
                    raise
            except JanusError as error:
                raise _refusal(error) from error

    async def accept(self, room_name: str, name: str, answer: str) -> None:
        """The browser's answer to the offer of the receive slots. Raises EngineError."""
        room, peer = self._peer(room_name, name)
        if peer.slots is None:
            raise EngineError(EngineProblem.BAD_REQUEST, f"{name} has no receive slots")
        async with room.turn:
            try:
                await self._link.ask(
                    peer.slots.handle, {"request": "start"}, Jsep(type="answer", sdp=answer)
                )
            except JanusError as error:
                raise EngineError(EngineProblem.BAD_OFFER, f"Janus: {error}") from error
            peer.slots.answer = answer
            await room.show(peer)

    async def leave(self, room_name: str, name: str) -> None:
        """Disconnect a peer; one who is gone already is no error."""
        room = self._room(room_name)
        async with room.turn:
            peer = room.peers.get(name)
            if peer is not None:
                await self._remove(room, peer, GoneReason.REMOVED)

    async def set_slots(self, room_name: str, name: str, wanted: SetSlots) -> None:
        """What a receiver's video slots show."""
        room, peer = self._peer(room_name, name)
        count = 0 if peer.slots is None else len(peer.slots.video)
        slots = [one.slot for one in wanted.video]
        if len(set(slots)) != len(slots) or any(one >= count for one in slots):
            raise EngineError(
                EngineProblem.BAD_REQUEST,
                f"{name} has the video slots 0 to {count - 1}, each to be named once at most",
            )
        peer.want(wanted)
        async with room.turn:
            await room.show(peer)
        room.tend()

    async def set_muted(self, room_name: str, name: str, wanted: SetMuted) -> None:
        """Have Janus drop what a peer sends of these sources."""
        room, peer = self._peer(room_name, name)
        peer.muted = frozenset(wanted.sources)
        async with room.turn:
            try:
                await room.moderate(peer)
            except JanusError as error:
                raise EngineError(EngineProblem.NO_PEER, f"Janus: {error}") from error
        room.tell_flows(peer)

    async def set_audiences(self, room_name: str, wanted: SetAudiences) -> None:
        """Who gets whose media at all."""
        await self._room(room_name).divide(wanted)

    async def stats(self, room_name: str) -> RoomStats:
        """How everybody's line is, as Janus's admin API has it; without one, who is there."""
        room = self._room(room_name)
        lines = [
            await measured(peer, self._admin, self._link.session) for peer in room.peers.values()
        ]
        return RoomStats(room=room_name, peers=lines)

    def so_far(self) -> list[NodeEvent]:
        """What a new listener must know first."""
        events: list[NodeEvent] = []
        for room in self.rooms.values():
            for peer in room.peers.values():
                if peer.connected:
                    flowing, heard = list(peer.flowing), peer.heard
                    events += [
                        PeerConnected(room=room.name, peer=peer.name),
                        SourcesFlow(room=room.name, peer=peer.name, sources=flowing),
                        AudioSlots(room=room.name, peer=peer.name, heard=heard),
                    ]
            events.append(Speaking(room=room.name, peers=room.speaking))
        return events

    # -- inside ------------------------------------------------------------------------------------

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _tell(self, event: NodeEvent) -> None:
        for listener in tuple(self.listeners):
            listener(event)

    def _check(self) -> None:
        if self.lost.is_set():
            raise EngineError(EngineProblem.UNAVAILABLE, "Janus is gone")

    def _count(self) -> int:
        return sum(len(room.peers) for room in self.rooms.values())

    def _check_space(self, room: JanusRoom) -> None:
        Capacity(self.settings.max_peers, self.settings.room_peers).require_place(
            on_node=self._count(), in_room=len(room.peers)
        )

    def _room(self, name: str) -> JanusRoom:
        room = self.rooms.get(name)
        if room is None:
            raise EngineError(EngineProblem.NO_ROOM, f"there is no room {name}")
        return room

    def _peer(self, room_name: str, name: str) -> tuple[JanusRoom, JanusPeer]:
        room = self._room(room_name)
        peer = room.peers.get(name)
        if peer is None:
            raise EngineError(EngineProblem.NO_PEER, f"there is no {name} in {room_name}")
        return room, peer

    async def _publish(self, room: JanusRoom, peer: JanusPeer, offer: Offer, text: str) -> Joined:
        body = {"request": "joinandconfigure", "ptype": "publisher", "room": room.number}
        answer = await self._link.ask(
            peer.handle, {**body, "id": peer.feed}, Jsep(type="offer", sdp=text)
        )
        if peer.muted:
            await room.moderate(peer)
        slots = await self._subscribe(room, peer, offer)
        room.peers[peer.name] = peer
        loop = asyncio.get_running_loop()
        loop.call_later(NEVER_CAME_S, lambda: self._spawn(self._give_up(room, peer)))
        return self._joined(peer, answer, slots)

    async def _subscribe(self, room: JanusRoom, peer: JanusPeer, offer: Offer) -> Jsep | None:
        video, audio = (len(receiving_lines(offer, kind)) for kind in ("video", "audio"))
        if video + audio == 0:
            return None
        handle = await self._link.attach()
        peer.slots = Slots(handle, [], [])
        self._handles[handle] = (room, peer)
        attached = await self._link.ask(
            handle,
            {
                "request": "join",
                "ptype": "subscriber",
                "room": room.number,
                "autoupdate": False,
                "streams": room.placeholders(video, audio),
            },
        )
        streams = attached.plugindata.data.streams
        peer.slots.video = slot_lines([one.mid for one in streams if one.type == "video"])
        peer.slots.audio = slot_lines([one.mid for one in streams if one.type == "audio"])
        peer.slots.shown = {one.mid: None for one in streams}
        peer.heard = [None] * audio
        return attached.jsep

    async def _restart(self, room: JanusRoom, peer: JanusPeer, text: str) -> Joined:
        """The same browser from another address: both connections look for their way anew."""
        answer = await self._link.ask(
            peer.handle, {"request": "configure"}, Jsep(type="offer", sdp=text)
        )
        offer = None
        if peer.slots is not None:
            peer.slots.answer = None
            again = {"request": "configure", "restart": True}
            offer = (await self._link.ask(peer.slots.handle, again)).jsep
        return self._joined(peer, answer, offer)

    def _joined(self, peer: JanusPeer, answer: Heard, offer: Jsep | None) -> Joined:
        if answer.jsep is None:
            raise EngineError(EngineProblem.UNAVAILABLE, "Janus gave no answer")
        first, last = self._ports
        slots = peer.slots
        return Joined(
            answer=answer.jsep.sdp,
            sources=peer.kinds,
            video=[] if slots is None else slots.video,
            audio=[] if slots is None else slots.audio,
            offer=None if offer is None else offer.sdp,
            reach=f"{self.settings.host}:{first}-{last}",
        )

    async def _remove(self, room: JanusRoom, peer: JanusPeer, reason: GoneReason) -> None:
        """Nobody gets anything of a peer any more, nor it of anybody; `turn` is held."""
        if room.peers.get(peer.name) is not peer:
            return
        del room.peers[peer.name]
        # Away from it while Janus still has it: a slot whose publisher is gone must be negotiated anew.
        for other in list(room.peers.values()):
            await room.show(other)
        await self._let_go(peer)
        room.tend()
        self._tell(PeerGone(room=room.name, peer=peer.name, reason=reason))

    async def _let_go(self, peer: JanusPeer) -> None:
        for handle in (peer.handle, peer.slots.handle if peer.slots is not None else 0):
            if self._handles.pop(handle, None) is not None:
                await self._link.detach(handle)

    async def _give_up(self, room: JanusRoom, peer: JanusPeer) -> None:
        if not peer.connected:
            await self._end(room, peer, GoneReason.NEVER_CAME)

    async def _end(self, room: JanusRoom, peer: JanusPeer, reason: GoneReason) -> None:
        async with room.turn:
            await self._remove(room, peer, reason)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not self.lost.is_set():
            logger.error("what Janus told could not be heeded", exc_info=error)

    # -- what Janus tells --------------------------------------------------------------------------

    def _happened(self, heard: Heard) -> None:
        room, peer = self._handles.get(heard.sender, (None, None))
        if room is None:
            return
        if peer is None:
            self._in_room(room, heard)
        elif heard.janus == "webrtcup":
            self._up(room, peer, heard.sender)
        elif heard.janus == "media" and heard.sender == peer.handle:
            room.arrives(peer, heard.mid, heard.substream, receiving=heard.receiving)
        elif heard.jsep is not None and peer.slots is not None:
            self._spawn(self._negotiate(room, peer.slots, heard))
        elif heard.janus == "hangup":
            self._spawn(self._end(room, peer, _reason(peer, heard.reason)))

    async def _negotiate(self, room: JanusRoom, slots: Slots, heard: Heard) -> None:
        """An offer that had to wait for the answer to the one before."""
        async with room.turn:
            try:
                await room.negotiate(slots, heard)
            except JanusError as error:
                logger.info("slots in %s: %s", room.name, error)  # who has just gone needs none

    def _in_room(self, room: JanusRoom, heard: Heard) -> None:
        """What the room's own handle hears; everybody else's hear the same, and are not listened to."""
        said = heard.plugindata.data
        if said.videoroom == "talking":
            room.talks(said.id, said.level)
        elif said.videoroom == "stopped-talking":
            room.talks(said.id, None)

    def _up(self, room: JanusRoom, peer: JanusPeer, handle: int) -> None:
        before = peer.connected
        if handle == peer.handle:
            peer.up = True
        elif peer.slots is not None:
            peer.slots.up = True
        if peer.connected and not before:
            peer.join_ms = int(1000 * (self._now() - peer.offered_at))
            self._tell(PeerConnected(room=room.name, peer=peer.name))
        room.tend()


def _read(text: str) -> tuple[Offer, dict[str, Any]]:
    try:
        offer = parse_offer(text)
        kinds = kinds_of(offer)
    except NoCodecError as error:
        raise EngineError(EngineProblem.NO_CODEC, str(error)) from error
    except BadOfferError as error:
        raise EngineError(EngineProblem.BAD_OFFER, str(error)) from error
    for line in offer.lines:
        if line.kind == "video" and all(codec.key != "vp8" for codec in line.codecs):
            raise EngineError(EngineProblem.NO_CODEC, f"line {line.mid} offers no VP8")
    for kind, most in (("video", MAX_VIDEO_SLOTS), ("audio", MAX_AUDIO_SLOTS)):
        if len(receiving_lines(offer, kind)) > most:
            raise EngineError(EngineProblem.BAD_OFFER, f"at most {most} {kind} slots are given")
    return offer, kinds


def _refusal(error: JanusError) -> EngineError:
    problem = EngineProblem.ROOM_FULL if error.code == _FULL else EngineProblem.BAD_OFFER
    return EngineError(problem, f"Janus: {error}")


def _reason(peer: JanusPeer, text: str) -> GoneReason:
    if text == "DTLS alert":
        return GoneReason.LEFT
    return GoneReason.SILENT if peer.connected else GoneReason.NEVER_CAME
