"""A media node in this process with one room, and guests in it."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from command_center.networks import NOWHERE, Networks
from conferencing.engines.messages import (
    Assignment,
    Joined,
    NodeEvent,
    PeerGone,
    SetMuted,
    SetSlots,
    SourceKind,
)
from conferencing.media.node.node import Node
from conferencing.media.settings import Control, MediaSettings
from conferencing.media.trunk.cascade import Trunks
from conferencing.media.wire.rtcp import KeyframeRequest, Message
from tests.support.media_guest import Camera, Guest, LineSpec, Microphone, lines

ROOM = "room"


async def until(
    true: Callable[[], bool], *, what: str, timeout_s: float = 15, meanwhile: Callable[[], object] | None = None
) -> None:  # fmt: skip
    """Return once something is so; `meanwhile` is done every 10 ms."""
    async with asyncio.timeout(timeout_s):
        while not true():
            if meanwhile is not None:
                meanwhile()
            await asyncio.sleep(0.01)
    assert true(), what


@dataclass
class Hall:
    """The node, its events, and who is there."""

    node: Node
    events: list[NodeEvent] = field(default_factory=list)
    guests: dict[str, Guest] = field(default_factory=dict)
    joined: dict[str, Joined] = field(default_factory=dict)

    async def enter(
        self, name: str, specs: Sequence[LineSpec] | None = None, *, keep: bool = True
    ) -> Guest:
        """A guest joins and is connected."""
        guest = Guest(name, keep=keep)
        offer = guest.describe(lines(video=2, audio=2) if specs is None else specs)
        self.joined[name] = self.node.join(ROOM, name, offer)
        self.guests[name] = guest
        await guest.connect(self.joined[name].answer)
        return guest

    def camera(self, name: str, *, rid: str = "", height: int = 360) -> Camera:
        """What a guest shows; key frames come when asked for."""
        guest = self.guests[name]
        camera = Camera(
            guest,
            secrets.randbelow(2**31) + 16,
            rid=rid,
            height=height,
            packets_per_frame=2,
            size=300,
            sequence=secrets.randbelow(2**16),
        )
        before = guest.on_message

        def heed(message: Message) -> None:
            if before is not None:
                before(message)
            if isinstance(message, KeyframeRequest) and message.media == camera.ssrc:
                camera.keyframe = True

        guest.on_message = heed
        return camera

    def microphone(self, name: str) -> Microphone:
        """What a guest says."""
        return Microphone(self.guests[name], secrets.randbelow(2**31) + 16)

    def look(self, name: str, *tiles: tuple[str, int]) -> None:
        """Show these peers, in tiles of these heights."""
        wanted = [
            Assignment(slot=slot, peer=peer, height=height)
            for slot, (peer, height) in enumerate(tiles)
        ]
        self.node.set_slots(ROOM, name, SetSlots(video=wanted))

    def mute(self, name: str, *sources: SourceKind) -> None:
        """Drop what a guest sends, at the node."""
        self.node.set_muted(ROOM, name, SetMuted(sources=list(sources)))

    def slot_ssrc(self, name: str, kind: str, index: int = 0) -> int:
        """The SSRC of a guest's slot, as the answer has it."""
        remote = self.guests[name].remote
        assert remote is not None
        slots = self.joined[name].video if kind == "video" else self.joined[name].audio
        return remote.ssrcs[slots[index].mid][0]

    def gone(self, name: str) -> str | None:
        """Why a guest is gone, if so."""
        return next(
            (
                event.reason.value
                for event in self.events
                if isinstance(event, PeerGone) and event.peer == name
            ),
            None,
        )


@asynccontextmanager
async def hall(
    *,
    max_peers: int = 20,
    recordings: Path | None = None,
    trunk: bool = False,
    networks: Networks = NOWHERE,
) -> AsyncIterator[Hall]:
    """A node with a room, for the time of a block; `trunk`: it takes trunks."""
    control = Control(Path("unused"))
    settings = MediaSettings("127.0.0.1", 0, max_peers, control, recordings, networks=networks)
    node = Node(settings)
    if trunk:
        node.cascade = Trunks(node, "127.0.0.1", 0)
    node.start()
    place = Hall(node)
    node.listeners.add(place.events.append)
    node.open_room(ROOM)
    try:
        yield place
    finally:
        for guest in place.guests.values():
            with contextlib.suppress(OSError, ValueError):
                await guest.close()
        await node.stop()


def with_port(answer: str, port: int) -> str:
    """The answer as it would be if the node were at another port."""
    return re.sub(r"(a=candidate:\S+ 1 udp \d+ \S+) \d+", rf"\1 {port}", answer)
