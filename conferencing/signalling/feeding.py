"""The cameras that have seats: fetched by the conference's home node, each by the way that is known now."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from conferencing.conferences.equipment import Way, equipment
from conferencing.engines.messages import EngineProblem, Feed
from conferencing.engines.port import EngineError
from conferencing.policy.conference import Conference, Presence, Seat, SeatKind
from conferencing.signalling.database import ask
from conferencing.signalling.names import peer_name, room_name

if TYPE_CHECKING:
    from conferencing.engines.port import Engine
    from conferencing.signalling.room import Room

logger = logging.getLogger(__name__)

_NOT_THERE = {EngineProblem.NO_ROOM, EngineProblem.NO_PEER}


class Feeding:
    """See the module. Belongs to the event loop, and to a room, whose latest reading it goes by."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._turn = asyncio.Lock()
        self._fed: dict[int, tuple[int, Way]] = {}

    def changed(self) -> None:
        """The conference is another, or its media is elsewhere."""
        if self._fed or _cameras(self._room.now.value):
            self._room.spawn(self.see_to())

    def gone(self, seat: int | None) -> None:
        """The node has it no more: the next look has it fetched again."""
        self._fed.pop(seat or 0, None)

    async def see_to(self) -> None:
        """Have the node fetch who is there and not fetched, and no more who is gone."""
        async with self._turn:
            engine, epoch = self._room.engine, self._room.now.epoch
            seats = {seat.number: seat.device for seat in _cameras(self._room.now.value)}
            if engine is None or self._room.now.value.ended_at is not None:
                return
            known = await ask(lambda: equipment().ways(tuple(seats.values())))
            ways = {seat: known[id_] for seat, id_ in seats.items() if id_ in known}
            for seat in [one for one in self._fed if one not in ways]:
                del self._fed[seat]
                await self._tell(engine, seat, None)
            for seat, way in ways.items():
                if self._fed.get(seat) != (epoch, way):
                    await self._tell(engine, seat, way)
                    self._fed[seat] = (epoch, way)

    async def _tell(self, engine: Engine, seat: int, way: Way | None) -> None:
        """A node that does not answer is seen to elsewhere, and told anew."""
        room, peer = room_name(self._room.id), peer_name(seat)
        try:
            if way is None:
                await engine.leave(room, peer)
            else:
                feed = Feed(address=way.address, user=way.user, password=way.password)
                await engine.feed(room, peer, feed)
        except EngineError as error:
            if error.problem not in _NOT_THERE:
                logger.warning("conference %s: %s", self._room.id, error)


def _cameras(value: Conference) -> list[Seat]:
    return [seat for seat in value.at({Presence.JOINED}) if seat.kind is SeatKind.CAMERA]
