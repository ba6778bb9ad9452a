"""The life of an alarm at the consoles: shelved, passed up, latched; a gate told to open, and a look at a place."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.support.browser import Desk, Sit
from tests.support.consoles import Session
from tests.support.devices import Publisher
from tests.support.field import DEEDS, Field
from tests.support.served import Served

VILLAGE = "640181100200"
Profile = Callable[..., Desk]
SessionOf = Callable[[str], Session]


@pytest.mark.timeout(150)
def test_an_alarm_is_shelved_passed_up_and_a_latched_one_reset_by_hand(
    calm: Served, sit: Sit, profile: Profile, session_of: SessionOf, outside: Field
) -> None:
    gate, smoke = "LIFE-GATE", outside.device("smoke")
    calm.do(f"{DEEDS}.register", device=gate, kind="face_gate", code=VILLAGE, name="村口道闸")
    town = sit("town", size=(1366, 768))
    village = profile(size=(360, 740))
    village.adopt(session_of("village"))
    village.open("/village/")
    village.page.get_by_test_id("home").wait_for()

    # Shelved with a reason it leaves the queue, and is back when its time is over.
    outside.report(gate, "tamper", active=True)
    row = town.row(gate, "tamper")
    row.click()
    town.page.get_by_test_id("alarm-shelve").click()
    town.page.get_by_test_id("act-text").fill("施工撬动，已派人查看")
    town.page.get_by_test_id("act-submit").click()
    row.wait_for(state="detached")
    town.page.get_by_test_id("aside-shelved").click()
    expect(row).to_have_count(1)
    town.page.get_by_test_id("aside-shelved").click()
    expect(row).to_have_count(0)
    calm.do(f"{DEEDS}.end_shelf", device=gate)
    row.wait_for()
    expect(row).to_have_attribute("data-acknowledged", "false")

    # Nobody acknowledges it: its village is reminded, then the township has to.
    calls, told = (desk.page.get_by_test_id("alarm-calls") for desk in (town, village))
    expect(calls).to_have_count(0)
    calm.do(f"{DEEDS}.let_wait", device=gate, minutes=4)
    told.filter(has_text="告警催办").wait_for()
    assert village.too_small() == []
    expect(calls).to_have_count(0)
    calm.do(f"{DEEDS}.let_wait", device=gate, minutes=11)
    calls.filter(has_text="东塔镇").wait_for()
    told.wait_for(state="detached")
    calls.get_by_test_id("alarm-call-acknowledge").click()
    town.page.get_by_test_id("ack-submit").click()
    calls.wait_for(state="detached")

    # Smoke that has gone waits for a reset by hand, and only then leaves.
    city = sit("city")
    outside.report(smoke, "alarm")
    fire = city.row(smoke, "smoke")
    fire.click()
    city.page.keyboard.press("a")
    city.page.get_by_test_id("ack-submit").click()
    expect(fire).to_have_attribute("data-acknowledged", "true")
    expect(city.page.get_by_test_id("alarm-reset")).to_have_count(0)
    outside.report(smoke, "normal")
    fire.get_by_test_id("row-latched").wait_for()
    city.page.get_by_test_id("alarm-reset").click()
    fire.wait_for(state="detached")


class Gate(Publisher):
    """A gate that opens when it is told to, and says so."""

    def __init__(self, city: Served, device: str) -> None:
        login, self._topic = city.login_of(device)
        super().__init__(login, f"gate-{device}")

    def ready(self) -> None:
        self.paho.subscribe(f"{self._topic}/cmd", 1)

    def received(self, _topic: str, payload: bytes) -> None:
        command = json.loads(payload)
        said = {name: command[name] for name in ("command_id", "nonce")}
        self.hand_over(f"{self._topic}/reply", {**said, "result": "done"})


@pytest.mark.timeout(150)
def test_a_gate_is_opened_and_a_place_looked_at_with_a_reason_on_record(
    calm: Served, sit: Sit, session_of: SessionOf, outside: Field
) -> None:
    gate, camera = outside.device("face_gate"), outside.device("camera")
    desk = sit("city")
    page = desk.page
    outside.report(gate, "door_held")
    desk.row(gate, "door_held").click()
    with Gate(calm, gate):
        page.get_by_test_id("command-open").click()
        page.get_by_test_id("command-reason").fill("救护车进入")
        page.get_by_test_id("command-submit").click()
        page.locator('[data-testid="command"][data-state="succeeded"]').first.wait_for()
    opened, ended = _audit(session_of, "device.commanded"), _audit(session_of, "device.command_ended")  # fmt: skip
    assert (opened["subject"], opened["detail"]["reason"]) == (gate, "救护车进入")
    assert (ended["subject"], ended["detail"]["result"]) == (gate, "succeeded")

    picture = io.BytesIO()
    Image.new("RGB", (96, 64), (40, 90, 60)).save(picture, "JPEG")
    snapshot = base64.b64encode(picture.getvalue()).decode()
    outside.report(camera, "tamper", active=True, snapshot=snapshot)
    desk.row(camera, "tamper").click()
    page.get_by_test_id("snapshot").click()
    expect(page.get_by_test_id("snapshot-picture")).to_have_count(0)
    page.get_by_test_id("snapshot-dialog").locator('input[value="verify"]').check(force=True)
    page.get_by_test_id("snapshot-submit").click()
    shown = page.get_by_test_id("snapshot-picture")
    shown.wait_for()
    page.wait_for_function("one => one.naturalWidth === 96", arg=shown.element_handle())
    seen = _audit(session_of, "snapshot.seen")
    assert (seen["subject"], seen["detail"]["reason"]) == (camera, "verify")


def _audit(session_of: SessionOf, action: str) -> Any:
    """The last entry of an action, as the auditor reads it."""
    return session_of("auditor").get(f"/api/v1/audit?action={action}&limit=1").json()["items"][0]
