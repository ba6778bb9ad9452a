"""This system's own node under load."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from conferencing.engines.messages import Assignment, SetSlots
from conferencing.engines.node import NodeEngine
from conferencing.engines.port import EngineError
from loadtests.media.crowd import Measure, Show, eyes_on, measured
from loadtests.usage import usage_of
from tests.support.media_guest import Camera, Guest, Microphone, lines
from tests.support.ports import free_udp_port

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class OwnNode:
    """A running node."""

    engine: NodeEngine
    pid: int
    idle_kib: float


@asynccontextmanager
async def own_node(*, max_peers: int = 200) -> AsyncIterator[OwnNode]:
    """A node in a process of its own, for the time of a block."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "DATA_DIR": folder,
            "MEDIA_PORT": str(free_udp_port()),
            "MEDIA_HOST": "127.0.0.1",
            "MEDIA_MAX_PEERS": str(max_peers),
            "MEDIA_CONTROL": f"{folder}/media.sock",
            "CAMERA_NETWORKS": "127.0.0.0/8",
        }
        command = [sys.executable, "-m", "conferencing.media"]
        child = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment)
        engine = NodeEngine(f"{folder}/media.sock")
        try:
            await _until_up(engine)
            yield OwnNode(engine, child.pid, usage_of(child.pid).uss_kib)
        finally:
            await engine.close()
            if child.returncode is None:
                child.terminate()
            await child.wait()


async def _until_up(engine: NodeEngine) -> None:
    for _ in range(200):
        try:
            await engine.state()
        except EngineError:
            await asyncio.sleep(0.1)
        else:
            return
    raise RuntimeError("the media node does not come up")


async def measure_node(publishers: int, receivers: int, seconds: float) -> Measure:
    """Everybody who receives sees all who publish."""
    async with AsyncExitStack() as stack:
        node = await stack.enter_async_context(own_node())
        await node.engine.open_room("load")

        async def joined(guest: Guest, **what: int | bool) -> Guest:
            offer = guest.describe(lines(**what))  # type: ignore[arg-type]
            answer = (await node.engine.join("load", guest.name, offer)).answer
            await guest.connect(answer)
            stack.push_async_callback(guest.close)
            return guest

        senders = [
            await joined(Guest(f"s{number}"), microphone=False, video=0, audio=0)
            for number in range(publishers)
        ]
        viewers = [
            await joined(
                Guest(f"r{number}"), camera=False, microphone=False, video=publishers, audio=0
            )
            for number in range(receivers)
        ]
        cameras = [Camera(guest, 1000 + number) for number, guest in enumerate(senders)]
        eyes_on(cameras)
        await stack.enter_async_context(Show(cameras))
        wanted = [
            Assignment(slot=slot, peer=one.name, height=360) for slot, one in enumerate(senders)
        ]
        for guest in viewers:
            await node.engine.set_slots("load", guest.name, SetSlots(video=wanted))
        await asyncio.sleep(3)
        return await measured(
            node.pid,
            viewers,
            lambda: receivers * sum(camera.sent for camera in cameras),
            seconds=seconds,
            idle_kib=node.idle_kib,
            participants=publishers + receivers,
        )


async def crowd_of_hundred(seconds: float, *, count: int = 100) -> Measure:
    """One speaker at 720p, eight thumbnails, one voice; everybody sees all nine but themselves."""
    async with AsyncExitStack() as stack:
        node = await stack.enter_async_context(own_node(max_peers=count + 10))
        guests = [Guest(f"p{number}") for number in range(count)]
        await node.engine.open_room("hundred")
        for guest in guests:
            joined = await node.engine.join("hundred", guest.name, guest.describe(lines()))
            await guest.connect(joined.answer)
            stack.push_async_callback(guest.close)
        # 720p at about 1.3 Mbit/s, thumbnails of 180p at about 130 kbit/s.
        speaker = Camera(guests[0], 1000, height=720, packets_per_frame=6)
        thumbnails = [
            Camera(guest, 1000 + number, height=180, packets_per_frame=1, size=650)
            for number, guest in enumerate(guests[1:9], 1)
        ]
        eyes_on([speaker, *thumbnails])
        await stack.enter_async_context(Show([speaker]))
        await stack.enter_async_context(Show(thumbnails))
        voice = Microphone(guests[0], 5000)
        talk = asyncio.create_task(_talk(voice))
        stack.callback(talk.cancel)
        await asyncio.sleep(1)
        for guest in guests:
            others = [one for one in guests[:9] if one is not guest]
            wanted = [
                Assignment(slot=slot, peer=one.name, height=720 if one is guests[0] else 180)
                for slot, one in enumerate(others)
            ]
            await node.engine.set_slots("hundred", guest.name, SetSlots(video=wanted))
        await asyncio.sleep(4)
        return await measured(
            node.pid,
            guests,
            # Nobody gets their own.
            lambda: (count - 1) * (speaker.sent + sum(one.sent for one in thumbnails) + voice.sent),
            seconds=seconds,
            idle_kib=node.idle_kib,
            participants=count,
        )


async def _talk(microphone: Microphone) -> None:
    loop = asyncio.get_running_loop()
    at = loop.time()
    while True:
        microphone.say()
        at += 0.02
        await asyncio.sleep(max(0.0, at - loop.time()))
