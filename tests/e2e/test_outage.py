"""The web process dies: the console says so, comes back by itself and has missed nothing."""

from __future__ import annotations

import json
import os
import signal

from playwright.sync_api import expect

from tests.support.browser import Desk, Sit
from tests.support.field import CITY, DEEDS, Field
from tests.support.served import Served
from tests.support.waiting import wait_until

NETWORK = r"WebSocket connection to|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE"


def greetings(desk: Desk) -> list[str]:
    """What the feed has answered to each hello."""
    kinds = [json.loads(frame)["type"] for frame in desk.frames]
    return [kind for kind in kinds if kind in ("snapshot", "resumed")]


def open_alarms(served: Served) -> set[int]:
    """What the API lists as open."""
    session = served.session("city")
    items: list[int] = []
    query = {"open": "true", "limit": "100"}
    while True:
        page = session.get("/api/v1/alarms", **query).json()
        items += [alarm["id"] for alarm in page["items"]]
        if page["next"] is None:
            return set(items)
        query["cursor"] = page["next"]


def test_a_killed_web_process_costs_nothing(calm: Served, sit: Sit, outside: Field) -> None:
    gates = [outside.device("face_gate") for _ in range(12)]
    desk = sit("city")
    for gate in gates[:3]:
        outside.report(gate, "forced_open", active=True)
    for gate in gates:
        outside.topic(gate)
    desk.wait_figure("open", 3)
    assert greetings(desk) == ["snapshot"]
    desk.expect(NETWORK)
    desk.page.evaluate("window.sameDocument = true")

    before = calm.supervised("web")
    os.kill(before["pid"], signal.SIGKILL)
    desk.page.locator('[data-testid="connection"]:not([data-state="live"])').wait_for()
    assert not calm.is_ready()
    for gate in gates[3:]:
        outside.report(gate, "forced_open", active=True)
    outside.report(gates[0], "forced_open", active=False)
    banner = desk.page.get_by_test_id("banner-stale")
    banner.wait_for()
    expect(desk.page.locator(".figures.stale")).to_have_count(1)
    assert "停在" in banner.inner_text() or "画面" in banner.inner_text()

    desk.wait_live()
    banner.wait_for(state="detached")
    wait_until(calm.is_ready, what="/readyz to say that all is well again", timeout_s=30)
    after = calm.supervised("web")
    assert after["pid"] != before["pid"]
    assert after["restarts"] == before["restarts"] + 1
    desk.wait_figure("open", 12)
    desk.page.locator(f'[data-device-id="{gates[0]}"][data-active="false"]').wait_for()
    assert desk.page.evaluate("window.sameDocument") is True
    assert greetings(desk) == ["snapshot", "resumed"]
    assert desk.shown_ids() == open_alarms(calm)
    assert desk.marked() == set(calm.do(f"{DEEDS}.open_alarms", prefix=CITY))


def test_a_killed_bridge_is_said_and_costs_nothing(calm: Served, sit: Sit, outside: Field) -> None:
    gates = [outside.device("face_gate") for _ in range(5)]
    for gate in gates:
        outside.topic(gate)
    desk = sit("city")
    os.kill(calm.supervised("bridge")["pid"], signal.SIGKILL)
    for gate in gates:
        outside.report(gate, "forced_open", active=True)
    desk.wait_figure("open", 5)
    wait_until(calm.is_ready, what="/readyz to say that all is well again", timeout_s=30)
    assert desk.shown_ids() == open_alarms(calm)


def test_a_feed_that_falls_silent_is_called_stale(calm: Served, sit: Sit, outside: Field) -> None:
    gate = outside.device("face_gate")
    outside.topic(gate)
    desk = sit("city")
    silent = {"now": False}

    def between(route: object) -> None:
        server = route.connect_to_server()  # type: ignore[attr-defined]
        server.on_message(lambda text: None if silent["now"] else route.send(text))  # type: ignore[attr-defined]

    desk.page.route_web_socket("**/ws/console", between)
    desk.page.reload()
    desk.wait_live()
    silent["now"] = True
    outside.report(gate, "forced_open", active=True)
    banner = desk.page.locator('[data-testid="banner-stale"][data-kind="stale"]')
    banner.wait_for(timeout=20_000)
    assert desk.figure("open") == 0
    expect(desk.page.locator(".figures.stale")).to_have_count(1)
    silent["now"] = False
    desk.wait_live()
    desk.wait_figure("open", 1)
    banner.wait_for(state="detached")
