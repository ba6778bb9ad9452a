"""People who send made-up pictures and tones through aiortc, for a recording of a few seconds."""

from __future__ import annotations

import asyncio
import fractions
import time
from dataclasses import dataclass
from pathlib import Path

import av
import numpy
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

from conferencing.engines.messages import RecordingStopped, SourceKind
from tests.support.media_room import ROOM, Hall, hall, until

NAME = "c1.r1.1764000000.e1"


class Stripes(VideoStreamTrack):
    """A picture of 320 × 180 that changes with each frame."""

    def __init__(self, *, slow: int = 1) -> None:
        super().__init__()
        self.count = 0
        self._slow = slow

    async def recv(self) -> av.VideoFrame:
        for _ in range(self._slow):
            timestamp, base = await self.next_timestamp()
        self.count += 1
        rows = numpy.full((270, 320), 128, numpy.uint8)
        rows[:180] = (numpy.arange(320) + 4 * self.count) % 256
        frame = av.VideoFrame.from_ndarray(rows, "yuv420p")
        frame.pts, frame.time_base = timestamp, fractions.Fraction(base)
        return frame


class Tone(AudioStreamTrack):
    """A tone of so many hertz."""

    def __init__(self, hertz: float) -> None:
        super().__init__()
        self._hertz = hertz

    async def recv(self) -> av.AudioFrame:
        silence = await super().recv()
        assert isinstance(silence, av.AudioFrame)
        at = numpy.arange(silence.samples) + (silence.pts or 0)
        wave = 8000 * numpy.sin(2 * numpy.pi * self._hertz * at / silence.sample_rate)
        frame = av.AudioFrame.from_ndarray(wave.astype(numpy.int16)[None, :], "s16", "mono")
        frame.pts, frame.sample_rate = silence.pts, silence.sample_rate
        frame.time_base = silence.time_base
        return frame


@dataclass
class Taped:
    """A recording of a meeting: where it lies, what the node said of it, how long it took by the clock."""

    folder: Path
    stopped: RecordingStopped
    seconds: float


async def come(place: Hall, name: str, hertz: float) -> RTCPeerConnection:
    """Somebody comes with a camera and a microphone."""
    peer = RTCPeerConnection()
    peer.addTransceiver(Stripes(), direction="sendonly")
    peer.addTransceiver(Tone(hertz), direction="sendonly")
    await peer.setLocalDescription(await peer.createOffer())
    answer = place.node.join(ROOM, name, peer.localDescription.sdp).answer
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    return peer


async def meet_and_record(recordings: Path) -> Taped:
    """Two people for some four seconds: the first is muted for one of them, the second leaves before the end."""
    async with hall(recordings=recordings) as place:
        first = await come(place, "seat-1", 440)
        second = await come(place, "seat-2", 1000)
        room = place.node.rooms[ROOM]
        try:
            await until(lambda: all(len(one.flowing) == 2 for one in room.peers.values()) and len(room.peers) == 2, what="both to send")  # fmt: skip
            place.node.start_recording(ROOM, NAME)
            began = time.monotonic()
            place.node.start_recording(ROOM, NAME)  # again: nothing changes
            await asyncio.sleep(1.6)
            place.mute("seat-1", SourceKind.MICROPHONE)
            await asyncio.sleep(1.0)
            place.mute("seat-1")
            place.node.leave(ROOM, "seat-2")
            await asyncio.sleep(1.4)
            place.node.stop_recording(ROOM)
            seconds = time.monotonic() - began
            await until(lambda: any(isinstance(one, RecordingStopped) for one in place.events), what="all to be written")  # fmt: skip
        finally:
            await first.close()
            await second.close()
        stopped = next(one for one in place.events if isinstance(one, RecordingStopped))
        return Taped(recordings / NAME, stopped, seconds)
