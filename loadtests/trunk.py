"""CPU of a packet that crosses from one media node to another, beside one that is forwarded on the spot.

The same cameras each time, and codec-less guests in this process, whose CPU is not counted. With one receiver the
sending node does over the trunk what the direct one does to the browser; with many the receiving node does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median

from conferencing.engines import trunks
from conferencing.engines.messages import Assignment, SetSlots
from loadtests.media.crowd import Show, arrived_at, eyes_on
from loadtests.media.own import OwnNode, own_node
from loadtests.plan import Plan
from loadtests.report import Report
from loadtests.usage import usage_of
from tests.support.media_guest import Camera, Guest, lines

PUBLISHERS = 8
FEW, MANY = 1, 24
ROOM = "load"


@dataclass(frozen=True, slots=True)
class Cost:
    """µs of CPU: `near` at the publishers' node for each packet it sends, `far` at the receivers' for each it sends."""

    near: float
    far: float
    delivered: float


def run(plan: Plan) -> Report:
    """Direct, plain and protected, in turns."""
    return asyncio.run(_run(plan))


async def _run(plan: Plan) -> Report:
    seconds, rounds = (3.0, 1) if plan.quick else (8.0, 3)
    report = Report(
        "trunk",
        f"Trunk: CPU per packet between two media nodes, {PUBLISHERS} publishers",
        ("way", "receivers", "µs at the sending node", "µs at the receiving node", "delivered"),
    )
    ways: tuple[tuple[str, bool | None], ...] = (("direct", None), ("plain", False), ("srtp", True))
    found: dict[tuple[str, int], list[Cost]] = {}
    for _ in range(rounds):
        for receivers in (FEW, MANY):
            for name, protected in ways:
                cost = await _measure(receivers, seconds, protected)
                found.setdefault((name, receivers), []).append(cost)
    for (name, receivers), costs in found.items():
        _row(report, name, receivers, costs)
    direct = report.figures[f"trunk_direct_{FEW}_near_cpu_us"]
    for name in ("plain", "srtp"):
        ratio = report.figures[f"trunk_{name}_{FEW}_near_cpu_us"] / direct
        report.figures[f"trunk_{name}_ratio_to_direct"] = ratio
        report.notes.append(
            f"Over the trunk ({name}) a packet takes {ratio:.2f} of the CPU of one to a browser."
        )
    report.notes.append(
        f"With {MANY} receivers behind it, each packet crosses once: the sending node's figure there is per crossing."
    )
    return report


def _row(report: Report, name: str, receivers: int, costs: Sequence[Cost]) -> None:
    near, far = median(one.near for one in costs), median(one.far for one in costs)
    delivered = median(one.delivered for one in costs)
    alone = name == "direct"
    report.rows.append(
        (
            name,
            str(receivers),
            f"{near:.1f}",
            "" if alone else f"{far:.1f}",
            f"{100 * delivered:.2f} %",
        )
    )
    report.figures[f"trunk_{name}_{receivers}_near_cpu_us"] = near
    report.figures[f"trunk_{name}_{receivers}_delivered_share"] = delivered
    if not alone:
        report.figures[f"trunk_{name}_{receivers}_far_cpu_us"] = far


async def _measure(receivers: int, seconds: float, protected: bool | None) -> Cost:
    """`protected` None: everybody is at one node."""
    async with AsyncExitStack() as stack:
        near = await stack.enter_async_context(own_node())
        far = near
        await near.engine.open_room(ROOM)
        if protected is not None:
            far = await stack.enter_async_context(own_node())
            await far.engine.open_room(ROOM)
            ends = [(one.engine, await one.engine.state()) for one in (near, far)]
            await trunks.join(ROOM, *ends, protected=protected)
        cameras = [
            Camera(await _joined(stack, near, f"s{number}", 0), 1000 + number)
            for number in range(PUBLISHERS)
        ]
        eyes_on(cameras)
        viewers = [
            await _joined(stack, far, f"r{number}", PUBLISHERS) for number in range(receivers)
        ]
        await stack.enter_async_context(Show(cameras))
        wanted = [Assignment(slot=slot, peer=f"s{slot}", height=360) for slot in range(PUBLISHERS)]
        for guest in viewers:
            await far.engine.set_slots(ROOM, guest.name, SetSlots(video=wanted))
        await asyncio.sleep(3)
        return await _over(seconds, near, far, viewers, cameras)


async def _joined(stack: AsyncExitStack, node: OwnNode, name: str, video: int) -> Guest:
    guest = Guest(name)
    offer = guest.describe(lines(camera=video == 0, microphone=False, video=video, audio=0))
    await guest.connect((await node.engine.join(ROOM, name, offer)).answer)
    stack.push_async_callback(guest.close)
    return guest


async def _over(
    seconds: float, near: OwnNode, far: OwnNode, viewers: Sequence[Guest], cameras: Sequence[Camera]
) -> Cost:
    def now() -> tuple[float, float, int, int]:
        sent = sum(camera.sent for camera in cameras)
        return usage_of(near.pid).cpu_s, usage_of(far.pid).cpu_s, arrived_at(viewers), sent

    before = now()
    await asyncio.sleep(seconds)
    near_cpu, far_cpu, arrived, sent = (b - a for a, b in zip(before, now(), strict=True))
    leaving = arrived if near is far else sent
    return Cost(
        near=1e6 * near_cpu / max(1, leaving),
        far=1e6 * far_cpu / max(1, arrived),
        delivered=arrived / max(1, sent * len(viewers)),
    )
