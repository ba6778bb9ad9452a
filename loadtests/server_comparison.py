"""daphne beside uvicorn with each of its WebSocket implementations: same application, same consoles.

Deliveries per CPU second of the web process, memory per idle socket, and what becomes of a console that
does not read.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from loadtests.plan import Plan
from loadtests.report import Report
from loadtests.servers import KINDS, ServerKind, installed
from loadtests.stack import Stack, stack
from loadtests.stalled import StalledConsole
from loadtests.usage import cpu_s, usage_of
from tests.support.ports import free_port
from tests.support.waiting import wait_until

SOCKETS = 300
FRAMES_PER_S = 10
EVENTS_PER_FRAME = 5
STALLED_FEED = {"padding": 20_000, "events": 20, "every_s": 0.1, "seconds": 10}  # 4 MB a second
PATIENCE_S = 60  # uvicorn's own pings give up after 40


@dataclass(frozen=True, slots=True)
class Swarm:
    """Consoles that run, and where they will write what they counted."""

    pid: int
    out: str


def run(plan: Plan) -> Report:
    """Compare all of them, or in a quick run daphne with ours."""
    report = Report(
        name="server_comparison",
        title="ASGI servers under the console's socket",
        headers=[
            "server",
            "deliveries per CPU second",
            "CPU µs per delivery",
            "KiB per idle socket",
            "console that does not read",
            "memory it took, MiB",
        ],
    )
    kinds = (KINDS[0], KINDS[-1]) if plan.quick else installed()
    with stack() as system:
        port = free_port()
        with system.web(port, kinds[-1].command(port)) as web:
            cookies = system.cookies(port)
            kept_mib = _growth_without(system, port, cookies, web.pid)
        for kind in kinds:
            _measure(system, kind, report, cookies, kept_mib, seconds=5 if plan.quick else 12)
    report.notes += [
        f"{SOCKETS} consoles of the demo city, {FRAMES_PER_S} frames a second with "
        f"{EVENTS_PER_FRAME} events each. A delivery is one frame read by one console; reading the "
        "table and encoding the frame are included. The consoles offer per-message deflate, as "
        "browsers do; only “deflate” accepts it.",
        "A console that does not read is sent 40 MB within 10 s. Its memory is the most that the "
        "process grew, less what it grew with a console that reads. Nothing can be told to a console "
        "that never reads again; one that resumes in time finds the close frame with 4408.",
        "Memory per idle socket is unshared memory (USS) with all snapshots delivered, less that before the first "
        "console, divided by their number.",
        "“uvicorn, ours” is websockets-sansio with command_center/feed/uvicorn_socket.py.",
    ]
    return report


def _measure(
    system: Stack,
    kind: ServerKind,
    report: Report,
    cookies: list[str],
    kept_mib: float,
    *,
    seconds: int,
) -> None:
    port = free_port()
    with system.web(port, kind.command(port)) as web:
        with consoles(system, port, cookies, 1):
            pass  # what the first console brings with it is not counted
        before = usage_of(web.pid)
        with consoles(system, port, cookies, SOCKETS) as swarm:
            idle = (usage_of(web.pid).uss_kib - before.uss_kib) / SOCKETS
            start = cpu_s(web.pid)
            _feed(system, every_s=1 / FRAMES_PER_S, events=EVENTS_PER_FRAME, seconds=seconds)
            used = cpu_s(web.pid) - start
        deliveries = json.loads(_read(swarm.out))["frames"]
    with system.web(port, kind.command(port)) as web:
        outcome, memory_mib = _stall(port, system, cookies[0], web.pid)
    memory_mib = max(0.0, memory_mib - kept_mib)
    name = kind.name.replace(",", "").replace(" ", "_")
    report.figures |= {
        f"{name}_deliveries_per_cpu_s": deliveries / used,
        f"{name}_cpu_us_per_delivery": used / deliveries * 1e6,
        f"{name}_kib_per_idle_socket": idle,
        f"{name}_stalled_console_mib": memory_mib,
    }
    report.rows.append(
        [
            kind.name,
            f"{deliveries / used:,.0f}",
            f"{used / deliveries * 1e6:.0f}",
            f"{idle:.0f}",
            outcome,
            f"{memory_mib:.0f}",
        ]
    )
    print("  " + ", ".join(report.rows[-1]), flush=True)


@contextmanager
def consoles(system: Stack, port: int, cookies: list[str], count: int) -> Iterator[Swarm]:
    """Consoles for a block; all have their snapshot when it begins."""
    out = system.directory / f"consoles-{time.monotonic_ns()}.json"
    settings = {"port": port, "cookies": cookies, "count": count, "out": str(out)}
    with system.tool("consoles", settings) as child:
        wait_until(lambda: child.said("ready"), what="every console's snapshot", timeout_s=240)
        yield Swarm(child.pid, str(out))


def _read(path: str) -> str:
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - a name is what there is
        return file.read()


def _feed(system: Stack, **settings: float) -> None:
    with system.tool("feeder", {"padding": 0, **settings}) as child:
        if child.process.wait(180) != 0:
            raise RuntimeError(child.output())


def _growth_without(system: Stack, port: int, cookies: list[str], pid: int) -> float:
    """How much the process grows (MiB) with the same feed and a console that reads: what it keeps of events."""
    with consoles(system, port, cookies[:1], 1):
        before = usage_of(pid).uss_kib
        _feed(system, **STALLED_FEED)
        return (usage_of(pid).uss_kib - before) / 1024


def _stall(port: int, system: Stack, cookie: str, pid: int) -> tuple[str, float]:
    """What becomes of a console that does not read, and the most memory that it took (MiB)."""
    console = StalledConsole(port, cookie)
    time.sleep(1)  # the snapshot is on its way; nothing tells when it has stopped moving
    before = most = usage_of(pid).uss_kib
    begin = time.monotonic()
    with system.tool("feeder", STALLED_FEED):
        while held := console.held_by(pid):
            most = max(most, usage_of(pid).uss_kib)
            waited = time.monotonic() - begin
            if waited > PATIENCE_S:
                break
            time.sleep(0.1)
    waited = time.monotonic() - begin
    told = console.was_told() if not held else False
    console.close()
    outcome = f"kept, still after {waited:.0f} s" if held else f"cut after {waited:.0f} s"
    if told:
        outcome = f"closed with 4408 after {waited:.0f} s"
    return outcome, (most - before) / 1024
