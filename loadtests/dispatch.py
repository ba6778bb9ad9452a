"""From "dispatch" to the task on the phone, with 200 phones connected; and what a dead push service costs.

Each of 200 teams of one has the app open. A dispatcher sends one team after the other to a case of its own.
Timed is from just before the request until the phone holds the task that it has read. Then the same with a
browser's push service for each phone that takes every connection and answers none: sending a task must take
no longer.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from loadtests.plan import Plan
from loadtests.report import Report
from loadtests.servers import SERVED
from loadtests.stack import ROOT, Stack, stack
from tests.support.clerk import Clerk
from tests.support.ports import free_port
from tests.support.processes import Child
from tests.support.push_service import Listener, Reply
from tests.support.waiting import wait_until

PHONES = 200
EACH_S = 0.4
WARM = 5
_WORKER = (sys.executable, str(ROOT / "manage.py"), "worker")
_ARRIVAL = re.compile(r"^task (\d+) (\d+)$", re.MULTILINE)


def run(plan: Plan) -> Report:
    """Measure on the embedded shape, as `make run` starts it."""
    count = 20 if plan.quick else 95
    port = free_port()
    with stack() as system, closing(Listener(lambda _request: Reply(201))) as service:
        service.silence()
        system.environment["PUSH_HOSTS"] = "http://127.0.0.1:*"
        settings = {"DJANGO_SETTINGS_MODULE": "command_center.settings"}
        clerk = Clerk({**system.environment, **settings}, system.directory / "clerk.log")
        with closing(clerk):
            teams = clerk.do("loadtests.teams.muster", teams=PHONES)
            session = clerk.do("loadtests.teams.session_of", username="city")
            units = [team["unit"] for team in teams]
            with (
                system.web(port, SERVED.command(port)),
                system.running(_WORKER, name="worker"),
                _phones(system, port, [team["session"] for team in teams]) as phones,
                closing(_Desk(port, session)) as desk,
            ):
                desk.dispatch(units[:WARM])
                without = desk.dispatch(units[WARM : WARM + count])
                clerk.do("loadtests.teams.subscribe", service=service.base)
                dead = desk.dispatch(units[-count:])
                wait_until(lambda: service.held, what="a request that is not answered")
                wait_until(
                    lambda: {*without.began, *dead.began} <= _arrivals(phones).keys(),
                    what="the last task",
                    timeout_s=30,
                )
                arrivals = _arrivals(phones)
    return _report(without, dead, arrivals, count)


@dataclass
class Sent:
    """When each task was asked for (monotonic ns), by its id, and how long the answer took (ms)."""

    began: dict[int, int] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)

    def on_phone(self, arrivals: dict[int, int]) -> list[float]:
        """From the request to the task on the phone, ms, in order."""
        return sorted((arrivals[task] - began) / 1e6 for task, began in self.began.items())


class _Desk:
    """A dispatcher at the API."""

    def __init__(self, port: int, session: str) -> None:
        base, token = f"http://127.0.0.1:{port}", "c" * 32
        self._client = httpx.Client(
            base_url=f"{base}/api/v1",
            timeout=60,
            cookies={"sessionid": session, "csrftoken": token},
            headers={"X-CSRFToken": token, "Referer": base},
        )

    def close(self) -> None:
        self._client.close()

    def dispatch(self, units: Sequence[int]) -> Sent:
        """Send one unit after the other, at a steady rate."""
        sent, begin = Sent(), time.monotonic()
        for number, unit in enumerate(units):
            case = self._post(
                "/incidents", {"category": "0401", "code": "640181", "title": f"演练{unit}"}
            )
            before = time.monotonic_ns()
            (task,) = self._post(
                f"/incidents/{case['id']}/tasks", {"version": case["version"], "units": [unit]}
            )
            sent.took.append((time.monotonic_ns() - before) / 1e6)
            sent.began[task["id"]] = before
            time.sleep(max(0.0, begin + (number + 1) * EACH_S - time.monotonic()))
        return sent

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self._client.post(path, json=body)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def _phones(system: Stack, port: int, sessions: list[str]) -> Iterator[Child]:
    with system.tool("phones", {"port": port, "sessions": sessions}) as child:
        wait_until(lambda: child.said("ready"), what="every phone's tasks", timeout_s=240)
        yield child


def _arrivals(phones: Child) -> dict[int, int]:
    return {int(task): int(at) for task, at in _ARRIVAL.findall(phones.output())}


def _report(without: Sent, dead: Sent, arrivals: dict[int, int], count: int) -> Report:
    report = Report(
        name="dispatch",
        title="From dispatch to the task on the phone",
        headers=["", "on the phone p50 ms", "p99 ms", "request p50 ms", "p99 ms", "tasks"],
    )
    for key, what, sent in (
        ("", "no push service", without),
        ("_push_dead", "a push service that never answers", dead),
    ):
        phone, took = sent.on_phone(arrivals), sorted(sent.took)
        cuts = [_at(phone, 0.5), _at(phone, 0.99), _at(took, 0.5), _at(took, 0.99)]
        report.rows.append([what, *(f"{cut:.0f}" for cut in cuts), str(count)])
        names = ("to_phone_p50", "to_phone_p99", "request_p50", "request_p99")
        report.figures |= {
            f"dispatch_{name}{key}_ms": cut for name, cut in zip(names, cuts, strict=True)
        }
    report.figures["dispatch_request_ratio_push_dead"] = _at(sorted(dead.took), 0.5) / _at(
        sorted(without.took), 0.5
    )
    report.notes = [
        f"{PHONES} phones connected, one task every {EACH_S:g} s; the phone is told over its socket "
        "and reads its tasks, as the page does.",
    ]
    return report


def _at(ordered: list[float], part: float) -> float:
    """The value below which this part of the samples lies."""
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
