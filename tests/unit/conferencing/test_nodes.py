"""Which media node a conference gets, what is remembered of each, and that a dead one is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from conferencing.conferences import placement, services
from conferencing.conferences.shown import About, Facts
from conferencing.engines.messages import (
    Audience,
    EngineProblem,
    NodeEvent,
    SetAudiences,
    SourceKind,
    SourcesFlow,
)
from conferencing.engines.port import EngineError
from conferencing.policy.commands import Command, Invite, OpenSubRoom
from conferencing.policy.placing import Place
from conferencing.signalling import enforcing, places
from conferencing.signalling import room as module
from conferencing.signalling.names import peer_name, room_name
from conferencing.signalling.nodes import Nodes
from conferencing.signalling.room import Read, Room
from tests.support.city import EAST
from tests.support.engines import FakeEngine, LinkedEngine
from tests.support.media_room import until
from tests.support.rooms import CHAIR, VILLAGE
from tests.support.rooms import Room as Script

ROOM = room_name(7)
OFFER = "offer 4 2"


class Ear:
    """Keeps what nodes tell."""

    def __init__(self) -> None:
        self.events: list[NodeEvent] = []
        self.breaks: list[str] = []

    def happened(self, _node: str, event: NodeEvent) -> None:
        self.events.append(event)

    def interrupted(self, node: str) -> None:
        self.breaks.append(node)


@pytest.fixture
async def engines() -> dict[str, FakeEngine]:
    return {"a": FakeEngine(), "b": FakeEngine()}


@pytest.fixture
async def nodes(engines: dict[str, FakeEngine]) -> AsyncIterator[Nodes]:
    found = Nodes(engines)
    yield found
    await found.stop()


async def test_the_least_loaded_node_that_answers_is_taken(
    nodes: Nodes, engines: dict[str, FakeEngine]
) -> None:
    await engines["a"].open_room("x")
    await engines["a"].join("x", "p", OFFER)
    assert (await nodes.pick())[0] == "b"
    assert (await nodes.pick(prefer="a"))[0] == "a"
    engines["b"].die()
    assert (await nodes.pick())[0] == "a"
    engines["a"].die()
    with pytest.raises(EngineError) as caught:
        await nodes.pick()
    assert caught.value.problem is EngineProblem.UNAVAILABLE


async def test_what_is_so_is_remembered_until_the_node_breaks_off(
    nodes: Nodes, engines: dict[str, FakeEngine]
) -> None:
    ear = Ear()
    nodes.listen(ear)
    engine = engines["a"]
    await until(lambda: bool(engine.node.listeners), what="the reader to listen")
    await engine.open_room(ROOM)
    await engine.join(ROOM, "seat-1", OFFER)
    engine.node.send(ROOM, "seat-1", SourceKind.CAMERA)
    wanted = SourcesFlow(room=ROOM, peer="seat-1", sources=[SourceKind.CAMERA])
    await until(lambda: wanted in ear.events, what="the flow to be told")
    assert wanted in nodes.known("a", ROOM)
    await engine.leave(ROOM, "seat-1")
    await until(lambda: nodes.known("a", ROOM) == [], what="the flow to be forgotten")
    engine.die()
    await until(lambda: "a" in ear.breaks, what="the break to be told")


class Database:
    """The row of one conference, as services and selectors of the room know it."""

    def __init__(self) -> None:
        script = Script()
        script.do(Invite(people=(VILLAGE,)), CHAIR)
        script.join(CHAIR, VILLAGE)
        facts = Facts(id=7, number="HS1", title="会", about=About(), opened_by="n1", version=3)
        self._script = script
        self.row = Read(facts, script.value, "", "", "", 0, ())

    def do(self, command: Command) -> None:
        """The chair does something."""
        self._script.do(command, CHAIR)
        facts = self.row.facts.model_copy(update={"version": self.row.facts.version + 1})
        self.row = replace(self.row, facts=facts, value=self._script.value)

    def place(self, *, conference_id: int, epoch: int, node: str, boot: str) -> None:
        if epoch == self.row.epoch:
            self.row = replace(self.row, node=node, boot=boot, epoch=epoch + 1)

    def seat_at(self, *, conference_id: int, seat: int, node: str, boot: str) -> None:
        branches = self.row.placement.seated(seat, node, boot).branches
        self.row = replace(self.row, branches=branches)

    def drop_branch(self, *, conference_id: int, place: Place) -> None:
        self.row = replace(self.row, branches=self.row.placement.without(place).branches)

    def read(self, _conference_id: int, _after: int) -> Read:
        return self.row


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
async def room(
    nodes: Nodes, database: Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Room]:
    async def ask(work: Any) -> Any:
        await asyncio.sleep(0)
        return work()

    monkeypatch.setattr(module, "ask", ask)
    monkeypatch.setattr(places, "ask", ask)
    monkeypatch.setattr(placement, "seat_at", database.seat_at)
    monkeypatch.setattr(placement, "drop_branch", database.drop_branch)
    monkeypatch.setattr(module, "read", database.read)
    monkeypatch.setattr(services, "place", database.place)
    tasks: list[asyncio.Task[None]] = []
    yield Room(7, database.row, nodes, lambda work: tasks.append(asyncio.ensure_future(work)))
    await asyncio.gather(*tasks)


class Quiet:
    """A browser at a seat, as far as a room knows it."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *_facts: self.said.append(name)


async def test_a_room_is_placed_with_the_first_offer_and_muted_before_the_answer(
    room: Room, engines: dict[str, FakeEngine]
) -> None:
    await room.media(1, OFFER)
    await room.media(2, OFFER)
    node = engines[room.now.node].node
    assert room.now.boot == node.boot
    assert node.rooms[ROOM][peer_name(1)].muted == ()
    assert node.rooms[ROOM][peer_name(2)].muted == (SourceKind.MICROPHONE,)  # without the floor


async def test_a_node_keeps_the_rooms_apart_also_one_that_did_not_answer_at_first(
    room: Room, database: Database, engines: dict[str, FakeEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enforcing, "RETRY_S", 0.01)
    await room.media(1, OFFER)
    engine = engines[room.now.node]
    assert engine.node.audiences[ROOM].peers == {}
    engine.die()
    database.do(OpenSubRoom(code=EAST.code))
    await room.refresh()
    engine.come_back(keep=True)
    village = Audience(hears=EAST.code, reaches=[EAST.code])
    wanted = SetAudiences(version=4, default="whole", peers={"seat-2": village})
    await until(lambda: engine.node.audiences[ROOM] == wanted, what="the room to be divided")


async def test_the_next_offer_finds_another_node_when_one_is_dead(
    room: Room, engines: dict[str, FakeEngine]
) -> None:
    await room.media(1, OFFER)
    first, epoch = room.now.node, room.now.epoch
    engines[first].die()
    await asyncio.gather(room.media(1, OFFER), room.media(2, OFFER))
    assert room.now.node != first
    assert room.now.epoch == epoch + 1, "placed once, though both looked for a node"
    assert set(engines[room.now.node].node.rooms[ROOM]) == {"seat-1", "seat-2"}


async def test_the_same_node_is_taken_again_after_a_restart(
    room: Room, engines: dict[str, FakeEngine]
) -> None:
    await room.media(1, OFFER)
    engine = engines[room.now.node]
    before = room.now
    engine.node.restart()
    await room.media(1, OFFER)
    assert (room.now.node, room.now.epoch) == (before.node, before.epoch + 1)
    assert room.now.boot != before.boot


# -- several nodes for one room ------------------------------------------------------------------------


@pytest.fixture
async def linked(room: Room, nodes: Nodes, engines: dict[str, FakeEngine]) -> Room:
    """Two nodes that can be linked; `b` is there for the village's township."""
    for name in engines:
        engines[name] = LinkedEngine()
    nodes.named = {VILLAGE.code[:9]: "b"}
    room.clients = {1: Quiet(), 2: Quiet()}  # type: ignore[dict-item]  # all that is asked of them
    return room


async def test_a_townships_seats_go_to_its_node_and_the_two_are_linked(
    linked: Room, engines: dict[str, FakeEngine]
) -> None:
    await linked.media(1, OFFER)
    await linked.media(2, OFFER)
    city, town = engines["a"].node, engines["b"].node
    assert (set(city.rooms[ROOM]), set(town.rooms[ROOM])) == ({"seat-1"}, {"seat-2"})
    assert (city.links, town.links) == ({(ROOM, town.boot)}, {(ROOM, city.boot)})
    here, there = city.trunks[town.boot], town.trunks[city.boot]
    keys = [engine.key for engine in engines.values() if isinstance(engine, LinkedEngine)]
    assert [there.key, here.key] == keys, "each is told the other's"
    # Muting and putting out reach the seat where it is.
    assert town.rooms[ROOM]["seat-2"].muted == (SourceKind.MICROPHONE,)
    await linked.enforcer.disconnect(2)
    assert not town.rooms[ROOM]
    # Each node is believed about its own people.
    linked.happened("b", SourcesFlow(room=ROOM, peer="seat-2", sources=[SourceKind.CAMERA]))
    linked.happened("b", SourcesFlow(room=ROOM, peer="seat-1", sources=[SourceKind.CAMERA]))
    assert linked.flows == {2: (SourceKind.CAMERA,)}


async def test_a_node_that_is_full_spills_to_the_next_instead_of_refusing(
    linked: Room, nodes: Nodes, engines: dict[str, FakeEngine]
) -> None:
    nodes.named = {}
    await linked.media(1, OFFER)
    home = linked.now.node
    engines[home].node.full = True
    await linked.media(2, OFFER)
    other = engines["b" if home == "a" else "a"].node
    assert set(other.rooms[ROOM]) == {"seat-2"}
    assert other.links == {(ROOM, engines[home].node.boot)}
    other.full = True
    with pytest.raises(EngineError) as caught:
        await linked.media(3, OFFER)
    assert caught.value.problem is EngineProblem.NODE_FULL


async def test_an_engine_that_cannot_cascade_keeps_the_room_on_one_node(
    linked: Room, engines: dict[str, FakeEngine]
) -> None:
    engines["b"] = FakeEngine()
    await linked.media(1, OFFER)
    await linked.media(2, OFFER)
    assert set(engines["a"].node.rooms[ROOM]) == {"seat-1", "seat-2"}


async def test_a_townships_node_that_dies_moves_its_seats_and_nobody_else(
    linked: Room, engines: dict[str, FakeEngine]
) -> None:
    await linked.media(1, OFFER)
    await linked.media(2, OFFER)
    home = linked.place_of(1)
    before = linked.place_of(2)
    engines["b"].die()
    linked.tend()
    await until(lambda: linked.place_of(2) == home, what="the village to be placed anew")
    assert linked.place_of(1) == home
    await linked.media(2, OFFER)
    assert set(engines["a"].node.rooms[ROOM]) == {"seat-1", "seat-2"}
    engines["b"].come_back()
    await linked.media(2, OFFER)
    assert linked.place_of(2).node == "b"
    assert linked.place_of(2) != before


async def test_a_home_that_dies_moves_and_the_township_stays_and_is_linked_again(
    linked: Room, engines: dict[str, FakeEngine]
) -> None:
    engines["c"] = LinkedEngine()
    await linked.media(1, OFFER)
    await linked.media(2, OFFER)
    town = linked.place_of(2)
    engines["a"].die()
    linked.tend()
    node = engines["b"].node
    await until(lambda: (ROOM, engines["c"].node.boot) in node.links, what="the new trunk")
    assert linked.now.node == "c"
    assert linked.place_of(2) == town
    assert node.links == {(ROOM, engines["c"].node.boot)}
