"""Which media node a conference gets, what is remembered of each, and that a dead one is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from conferencing.conferences import services
from conferencing.conferences.shown import About, Facts
from conferencing.engines.messages import EngineProblem, NodeEvent, SourceKind, SourcesFlow
from conferencing.engines.port import EngineError
from conferencing.policy.commands import Invite
from conferencing.signalling import room as module
from conferencing.signalling.nodes import Nodes
from conferencing.signalling.room import Read, Room, peer_name, room_name
from tests.support.engines import FakeEngine
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

    def happened(self, event: NodeEvent) -> None:
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
        self.row = Read(facts, script.value, "", "", "", 0, ())

    def place(self, *, conference_id: int, epoch: int, node: str, boot: str) -> None:
        if epoch == self.row.epoch:
            self.row = replace(self.row, node=node, boot=boot, epoch=epoch + 1)

    def read(self, _conference_id: int, _after: int) -> Read:
        return self.row


@pytest.fixture
async def room(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    database = Database()

    async def ask(work: Any) -> Any:
        await asyncio.sleep(0)
        return work()

    monkeypatch.setattr(module, "ask", ask)
    monkeypatch.setattr(module, "read", database.read)
    monkeypatch.setattr(services, "place", database.place)
    tasks: list[asyncio.Task[None]] = []
    yield Room(7, database.row, nodes, lambda work: tasks.append(asyncio.ensure_future(work)))
    await asyncio.gather(*tasks)


async def test_a_room_is_placed_with_the_first_offer_and_muted_before_the_answer(
    room: Room, engines: dict[str, FakeEngine]
) -> None:
    await room.media(1, OFFER)
    await room.media(2, OFFER)
    node = engines[room.now.node].node
    assert room.now.boot == node.boot
    assert node.rooms[ROOM][peer_name(1)].muted == ()
    assert node.rooms[ROOM][peer_name(2)].muted == (SourceKind.MICROPHONE,)  # without the floor


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
