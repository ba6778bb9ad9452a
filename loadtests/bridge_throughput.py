"""Messages a second that one bridge sustains, beside a bare paho subscriber that only counts.

Both have a persistent session with the same broker. One publisher fills both with the same messages
while they are away; then each, alone, takes its backlog. So the subscriber is the bottleneck, not the
publisher, and both had the same payloads of the same run. Rounds alternate, the median counts.
"""

from __future__ import annotations

import json
import statistics
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice

from loadtests.payloads import Endpoint, telemetry
from loadtests.plan import Plan
from loadtests.report import Report
from loadtests.stack import Broker, Stack, stack
from loadtests.usage import cpu_s
from loadtests.wire import Publisher
from tests.support.waiting import wait_until

WINDOW = 200
FILTERS = ("sc/v1/+/+/+/+/+/event", "sc/v1/+/+/+/+/+/state")


@dataclass(frozen=True, slots=True)
class Drained:
    """How a backlog was taken."""

    messages: int
    seconds: float
    cpu_s: float

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds

    @property
    def cpu_us(self) -> float:
        """Microseconds of CPU for each message."""
        return self.cpu_s / self.messages * 1e6


def run(plan: Plan) -> Report:
    """Measure on both brokers."""
    report = Report(
        name="bridge_throughput",
        title="One bridge beside a bare paho subscriber",
        headers=["broker", "subscriber", "messages/s", "CPU µs per message", "ratio of messages/s"],
    )
    with stack() as system:
        for broker in (system.mosquitto(), system.embedded_broker()):
            _measure(system, broker, report, plan)
    report.figures["ingest_ratio_to_paho"] = report.figures["mosquitto_ingest_ratio"]
    report.notes += [
        "`ingest_ratio_to_paho` is the one on Mosquitto, the broker of production: the embedded one "
        "sends at most 100 unacknowledged messages to any client, so there the bridge waits for its "
        "disk between windows and not for itself.",
        "The bare subscriber acknowledges at once, decodes nothing, and loops in its main thread, "
        "the cheapest way that paho has. The bridge decodes, strips, checks, deduplicates, applies "
        "rules, commits to SQLite with synchronous=FULL, acknowledges after that and answers each "
        "device on its `ack` topic.",
    ]
    return report


def _measure(
    system: Stack, starting: AbstractContextManager[Broker], report: Report, plan: Plan
) -> None:
    count, rounds = (8_000, 1) if plan.quick else (30_000, 3)
    bridge: list[Drained] = []
    bare: list[Drained] = []
    with starting as broker:
        _make_sessions(system, broker)
        for number in range(rounds):
            seed = int(time.time_ns() // 1000) + number
            _fill(broker, system.endpoints(), count=count, seed=seed)
            bridge.append(_drain_bridge(system, count))
            bare.append(_drain_bare(system, broker, count))
    ratio = statistics.median(a.rate / b.rate for a, b in zip(bridge, bare, strict=True))
    for who, drained in (("bare paho", bare), ("bridge", bridge)):
        rate = statistics.median(one.rate for one in drained)
        cpu = statistics.median(one.cpu_us for one in drained)
        name = f"{broker.name}_{who.replace(' ', '_')}"
        report.figures[f"{name}_messages_per_s"] = rate
        report.figures[f"{name}_cpu_us"] = cpu
        shown = f"{ratio:.2f}" if who == "bridge" else ""
        report.rows.append([broker.name, who, f"{rate:,.0f}", f"{cpu:.0f}", shown])
    report.figures[f"{broker.name}_ingest_ratio"] = ratio


def _make_sessions(system: Stack, broker: Broker) -> None:
    """Have both connect once, so that the broker keeps what comes while they are away."""
    with system.bridge():
        pass
    with system.tool("bare_subscriber", _bare_settings(broker, expected=0)) as child:
        child.process.wait(20)


def _fill(broker: Broker, endpoints: list[Endpoint], *, count: int, seed: int) -> None:
    publisher = Publisher(broker.port, "load-publisher", broker.device_login)
    stream = telemetry(endpoints, seed=seed)
    for start in range(0, count, WINDOW):
        publisher.publish(list(islice(stream, min(WINDOW, count - start))))
    publisher.close()


def _drain_bridge(system: Stack, count: int) -> Drained:
    """Start the bridge and watch the table fill: from its first rows to the last."""
    before = _stored(system)
    with system.bridge() as child:
        wait_until(lambda: _stored(system) > before, what="the first commit")
        first, first_s, first_cpu = _stored(system), time.monotonic(), cpu_s(child.pid)
        wait_until(lambda: _stored(system) >= before + count, what="the last one", timeout_s=300)
        last_s, last_cpu = time.monotonic(), cpu_s(child.pid)
    return Drained(before + count - first, last_s - first_s, last_cpu - first_cpu)


def _stored(system: Stack) -> int:
    return int(system.query("SELECT coalesce(max(id), 0) FROM intake_deviceevent")[0][0])


def _drain_bare(system: Stack, broker: Broker, count: int) -> Drained:
    with system.tool("bare_subscriber", _bare_settings(broker, expected=count)) as child:
        if child.process.wait(300) != 0:
            raise RuntimeError(child.output())
        return Drained(**json.loads(child.output()))


def _bare_settings(broker: Broker, *, expected: int) -> dict[str, object]:
    return {
        "port": broker.port,
        "mqtt5": broker.mqtt5,
        "login": broker.platform_login,
        "filters": FILTERS,
        "expected": expected,
    }
