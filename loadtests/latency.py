"""From a device's publish to the frame in a console's socket, with the commit in between.

Devices send 500 messages a second; among them are probes, messages that raise an alarm or clear it. Each
probe is timed at every one of 50 consoles, from just before it is written to the broker's socket.
"""

from __future__ import annotations

import json
import time
from itertools import islice
from pathlib import Path

from loadtests.payloads import Endpoint, probe_clear, probe_raise, telemetry
from loadtests.plan import Plan
from loadtests.report import Report
from loadtests.server_comparison import consoles
from loadtests.servers import SERVED
from loadtests.stack import Broker, stack
from loadtests.usage import cpu_s
from loadtests.wire import Publisher
from tests.support.ports import free_port

RATE = 500
TICKS_PER_S = 100
PROBES_PER_S = 4
SOCKETS = 50
CONNECTIONS = 20


def run(plan: Plan) -> Report:
    """Measure on the embedded shape, as `make run` starts it."""
    seconds = 15 if plan.quick else 75
    port = free_port()
    with stack() as system, system.embedded_broker() as broker:
        with system.bridge() as bridge, system.web(port, SERVED.command(port)) as web:
            cookies = [system.cookies(port)[0]]
            with consoles(system, port, cookies, SOCKETS) as swarm:
                drive(broker, system.endpoints(), seconds=5)  # every device online, caches warm
                processes = {"broker": broker.child, "bridge": bridge, "web": web}
                before = {name: cpu_s(child.pid) for name, child in processes.items()}
                started = time.monotonic()
                sent = drive(broker, system.endpoints(), seconds=seconds, probes=True)
                wall = time.monotonic() - started
                used = {name: cpu_s(child.pid) - before[name] for name, child in processes.items()}
                time.sleep(2)  # what is under way arrives
        arrivals = json.loads(Path(swarm.out).read_text())["arrivals"]
    samples = sorted((at - sent[key]) / 1e6 for key, at in arrivals if key in sent)
    expected = len(sent) * SOCKETS
    report = Report(
        name="latency",
        title="From publish to the frame in the socket",
        headers=["", "p50 ms", "p90 ms", "p99 ms", "slowest ms", "samples", "of expected"],
    )
    cuts = [_at(samples, part) for part in (0.5, 0.9, 0.99, 1.0)]
    shown = f"{RATE} messages/s, {SOCKETS} consoles, {seconds} s"
    report.rows.append(
        [shown, *(f"{cut:.0f}" for cut in cuts), f"{len(samples):,}", f"{expected:,}"]
    )
    report.figures = {
        "publish_to_frame_p50_ms": cuts[0],
        "publish_to_frame_p99_ms": cuts[2],
        "publish_to_frame_max_ms": cuts[3],
        "probe_frames_missing": expected - len(samples),
    }
    for name, seconds_used in used.items():
        report.figures[f"{name}_cpu_percent"] = seconds_used / wall * 100
    cpu = ", ".join(f"{name} {spent / wall * 100:.0f} %" for name, spent in used.items())
    report.notes = [
        f"CPU, of one core: {cpu}.",
        "A feed frame goes out at once when the feed is idle and at most ten times a second under "
        "load: up to 100 ms of the slower half are that rhythm.",
    ]
    return report


def drive(
    broker: Broker, endpoints: list[Endpoint], *, seconds: float, probes: bool = False
) -> dict[str, int]:
    """Publish at the steady rate; returns when each probe was sent (monotonic ns), by its key."""
    gates = [endpoint for endpoint in endpoints if endpoint.kind == "face_gate"]
    held, others = gates[:PROBES_PER_S], [e for e in endpoints if e not in gates[:PROBES_PER_S]]
    stream = telemetry(others, seed=time.time_ns() // 1000)
    publishers = [
        Publisher(broker.port, f"load-{number}", broker.device_login)
        for number in range(CONNECTIONS)
    ]
    sent: dict[str, int] = {}
    begin = time.monotonic()
    for tick in range(int(seconds * TICKS_PER_S)):
        publisher = publishers[tick % CONNECTIONS]
        publisher.discard_acks()
        publisher.send(list(islice(stream, RATE // TICKS_PER_S)))
        phase, number = tick % (TICKS_PER_S // PROBES_PER_S), tick // (TICKS_PER_S // PROBES_PER_S)
        if probes and phase == 7:
            _probe(publisher, held, number, sent)
        time.sleep(max(0.0, begin + (tick + 1) / TICKS_PER_S - time.monotonic()))
    for publisher in publishers:
        publisher.close()
    return sent


def _probe(publisher: Publisher, gates: list[Endpoint], number: int, sent: dict[str, int]) -> None:
    """Raise and clear by turns, each gate's alarm in its own time: cleared one round later."""
    turn, place = divmod(number, len(gates))
    raised = (turn // 2) * len(gates) + place
    if turn % 2 == 0:
        key, message = f"raise-{raised}", probe_raise(gates[place], raised)
    else:
        key, message = f"clear-{raised}", probe_clear(gates[place], raised)
    sent[key] = time.monotonic_ns()
    publisher.send([message])


def _at(ordered: list[float], part: float) -> float:
    """The value below which this part of the samples lies."""
    if not ordered:
        raise RuntimeError("no probe arrived at any console")
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
