"""A conference with a real media node: pictures come, stop with the node, and come again by themselves."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import (
    AudioStreamTrack,
    MediaStreamError,
    MediaStreamTrack,
    VideoStreamTrack,
)

from command_center.unix_sockets import reachable
from tests.support.city import EAST
from tests.support.consoles import Session
from tests.support.ports import free_udp_port
from tests.support.processes import Child, start
from tests.support.seats import SeatClient
from tests.support.stack import ROOT, Shape, Stack
from tests.support.waiting import wait_until

pytestmark = pytest.mark.shapes(Shape.EMBEDDED)
SignIn = Callable[..., Session]


class Browser:
    """A peer connection as a page would hold it, at a seat whose socket is read elsewhere."""

    def __init__(self, seat: SeatClient) -> None:
        self.seat = seat
        # aiortc loses what it hears where it speaks on the same connection.
        self.speaks = True
        self.frames = 0
        self.sounds = 0
        self._peer: RTCPeerConnection | None = None
        self._watching: list[asyncio.Task[None]] = []

    async def offer(self) -> None:
        """Make a new connection and offer, again if told to rejoin; returns when it is answered."""
        told = len(self.seat.of("rejoin"))
        answered = len(self.seat.of("answer"))
        peer = await self._fresh()
        self.seat.send("offer", sdp=peer.localDescription.sdp)
        await asyncio.to_thread(
            wait_until,
            lambda: len(self.seat.of("answer")) > answered or len(self.seat.of("rejoin")) > told,
            what="the answer",
        )
        if len(self.seat.of("answer")) == answered:
            await self.offer()
            return
        answer = self.seat.last("answer")
        await peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))

    async def _fresh(self) -> RTCPeerConnection:
        await self.close()
        self._peer = peer = RTCPeerConnection()
        peer.on("track", self._watch)
        peer.addTransceiver(VideoStreamTrack(), direction="sendonly")
        if self.speaks:
            peer.addTransceiver(AudioStreamTrack(), direction="sendonly")
        for _ in range(2):
            peer.addTransceiver("video", direction="recvonly")
        peer.addTransceiver("audio", direction="recvonly")
        await peer.setLocalDescription(await peer.createOffer())
        return peer

    async def close(self) -> None:
        """Let go of the connection."""
        for task in self._watching:
            task.cancel()
        self._watching.clear()
        if self._peer is not None:
            await self._peer.close()
            self._peer = None

    def _watch(self, track: MediaStreamTrack) -> None:
        self._watching.append(asyncio.ensure_future(self._count(track)))

    async def _count(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                await track.recv()
            except MediaStreamError:
                return
            if track.kind == "video":
                self.frames += 1
            else:
                self.sounds += 1


def start_node(stack: Stack, name: str = "media", **more: str) -> Child:
    """A media node of this system, as `manage.py media` starts it."""
    run = Path(stack.environment["DATA_DIR"]) / "run"
    run.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "conferencing.media"]
    environment = {**stack.environment, "MEDIA_CONTROL": str(run / f"{name}.sock"), **more}
    return start(command, log=stack.log(name), environment=environment, cwd=ROOT)


def state_of(stack: Stack, name: str) -> dict[str, Any]:
    """How a node is, as it tells it; nothing while it does not answer."""
    path = Path(stack.environment["DATA_DIR"]) / "run" / f"{name}.sock"
    with reachable(path) as short:
        with socket.socket(socket.AF_UNIX) as trial:
            if trial.connect_ex(short) != 0:
                return {}
        with httpx.Client(transport=httpx.HTTPTransport(uds=short)) as http:
            found: dict[str, Any] = http.get("http://media/v1/node").json()
            return found


@asynccontextmanager
async def seated(*seats: SeatClient) -> AsyncIterator[list[Browser]]:
    """A browser at each of these seats."""
    browsers = [Browser(seat) for seat in seats]
    try:
        yield browsers
    finally:
        for browser in browsers:
            await browser.close()
        for seat in seats:
            await asyncio.to_thread(seat.close)


async def more(browser: Browser, frames: int) -> None:
    """Wait for so many more decoded frames."""
    wanted = browser.frames + frames
    deadline = time.monotonic() + 30
    while browser.frames < wanted:
        assert time.monotonic() < deadline, f"{browser.frames} of {wanted} frames"
        await asyncio.sleep(0.05)


async def test_pictures_come_and_a_killed_node_is_survived(stack: Stack, sign_in: SignIn) -> None:
    node = start_node(stack)
    try:
        village = int(stack.query("SELECT id FROM accounts_user WHERE username = 'village'")[0][0])
        body = {"title": "画面", "invite": [{"user": village, "code": "640181100001"}]}
        opened = sign_in("city").post("/api/v1/conferences", body)
        conference = opened.json()["id"]
        seats = [
            await asyncio.to_thread(SeatClient, sign_in(name), conference)
            for name in ("city", "village")
        ]
        async with seated(*seats) as (chair, guest):
            await chair.offer()
            await guest.offer()
            await more(chair, 10)
            await more(guest, 10)
            assert await asyncio.to_thread(
                wait_until,
                lambda: [slot["seat"] for slot in guest.seat.last("slots")["video"]] == [1, None],
                what="the chair in the village's slot",
            )
            node.kill()
            node = start_node(stack)
            killed = time.monotonic()
            for one in (chair, guest):
                await asyncio.to_thread(one.seat.wait, "rejoin", reason="media_moved")
                await one.offer()
            await more(guest, 5)
            assert time.monotonic() - killed < 20, (
                "the machine of the tests is slow, but not so slow"
            )
            assert guest.seat.seen(1)["presence"] == "joined"
            await asyncio.to_thread(chair.seat.must, "end")
    finally:
        node.stop()


async def test_a_room_on_two_nodes_and_the_death_of_the_townships(
    stack: Stack, sign_in: SignIn
) -> None:
    nodes = {
        "media": start_node(stack),
        "media-east": start_node(stack, "media-east", MEDIA_PORT=str(free_udp_port())),
    }
    try:
        village = int(stack.query("SELECT id FROM accounts_user WHERE username = 'village'")[0][0])
        body = {"title": "级联", "invite": [{"user": village, "code": EAST.villages[0]}]}
        opened = sign_in("city").post("/api/v1/conferences", body)
        conference = opened.json()["id"]
        seats = [
            await asyncio.to_thread(SeatClient, sign_in(name), conference)
            for name in ("city", "village")
        ]
        async with seated(*seats) as (chair, guest):
            guest.speaks = False
            for name in nodes:
                await asyncio.to_thread(wait_until, partial(state_of, stack, name), what=name)
            await chair.offer()
            await guest.offer()
            await more(chair, 5)
            await more(guest, 5)
            await asyncio.to_thread(wait_until, lambda: guest.sounds > 5, what="the chair's voice")
            trunk = state_of(stack, "media-east")["trunks"][0]
            assert (trunk["alive"], trunk["protected"]) == (True, False)
            assert trunk["rooms"] == [f"conference-{conference}"]
            assert (trunk["imported"], trunk["exported"]) == (2, 1), (
                "picture and voice come, the picture goes; the village has not the floor"
            )
            # Muted at the city's node, the chair is not heard at the township's.
            await asyncio.to_thread(chair.seat.must, "microphone", on=False)
            await asyncio.to_thread(
                wait_until,
                lambda: state_of(stack, "media-east")["trunks"][0]["imported"] == 1,
                what="the voice to cross no more",
            )
            told = len(chair.seat.of("rejoin"))
            nodes["media-east"].kill()
            killed = time.monotonic()
            await asyncio.to_thread(guest.seat.wait, "rejoin", reason="media_moved")
            assert time.monotonic() - killed < 5
            await guest.offer()
            await more(guest, 5)
            await more(chair, 5)
            assert len(chair.seat.of("rejoin")) == told, "who was not on it stays where it is"
            assert guest.seat.seen(1)["presence"] == guest.seat.seen(2)["presence"] == "joined"
            await asyncio.to_thread(chair.seat.must, "end")
    finally:
        for node in nodes.values():
            node.stop()
