"""A conference that goes on while people come and go: a minute of it must cost the same at the end as at the beginning.

`MINUTES` says for how long (20; QUICK=1: 3). Every few seconds a viewer leaves, one in three without a word, and
another comes; tiles change their size, so layers switch. Guests are in this process, the figures are the node's.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count
from statistics import mean

import psutil

from conferencing.engines.messages import Assignment, SetSlots
from conferencing.media.wire.rtcp import KeyframeRequest, Message
from loadtests.media.crowd import Show
from loadtests.media.own import OwnNode, own_node
from loadtests.plan import Plan
from loadtests.report import Report
from loadtests.usage import usage_of
from tests.support.media_guest import Camera, Guest, lines

ROOM = "soak"
PUBLISHERS, VIEWERS = 4, 8
CHANGE_EVERY_S = 5.0
NOWHERE = ("127.0.0.1", 9)
SIZES = (100, 300, 700)
"""Heights of tiles, in pixels."""
MEMORY_KIB, MEMORY_SHARE = 2048, 0.03
HANDLES = 2
CPU_SHARE = 0.25
"""What may differ between the first and the last third: what is more than these is growth."""


@dataclass(frozen=True, slots=True)
class Minute:
    """What the node had at the end of a minute, and what a packet cost in it."""

    uss_kib: float
    handles: int
    cpu_us: float
    packets_per_s: float


def run(plan: Plan) -> Report:
    """One long run."""
    return asyncio.run(_run(float(os.environ.get("MINUTES", "3" if plan.quick else "20"))))


async def _run(length: float) -> Report:
    async with AsyncExitStack() as stack:
        node = await stack.enter_async_context(own_node())
        await node.engine.open_room(ROOM)
        hall = Hall(node)
        await hall.begin(stack)
        coming = asyncio.create_task(hall.come_and_go())
        stack.callback(coming.cancel)
        await asyncio.sleep(10)  # all are there, and all layers have been asked for
        minutes = []
        for _ in range(max(1, round(length))):
            minutes.append(await hall.minute())
            if coming.done():
                await coming
        return _told(minutes, hall.joins)


class Hall:
    """The publishers who stay, and the viewers who come and go."""

    def __init__(self, node: OwnNode) -> None:
        self.node = node
        self.publishers: list[Guest] = []
        self.viewers: list[Guest] = []
        self.joins = 0
        self._gone_packets = 0
        self._numbers = count()

    async def begin(self, stack: AsyncExitStack) -> None:
        """Everybody comes, and the cameras run."""
        cameras = []
        for number in range(PUBLISHERS):
            guest = Guest(f"p{number}")
            await self._join(guest, microphone=False, video=0, audio=0, rids=("q", "f"))
            self.publishers.append(guest)
            cameras += _cameras(guest, 1000 + 10 * number)
        await stack.enter_async_context(Show(cameras))
        for _ in range(VIEWERS):
            await self._come()
        stack.push_async_callback(self._end)

    async def come_and_go(self) -> None:
        """One leaves, another comes, and the oldest of those who stay changes its tiles."""
        for turn in count():
            await asyncio.sleep(CHANGE_EVERY_S)
            guest = self.viewers.pop(0)
            self._gone_packets += guest.total
            if turn % 3 == 0:
                guest.aim(NOWHERE)  # nobody hears it say goodbye
            await guest.close()
            await self._come()
            await self._look(self.viewers[0])

    async def minute(self) -> Minute:
        """One more minute of it."""
        before, packets = usage_of(self.node.pid), self._packets()
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(60)
        after, arrived = usage_of(self.node.pid), self._packets() - packets
        return Minute(
            uss_kib=after.uss_kib,
            handles=psutil.Process(self.node.pid).num_fds(),
            cpu_us=1e6 * (after.cpu_s - before.cpu_s) / max(1, arrived),
            packets_per_s=arrived / (loop.time() - began),
        )

    def _packets(self) -> int:
        return self._gone_packets + sum(guest.total for guest in self.viewers)

    async def _join(self, guest: Guest, **what: int | bool | Sequence[str]) -> None:
        offer = guest.describe(lines(**what))  # type: ignore[arg-type]
        joined = await self.node.engine.join(ROOM, guest.name, offer)
        await guest.connect(joined.answer)
        self.joins += 1

    async def _come(self) -> None:
        guest = Guest(f"v{next(self._numbers)}")
        await self._join(guest, camera=False, microphone=False, video=PUBLISHERS, audio=1)
        self.viewers.append(guest)
        await self._look(guest)

    async def _look(self, guest: Guest) -> None:
        wanted = [
            Assignment(slot=slot, peer=one.name, height=secrets.choice(SIZES))
            for slot, one in enumerate(self.publishers)
        ]
        await self.node.engine.set_slots(ROOM, guest.name, SetSlots(video=wanted))

    async def _end(self) -> None:
        for guest in (*self.viewers, *self.publishers):
            await guest.close()


def _cameras(guest: Guest, ssrc: int) -> list[Camera]:
    """A small and a large layer, with key frames for who asks."""
    small = Camera(guest, ssrc, rid="q", height=180, packets_per_frame=1, size=650)
    large = Camera(guest, ssrc + 1, rid="f", height=720, packets_per_frame=4)

    def heed(message: Message) -> None:
        if isinstance(message, KeyframeRequest):
            (small if message.media == small.ssrc else large).keyframe = True

    guest.on_message = heed
    return [small, large]


def growth(minutes: Sequence[Minute]) -> list[str]:
    """What is more in the last third than in the first, in words; the first minute warms up."""
    judged = minutes[1:] if len(minutes) > 3 else minutes
    third = max(1, len(judged) // 3)
    first, last = judged[:third], judged[-third:]
    found = []
    memory = mean(one.uss_kib for one in last) - mean(one.uss_kib for one in first)
    if memory > max(MEMORY_KIB, MEMORY_SHARE * first[0].uss_kib):
        found.append(f"memory grew by {memory / 1024:.1f} MB")
    handles = max(one.handles for one in last) - max(one.handles for one in first)
    if handles > HANDLES:
        found.append(f"{handles} more file descriptors")
    cost = mean(one.cpu_us for one in last) / mean(one.cpu_us for one in first)
    if cost > 1 + CPU_SHARE:
        found.append(f"a packet costs {cost:.2f} times what it did")
    return found


def _told(minutes: Sequence[Minute], joins: int) -> Report:
    report = Report(
        "media_soak",
        f"Media node, {len(minutes)} minutes with people coming and going",
        ("minute", "MB", "file descriptors", "µs CPU per packet", "packets/s"),
    )
    for number, one in enumerate(minutes, 1):
        memory = f"{one.uss_kib / 1024:.1f}"
        cost, rate = f"{one.cpu_us:.1f}", f"{one.packets_per_s:.0f}"
        report.rows.append((str(number), memory, str(one.handles), cost, rate))
    first, last = minutes[min(1, len(minutes) - 1)], minutes[-1]
    report.figures |= {
        "media_soak_minutes": len(minutes),
        "media_soak_joins": joins,
        "media_soak_first_kib": first.uss_kib,
        "media_soak_last_kib": last.uss_kib,
        "media_soak_first_handles": first.handles,
        "media_soak_last_handles": last.handles,
        "media_soak_first_cpu_us": first.cpu_us,
        "media_soak_last_cpu_us": last.cpu_us,
    }
    report.faults = growth(minutes)
    report.notes.append(
        f"{joins} joins. " + ("; ".join(report.faults).capitalize() or "Nothing grew") + "."
    )
    return report
