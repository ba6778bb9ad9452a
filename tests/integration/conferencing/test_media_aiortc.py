"""aiortc, whose code this node does not share above DTLS, as peers: real pictures, encoded and decoded."""

from __future__ import annotations

import asyncio
import fractions
import time
from contextlib import AsyncExitStack

import av
import numpy
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack, VideoStreamTrack

from tests.support.lossy import Lossy
from tests.support.media_room import ROOM, Hall, hall, until, with_port


class Stripes(VideoStreamTrack):
    """A picture of 320 × 180 whose brightness tells the number of the frame."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    async def recv(self) -> av.VideoFrame:
        timestamp, base = await self.next_timestamp()
        self.count += 1
        rows = numpy.full((270, 320), 128, numpy.uint8)
        rows[:180] = (numpy.arange(320) + 4 * self.count) % 256
        frame = av.VideoFrame.from_ndarray(rows, "yuv420p")
        frame.pts, frame.time_base = timestamp, fractions.Fraction(base)
        return frame


class Screen:
    """Counts the frames of a track, and knows how long it stood still."""

    def __init__(self) -> None:
        self.frames = 0
        self.longest = 0.0
        self.values: set[int] = set()
        self.task: asyncio.Task[None] | None = None

    def watch(self, track: MediaStreamTrack) -> None:
        self.task = asyncio.create_task(self._watch(track))

    async def _watch(self, track: MediaStreamTrack) -> None:
        last = 0.0
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            now = time.monotonic()
            self.longest = max(self.longest, now - last if last else 0.0)
            last = now
            assert isinstance(frame, av.VideoFrame)
            self.frames += 1
            self.values.add(int(frame.to_ndarray()[90, 160]))


async def enter(place: Hall, name: str, peer: RTCPeerConnection, port: int | None = None) -> None:
    await peer.setLocalDescription(await peer.createOffer())
    answer = place.node.join(ROOM, name, peer.localDescription.sdp).answer
    if port is not None:
        answer = with_port(answer, port)
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))


async def pictures(share: float, frames: int) -> tuple[Screen, Lossy]:
    """A publisher and a receiver, both behind a line that loses a share both ways."""
    async with AsyncExitStack() as stack:
        place = await stack.enter_async_context(hall())
        relay = Lossy(("127.0.0.1", place.node.port), share)
        port = await relay.open()
        stack.callback(relay.close)
        sender, receiver = RTCPeerConnection(), RTCPeerConnection()
        stack.push_async_callback(sender.close)
        stack.push_async_callback(receiver.close)
        sender.addTransceiver(Stripes(), direction="sendonly")
        receiver.addTransceiver("video", direction="recvonly")
        screen = Screen()
        receiver.on("track", screen.watch)
        await enter(place, "sender", sender, port)
        await enter(place, "receiver", receiver, port)
        place.look("receiver", ("sender", 180))
        await until(lambda: screen.frames >= frames, what="the pictures", timeout_s=40)
        if screen.task is not None:
            screen.task.cancel()
        return screen, relay


async def test_aiortcs_pictures_come_through_and_move() -> None:
    screen, _ = await pictures(0.0, 40)
    assert len(screen.values) > 10


async def test_five_percent_loss_both_ways_freezes_nothing_for_long() -> None:
    screen, relay = await pictures(0.05, 200)
    assert relay.lost > 5
    assert len(screen.values) > 20
    assert screen.longest < 2.5
