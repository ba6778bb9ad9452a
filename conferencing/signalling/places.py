"""Where a room's media is: finding nodes for seats, linking them, and leaving the dead."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING

from django.db import DatabaseError

from conferencing.conferences import placement, services
from conferencing.engines import trunks
from conferencing.engines.messages import EngineProblem, NodeState
from conferencing.engines.port import EngineError, cascading
from conferencing.policy.placing import Place, node_for
from conferencing.signalling.database import ask
from conferencing.signalling.names import peer_name, room_name
from conferencing.signalling.nodes import Nodes

if TYPE_CHECKING:
    from conferencing.signalling.room import Room

logger = logging.getLogger(__name__)

_GONE = {EngineProblem.NO_ROOM, EngineProblem.UNAVAILABLE}
_FULL = {EngineProblem.NODE_FULL, EngineProblem.ROOM_FULL}


class Places:
    """See the module. One for each room of this process; others may do the same at the same time."""

    def __init__(self, room: Room, nodes: Nodes) -> None:
        self._room = room
        self._nodes = nodes
        self._placing = asyncio.Lock()
        self.linked = True
        """whether every node beside the home was linked the last time that was tried"""

    async def choose(self, seat: int, full: set[str]) -> None:
        """Have the seat be where it belongs, with the room open there. Raises EngineError."""
        room = self._room
        if len(self._nodes.engines) == 1:
            return
        found = room.now.value.seat(seat)
        living = await self._nodes.living()
        facts = self._nodes.facts(living, full)
        before = room.place_of(seat)
        code = found.code if found is not None else ""
        name = node_for(code, room.now.placement, facts, self._nodes.named)
        if name is None and room.now.node in living:
            raise EngineError(EngineProblem.NODE_FULL, "all media nodes are full")
        if name is None or (name == room.now.node and before == room.now.placement.home):
            return
        boot = living[name].boot
        if (before.node, before.boot) != (name, boot):
            await self._nodes.engines[name].open_room(room_name(room.id))
            await ask(
                lambda: placement.seat_at(conference_id=room.id, seat=seat, node=name, boot=boot)
            )
            await room.refresh()
            await self._leave(before, seat)
        await self._link(living)
        if not self.linked:
            room.tend()

    async def _leave(self, place: Place, seat: int) -> None:
        engine = self._nodes.engines.get(place.node)
        if engine is not None:
            await _tried(engine.leave(room_name(self._room.id), peer_name(seat)))

    async def recover(self, problem: EngineProblem, place: Place, full: set[str]) -> bool:
        """A node has refused a seat. Whether to try again: another node, or the room anew. Raises EngineError."""
        room = self._room
        if problem in _FULL:
            # A node that is full is left once; where there is no other, its word stands.
            if place.node in full or len(self._nodes.engines) == 1:
                return False
            full.add(place.node)
            return True
        if problem not in _GONE:
            return False
        if place == room.now.placement.home:
            await self.relocate(place.epoch)
        else:
            await ask(lambda: placement.drop_branch(conference_id=room.id, place=place))
            await room.refresh()
            await self._unlink(room.now.placement.home, place.boot)
        return True

    async def relocate(self, seen: int) -> None:
        """A home on a node that answers, unless that was done since `seen`. Raises EngineError if none answers."""
        room = self._room
        async with self._placing:
            if room.now.epoch != seen:
                return
            before = room.now.placement.home
            name, state = await self._nodes.pick(code=room.now.value.code, prefer=before.node)
            await self._nodes.engines[name].open_room(room_name(room.id))
            await ask(
                lambda: services.place(
                    conference_id=room.id, epoch=seen, node=name, boot=state.boot
                )
            )
            await room.refresh()
        for spoke in room.now.placement.spokes():
            await self._unlink(spoke, before.boot)

    async def _unlink(self, place: Place, boot: str) -> None:
        """No room there any more, as far as this one is concerned."""
        engine = cascading(self._nodes.engines.get(place.node))
        if boot and engine is not None:
            await _tried(engine.unlink(room_name(self._room.id), boot))

    # -- what has died, what is missing --------------------------------------------------------------

    async def tend(self) -> set[Place]:
        """Leave nodes that are dead, link those that live. What could not be seen to; to be tried again."""
        room = self._room
        living = await self._nodes.living()
        dead = {
            place
            for place in room.now.placement.places()
            if place.node not in living or living[place.node].boot != place.boot
        }
        lost: set[Place] = set()
        for place in dead:
            try:
                await self.recover(EngineProblem.UNAVAILABLE, place, set())
            except (EngineError, DatabaseError) as error:
                logger.warning("conference %s has no media node: %s", room.id, error)
                lost.add(place)
        await self._link(await self._nodes.living() if dead else living)
        return lost

    async def _link(self, living: Mapping[str, NodeState]) -> None:
        """Have the room go on at every node beside the home: nobody is refused for want of it."""
        try:
            await self._link_all(living)
        except EngineError as error:
            if self.linked:
                logger.warning("conference %s could not be linked: %s", self._room.id, error)
            self.linked = False
        else:
            self.linked = True

    async def _link_all(self, living: Mapping[str, NodeState]) -> None:
        room = self._room
        home = room.now.placement.home
        for spoke in room.now.placement.spokes():
            ends = [
                (engine, living[place.node])
                for place in (home, spoke)
                if place.node in living
                and living[place.node].boot == place.boot
                and (engine := cascading(self._nodes.engines[place.node])) is not None
            ]
            if len(ends) == 2:
                await trunks.join(room_name(room.id), *ends)


async def _tried(call: Awaitable[None]) -> None:
    """What is gone anyway needs no leaving."""
    try:
        await call
    except EngineError as error:
        logger.info("a node that was left: %s", error)
