"""CPU and memory of the media node, of Janus and of a naive relay, over the same traffic.

Peers are codec-less guests in this process, whose CPU is not counted; figures are CPU time of the server's process,
so that what else the machine does hardly matters.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from loadtests.media.crowd import Measure
from loadtests.media.janus import janus_missing, measure_janus
from loadtests.media.naive import measure_naive
from loadtests.media.own import crowd_of_hundred, measure_node
from loadtests.plan import Plan
from loadtests.report import Report

PUBLISHERS, RECEIVERS = 8, 24
WHOLE = 0.98


def run(plan: Plan) -> Report:
    """All contenders one after another."""
    return asyncio.run(_run(plan))


async def _run(plan: Plan) -> Report:
    seconds, rounds = (4.0, 1) if plan.quick else (10.0, 3)
    report = Report(
        "media",
        f"Media: CPU per forwarded packet, {PUBLISHERS} publishers to {RECEIVERS} receivers",
        ("server", "µs CPU per packet", "packets/s", "delivered", "MB per participant"),
    )
    contenders: dict[str, tuple[str, Callable[[], Awaitable[Measure]]]] = {
        "node": ("this node", lambda: measure_node(PUBLISHERS, RECEIVERS, seconds)),
    }
    if reason := janus_missing():
        report.notes.append(f"Janus was not measured: {reason}.")
    else:
        for name, label, loops in (
            ("janus_loops2", "Janus, event_loops=2", 2),
            ("janus_default", "Janus, default", 0),
        ):
            contenders[name] = (
                label,
                partial(measure_janus, PUBLISHERS, RECEIVERS, seconds, loops),
            )
    # In turns, so that what else the machine does meets all of them; the middle round counts.
    found: dict[str, list[Measure]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, (_, measure) in contenders.items():
            found[name].append(await measure())
    for name, (label, _) in contenders.items():
        _row(report, label, name, _middle(found[name]))
    for name, key in (
        ("janus_loops2", "media_ratio_to_janus"),
        ("janus_default", "media_ratio_to_janus_default"),
    ):
        if name in contenders:
            ratio = report.figures["media_node_cpu_us"] / report.figures[f"media_{name}_cpu_us"]
            report.figures[key] = ratio
            report.notes.append(
                f"Per packet this node takes {ratio:.2f} of the CPU of {contenders[name][0]}."
            )
    _row(report, "aiortc MediaRelay, 1 to 3", "naive", await measure_naive(seconds))
    report.notes.append(
        "The naive relay decodes, and encodes for each receiver, so it gets real pictures, and few of them."
    )
    hundred = await crowd_of_hundred(seconds)
    report.figures["media_hundred_cpu_share"] = hundred.cpu_share
    report.figures["media_hundred_packets_per_s"] = hundred.packets_per_s
    report.figures["media_hundred_delivered_share"] = hundred.delivered
    report.figures["media_hundred_participant_mb"] = hundred.participant_mb
    report.notes.append(
        f"100 participants, each with one speaker and eight thumbnails: {100 * hundred.cpu_share:.0f} % of one core, "
        f"{hundred.packets_per_s:.0f} packets/s, {100 * hundred.delivered:.2f} % delivered, "
        f"{hundred.participant_mb:.2f} MB per participant."
    )
    return report


def _middle(rounds: list[Measure]) -> Measure:
    """The round of middle cost, of those in which nearly all arrived: who sends less has more to pay for each."""
    whole = [one for one in rounds if one.delivered > WHOLE] or rounds
    return sorted(whole, key=lambda one: one.cpu_us)[(len(whole) - 1) // 2]


def _row(report: Report, label: str, name: str, found: Measure) -> None:
    report.rows.append(
        (
            label,
            f"{found.cpu_us:.1f}",
            f"{found.packets_per_s:.0f}",
            f"{100 * found.delivered:.2f} %",
            f"{found.participant_mb:.2f}",
        )
    )
    report.figures[f"media_{name}_cpu_us"] = found.cpu_us
    report.figures[f"media_{name}_participant_mb"] = found.participant_mb
    report.figures[f"media_{name}_delivered_share"] = found.delivered
