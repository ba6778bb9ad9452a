"""Memory: the web process with 1,000 idle consoles, the bridge at 500 messages a second for long."""

from __future__ import annotations

import time

from loadtests.latency import RATE, drive
from loadtests.plan import Plan
from loadtests.report import Report
from loadtests.server_comparison import consoles
from loadtests.servers import SERVED
from loadtests.stack import stack
from loadtests.usage import usage_of
from tests.support.ports import free_port

WARM_UP_S = 150  # SQLite fills its page cache of 16 MiB meanwhile
SETTLE_S = 6  # a heartbeat has gone to every console


def run(plan: Plan) -> Report:
    """Measure both."""
    report = Report(name="memory", title="Memory", headers=["", "before", "after", "difference"])
    _idle_consoles(report, 300 if plan.quick else 1000)
    _busy_bridge(report, 0.5 if plan.quick else 10)
    return report


def _idle_consoles(report: Report, count: int) -> None:
    port = free_port()
    with stack() as system, system.web(port, SERVED.command(port)) as web:
        cookies = system.cookies(port)
        before = usage_of(web.pid)
        with consoles(system, port, cookies, count):
            time.sleep(SETTLE_S)
            after = usage_of(web.pid)
    each = (after.uss_kib - before.uss_kib) / count
    report.figures |= {
        "idle_consoles": count,
        "kib_per_idle_console": each,
        "web_rss_with_idle_consoles_mib": after.rss_kib / 1024,
    }
    report.rows.append(
        [
            f"web process, {count:,} idle consoles (USS)",
            f"{before.uss_kib / 1024:.0f} MiB",
            f"{after.uss_kib / 1024:.0f} MiB",
            f"{each:.1f} KiB per console",
        ]
    )
    report.notes.append(
        "Each console is logged in (eight accounts by turns), has had its snapshot and a heartbeat."
    )


def _busy_bridge(report: Report, minutes: float) -> None:
    warm_up_s = WARM_UP_S if minutes >= 1 else 10
    with stack() as system, system.embedded_broker() as broker, system.bridge() as bridge:
        endpoints = system.endpoints()
        drive(broker, endpoints, seconds=warm_up_s)
        before = usage_of(bridge.pid)
        drive(broker, endpoints, seconds=minutes * 60)
        after = usage_of(bridge.pid)
        time.sleep(2)  # the last of them are committed
        stored = int(system.query("SELECT count(*) FROM intake_deviceevent")[0][0])
    grown = (after.rss_kib - before.rss_kib) / 1024
    used = (after.cpu_s - before.cpu_s) / (minutes * 60) * 100
    report.figures |= {
        "bridge_minutes": minutes,
        "bridge_rss_mib": after.rss_kib / 1024,
        "bridge_rss_growth_mib": grown,
        "bridge_cpu_percent": used,
        "bridge_messages_lost": RATE * (warm_up_s + minutes * 60) - stored,
    }
    report.rows.append(
        [
            f"bridge, {RATE} messages/s for {minutes:g} min (RSS)",
            f"{before.rss_kib / 1024:.1f} MiB",
            f"{after.rss_kib / 1024:.1f} MiB",
            f"{grown:+.1f} MiB",
        ]
    )
    report.notes.append(
        f"The bridge's growth counts from {warm_up_s:g} s after its start, when its caches are "
        f"full; it uses {used:.0f} % of one core. {stored:,} messages are in the database."
    )
