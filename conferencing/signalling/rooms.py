"""The conferences of one web process: those in which somebody is connected here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import cache
from typing import TYPE_CHECKING, Any

from command_center.feed.hub import hub
from command_center.feed.selectors import EncodedEvent
from conferencing.conferences.feed import HINT, ConferenceHint
from conferencing.engines.messages import NodeEvent
from conferencing.signalling.database import ask
from conferencing.signalling.names import room_name
from conferencing.signalling.nodes import Nodes, nodes
from conferencing.signalling.room import Room, read

if TYPE_CHECKING:
    from conferencing.signalling.client import Client

logger = logging.getLogger(__name__)


class Rooms:
    """See the module. Belongs to the event loop."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._rooms: dict[int, Room] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._opening = asyncio.Lock()
        self._unfollow: Callable[[], None] | None = None

    async def enter(self, conference_id: int, client: Client) -> Room | None:
        """A client has its seat; the room that it is in from now on, as the database has it now.

        None if another connection has taken the seat meanwhile.
        """
        self._listen()
        room = await self._room(conference_id)
        room.entering += 1
        try:
            await room.refresh()
        finally:
            room.entering -= 1
        seat = room.now.value.seat(client.seat)
        if seat is None or seat.connection != client.connection:
            self._drop_if_empty(room)
            return None
        known = room.clients.get(client.seat)
        room.clients[client.seat] = client
        if known is not None:
            known.taken_over()
        return room

    async def _room(self, conference_id: int) -> Room:
        async with self._opening:
            room = self._rooms.get(conference_id)
            if room is None:
                first = await ask(lambda: read(conference_id, 0))
                if first is None:
                    raise LookupError(conference_id)
                room = Room(conference_id, first, self._nodes, self.spawn)
                self._rooms[conference_id] = room
            return room

    def leave(self, conference_id: int, client: Client) -> None:
        """A client is gone."""
        room = self._rooms.get(conference_id)
        if room is None:
            return
        if room.clients.get(client.seat) is client:
            del room.clients[client.seat]
        self._drop_if_empty(room)

    def _drop_if_empty(self, room: Room) -> None:
        if not room.clients and not room.entering and self._rooms.get(room.id) is room:
            del self._rooms[room.id]

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Have something done that outlives the socket it is for."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            logger.error("a conference's task failed", exc_info=error)

    def _listen(self) -> None:
        if self._unfollow is None:
            self._unfollow = hub().follow(frozenset({HINT}), self._hinted)
        self._nodes.listen(self)

    def _hinted(self, event: EncodedEvent) -> None:
        room = self._rooms.get(ConferenceHint.model_validate_json(event.data).id)
        if room is not None:
            room.hint()

    # -- what nodes tell ---------------------------------------------------------------------------

    def happened(self, node: str, event: NodeEvent) -> None:
        """Something in one of the rooms at a node."""
        _, _, number = event.room.partition("-")
        room = self._rooms.get(int(number)) if number.isdecimal() else None
        if room is not None and event.room == room_name(room.id):
            room.happened(node, event)

    def interrupted(self, node: str) -> None:
        """A node's rooms may be gone."""
        for room in self._rooms.values():
            if room.is_on(node):
                room.tend()


@cache
def rooms() -> Rooms:
    """Those of this process."""
    return Rooms(nodes())
