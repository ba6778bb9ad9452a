"""The traffic: who publishes what, and what of it arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from conferencing.media.wire.rtcp import KeyframeRequest, Message
from loadtests.usage import usage_of
from tests.support.media_guest import Camera, Guest

FRAMES_PER_S = 25
KEYFRAME_EVERY = 50


@dataclass(frozen=True, slots=True)
class Measure:
    """`cpu_us` of the server's CPU time for each packet that arrived; memory beyond the idle server's."""

    cpu_us: float
    cpu_share: float
    packets_per_s: float
    delivered: float
    participant_mb: float


class Show:
    """Sends frames at a steady rate, the cameras evenly spread over it, until told to stop."""

    def __init__(self, cameras: Sequence[Camera], *, frames_per_s: float = FRAMES_PER_S) -> None:
        self.cameras = list(cameras)
        self.frames_per_s = frames_per_s
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Show:
        self._task = asyncio.create_task(self._send())
        return self

    async def __aexit__(self, *_details: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _send(self) -> None:
        loop = asyncio.get_running_loop()
        step = 1 / self.frames_per_s / len(self.cameras)
        at, number = loop.time(), 0
        while True:
            camera = self.cameras[number % len(self.cameras)]
            if number // len(self.cameras) % KEYFRAME_EVERY == 0:
                camera.keyframe = True
            camera.frame()
            number += 1
            at += step
            await asyncio.sleep(max(0.0, at - loop.time()))


async def measured(
    pid: int,
    receivers: Sequence[Guest],
    sent: Callable[[], int],
    *,
    seconds: float,
    idle_kib: float,
    participants: int,
) -> Measure:
    """The server's CPU over a stretch of time. `sent` is how many packets all receivers together should have got."""
    loop = asyncio.get_running_loop()
    before, began = usage_of(pid), loop.time()
    arrived, due = arrived_at(receivers), sent()
    await asyncio.sleep(seconds)
    after, took = usage_of(pid), loop.time() - began
    arrived = arrived_at(receivers) - arrived
    due = sent() - due
    return Measure(
        cpu_us=1e6 * (after.cpu_s - before.cpu_s) / max(1, arrived),
        cpu_share=(after.cpu_s - before.cpu_s) / took,
        packets_per_s=arrived / took,
        delivered=arrived / max(1, due),
        participant_mb=max(0.0, after.uss_kib - idle_kib) / 1024 / participants,
    )


def eyes_on(cameras: Sequence[Camera]) -> None:
    """Answer requests for key frames."""
    for camera in cameras:

        def heed(message: Message, camera: Camera = camera) -> None:
            if isinstance(message, KeyframeRequest):
                camera.keyframe = True

        camera.guest.on_message = heed


def arrived_at(receivers: Sequence[Guest]) -> int:
    """What came to their sockets, also what a guest that was too slow to read has lost there."""
    ports = {one.socket.getsockname()[1] for one in receivers}
    lost = 0
    for line in Path("/proc/net/udp").read_text(encoding="ascii").splitlines()[1:]:
        words = line.split()
        if int(words[1].rpartition(":")[2], 16) in ports:
            lost += int(words[-1])
    return lost + sum(one.total for one in receivers)
