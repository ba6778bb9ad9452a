"""What the media node is not: aiortc's MediaRelay, which decodes, and encodes anew for each receiver.

`main` is the server: one JSON line with an offer in, one with the answer out.
"""

from __future__ import annotations

import asyncio
import fractions
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import av
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay
from aiortc.mediastreams import MediaStreamTrack, VideoStreamTrack

from loadtests.media.crowd import Measure
from loadtests.usage import usage_of

RECEIVERS = 3


async def serve() -> None:
    """The first offer publishes, all others receive."""
    relay, peers = MediaRelay(), []
    track: asyncio.Future[MediaStreamTrack] = asyncio.get_running_loop().create_future()
    reader = asyncio.StreamReader(limit=2**20)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while line := await reader.readline():
        peer = RTCPeerConnection()
        peers.append(peer)
        if len(peers) == 1:
            peer.on("track", track.set_result)
        else:
            peer.addTrack(relay.subscribe(await track))
        await peer.setRemoteDescription(RTCSessionDescription(json.loads(line), "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        print(json.dumps(peer.localDescription.sdp), flush=True)


class _Pattern(VideoStreamTrack):
    """640 x 360 of something that moves."""

    async def recv(self) -> av.VideoFrame:
        timestamp, base = await self.next_timestamp()
        frame = av.VideoFrame(640, 360, "yuv420p")
        for number, plane in enumerate(frame.planes):
            size = plane.buffer_size
            plane.update(bytes((at + timestamp // 300 * (number + 1)) % 256 for at in range(256)) * (size // 256) + bytes(size % 256))  # fmt: skip
        frame.pts, frame.time_base = timestamp, fractions.Fraction(base)
        return frame


@asynccontextmanager
async def _server() -> AsyncIterator[asyncio.subprocess.Process]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from loadtests.media.naive import main; main()"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        limit=2**20,
    )
    try:
        yield child
    finally:
        child.kill()
        await child.wait()


async def _joined(child: asyncio.subprocess.Process, peer: RTCPeerConnection) -> None:
    stdin, stdout = child.stdin, child.stdout
    if stdin is None or stdout is None:
        raise RuntimeError("the relay has no pipes")
    await peer.setLocalDescription(await peer.createOffer())
    stdin.write(json.dumps(peer.localDescription.sdp).encode() + b"\n")
    answer = json.loads(await stdout.readline())
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))


async def measure_naive(seconds: float) -> Measure:
    """One publisher, three receivers: what one core manages."""
    async with AsyncExitStack() as stack:
        child = await stack.enter_async_context(_server())
        await asyncio.sleep(2)
        idle = usage_of(child.pid).uss_kib
        publisher = RTCPeerConnection()
        stack.push_async_callback(publisher.close)
        publisher.addTrack(_Pattern())
        await _joined(child, publisher)
        await asyncio.sleep(1)
        receivers = []
        for _ in range(RECEIVERS):
            peer = RTCPeerConnection()
            stack.push_async_callback(peer.close)
            peer.addTransceiver("video", direction="recvonly")
            await _joined(child, peer)
            receivers.append(peer)
        await asyncio.sleep(3)
        before, packets = usage_of(child.pid), await _arrived(receivers)
        await asyncio.sleep(seconds)
        after, arrived = usage_of(child.pid), await _arrived(receivers) - packets
        cpu = after.cpu_s - before.cpu_s
        return Measure(
            cpu_us=1e6 * cpu / max(1, arrived),
            cpu_share=cpu / seconds,
            packets_per_s=arrived / seconds,
            delivered=1.0,
            participant_mb=(after.uss_kib - idle) / 1024 / (1 + RECEIVERS),
        )


async def _arrived(peers: list[RTCPeerConnection]) -> int:
    total = 0
    for peer in peers:
        report: Any = await peer.getStats()
        total += sum(one.packetsReceived for one in report.values() if one.type == "inbound-rtp")
    return total


def main() -> None:
    """The server, as a program."""
    asyncio.run(serve())
