"""What could not be handled is shown with its reason, and handled once the cause is mended."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.browser import Sit
from tests.support.field import DEEDS, EAST, Field
from tests.support.served import Served

VILLAGE = f"{EAST}200"


def test_a_poison_message_is_shown_with_its_reason(calm: Served, sit: Sit, outside: Field) -> None:
    gate = outside.device("face_gate")
    topic = outside.topic(gate)
    outside.say(f"{topic}/event", b"{not json <script>alert(1)</script>")
    outside.report(gate, "tamper", active=True)  # what came before has been handled
    desk = sit("admin")
    desk.row(gate, "tamper").wait_for()
    desk.page.keyboard.press("r")
    letter = desk.page.locator('[data-testid="dead-letter-row"][data-reason="not_json"]')
    letter.wait_for()
    assert "不是 JSON" in letter.inner_text() or "JSON" in letter.inner_text()
    letter.get_by_role("button", name="查看内容").click()
    letter.locator("pre").get_by_text("alert(1)").wait_for()
    letter.get_by_test_id("dead-letter-discard").click()
    desk.page.keyboard.type("测试报文")
    desk.page.keyboard.press("Enter")
    desk.page.locator('[data-testid="dead-letter-row"][data-state="discarded"]').wait_for()
    outside.say(f"{topic.replace('face_gate', 'kettle')}/event", {"event_id": "1", "ts": 1})
    outside.report(gate, "tamper", active=True)
    desk.page.get_by_role("tab", name="候补设备").click()
    desk.page.get_by_role("tab", name="死信").click()
    nobody = desk.page.locator('[data-testid="letter-device"][data-device-id=""]')
    nobody.get_by_test_id("letters-replay").click()
    desk.page.get_by_text("重放 0 条；仍无法处理").wait_for()
    nobody.get_by_role("button", name="全部作废").click()
    desk.page.keyboard.type("没有这种设备")
    desk.page.keyboard.press("Enter")
    nobody.wait_for(state="detached")


def test_a_strange_device_is_registered_and_its_message_replayed(
    calm: Served, sit: Sit, outside: Field
) -> None:
    outside.topic(outside.device("face_gate"))
    stranger = "STRANGER-1"
    body = {"event_id": "s-1", "ts": 1, "type": "forced_open", "data": {"active": True}}
    outside.say(f"sc/v1/640181/100/200/face_gate/{stranger}/event", body)
    desk = sit("admin")
    desk.page.get_by_test_id("records-open").click()
    letter = desk.page.locator('[data-testid="dead-letter-row"][data-reason="unknown_device"]')
    letter.wait_for()
    letter.get_by_test_id("dead-letter-replay").click()
    desk.page.get_by_text("仍").first.wait_for()
    calm.do(f"{DEEDS}.register", device=stranger, kind="face_gate", code=VILLAGE, name="新装道闸")
    letter.get_by_test_id("dead-letter-replay").click()
    desk.page.locator('[data-testid="dead-letter-row"][data-state="replayed"]').wait_for()
    desk.page.keyboard.press("Escape")
    desk.row(stranger, "forced_open").wait_for()
    desk.page.get_by_test_id("records-open").click()
    desk.page.get_by_role("tab", name="审计").click()
    rows = desk.page.locator('[data-testid="audit-row"][data-action="dead_letter.replayed"]')
    audit = rows.filter(has_text=stranger)
    audit.first.wait_for()
    expect(audit).to_have_count(2)


def test_an_announced_device_is_registered_from_the_waiting_list(
    calm: Served, sit: Sit, outside: Field
) -> None:
    outside.device("smoke")  # and with it the field's line to the broker
    ref = "0x00505043c9e2e001"
    config = {
        "device": {"identifiers": [ref], "manufacturer": "HEIMAN", "model": "HS1SA-E"},
        "device_class": "smoke",
        "state_topic": f"zigbee2mqtt/{ref}",
        "value_template": "{{ value_json.smoke }}",
    }
    outside.say(f"homeassistant/binary_sensor/{ref}/smoke/config", config)
    outside.say(f"zigbee2mqtt/{ref}", {"smoke": True, "battery": 90})
    desk = sit("admin")
    desk.page.get_by_test_id("records-open").click()
    desk.page.get_by_role("tab", name="候补设备").click()
    row = desk.page.locator(f'[data-testid="waiting-row"][data-external-id="{ref}"]')
    row.get_by_text("上报 1 次").wait_for()
    row.get_by_test_id("waiting-register").click()
    row.get_by_test_id("register-name").fill("三号楼烟感")
    expect(row.get_by_test_id("register-kind")).to_have_value("smoke")
    row.get_by_test_id("register-area").click()
    desk.page.keyboard.type(VILLAGE)
    desk.page.keyboard.press("Enter")
    row.get_by_test_id("register-save").click()
    row.wait_for(state="detached")
    desk.page.keyboard.press("Escape")
    desk.row(ref, "smoke").wait_for()


def test_a_village_is_offered_the_records_of_its_devices_alone(calm: Served, sit: Sit) -> None:
    desk = sit("village")
    desk.page.keyboard.press("r")
    tabs = desk.page.get_by_test_id("records").get_by_role("tab")
    tabs.first.wait_for()
    ids = [tab.get_attribute("id") for tab in tabs.all()]
    assert ids == ["records-history", "records-maintenance"]
