"""What the node has to see to for a conference: whose microphone it forwards, who gets whose media, who is out.

Every process that has the conference open says it, for everybody: the process of who was muted, divided off or
put out may be dead. All of it is idempotent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from conferencing.engines.messages import (
    Audience,
    EngineProblem,
    SetAudiences,
    SetMuted,
    SourceKind,
)
from conferencing.engines.port import EngineError
from conferencing.policy.audience import WHOLE, heard_room, reached_rooms
from conferencing.policy.conference import PRESENT, Conference
from conferencing.policy.rights import is_heard
from conferencing.signalling.names import WHOLE_NAME, group_name, peer_name, room_name

if TYPE_CHECKING:
    from conferencing.signalling.nodes import Nodes
    from conferencing.signalling.room import Read, Room

logger = logging.getLogger(__name__)

RETRY_S = 0.5
DIVIDE_TRIES = 20
_NOT_THERE = {EngineProblem.NO_ROOM, EngineProblem.NO_PEER}


def audiences(version: int, value: Conference) -> SetAudiences:
    """Who gets whose media; only who is not simply in the whole is named, present or not."""
    peers: dict[str, Audience] = {}
    for seat in value.seats:
        hears, reaches = heard_room(value, seat), reached_rooms(value, seat)
        if hears != WHOLE or reaches != {WHOLE}:
            peers[peer_name(seat.number)] = Audience(
                hears=group_name(hears), reaches=sorted(group_name(room) for room in reaches)
            )
    return SetAudiences(version=version, default=WHOLE_NAME, peers=peers)


class Enforcer:
    """See the module. Belongs to the event loop, and to a room, whose latest reading it goes by."""

    def __init__(self, room: Room, nodes: Nodes) -> None:
        self._room = room
        self._nodes = nodes
        self._muting = asyncio.Lock()
        self._dividing = asyncio.Lock()

    def changed(self, earlier: Read, later: Read) -> None:
        """The conference is another, or its media is elsewhere."""
        before, after = earlier.value, later.value
        for seat in after.seats:
            old = before.seat(seat.number)
            was_in = old is not None and old.presence in PRESENT
            if was_in and seat.presence not in PRESENT:
                self._room.spawn(self.disconnect(seat.number))
            elif old is not None and is_heard(before, old) is not is_heard(after, seat):
                self._room.spawn(self.mute(seat.number))
        if after.ended_at is not None:
            if before.ended_at is None:
                self._room.spawn(self._close())
        elif audiences(0, before) != audiences(0, after) or earlier.placement != later.placement:
            self._room.spawn(self.divide())

    async def admit(self, seat: int) -> None:
        """A seat's browser has joined at the node; nothing flows to it before it has the answer."""
        await self.divide()
        await self.mute(seat)

    async def mute(self, seat: int) -> None:
        """Have the node forward a seat's microphone, or not. One at a time, so that the last word is last."""
        async with self._muting:
            engine, value = self._room.engine_of(seat), self._room.now.value
            found = value.seat(seat)
            if engine is None or found is None or found.presence not in PRESENT:
                return
            sources = [] if is_heard(value, found) else [SourceKind.MICROPHONE]
            await self._told(
                engine.set_muted(self._name, peer_name(seat), SetMuted(sources=sources))
            )

    async def divide(self) -> None:
        """Have every node keep the rooms apart. It is tried again for as long as one may still forward."""
        async with self._dividing:
            done: set[str] = set()
            for _attempt in range(DIVIDE_TRIES):
                now = self._room.now
                if now.value.ended_at is not None:
                    return
                wanted = audiences(now.facts.version, now.value)
                for node in {place.node for place in now.placement.places()} - done:
                    if await self._divided(node, wanted):
                        done.add(node)
                if all(place.node in done for place in self._room.now.placement.places()):
                    return
                await asyncio.sleep(RETRY_S)

    async def _divided(self, node: str, wanted: SetAudiences) -> bool:
        """Whether a node keeps the rooms apart, or has nothing to forward."""
        engine = self._nodes.engines.get(node)
        if engine is None:
            return True
        try:
            await engine.set_audiences(self._name, wanted)
        except EngineError as error:
            if error.problem not in _NOT_THERE:
                logger.warning("conference %s is not divided: %s", self._room.id, error)
                return False
        return True

    async def disconnect(self, seat: int) -> None:
        """Put a seat's browser off the node."""
        engine = self._room.engine_of(seat)
        if engine is not None:
            await self._told(engine.leave(self._name, peer_name(seat)))

    async def _close(self) -> None:
        for place in self._room.now.placement.places():
            engine = self._nodes.engines.get(place.node)
            if engine is not None:
                await self._told(engine.close_room(self._name))

    @property
    def _name(self) -> str:
        return room_name(self._room.id)

    async def _told(self, call: Awaitable[None]) -> None:
        """What is not there needs no telling; a node that does not answer is seen to elsewhere."""
        try:
            await call
        except EngineError as error:
            if error.problem not in _NOT_THERE:
                logger.warning("conference %s: %s", self._room.id, error)
