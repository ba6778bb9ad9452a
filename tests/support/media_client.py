"""aiortc as a browser of this system at any engine: one connection, or a second one where the engine offers it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from contextlib import suppress

from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import (
    AudioStreamTrack,
    MediaStreamError,
    MediaStreamTrack,
    VideoStreamTrack,
)
from aiortc.rtcconfiguration import RTCIceTransportPolicy

from conferencing.engines.messages import Assignment, Joined, SetSlots, SourceKind
from conferencing.engines.port import Engine

_CANDIDATE = re.compile(r"a=(candidate|end-of-candidates).*\r\n")


class MediaClient:
    """Sends a camera and a microphone, and receives in slots; counts what it decodes, by slot.

    With TURN servers it takes no other way than through them.
    """

    def __init__(self, name: str, *, turn: Iterable[RTCIceServer] = ()) -> None:
        self.name = name
        self.joined: Joined | None = None
        self.pictures: dict[int, int] = {}
        self.sounds: dict[int, int] = {}
        self._turn = list(turn)
        self._sending = self._connection()
        self._receiving = self._sending
        self._tasks: list[asyncio.Task[None]] = []

    def _connection(self) -> RTCPeerConnection:
        # Nothing but the given servers: aiortc would ask Google's else.
        way = RTCIceTransportPolicy.RELAY if self._turn else RTCIceTransportPolicy.ALL
        return RTCPeerConnection(
            RTCConfiguration(self._turn, way, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )

    async def join(self, engine: Engine, room: str, *, video: int = 2, audio: int = 1) -> None:
        """Offer, and answer what the engine offers."""
        connection = self._sending
        connection.addTransceiver(VideoStreamTrack(), direction="sendonly")
        connection.addTransceiver(AudioStreamTrack(), direction="sendonly")
        for kind, count in (("video", video), ("audio", audio)):
            for _ in range(count):
                connection.addTransceiver(kind, direction="recvonly")
        await self.offer(engine, room)

    async def offer(self, engine: Engine, room: str) -> None:
        """As a browser: without candidates, the engine finds it by its first check."""
        connection = self._sending
        await connection.setLocalDescription(await connection.createOffer())
        text = _CANDIDATE.sub("", connection.localDescription.sdp)
        self.joined = joined = await engine.join(room, self.name, text)
        await connection.setRemoteDescription(RTCSessionDescription(joined.answer, "answer"))
        if joined.offer is not None:
            self._receiving = second = self._connection()
            await second.setRemoteDescription(RTCSessionDescription(joined.offer, "offer"))
            await second.setLocalDescription(await second.createAnswer())
            answer = _CANDIDATE.sub("", second.localDescription.sdp)
            await engine.accept(room, self.name, answer)
        self._watch(joined)

    def _watch(self, joined: Joined) -> None:
        tracks = {one.mid: one.receiver.track for one in self._receiving.getTransceivers()}
        for counts, lines in ((self.pictures, joined.video), (self.sounds, joined.audio)):
            for line in lines:
                counts[line.index] = 0
                work = _count(tracks[line.mid], counts, line.index)
                self._tasks.append(asyncio.create_task(work))

    def ways(self) -> set[str]:
        """The kinds of its candidates: `host`, `relay`."""
        return set(re.findall(r"a=candidate:.* typ (\w+)", self._sending.localDescription.sdp))

    def restarted_offer(self) -> str:
        """What a browser offers after a change of network: the same but for its ICE credentials."""
        fresh = re.sub(r"a=ice-ufrag:.*", "a=ice-ufrag:again", self._sending.localDescription.sdp)
        fresh = re.sub(r"a=ice-pwd:.*", "a=ice-pwd:" + "again" * 5, fresh)
        return _CANDIDATE.sub("", fresh.replace("\n", "\r\n").replace("\r\r", "\r"))

    async def look(self, engine: Engine, room: str, *peers: str) -> None:
        """Show these peers' cameras, in order of slots."""
        video = [
            Assignment(slot=slot, peer=peer, source=SourceKind.CAMERA)
            for slot, peer in enumerate(peers)
        ]
        await engine.set_slots(room, self.name, SetSlots(video=video))

    async def close(self) -> None:
        """Hang up, as a page that is closed."""
        for task in self._tasks:
            task.cancel()
        for connection in {self._sending, self._receiving}:
            await connection.close()


async def _count(track: MediaStreamTrack, counts: dict[int, int], index: int) -> None:
    with suppress(MediaStreamError):
        while True:
            await track.recv()
            counts[index] += 1
