"""A person at a console in a real Chromium: what is on the screen, and what must never happen there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Playwright,
    Request,
    WebSocket,
)

from tests.support.consoles import Session

SHELL = "/usr/bin/chromium-headless-shell"
"""Chromium without windows and menus of its own, which take as much of the processors as the pages do."""
WHOLE = "/usr/bin/chromium"
"""With them, and so with notifications."""
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WAIT_MS = 15_000
AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
_OWN_SCHEMES = ("data", "blob", "about")


@contextmanager
def chromium(playwright: Playwright, program: str, *flags: str) -> Iterator[Browser]:
    """A browser for the time of a block; `flags` beside those of every test."""
    browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS, *flags])
    try:
        yield browser
    finally:
        browser.close()


@dataclass
class Desk:
    """One browser profile with one page. `faults` must stay empty but for what `expect` names."""

    context: BrowserContext
    base: str
    faults: list[str] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)
    sockets: list[WebSocket] = field(default_factory=list)
    expected: list[re.Pattern[str]] = field(default_factory=list)
    keep_answers: bool = False

    def __post_init__(self) -> None:
        self.context.set_default_timeout(WAIT_MS)
        self.context.on("request", self._on_request)
        self.context.on("console", self._on_console)
        self.context.on("weberror", lambda error: self.faults.append(f"uncaught: {error.error}"))
        self.context.on("requestfinished", self._on_answer)
        self.page: Page = self.context.new_page()
        self.page.on("websocket", self._on_websocket)

    # -- what must never happen -------------------------------------------------------------------

    def expect(self, pattern: str) -> None:
        """From now on a fault that matches is none."""
        self.expected.append(re.compile(pattern))

    def unexpected(self) -> list[str]:
        """The faults that no `expect` has named."""
        return [
            fault
            for fault in self.faults
            if not any(pattern.search(fault) for pattern in self.expected)
        ]

    def _on_request(self, request: Request) -> None:
        self._check_address(request.url)

    def _check_address(self, url: str) -> None:
        parts = urlsplit(url)
        own = urlsplit(self.base)
        if parts.netloc != own.netloc and parts.scheme not in _OWN_SCHEMES:
            self.faults.append(f"outside request: {url}")

    def _on_console(self, message: ConsoleMessage) -> None:
        # Violations of the content security policy come as errors too.
        if message.type in ("error", "warning"):
            place = message.location.get("url", "")
            self.faults.append(f"console {message.type}: {message.text} ({place})")

    def _on_websocket(self, socket: WebSocket) -> None:
        self._check_address(socket.url)
        self.sockets.append(socket)
        socket.on("framereceived", lambda payload: self.frames.append(str(payload)))
        socket.on("framesent", lambda payload: self.sent.append(str(payload)))

    def _on_answer(self, request: Request) -> None:
        if not self.keep_answers or "/api/" not in request.url:
            return
        response = request.response()
        if response is not None:
            self.answers.append((request.url, _body(response)))

    # -- coming and going -----------------------------------------------------------------------

    def open(self, path: str = "/") -> Page:
        """Open a page of the site."""
        self.page.goto(f"{self.base}{path}")
        return self.page

    def sign_in(self, username: str, password: str) -> None:
        """Fill in the sign-in page."""
        self.page.get_by_test_id("login-username").fill(username)
        self.page.get_by_test_id("login-password").fill(password)
        self.page.get_by_test_id("login-submit").click()

    def sit_down(self) -> Desk:
        """Open the console and wait until it is live."""
        self.open()
        self.wait_live()
        return self

    def wait_live(self) -> None:
        """Wait until the feed has come and the console says so."""
        self.page.locator('[data-testid="connection"][data-state="live"]').wait_for()
        self.page.locator(
            '[role="listbox"][aria-busy="false"]'
        ).wait_for()  # either list on the left

    def adopt(self, session: Session) -> None:
        """Be signed in as a session that was opened over HTTP."""
        self.context.add_cookies(
            [
                {"name": cookie.name, "value": cookie.value or "", "url": self.base}
                for cookie in session.http.cookies.jar
            ]
        )

    # -- looking ------------------------------------------------------------------------------

    def text(self) -> str:
        """All text that is on the page."""
        return self.page.locator("body").inner_text()

    def row(self, device: str, condition: str | None = None) -> Locator:
        """The row of a device's alarm in the queue."""
        more = "" if condition is None else f'[data-condition="{condition}"]'
        return self.page.locator(f'[data-testid="alarm-row"][data-device-id="{device}"]{more}')

    def figure(self, name: str) -> int:
        """A number in the strip: open, unack, critical, devices, units."""
        value = self.page.get_by_test_id(f"figure-{name}").get_attribute("data-value")
        return int(value or "-1")

    def wait_figure(self, name: str, value: int) -> None:
        """Wait until a number in the strip is this."""
        self.page.locator(f'[data-testid="figure-{name}"][data-value="{value}"]').wait_for()

    def rows(self) -> list[dict[str, str]]:
        """The data of the rows that are in the page."""
        found: list[dict[str, str]] = self.page.evaluate(
            "[...document.querySelectorAll('[data-testid=alarm-row]')].map(row => ({...row.dataset}))"
        )
        return found

    def markers(self, test_id: str = "map-alarm-marker") -> list[dict[str, str]]:
        """The data of the markers on the map."""
        found: list[dict[str, str]] = self.page.evaluate(
            "id => [...document.querySelectorAll(`[data-testid=${id}]`)].map(one => ({...one.dataset}))",
            test_id,
        )
        return found

    def marked(self) -> set[int]:
        """The ids of the alarms that stand on the map, alone or in a group."""
        return {
            int(number)
            for marker in self.markers()
            for number in marker.get("alarmIds", "").split()
        }

    def shown_ids(self) -> set[int]:
        """The ids of all alarms in the queue, by walking through it."""
        return set(self.page.evaluate(_WALK))

    def axe(self, *, include: str | None = None) -> list[str]:
        """Serious and critical findings of axe, each with where it is."""
        self.page.evaluate(AXE.read_text("utf-8"))
        result = self.page.evaluate(_RUN_AXE, include)
        return [
            f"{found['impact']} {found['id']}: {node}"
            for found in result
            if found["impact"] in ("serious", "critical")
            for node in found["nodes"]
        ]

    def too_small(self) -> list[str]:
        """What is smaller than a thumb, on a page for fingers, or makes it wider than the screen."""
        found: list[str] = self.page.evaluate(_SMALL)
        return found

    def sideways(self) -> list[str]:
        """Panels and lists that have to be scrolled sideways to be read; tables may be."""
        found: list[str] = self.page.evaluate(_SIDEWAYS)
        return found


Sit = Callable[..., Desk]
"""Sits somebody down at a live console: `sit("city", locale="en")`."""

_SIDEWAYS = """() => [...document.querySelectorAll('body *')]
  .filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0
    && ['auto', 'scroll'].includes(getComputedStyle(one).overflowX)
    && one.checkVisibility() && !one.closest('.leaflet-pane, textarea') && !one.querySelector(':scope > table'))
  .map(one => `${one.className || one.tagName}: ${one.scrollWidth} > ${one.clientWidth}`)"""

_WALK = """async () => {
  const queue = document.querySelector('[data-testid=queue]');
  const ids = new Set();
  const frame = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  for (let top = 0; ; top += queue.clientHeight / 2) {
    queue.scrollTop = top;
    await frame();
    for (const row of document.querySelectorAll('[data-testid=alarm-row]')) ids.add(Number(row.dataset.alarmId));
    if (top >= queue.scrollHeight - queue.clientHeight) break;
  }
  queue.scrollTop = 0;
  await frame();
  return [...ids];
}"""

_RUN_AXE = """async include => {
  // Half faded in is half the contrast: what is on the move comes to rest first.
  const ends = animation => Number.isFinite(animation.effect?.getComputedTiming().endTime);
  await Promise.all(document.getAnimations().filter(ends).map(animation => animation.finished.catch(() => null)));
  const result = await axe.run(include ?? document, {resultTypes: ['violations']});
  return result.violations.map(({id, impact, nodes}) => ({
    id, impact,
    nodes: nodes.map(node => `${node.target.join(' ')} | ${node.html.slice(0, 160)} | ${node.failureSummary.split('\\n')[1] ?? ''}`),
  }));
}"""

_SMALL = """() => {
  const small = [...document.querySelectorAll('button, a, select, input:not(.visually-hidden), textarea, label')]
    .filter(one => one.matches('button, a, select, input, textarea') || one.querySelector('input.visually-hidden'))
    .map(one => [one.dataset.testid ?? one.className, one.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && (box.width < 44 || box.height < 44))
    .map(([name, box]) => `${name}: ${box.width} x ${box.height}`);
  const wide = document.documentElement.scrollWidth > innerWidth ? ['the page is wider than the phone'] : [];
  return [...small, ...wide];
}"""


def remembered(base: str, **values: Any) -> dict[str, Any]:
    """A storage state in which the console remembers these: locale="en", theme="light"."""
    items = [
        {"name": f"lingdun.{key}", "value": json.dumps(value)} for key, value in values.items()
    ]
    return {"cookies": [], "origins": [{"origin": base, "localStorage": items}]}


def _body(response: Any) -> str:
    try:
        text: str = response.text()
    except Error:  # the page has gone on meanwhile
        return ""
    return text
