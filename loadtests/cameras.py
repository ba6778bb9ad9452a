"""What a camera costs: fetched, passed on as H.264, and encoded anew as VP8, in one run.

The camera (a real RTSP connection) and the receivers are in this process, whose CPU is not counted.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass

import psutil

from conferencing.engines.messages import Assignment, Feed, SetSlots
from loadtests.media.own import OwnNode, own_node
from loadtests.plan import Plan
from loadtests.report import Report
from loadtests.usage import usage_of
from tests.support.media_guest import Guest, lines
from tests.support.rtsp_camera import PASSWORD, USER, camera, clip

RECEIVERS = 8
SIZE, BITRATE = (1280, 720), 2_000_000
HIGH = "64001f"


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU of the camera's process and of the node as shares of a core; packets that arrived a second; memory."""

    camera: float
    node: float
    packets: float
    memory_mb: float


def run(plan: Plan) -> Report:
    """One camera, nobody looking, then eight who take H.264, then eight who take only VP8."""
    return asyncio.run(_run(4.0 if plan.quick else 15.0))


async def _run(seconds: float) -> Report:
    width, height = SIZE
    report = Report(
        "cameras",
        f"A camera of {width} × {height}, 25 pictures a second, {BITRATE // 1_000_000} Mbit/s, to {RECEIVERS} receivers",
        ("", "camera's process, % of a core", "node, % of a core", "packets/s", "its memory, MB"),
    )
    rows = (
        ("fetched, nobody looks", "fetched", 0, ""),
        ("passed on as H.264", "passed", RECEIVERS, HIGH),
        ("encoded anew as VP8", "made", RECEIVERS, ""),
    )
    shown = clip(profile="high", size=SIZE, bitrate=BITRATE, key_every=50, seconds=4, grain=24)
    octets = sum(picture.size for picture in shown.pictures) / 4
    report.notes.append(f"The camera sends {8 * octets / 1e6:.1f} Mbit/s.")
    for label, name, receivers, h264 in rows:
        with camera(shown) as source:
            feed = Feed(address=source.address, user=USER, password=PASSWORD)
            cost = await _cost(feed, receivers, h264, seconds)
        report.rows.append(
            (
                label,
                f"{100 * cost.camera:.1f}",
                f"{100 * cost.node:.1f}",
                f"{cost.packets:.0f}",
                f"{cost.memory_mb:.0f}",
            )
        )
        report.figures[f"camera_{name}_process_cpu_share"] = cost.camera
        report.figures[f"camera_{name}_node_cpu_share"] = cost.node
        report.figures[f"camera_{name}_memory_mb"] = cost.memory_mb
    ratio = report.figures["camera_made_process_cpu_share"] / max(
        1e-6, report.figures["camera_passed_process_cpu_share"]
    )
    report.figures["camera_made_to_passed_ratio"] = ratio
    report.notes.append(
        f"Encoding anew takes {ratio:.0f} times the CPU of passing on, once for each camera however many look."
    )
    return report


async def _cost(feed: Feed, receivers: int, h264: str, seconds: float) -> Cost:
    async with AsyncExitStack() as stack:
        node = await stack.enter_async_context(own_node())
        await node.engine.open_room("load")
        guests = [Guest(f"r{number}", h264=h264) for number in range(max(1, receivers))]
        for guest in guests:
            offer = guest.describe(lines(camera=False, microphone=False, video=1, audio=0))
            await guest.connect((await node.engine.join("load", guest.name, offer)).answer)
            stack.push_async_callback(guest.close)
        await node.engine.feed("load", "gate", feed)
        wanted = SetSlots(video=[Assignment(slot=0, peer="gate", height=SIZE[1])])
        await asyncio.sleep(3)
        for guest in guests[:receivers]:
            await node.engine.set_slots("load", guest.name, wanted)
        await asyncio.sleep(4)
        return await _measured(node, guests, seconds)


async def _measured(node: OwnNode, guests: list[Guest], seconds: float) -> Cost:
    (process,) = psutil.Process(node.pid).children()
    before, node_before = usage_of(process.pid), usage_of(node.pid)
    packets = sum(guest.total for guest in guests)
    await asyncio.sleep(seconds)
    after, node_after = usage_of(process.pid), usage_of(node.pid)
    return Cost(
        camera=(after.cpu_s - before.cpu_s) / seconds,
        node=(node_after.cpu_s - node_before.cpu_s) / seconds,
        packets=(sum(guest.total for guest in guests) - packets) / seconds,
        memory_mb=after.uss_kib / 1024,
    )
