"""A patrol with a phone: the page at /patrol/ in Chromium, and what a dispatcher does meanwhile."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from playwright.sync_api import Locator

from tests.support.browser import WAIT_MS, Desk
from tests.support.consoles import Session
from tests.support.field import EAST

PHONE = (390, 844)
PLACE = {"lat": 38.106, "lng": 106.337}
QUARREL = "0401"
"""A category that asks for no photo."""

_numbers = itertools.count(1)


def ok(answer: httpx.Response, status: int = 200) -> Any:
    """The body of an answer that must be this."""
    assert answer.status_code == status, answer.text
    return answer.json()


@dataclass
class Dispatcher:
    """Who sends units to cases, over HTTP."""

    session: Session

    def unit(self) -> dict[str, Any]:
        """The patrol team of the eastern township."""
        units = ok(self.session.get("/api/v1/units", code=EAST))["items"]
        found: dict[str, Any] = next(
            unit for unit in units if unit["kind"] == "patrol" and unit["code"] == EAST
        )
        return found

    def send(self, *, category: str = QUARREL, order: str = "请到场处置") -> dict[str, Any]:
        """A new case, and the patrol sent to it; the task."""
        body = {"title": f"邻里纠纷{next(_numbers)}", "category": category, "source": "hotline"}
        case = ok(
            self.session.post(
                "/api/v1/incidents", {**body, "code": EAST, "place": "东门", **PLACE}
            ),
            201,
        )
        wanted = {"version": case["version"], "units": [self.unit()["id"]], "order": order}
        (task,) = ok(self.session.post(f"/api/v1/incidents/{case['id']}/tasks", wanted), 201)
        return {**task, "title": body["title"]}

    def task(self, task: dict[str, Any]) -> dict[str, Any]:
        """A task as it is now."""
        found: dict[str, Any] = ok(self.session.get(f"/api/v1/tasks/{task['id']}"))["task"]
        return found

    def case(self, task: dict[str, Any]) -> dict[str, Any]:
        """The case of a task, with all that belongs to it."""
        found: dict[str, Any] = ok(self.session.get(f"/api/v1/incidents/{task['incident']}"))
        return found

    def told(self, task: dict[str, Any]) -> list[str]:
        """What the timeline says of a task, oldest first."""
        lines = (line for line in self.case(task)["timeline"] if line["kind"] == "task")
        return [
            line["detail"]["state"]
            for line in sorted(lines, key=lambda line: int(line["id"]))
            if line["detail"]["task"] == task["id"]
        ]

    def cancel(self, task: dict[str, Any]) -> None:
        """Take a task back."""
        ok(self.session.post(f"/api/v1/tasks/{task['id']}/cancel", {"reason": "情况已解除"}))


@dataclass
class Phone:
    """A patrol's phone."""

    desk: Desk

    def open(self) -> Phone:
        """Open the page and wait for the tasks."""
        self.desk.open("/patrol/")
        self.desk.page.locator('[data-testid="inbox"][data-known="true"]').wait_for()
        return self

    def be_kept(self) -> Phone:
        """Wait until the service worker has the page and answers for it."""
        self.desk.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        self.desk.page.wait_for_function("navigator.serviceWorker.controller !== null")
        return self

    def card(self, task: dict[str, Any]) -> Locator:
        """A task in the inbox."""
        return self.desk.page.locator(f'[data-testid="task-card"][data-task-id="{task["id"]}"]')

    def enter(self, task: dict[str, Any]) -> None:
        """Open a task from the inbox."""
        self.card(task).click()
        self.desk.page.get_by_test_id("task").wait_for()

    def wait_state(self, state: str) -> None:
        """Wait until the open task is in a state, as the phone sees it."""
        self.desk.page.locator(f'[data-testid="task"][data-state="{state}"]').wait_for()

    def step(self, step: str) -> None:
        """Press the wide button, which must be this step."""
        self.desk.page.locator(f'[data-testid="next-step"][data-step="{step}"]').click()

    def say(self, text: str) -> None:
        """Answer what the sheet asks, and send."""
        self.desk.page.get_by_test_id("say-text").fill(text)
        self.desk.page.get_by_test_id("say-send").click()

    def go(self, place: str) -> None:
        """To one of the three places: tasks, report, me."""
        self.desk.page.get_by_test_id(f"nav-{place}").click()

    def wait_sent(self) -> None:
        """Wait until nothing waits to be sent."""
        waiting = '[data-testid="freshness"]:not([data-waiting="0"])'
        self.desk.page.locator(waiting).wait_for(state="detached")

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for what the browser tells meanwhile; sleeping would not let it."""
        deadline = time.monotonic() + WAIT_MS / 1000
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            self.desk.page.wait_for_timeout(50)

    def lose_network(self) -> None:
        """From now on there is none."""
        self.desk.expect("ERR_INTERNET_DISCONNECTED")
        self.desk.context.set_offline(True)
        self.desk.page.locator('[data-testid="freshness"][data-network="offline"]').wait_for()

    def find_network(self) -> None:
        """There is a network again."""
        self.desk.context.set_offline(False)
