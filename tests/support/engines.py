"""A media node that moves nothing: the engine port in memory, and behind the real control API on a socket.

It answers what a node answers, keeps what it was told, and says what a test has it say. It takes any offer
whose text is `offer <video slots> <audio slots> [key]`; another key at the same peer is another browser.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import cast

import uvicorn

from conferencing.engines.messages import (
    CameraFacts,
    EngineProblem,
    Feed,
    GoneReason,
    Joined,
    NodeEvent,
    NodeState,
    OpenTrunk,
    PeerConnected,
    PeerGone,
    RecordingStarted,
    RecordingStopped,
    RoomStats,
    SetAudiences,
    SetMuted,
    SetSlots,
    SlotLine,
    SourceKind,
    SourcesFlow,
    Speaking,
    TrunkEnd,
    TrunkOpened,
    TrunkStats,
)
from conferencing.engines.port import EngineError
from conferencing.media.control import control_app
from conferencing.media.node.node import Node
from tests.support.waiting import wait_until

_boots = count(1)
_ends = count(1)


@dataclass
class FakePeer:
    """A browser at the node."""

    key: str
    video: int
    audio: int
    muted: tuple[SourceKind, ...] = ()
    slots: SetSlots | None = None
    flows: tuple[SourceKind, ...] = ()


@dataclass
class FakeNode:
    """The node's own methods, as the control API calls them."""

    boot: str = field(default_factory=lambda: f"boot-{next(_boots)}")
    rooms: dict[str, dict[str, FakePeer]] = field(default_factory=dict)
    audiences: dict[str, SetAudiences] = field(default_factory=dict)
    listeners: set[Callable[[NodeEvent], None]] = field(default_factory=set)
    fed: dict[tuple[str, str], Feed] = field(default_factory=dict)
    max_peers: int = 100
    full: bool = False
    recording: dict[str, str] = field(default_factory=dict)
    """what each room is recorded under"""
    recorded: list[str] = field(default_factory=list)
    records: bool = True
    trunk: TrunkEnd | None = None
    trunks: dict[str, OpenTrunk] = field(default_factory=dict)
    links: set[tuple[str, str]] = field(default_factory=set)

    def state(self) -> NodeState:
        """How the node is."""
        return NodeState(
            boot=self.boot,
            version="fake",
            rooms=sorted(self.rooms),
            peers=sum(len(room) for room in self.rooms.values()),
            max_peers=self.max_peers,
            address="127.0.0.1",
            port=9,
            cpu_share=0.0,
            trunk=self.trunk,
            trunks=[_stats(boot, trunk) for boot, trunk in self.trunks.items()],
        )

    def open_room(self, room: str) -> None:
        """Make a room, unless it is there."""
        self.rooms.setdefault(room, {})

    def close_room(self, room: str) -> None:
        """End a room."""
        for name in list(self.rooms.get(room, {})):
            self.leave(room, name)
        self.rooms.pop(room, None)

    def join(self, room: str, name: str, offer: str) -> Joined:
        """Answer an offer."""
        peers = self._room(room)
        match offer.split():
            case ["offer", video, audio, *key] if video.isdecimal() and audio.isdecimal():
                pass
            case _:
                raise EngineError(EngineProblem.BAD_OFFER, "this is no offer")
        if self.full:
            raise EngineError(EngineProblem.NODE_FULL, "this node takes no more")
        known = peers.get(name)
        if known is None or known.key != "".join(key):
            if known is not None:
                self.leave(room, name)
            peers[name] = FakePeer("".join(key), int(video), int(audio))
            self._tell(PeerConnected(room=room, peer=name))
        return Joined(
            answer=f"answer of {self.boot}",
            sources={"0": SourceKind.CAMERA, "1": SourceKind.MICROPHONE, "2": SourceKind.SCREEN},
            video=[SlotLine(index=n, mid=str(3 + n)) for n in range(int(video))],
            audio=[SlotLine(index=n, mid=str(3 + int(video) + n)) for n in range(int(audio))],
        )

    def accept(self, room: str, name: str, _answer: str) -> None:
        """It makes no offers."""
        self._peer(room, name)
        raise EngineError(EngineProblem.BAD_REQUEST, "this node has made no offer")

    def feed(self, room: str, name: str, camera: Feed) -> None:
        """A camera is a peer that plays at once."""
        peers = self._room(room)
        if self.fed.get((room, name)) != camera or name not in peers:
            self.fed[room, name] = camera
            peers[name] = FakePeer("camera", 0, 0, flows=(SourceKind.CAMERA,))
            self._tell(SourcesFlow(room=room, peer=name, sources=[SourceKind.CAMERA]))

    async def look_at(self, camera: Feed) -> CameraFacts:
        """Every camera plays."""
        return CameraFacts(codec="h264", width=1920, height=1080, rate=25, passes=True)

    def leave(self, room: str, name: str) -> None:
        """Disconnect a peer."""
        if self._room(room).pop(name, None) is not None:
            self._tell(PeerGone(room=room, peer=name, reason=GoneReason.REMOVED))

    def set_slots(self, room: str, name: str, wanted: SetSlots) -> None:
        """Keep what a receiver's slots are to show."""
        self._peer(room, name).slots = wanted

    def set_muted(self, room: str, name: str, wanted: SetMuted) -> None:
        """Keep what is to be dropped."""
        self._peer(room, name).muted = tuple(wanted.sources)

    def set_audiences(self, room: str, wanted: SetAudiences) -> None:
        """Keep who gets whose media."""
        self._room(room)
        self.audiences[room] = wanted

    def stats(self, room: str) -> RoomStats:
        """Nothing is measured."""
        self._room(room)
        return RoomStats(room=room, peers=[])

    def start_recording(self, room: str, name: str) -> None:
        """Keep what the room is to be recorded under."""
        self._room(room)
        if not self.records:
            raise EngineError(EngineProblem.CANNOT_RECORD, "this node does not record")
        if self.recording.get(room) != name:
            self.recording[room] = name
            self.recorded.append(name)
            self._tell(RecordingStarted(room=room, name=name))

    def stop_recording(self, room: str) -> None:
        """Record no more."""
        self._room(room)
        name = self.recording.pop(room, None)
        if name is not None:
            self._tell(
                RecordingStopped(room=room, name=name, files=[], seconds=0, octets=0, dropped=0)
            )

    def so_far(self) -> list[NodeEvent]:
        """What a new listener must know first."""
        return [
            SourcesFlow(room=room, peer=name, sources=list(peer.flows))
            for room, peers in self.rooms.items()
            for name, peer in peers.items()
        ]

    # -- what a test has happen --------------------------------------------------------------------

    def send(self, room: str, name: str, *sources: SourceKind) -> None:
        """A browser sends this from now on."""
        self._peer(room, name).flows = sources
        self._tell(SourcesFlow(room=room, peer=name, sources=list(sources)))

    def speak(self, room: str, *names: str) -> None:
        """These are heard now."""
        self._tell(Speaking(room=room, peers=list(names)))

    def fall_silent(self, room: str, name: str) -> None:
        """A browser's packets come no more."""
        self._room(room).pop(name)
        self._tell(PeerGone(room=room, peer=name, reason=GoneReason.SILENT))

    def restart(self) -> None:
        """As after a kill: another boot, no rooms, and everybody who listened is cut off by the server."""
        self.boot = f"boot-{next(_boots)}"
        self.rooms.clear()
        self.recording.clear()
        self.trunks.clear()
        self.links.clear()

    def _tell(self, event: NodeEvent) -> None:
        for listener in tuple(self.listeners):
            listener(event)

    def _room(self, room: str) -> dict[str, FakePeer]:
        if room not in self.rooms:
            raise EngineError(EngineProblem.NO_ROOM, f"there is no room {room}")
        return self.rooms[room]

    def _peer(self, room: str, name: str) -> FakePeer:
        peer = self._room(room).get(name)
        if peer is None:
            raise EngineError(EngineProblem.NO_PEER, f"there is no {name} in {room}")
        return peer


def _stats(boot: str, trunk: OpenTrunk) -> TrunkStats:
    return TrunkStats(
        boot=boot,
        host=trunk.host,
        port=trunk.port,
        protected=trunk.protected,
        rooms=["conference-1"],
        exported=3,
        imported=1,
        sent_bitrate=1_500_000,
        received_bitrate=0,
        lost=0.02,
        round_trip_ms=1.5,
        alive=True,
    )


class FakeEngine:
    """The port over a fake node in the same loop. `dead`: it does not answer, and its events break off."""

    def __init__(self, node: FakeNode | None = None) -> None:
        self.node = node or FakeNode()
        self._dead = asyncio.Event()

    def die(self) -> None:
        """Answer no more."""
        self._dead.set()

    def come_back(self, *, keep: bool = False) -> None:
        """Answer again, as a node that was started anew; or, to `keep` its rooms, that was only slow."""
        if not keep:
            self.node.restart()
        self._dead.clear()

    def _check(self) -> None:
        if self._dead.is_set():
            raise EngineError(EngineProblem.UNAVAILABLE, "dead")

    async def state(self) -> NodeState:
        """How the node is."""
        self._check()
        return self.node.state()

    async def close(self) -> None:
        """Nothing is held."""

    async def feed(self, room: str, peer: str, camera: Feed) -> None:
        """Fetch a camera."""
        self._check()
        self.node.feed(room, peer, camera)

    async def look_at(self, camera: Feed) -> CameraFacts:
        """It plays."""
        self._check()
        return await self.node.look_at(camera)

    async def open_room(self, room: str) -> None:
        """Make a room."""
        self._check()
        self.node.open_room(room)

    async def close_room(self, room: str) -> None:
        """End a room."""
        self._check()
        self.node.close_room(room)

    async def join(self, room: str, peer: str, offer: str) -> Joined:
        """Answer an offer."""
        self._check()
        return self.node.join(room, peer, offer)

    async def accept(self, room: str, peer: str, answer: str) -> None:
        """It makes no offers."""
        self._check()
        self.node.accept(room, peer, answer)

    async def leave(self, room: str, peer: str) -> None:
        """Disconnect a peer."""
        self._check()
        self.node.leave(room, peer)

    async def set_slots(self, room: str, peer: str, wanted: SetSlots) -> None:
        """What a receiver's slots show."""
        self._check()
        self.node.set_slots(room, peer, wanted)

    async def set_muted(self, room: str, peer: str, wanted: SetMuted) -> None:
        """What is dropped."""
        self._check()
        self.node.set_muted(room, peer, wanted)

    async def start_recording(self, room: str, name: str) -> None:
        """Record."""
        self._check()
        self.node.start_recording(room, name)

    async def stop_recording(self, room: str) -> None:
        """Record no more."""
        self._check()
        self.node.stop_recording(room)

    async def set_audiences(self, room: str, wanted: SetAudiences) -> None:
        """Who gets whose media."""
        self._check()
        self.node.set_audiences(room, wanted)

    async def stats(self, room: str) -> RoomStats:
        """Nothing is measured."""
        self._check()
        return self.node.stats(room)

    async def events(self) -> AsyncIterator[NodeEvent]:
        """What is so, and what happens, until it dies."""
        self._check()
        told: asyncio.Queue[NodeEvent] = asyncio.Queue()
        self.node.listeners.add(told.put_nowait)
        try:
            for event in self.node.so_far():
                yield event
            while True:
                waiting = asyncio.ensure_future(told.get())
                dying = asyncio.ensure_future(self._dead.wait())
                done, rest = await asyncio.wait({waiting, dying}, return_when="FIRST_COMPLETED")
                for task in rest:
                    task.cancel()
                if waiting not in done:
                    raise EngineError(EngineProblem.UNAVAILABLE, "dead")
                yield waiting.result()
        finally:
            self.node.listeners.discard(told.put_nowait)


class LinkedEngine(FakeEngine):
    """One whose rooms go on at others: it keeps what trunks and links it was told of."""

    def __init__(self) -> None:
        super().__init__()
        number = next(_ends)
        self.key = f"{number:056x}"
        self.node.trunk = TrunkEnd(host="127.0.0.1", port=9000 + number)

    async def open_trunk(self, boot: str, wanted: OpenTrunk) -> TrunkOpened:
        """The same key each time."""
        self._check()
        known = self.node.trunks.get(boot)
        if wanted.key is not None or known is None:
            self.node.trunks[boot] = wanted
        return TrunkOpened(key=self.key)

    async def close_trunk(self, boot: str) -> None:
        """Forget it."""
        self._check()
        self.node.trunks.pop(boot, None)

    async def link(self, room: str, boot: str) -> None:
        """Keep it."""
        self._check()
        if boot not in self.node.trunks:
            raise EngineError(EngineProblem.NO_TRUNK, "no trunk")
        self.node.links.add((room, boot))

    async def unlink(self, room: str, boot: str) -> None:
        """Forget it."""
        self._check()
        self.node.links.discard((room, boot))


class NodeProcess:
    """A fake node behind the control API, in a thread of the test. `kill` cuts everybody off at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.node = FakeNode()
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Serve; another boot than before."""
        self.node.restart()
        self.path.unlink(missing_ok=True)
        app = control_app(cast(Node, self.node), secret=None)
        server = uvicorn.Server(
            uvicorn.Config(app, uds=str(self.path), log_level="critical", lifespan="off",
                           timeout_graceful_shutdown=0)
        )  # fmt: skip
        self._server = server
        self._thread = threading.Thread(target=self._serve, args=(server,), daemon=True)
        self._thread.start()
        wait_until(lambda: server.started, what="the fake node to serve")

    def _serve(self, server: uvicorn.Server) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            await server.serve()

        asyncio.run(serve())

    def kill(self) -> None:
        """Be gone."""
        if self._server is not None and self._thread is not None:
            self._server.force_exit = self._server.should_exit = True
            self._thread.join(10)
            self._server = self._thread = self._loop = None

    def happen(self, what: Callable[[], None]) -> None:
        """Have something happen in the node's own loop."""
        assert self._loop is not None
        done = threading.Event()

        def run() -> None:
            what()
            done.set()

        self._loop.call_soon_threadsafe(run)
        assert done.wait(5)


@contextmanager
def node_process(path: Path) -> Iterator[NodeProcess]:
    """A fake node for the time of a block."""
    process = NodeProcess(path)
    process.start()
    try:
        yield process
    finally:
        process.kill()
