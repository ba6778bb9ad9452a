"""A conference in one web process: what the database says of it, what the node tells of it, who is here.

The database is read again whenever a hint says so; nothing here is truth. Everything runs on the event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, assert_never

from django.db import DatabaseError
from django.utils import timezone

from conferencing.conferences import selectors
from conferencing.conferences.feed import facts_of, value_of
from conferencing.conferences.models import Conference as Row
from conferencing.conferences.placement import placement_of
from conferencing.conferences.shown import Facts, MessageData
from conferencing.engines.messages import (
    AudioSlots,
    EngineProblem,
    GoneReason,
    Joined,
    LayersWanted,
    NodeEvent,
    PeerConnected,
    PeerGone,
    RecordingFailed,
    RecordingStarted,
    RecordingStopped,
    SourceKind,
    SourcesFlow,
    Speaking,
)
from conferencing.engines.port import Engine, EngineError
from conferencing.policy.audience import WHOLE, heard_room, seen_in, spotlight_in
from conferencing.policy.conference import Conference
from conferencing.policy.deciding import chair_of
from conferencing.policy.placing import Branch, Place, Placement
from conferencing.policy.slots import Room as Shows
from conferencing.quality import selectors as quality
from conferencing.quality.shown import SeatLineData
from conferencing.signalling.database import ask
from conferencing.signalling.enforcing import Enforcer
from conferencing.signalling.feeding import Feeding
from conferencing.signalling.names import peer_name, room_name, seat_number
from conferencing.signalling.nodes import Nodes
from conferencing.signalling.places import Places
from conferencing.signalling.tape import Tape

if TYPE_CHECKING:
    from conferencing.signalling.client import Client

logger = logging.getLogger(__name__)

RETRY_S = 0.5
ATTEMPTS = 4
REMEMBERED = 64
"""So many speakers back, over all sub-rooms."""
LINE_KNOWN_FOR = timedelta(seconds=90)
"""Pages report every half minute."""


@dataclass(frozen=True, slots=True)
class Read:
    """A conference as read from the database."""

    facts: Facts
    value: Conference
    end_reason: str
    node: str
    boot: str
    epoch: int
    messages: tuple[MessageData, ...]
    lines: tuple[SeatLineData, ...] = ()
    branches: tuple[Branch, ...] = ()
    encoded: dict[tuple[int, ...], str] = field(default_factory=dict, compare=False)
    """the conference as text, by the seats that a viewer may not see"""
    _seen: dict[str, frozenset[int]] = field(default_factory=dict, compare=False)

    def seen_by(self, number: int) -> frozenset[int]:
        """The seats that are seen and heard in the room that a seat hears, itself perhaps among them."""
        seat = self.value.seat(number)
        room = WHOLE if seat is None else heard_room(self.value, seat)
        if room not in self._seen:
            self._seen[room] = seen_in(self.value, room)
        return self._seen[room]

    @property
    def placement(self) -> Placement:
        """Where the media of every seat is."""
        return Placement(Place(self.node, self.boot, self.epoch), self.branches)


def read(conference_id: int, after: int) -> Read | None:
    """The row and what was written since a message; None if there is none."""
    row = Row.objects.filter(pk=conference_id).first()
    if row is None:
        return None
    return Read(
        facts=facts_of(row),
        value=value_of(row),
        end_reason=row.end_reason,
        node=row.node,
        boot=row.boot,
        epoch=row.epoch,
        messages=selectors.messages_after(conference_id, after),
        lines=quality.lines_now(conference_id, since=timezone.now() - LINE_KNOWN_FOR),
        branches=placement_of(row).branches,
    )


class Room:
    """See the module. Made with what was read; `clients` by seat number."""

    def __init__(
        self,
        conference_id: int,
        first: Read,
        nodes: Nodes,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self.id = conference_id
        self.now = first
        self.last_message = max((message.id for message in first.messages), default=0)
        self.clients: dict[int, Client] = {}
        self.flows: dict[int, tuple[SourceKind, ...]] = {}
        self.speaking: tuple[int, ...] = ()
        self.heard: dict[int, tuple[int | None, ...]] = {}
        self._speakers: tuple[int, ...] = ()
        self._screens: tuple[int, ...] = ()
        self._nodes = nodes
        self.spawn = spawn
        self._stale = False
        self._reading: asyncio.Lock = asyncio.Lock()
        self._places = Places(self, nodes)
        self._tending = False
        self._without: set[int] = set()
        self.enforcer = Enforcer(self, nodes)
        self.feeding = Feeding(self)
        self.entering = 0
        self.tape = Tape(self, room_name(conference_id))
        self._hear_anew()

    # -- the database ------------------------------------------------------------------------------

    def hint(self) -> None:
        """The database may know more."""
        if not self._stale:
            self._stale = True
            self.spawn(self._refresh_soon())

    async def _refresh_soon(self) -> None:
        try:
            await self.refresh()
        except DatabaseError as error:
            logger.warning("conference %s could not be read: %s", self.id, error)
            await asyncio.sleep(RETRY_S)
            self.hint()

    async def refresh(self) -> None:
        """Read again, and tell whom it concerns. Hints that come meanwhile are served by one more reading."""
        async with self._reading:
            self._stale = False  # from here on a hint means something that this reading may miss
            fresh = await ask(lambda: read(self.id, self.last_message))
            if fresh is None or fresh.facts.version < self.now.facts.version:
                return
            before, self.now = self.now, fresh
            if fresh.messages:
                self.last_message = fresh.messages[-1].id
        if fresh.placement != before.placement:
            self._hear_anew()
            if fresh.placement.spokes():
                self.tend()
        self.tape.follow()
        self.enforcer.changed(before, fresh)
        self.feeding.changed()
        for client in list(self.clients.values()):
            client.room_changed(fresh.messages)

    # -- the node ----------------------------------------------------------------------------------

    def place_of(self, seat: int) -> Place:
        """Where a seat's media is, or would be."""
        return self.now.placement.of(seat)

    def is_on(self, node: str) -> bool:
        """Whether anybody of it is at a node."""
        return any(place.node == node for place in self.now.placement.places())

    @property
    def engine(self) -> Engine | None:
        """The home, where what is recorded is written."""
        return self._nodes.engines.get(self.now.node)

    def engine_of(self, seat: int) -> Engine | None:
        """The node that a seat is at."""
        return self._nodes.engines.get(self.place_of(seat).node)

    async def media(self, seat: int, offer: str, *, stay: bool = False) -> Joined:
        """A seat's browser offers. Finds the room a node first, or another one; with `stay` it stays where it is.

        Raises EngineError.
        """
        full: set[str] = set()
        for _attempt in range(ATTEMPTS):
            if self._nodes.engines.get(self.now.node) is None:
                await self.relocate(self.now.epoch)
            try:
                if not stay:
                    await self._places.choose(seat, full)
                place = self.place_of(seat)
                engine = self._nodes.engines[place.node]
                joined = await engine.join(room_name(self.id), peer_name(seat), offer)
            except EngineError as error:
                if not await self._places.recover(error.problem, self.place_of(seat), full):
                    raise
                stay = False
            else:
                await self.enforcer.admit(seat)
                return joined
        raise EngineError(EngineProblem.UNAVAILABLE, "the media node comes and goes")

    async def accept(self, seat: int, answer: str) -> None:
        """A seat's browser answers an engine that keeps the receive slots apart. Raises EngineError."""
        engine = self.engine
        if engine is None:
            raise EngineError(EngineProblem.UNAVAILABLE, "the conference is on no media node")
        await engine.accept(room_name(self.id), peer_name(seat), answer)

    async def relocate(self, seen: int) -> None:
        """Give the conference a home on a node that answers, unless that was done since `seen`.

        Raises EngineError if none answers.
        """
        await self._places.relocate(seen)

    def without_media(self, seat: int) -> None:
        """A seat's offer found no node that answers: it is told when there is one."""
        self._without.add(seat)
        self.tend()

    def tend(self) -> None:
        """A node may have died, or a trunk be missing: look, and see to it."""
        if not self._tending:
            self._tending = True
            self.spawn(self._tend())

    async def _tend(self) -> None:
        try:
            while self.clients and self.now.value.ended_at is None:
                lost = await self._places.tend()
                for seat, client in list(self.clients.items()):
                    if self.place_of(seat) in lost:
                        self._without.add(seat)
                        client.media_unavailable()
                    elif seat in self._without:
                        self._without.discard(seat)
                        client.media_available()
                if not lost and self._places.linked:
                    await self.feeding.see_to()
                    return
                await asyncio.sleep(RETRY_S)
        finally:
            self._tending = False

    # -- what the node tells -----------------------------------------------------------------------

    def _hear_anew(self) -> None:
        """Forget what another node, or an earlier start of it, has told."""
        self.flows, self.heard, self.speaking, self._screens = {}, {}, (), ()
        for node in {place.node for place in self.now.placement.places()}:
            for event in self._nodes.known(node, room_name(self.id)):
                self.happened(node, event)

    def happened(self, node: str, event: NodeEvent) -> None:
        """Something at a node. Each is believed about who is there; the home hears and records everybody."""
        if node != self._telling(event):
            return
        match event:
            case Speaking():
                self._spoke(tuple(_seats(event.peers)))
            case SourcesFlow():
                self._flowed(seat_number(event.peer), tuple(event.sources))
            case AudioSlots():
                seat = seat_number(event.peer)
                if seat is not None:
                    self.heard[seat] = tuple(
                        None if peer is None else seat_number(peer) for peer in event.heard
                    )
                    self._tell(seat, lambda client: client.slots_changed())
            case PeerGone():
                seat = seat_number(event.peer)
                self._flowed(seat, ())
                self.feeding.gone(seat)
                if event.reason in (GoneReason.SILENT, GoneReason.NEVER_CAME):
                    self._tell(seat, lambda client: client.media_lost())
            case LayersWanted():
                layers = (event.source, tuple(event.rids))
                self._tell(seat_number(event.peer), lambda client: client.layers_wanted(*layers))
            case RecordingStarted() | RecordingFailed() | RecordingStopped():
                self.tape.happened(event)
            case PeerConnected():
                self.tape.follow()
            case _:
                assert_never(event)

    def _telling(self, event: NodeEvent) -> str:
        """The node whose word on it counts."""
        match event:
            case Speaking() | RecordingStarted() | RecordingFailed() | RecordingStopped():
                return self.now.node
            case _:
                return self.place_of(seat_number(event.peer) or 0).node

    def _tell(self, seat: int | None, what: Callable[[Client], None]) -> None:
        client = self.clients.get(seat or 0)
        if client is not None:
            what(client)

    def _spoke(self, seats: tuple[int, ...]) -> None:
        self.speaking = seats
        others = (seat for seat in self._speakers if seat not in seats)
        self._speakers = (*seats, *others)[:REMEMBERED]
        for client in self.clients.values():
            client.speakers_changed()

    def _flowed(self, seat: int | None, sources: tuple[SourceKind, ...]) -> None:
        if seat is None or self.flows.get(seat, ()) == sources:
            return
        self.flows = {key: value for key, value in self.flows.items() if key != seat}
        if sources:
            self.flows[seat] = sources
        shared = SourceKind.SCREEN in sources
        if shared is not (seat in self._screens):
            others = tuple(other for other in self._screens if other != seat)
            self._screens = (seat, *others) if shared else others
        for client in self.clients.values():
            client.flows_changed()

    def shows(self, receiver: int) -> Shows:
        """What can be shown in the slots of a seat now: of the room that it hears, and nothing of the others."""
        value = self.now.value
        seat = value.seat(receiver)
        room = WHOLE if seat is None else heard_room(value, seat)
        seen = self.now.seen_by(receiver)
        cameras = {seat for seat, kinds in self.flows.items() if SourceKind.CAMERA in kinds}
        return Shows(
            cameras=frozenset(cameras & seen),
            screens=tuple(seat for seat in self._screens if seat in seen),
            speakers=tuple(seat for seat in self._speakers if seat in seen),
            speaking=frozenset(self.speaking) & seen,
            chair=chair_of(value),
            spotlight=spotlight_in(value, room),
            order=tuple(seat.number for seat in value.seats if seat.number in seen),
        )


def _seats(peers: list[str]) -> list[int]:
    return [seat for peer in peers if (seat := seat_number(peer)) is not None]
