"""The contract of the engine port: the same tests for this system's own node and for Janus, each as a process.

Peers are aiortc, with real pictures; who speaks is heard of a peer without a codec, since aiortc tells no levels.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from command_center.variables import Engine as Kind
from conferencing.engines.messages import (
    Audience,
    AudioSlots,
    EngineProblem,
    GoneReason,
    NodeEvent,
    PeerConnected,
    PeerGone,
    RecordingStarted,
    SetAudiences,
    SetMuted,
    SetSlots,
    SourceKind,
    SourcesFlow,
    Speaking,
)
from conferencing.engines.node import NodeEngine
from conferencing.engines.port import Engine, EngineError
from conferencing.media.shell.private import make_certificate
from tests.support.media_client import MediaClient
from tests.support.media_guest import Guest, LineSpec, Microphone, lines, offer_text
from tests.support.media_process import start_media, until_up
from tests.support.media_room import until
from tests.support.processes import Child

ROOM = "contract"
LIMITS = {"MEDIA_MAX_PEERS": "4", "MEDIA_ROOM_PEERS": "3"}


@dataclass(frozen=True)
class Started:
    """A running engine."""

    child: Child
    folder: Path


@dataclass
class Place:
    """An engine with one room, and what it has told."""

    engine: Engine
    events: list[NodeEvent] = field(default_factory=list)

    def told(self, event: NodeEvent) -> Callable[[], bool]:
        """Whether it has told this, at any time."""
        return lambda: event in self.events

    def last(self, kind: type[NodeEvent], peer: str) -> NodeEvent | None:
        """What it told last of a peer."""
        of = (one for one in reversed(self.events) if isinstance(one, kind))
        return next((one for one in of if getattr(one, "peer", peer) == peer), None)


@asynccontextmanager
async def client(place: Place, name: str) -> AsyncIterator[MediaClient]:
    """A peer with a camera, a microphone, two pictures and a voice to receive; connected."""
    peer = MediaClient(name)
    try:
        await peer.join(place.engine, ROOM)
        connected = PeerConnected(room=ROOM, peer=name)
        await until(place.told(connected), what=f"{name} to be connected")
        yield peer
    finally:
        await peer.close()


@asynccontextmanager
async def _speaker(place: Place, name: str) -> AsyncIterator[Microphone]:
    """A microphone alone, with the level of each packet."""
    guest = Guest(name, host="0.0.0.0")  # noqa: S104 - Janus is not on loopback
    guest.certificate = make_certificate()
    joined = await place.engine.join(
        ROOM, name, guest.describe([LineSpec("audio", "sendonly", ssrcs=(4711,))])
    )
    await guest.connect(joined.answer)
    try:
        yield Microphone(guest, 4711, mid="0")
    finally:
        await guest.close()


async def _speak(microphone: Microphone) -> None:
    while True:
        microphone.say(silence=True)
        await asyncio.sleep(0.02)


async def _moves(counts: dict[int, int], slot: int) -> None:
    """Something more is decoded."""
    before = counts[slot]
    await until(lambda: counts[slot] > before + 3, what="more in the slot")


async def _still(counts: dict[int, int], slot: int) -> None:
    """Nothing more comes for half a second, at last."""
    quiet = 0
    async with asyncio.timeout(10):
        while quiet < 5:
            before = counts[slot]
            await asyncio.sleep(0.1)
            quiet = quiet + 1 if counts[slot] == before else 0


async def _all_still(*slots: tuple[dict[int, int], int]) -> None:
    await asyncio.gather(*(_still(counts, slot) for counts, slot in slots))


def _ufrag(text: str) -> str:
    found = re.search(r"a=ice-ufrag:(\S+)", text)
    return found.group(1) if found else ""


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Kind], Started]]:
    """A process for each engine, started when it is first asked for."""
    known: dict[Kind, Started] = {}

    def find(kind: Kind) -> Started:
        if kind not in known:
            folder = tmp_path_factory.mktemp(kind.value)
            chosen = {"CONFERENCE_ENGINE": kind.value, "JANUS_PORTS": "30000-30099"}
            known[kind] = Started(start_media(folder, **LIMITS, **chosen), folder)
        return known[kind]

    yield find
    for one in known.values():
        assert one.child.stop() == 0, one.child.output()


@pytest.fixture(params=list(Kind), ids=lambda kind: kind.value)
async def place(
    request: pytest.FixtureRequest, started: Callable[[Kind], Started]
) -> AsyncIterator[Place]:
    node = started(request.param)
    engine = NodeEngine(str(node.folder / "run" / "media.sock"))
    await until_up(engine, node.child)
    found = Place(engine)
    await engine.open_room(ROOM)

    async def listen() -> None:
        async for event in engine.events():
            found.events.append(event)

    ear = asyncio.create_task(listen())
    try:
        yield found
    finally:
        ear.cancel()
        await asyncio.gather(ear, return_exceptions=True)
        await engine.close_room(ROOM)
        await engine.close()


async def test_pictures_are_shown_changed_muted_and_over(place: Place) -> None:
    engine = place.engine
    async with client(place, "a") as a, client(place, "b") as b, client(place, "c") as c:
        # Empty slots carry nothing, whoever sends.
        flow = [SourceKind.CAMERA, SourceKind.MICROPHONE]
        for name in ("a", "b"):
            told = SourcesFlow(room=ROOM, peer=name, sources=flow)
            await until(place.told(told), what=f"{name} to be seen to send")
        assert c.pictures == {0: 0, 1: 0}

        # Two slots, and then the same two the other way round.
        await c.look(engine, ROOM, "a", "b")
        await until(lambda: min(c.pictures.values()) > 5, what="both pictures")
        await c.look(engine, ROOM, "b")
        await until(lambda: c.pictures[0] > 20, what="the other picture in the slot")
        await _still(c.pictures, 1)

        # Muted at the engine: the browser goes on sending, nobody gets it.
        await engine.set_muted(ROOM, "b", SetMuted(sources=[SourceKind.CAMERA]))
        await _still(c.pictures, 0)
        muted = SourcesFlow(room=ROOM, peer="b", sources=[SourceKind.MICROPHONE])
        await until(lambda: place.last(SourcesFlow, "b") == muted, what="the mute to be told")
        await engine.set_muted(ROOM, "b", SetMuted(sources=[]))
        await _moves(c.pictures, 0)

        stats = {one.peer: one for one in (await engine.stats(ROOM)).peers}
        assert set(stats) == {"a", "b", "c"}
        assert stats["c"].connected
        assert stats["c"].down_bitrate > 0
        assert next(s for s in stats["a"].sources if s.source is SourceKind.CAMERA).packets > 0

        # A source that is named before it is there appears when it is; one that goes leaves its slot usable.
        await c.look(engine, ROOM, "b", "d")
        await engine.leave(ROOM, "a")
        gone = PeerGone(room=ROOM, peer="a", reason=GoneReason.REMOVED)
        await until(place.told(gone), what="a to be put out")
        await a.close()
        async with client(place, "d"):
            await _moves(c.pictures, 1)
            await b.close()
            left = PeerGone(room=ROOM, peer="b", reason=GoneReason.LEFT)
            await until(place.told(left), what="b to have left")
            await c.look(engine, ROOM, "d", "d")
            await _moves(c.pictures, 0)
        await engine.close_room(ROOM)
        over = PeerGone(room=ROOM, peer="c", reason=GoneReason.REMOVED)
        await until(place.told(over), what="the room to be over")
        await engine.close_room(ROOM)
        assert (await engine.state()).rooms == []


async def test_a_slot_is_turned_from_who_is_just_going(place: Place) -> None:
    """Whichever the engine hears first: that one has gone, or that the slot is to show another."""
    engine = place.engine
    async with client(place, "stays"), client(place, "looks") as looks:
        for number in range(4):
            async with client(place, f"goes-{number}") as going:
                await looks.look(engine, ROOM, going.name, "stays")
                await _moves(looks.pictures, 0)
                await going.close()
                for _ in range(number):
                    await engine.stats(ROOM)
                await looks.look(engine, ROOM, "stays", "stays")
                left = PeerGone(room=ROOM, peer=going.name, reason=GoneReason.LEFT)
                await until(place.told(left), what="it to have left")
                await _moves(looks.pictures, 0)


async def test_who_speaks_is_told_and_heard(place: Place) -> None:
    async with client(place, "ear") as ear, _speaker(place, "voice") as microphone:
        speaking = asyncio.create_task(_speak(microphone))
        try:
            told = Speaking(room=ROOM, peers=["voice"])
            await until(place.told(told), what="the speaker to be told")
            heard = AudioSlots(room=ROOM, peer="ear", heard=["voice"])
            await until(place.told(heard), what="the speaker to have the slot")
            await _moves(ear.sounds, 0)
            await place.engine.set_muted(ROOM, "voice", SetMuted(sources=[SourceKind.MICROPHONE]))
            await _still(ear.sounds, 0)
            await until(
                lambda: place.last(Speaking, "voice") == Speaking(room=ROOM, peers=[]),
                what="the muted to speak no more",
            )
            # Who is muted stays so in another browser.
            async with _speaker(place, "voice") as again:
                more = asyncio.create_task(_speak(again))
                await _still(ear.sounds, 0)
                more.cancel()
        finally:
            speaking.cancel()


def _groups(version: int, **peers: tuple[str, list[str]]) -> SetAudiences:
    """What each peer hears, and the groups that it reaches; who is not named is in the whole."""
    named = {
        name: Audience(hears=hears, reaches=reaches) for name, (hears, reaches) in peers.items()
    }
    return SetAudiences(version=version, default="whole", peers=named)


async def test_a_group_is_seen_and_heard_by_itself_until_it_is_brought_up(place: Place) -> None:
    engine, town = place.engine, ("town", ["town"])
    apart = {"inside": town, "voice": town}
    async with client(place, "inside") as inside, client(place, "whole") as whole:
        await inside.look(engine, ROOM, "whole")
        await whole.look(engine, ROOM, "inside")
        await _moves(inside.pictures, 0)
        await _moves(whole.pictures, 0)

        # Divided while everything flows; a voice that comes later is in its group from the first packet on.
        await engine.set_audiences(ROOM, _groups(5, **apart))
        await _all_still((inside.pictures, 0), (whole.pictures, 0), (whole.sounds, 0))
        async with _speaker(place, "voice") as microphone:
            speaking = asyncio.create_task(_speak(microphone))
            heard = AudioSlots(room=ROOM, peer="inside", heard=["voice"])
            await until(place.told(heard), what="the voice to be heard in its group")
            await _moves(inside.sounds, 0)
            # Who asks to see it is not shown it, and an older word changes nothing.
            await whole.look(engine, ROOM, "whole", "inside")
            await engine.set_audiences(ROOM, _groups(4))
            await _all_still((whole.pictures, 1), (whole.sounds, 0))
            assert place.last(AudioSlots, "whole") != heard.model_copy(update={"peer": "whole"})

            # Brought up (上送) it is seen and heard by both, and hears the whole; the voice stays inside.
            await engine.set_audiences(
                ROOM, _groups(6, voice=town, inside=("whole", ["town", "whole"]))
            )
            await _moves(whole.pictures, 1)
            await _moves(inside.pictures, 0)
            await _moves(whole.sounds, 0)
            assert place.last(AudioSlots, "whole") == AudioSlots(
                room=ROOM, peer="whole", heard=["inside"]
            )

            # And back, while its browser has just offered again.
            await engine.join(ROOM, "whole", whole.restarted_offer())
            await engine.set_audiences(ROOM, _groups(7, **apart))
            await _all_still((whole.pictures, 1), (whole.sounds, 0), (inside.pictures, 0))
            await _moves(inside.sounds, 0)
            speaking.cancel()


async def test_a_second_offer_of_the_same_browser_restarts_ice(place: Place) -> None:
    async with client(place, "a"), client(place, "c") as c:
        await c.look(place.engine, ROOM, "a")
        await _moves(c.pictures, 0)
        before = c.joined
        assert before is not None
        connected = [one for one in place.events if isinstance(one, PeerConnected)]
        restarted = await place.engine.join(ROOM, "c", c.restarted_offer())
        assert restarted.video == before.video
        assert _ufrag(restarted.answer) != ""
        assert (restarted.offer is None) is (before.offer is None)
        if restarted.offer is not None and before.offer is not None:
            assert _ufrag(restarted.offer) != _ufrag(before.offer)
        assert len((await place.engine.stats(ROOM)).peers) == 2
        assert [one for one in place.events if isinstance(one, PeerConnected)] == connected


async def test_a_room_is_recorded_or_that_is_refused(place: Place) -> None:
    engine, recorded = place.engine, RecordingStarted(room=ROOM, name="film")
    refusal = None
    try:
        await engine.start_recording(ROOM, "film")
    except EngineError as error:
        refusal = error.problem
    if refusal is None:
        await until(place.told(recorded), what="the recording to begin")
    assert refusal in (None, EngineProblem.CANNOT_RECORD)
    await engine.stop_recording(ROOM)


async def test_each_refusal_has_its_code(place: Place) -> None:
    engine = place.engine

    async def problem(room: str, peer: str, offer: str) -> EngineProblem:
        with pytest.raises(EngineError) as caught:
            await engine.join(room, peer, offer)
        return caught.value.problem

    fine = offer_text(lines())
    assert await problem("other", "x", fine) is EngineProblem.NO_ROOM
    assert await problem(ROOM, "x", "no offer") is EngineProblem.BAD_OFFER
    assert await problem(ROOM, "x", re.sub("VP8", "AV1", fine)) is EngineProblem.NO_CODEC
    await engine.open_room(ROOM)
    for name in ("1", "2", "3"):
        joined = await engine.join(
            ROOM, name, offer_text([*lines(), LineSpec("video", "sendonly")])
        )
        assert sorted(joined.sources.values()) == ["camera", "microphone", "screen"]
        assert [len(joined.video), len(joined.audio)] == [9, 3]
    # One that is in it may come again, another finds the room full, and then the node.
    assert await problem(ROOM, "4", fine) is EngineProblem.ROOM_FULL
    await engine.open_room("beside")
    await engine.join("beside", "4", fine)
    assert await problem("beside", "5", fine) is EngineProblem.NODE_FULL
    await engine.close_room("beside")
    with pytest.raises(EngineError) as caught:
        await engine.set_muted(ROOM, "4", SetMuted(sources=[]))
    assert caught.value.problem is EngineProblem.NO_PEER
    with pytest.raises(EngineError) as caught:
        await engine.set_slots(
            ROOM, "1", SetSlots.model_validate({"video": [{"slot": 9, "peer": "2"}]})
        )
    assert caught.value.problem is EngineProblem.BAD_REQUEST
    await engine.leave(ROOM, "4")
    await engine.leave(ROOM, "3")
    assert (await engine.state()).peers == 2
