"""An alarm flood at a console: 100 alarms a second for ten minutes, through the real system into a real Chromium.

The page is left as a dispatcher would have it, folded, then looked at unfolded, and opened anew with everything open.
Nothing may be missing: the ids that the page holds are the open alarms of the database. Frames are those of the page's
own animation frames; what they take when nothing happens, on the same machine a moment before, is told beside them.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from loadtests.plan import Plan
from loadtests.report import Report

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.support.browser import Desk
    from tests.support.served import Served

RATE = 100
SECONDS, QUICK_SECONDS = 600, 30
TROUBLES = ("forced_open", "door_held", "tailgating", "tamper", "fault")
SEVERAL = len(TROUBLES)
DEEDS = "loadtests.flood_deeds"
LOOK_S = 10
"""How long the page is looked at when it stands still: before the flood, and at its end in either way."""

WATCH = """() => {
  const seen = window.floodSeen = {frames: [], long: [], lag: []};
  let last = performance.now();
  const tick = now => { seen.frames.push(now - last); last = now; requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
  new PerformanceObserver(list => list.getEntries().forEach(one => seen.long.push(one.duration)))
    .observe({type: 'longtask'});
  const stores = document.querySelector('#app').__vue_app__.config.globalProperties.$pinia._s;
  window.floodFeed = stores.get('feed');
  setInterval(() => seen.lag.push(window.floodFeed.connection.lag ?? 0), 1000);
}"""
TAKE = """() => {
  const seen = window.floodSeen;
  const taken = {frames: seen.frames.splice(0), long: seen.long.splice(0), lag: seen.lag.splice(0)};
  return {...taken, open: window.floodFeed.state.alarms.size};
}"""
IDS = "() => [...window.floodFeed.state.alarms.keys()].sort((a, b) => a - b)"


@dataclass(frozen=True, slots=True)
class Looked:
    """What a page did for a while. Times in ms, heap in MiB."""

    open: int
    p50: float
    p95: float
    p99: float
    worst: float
    long_tasks: int
    longest: float
    lag95: float
    heap: float


def run(plan: Plan) -> Report:
    """Begin the city, flood it, and look."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from tests.support.served import serving

    report = Report(
        "flood",
        f"A flood at a console: {RATE} alarms/s",
        ("", "open", "frames p50 ms", "p95", "p99", "worst", "long tasks", "longest ms", "lag p95 ms", "heap MiB"),
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="lingdun-flood-") as folder:
        settings = (
            {"DATABASE_URL": os.environ["FLOOD_DATABASE_URL"]}
            if "FLOOD_DATABASE_URL" in os.environ
            else {}
        )
        with serving(Path(folder), **settings) as served:
            _measure(report, served, QUICK_SECONDS if plan.quick else SECONDS)
    return report


def _measure(report: Report, served: Served, seconds: int) -> None:
    from playwright.sync_api import sync_playwright

    from tests.support.browser import SHELL, Desk, chromium, remembered

    amount = RATE * seconds
    topics = served.do(f"{DEEDS}.gates", count=amount // SEVERAL)
    with sync_playwright() as running, chromium(running, SHELL) as browser:
        session = served.session("city")

        def desk() -> Desk:
            context = browser.new_context(
                viewport={"width": 1920, "height": 1080},
                storage_state=remembered(served.url),  # type: ignore[arg-type]  # a dict of that shape
            )
            made = Desk(context, served.url)
            made.adopt(session)
            return made

        one = desk().sit_down()
        one.page.evaluate(WATCH)
        time.sleep(2)
        _look(report, one, "before", LOOK_S)
        _flood(report, served, one, topics, seconds)
        report.faults += [f"in the page: {fault}" for fault in one.unexpected()]
        one.context.close()
        _open_anew(report, desk())


def _flood(report: Report, served: Served, desk: Desk, topics: list[str], seconds: int) -> None:
    amount = RATE * seconds
    before = _cpu(served)
    began = time.monotonic()
    sender = threading.Thread(target=_send, args=(served, topics, amount), daemon=True)
    sender.start()
    while sender.is_alive() and time.monotonic() - began < 4 * seconds + 60:
        _look(report, desk, f"at {time.monotonic() - began:.0f} s", max(LOOK_S, seconds // 5))
    took = time.monotonic() - began
    told = _settled(served, desk.page, amount)
    report.figures |= {
        "sent_per_s": amount / took,
        "raised": told["raised"],
        "groups": told["groups"],
    }
    report.figures |= {
        f"cpu_{name}_percent": 100 * (used - before[name]) / took
        for name, used in _cpu(served).items()
    }
    kept = set(desk.page.evaluate(IDS))
    there = set(served.do(f"{DEEDS}.open_alarms"))
    report.figures |= {"open": len(there), "dropped": len(there - kept), "extra": len(kept - there)}
    if kept != there or told["raised"] < amount:
        report.faults.append(
            f"of {amount} alarms {told['raised']} were raised, {len(there - kept)} are not at the console"
        )
    _look(report, desk, "after, folded", LOOK_S)
    desk.page.get_by_test_id("flood-switch").click()
    _look(report, desk, "after, one by one", LOOK_S)
    report.notes.append(
        f"{len(there):,} open alarms, {told['groups']:,} grouped ones; dropped: {len(there - kept)}. CPU of one core: "
        + ", ".join(f"{name} {report.figures[f'cpu_{name}_percent']:.0f} %" for name in before)
    )


def _send(served: Served, topics: list[str], amount: int) -> None:
    """Alarm k at k / RATE seconds; every (device, condition) once."""
    from tests.support.devices import Publisher

    login, _topic = served.login_of("FLOOD-00000")
    publisher = Publisher(login, "the-flood")
    publisher.connect()
    began = time.monotonic()
    handed = []
    for number in range(amount):
        wait = began + number / RATE - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        turn, index = divmod(number, len(topics))
        type_ = TROUBLES[(index + turn) % SEVERAL]
        data: dict[str, Any] = {"people": 2} if type_ == "tailgating" else {"active": True}
        body = {
            "event_id": f"f{number}",
            "ts": int(time.time() * 1000),
            "type": type_,
            "data": data,
        }
        handed.append(publisher.hand_over(topics[index], json.dumps(body)))
    for one in handed:
        one.wait_for_publish(60)
    publisher.disconnect()


def _settled(served: Served, page: Page, amount: int) -> dict[str, int]:
    """Wait until what was sent is in the database and at the console, or nothing moves any more."""
    last, still = (-1, -1), 0
    while still < 20:
        told: dict[str, int] = served.do(f"{DEEDS}.counts")
        at_console = page.evaluate("() => window.floodFeed.state.alarms.size")
        if told["raised"] >= amount and at_console == told["open"]:
            break
        still = still + 1 if last == (told["raised"], at_console) else 0
        last = (told["raised"], at_console)
        time.sleep(1)
    return told


def _look(report: Report, desk: Desk, name: str, seconds: float) -> Looked:
    desk.page.evaluate(TAKE)
    desk.page.wait_for_timeout(seconds * 1000)
    taken = desk.page.evaluate(TAKE)
    devtools = desk.context.new_cdp_session(desk.page)
    heap = devtools.send("Runtime.getHeapUsage")["usedSize"] / 2**20
    devtools.detach()
    frames = sorted(taken["frames"]) or [0.0]

    def at(share: float, of: list[float]) -> float:
        return sorted(of)[min(len(of) - 1, int(len(of) * share))] if of else 0.0

    looked = Looked(
        open=taken["open"],
        p50=at(0.5, frames),
        p95=at(0.95, frames),
        p99=at(0.99, frames),
        worst=frames[-1],
        long_tasks=len(taken["long"]),
        longest=max(taken["long"], default=0.0),
        lag95=at(0.95, taken["lag"]),
        heap=heap,
    )
    report.rows.append(
        (
            name, f"{looked.open:,}", f"{looked.p50:.0f}", f"{looked.p95:.0f}", f"{looked.p99:.0f}", f"{looked.worst:.0f}",
            str(looked.long_tasks), f"{looked.longest:.0f}", f"{looked.lag95:.0f}", f"{looked.heap:.0f}",
        )
    )  # fmt: skip
    print("  ", *report.rows[-1], flush=True)
    key = name.replace(" ", "_").replace(",", "")
    report.figures |= {f"{key}_frame_p95_ms": looked.p95, f"{key}_frame_p99_ms": looked.p99}
    report.figures |= {f"{key}_longest_task_ms": looked.longest, f"{key}_heap_mib": looked.heap}
    return looked


def _open_anew(report: Report, desk: Desk) -> None:
    began = time.monotonic()
    desk.sit_down()
    took = time.monotonic() - began
    size = max(
        (len(frame) for frame in desk.frames if frame.startswith('{"type":"snapshot"')), default=0
    )
    report.figures |= {"snapshot_mib": size / 2**20, "opened_anew_s": took}
    report.notes.append(
        f"Opened anew: {took:.1f} s until it was live; the snapshot is {size / 2**20:.1f} MiB of text."
    )
    desk.context.close()


def _cpu(served: Served) -> dict[str, float]:
    """Processor seconds of the bridge and of the web process."""
    used = {}
    for name in ("bridge", "web"):
        times = psutil.Process(served.supervised(name)["pid"]).cpu_times()
        used[name] = times.user + times.system
    return used
