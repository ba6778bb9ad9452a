"""Two media nodes in this process, and a room that is on both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from conferencing.engines.messages import OpenTrunk, TrunkStats
from conferencing.media.node.node import Node
from conferencing.media.trunk.cascade import Trunks
from tests.support.media_room import ROOM, Hall, hall

LOOPBACK = "127.0.0.1"


@dataclass
class Pair:
    """The city's node and a township's."""

    city: Hall
    town: Hall

    def stats(self, of: Hall) -> TrunkStats:
        """How a node's only trunk is."""
        return trunks(of.node).stats(of.node.now())[0]


def trunks(node: Node) -> Trunks:
    """A node's trunks."""
    assert isinstance(node.cascade, Trunks)
    return node.cascade


def open_trunk(
    one: Node, other: Node, *, protected: bool = False, ports: tuple[int, int] | None = None
) -> None:
    """As a signaller does it. `ports`: where each finds the other, if not at its own."""
    first, second = ports or (trunks(other).end().port, trunks(one).end().port)
    here = OpenTrunk(host=LOOPBACK, port=first, protected=protected)
    key = trunks(one).open(other.boot, here).key
    there = OpenTrunk(host=LOOPBACK, port=second, protected=protected, key=key)
    key = trunks(other).open(one.boot, there).key
    trunks(one).open(other.boot, here.model_copy(update={"key": key}))


def link(one: Node, other: Node, room: str = ROOM) -> None:
    """Have the room be on both."""
    trunks(one).link(one.rooms[room], other.boot)
    trunks(other).link(other.rooms[room], one.boot)


@asynccontextmanager
async def pair(
    *, protected: bool = False, linked: bool = True, recordings: Path | None = None
) -> AsyncIterator[Pair]:
    """Both nodes for the time of a block; the city's records, if it is given a folder."""
    async with AsyncExitStack() as stack:
        city = await stack.enter_async_context(hall(trunk=True, recordings=recordings))
        town = await stack.enter_async_context(hall(trunk=True))
        if linked:
            open_trunk(city.node, town.node, protected=protected)
            link(city.node, town.node)
        yield Pair(city, town)
