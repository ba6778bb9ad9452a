"""An administrator's way with a rule: written, refused at its field, tried out, in force, changed, brought back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.support.browser import Desk, Sit
from tests.support.consoles import Session
from tests.support.field import Field
from tests.support.served import Served
from tests.support.waiting import wait_until

CONDITION, TITLE = "x_e2e_gate", "入口人多"


@pytest.fixture
def keeper(session_of: Callable[[str], Session]) -> Iterator[Session]:
    """The administrator over HTTP; takes the test's rule out at the end."""
    session = session_of("admin")
    yield session
    for rule in session.get("/api/v1/rules", condition=CONDITION).json()["items"]:
        path = f"/api/v1/rules/{rule['id']}?version={rule['version']}&reason=done"
        assert session.request("DELETE", path).status_code == 204


def rules_page(desk: Desk) -> Locator:
    desk.page.keyboard.press("r")
    desk.page.get_by_role("tab", name="规则").click()
    return desk.page.get_by_test_id("records")


def fill(form: Locator, **texts: str) -> None:
    for name, text in texts.items():
        form.get_by_test_id(f"rule-{name.replace('_', '-')}").fill(text)


def test_a_rule_is_written_refused_tried_put_in_force_changed_and_brought_back(
    calm: Served, sit: Sit, outside: Field, keeper: Session
) -> None:
    probe = outside.device("wifi_probe")
    outside.topic(probe)
    outside.report(probe, "count", count=60)
    outside.report(probe, "count", count=10)
    desk = sit("admin")
    desk.expect(r"status of (409|422)")
    records = rules_page(desk)
    records.get_by_test_id("rules-add").click()
    form = records.get_by_test_id("rule-form")
    fill(form, name="小区入口人多", own=CONDITION, title_zh=TITLE, title_en="Crowd at the gate")
    fill(form, device=probe, reason="派出所要求")
    form.get_by_test_id("rule-event").select_option("count")
    form.get_by_test_id("rule-field").select_option("count")
    form.get_by_test_id("rule-raise_at").fill("50")
    form.get_by_test_id("rule-clear_at").fill("90")

    form.get_by_test_id("rule-save").click()
    fault = form.locator('[data-pointer="/definition/when/clear_at"]')
    fault.locator('[data-code="clear_beyond_raise"]').wait_for()
    expect(form.get_by_test_id("rule-fault")).to_have_count(1)
    expect(form.get_by_test_id("rule-clear_at")).to_be_focused()

    desk.page.keyboard.press("ControlOrMeta+a")
    desk.page.keyboard.type("40")
    form.get_by_test_id("rule-try").click()
    trial = form.get_by_test_id("rule-trial")
    trial.wait_for()
    assert (trial.get_attribute("data-raised"), trial.get_attribute("data-cleared")) == ("1", "1")
    form.get_by_test_id("rule-save").click()
    rule = records.locator('[data-testid="rule-row"][data-state="on"]').filter(has_text=TITLE)
    rule.get_by_test_id("rule-version").wait_for()

    def alarmed() -> bool:
        outside.report(probe, "count", count=60)
        return desk.row(probe, CONDITION).count() > 0

    wait_until(alarmed, what="the rule's own alarm at the console")
    expect(desk.row(probe, CONDITION)).to_contain_text(TITLE)
    _changes_while_somebody_else_does(keeper, rule)
    rule.get_by_test_id("rule-version").filter(has_text="派出所要求").get_by_role(
        "button", name="恢复此版"
    ).click()
    rule.get_by_test_id("rule-why").fill("还是原来的好")
    rule.get_by_test_id("rule-confirm").click()
    rule.get_by_test_id("rule-version").filter(has_text="还是原来的好").wait_for()
    (stored,) = keeper.get("/api/v1/rules", condition=CONDITION).json()["items"]
    assert (stored["version"], stored["name"]) == (4, "小区入口人多")
    assert stored["definition"]["when"]["raise_at"] == 50


def _changes_while_somebody_else_does(keeper: Session, rule: Locator) -> None:
    """The form tells who was first and what differs, and goes on as its owner wants."""
    rule.get_by_test_id("rule-edit").click()
    form = rule.get_by_test_id("rule-form")
    form.get_by_test_id("rule-raise_at").fill("500")
    form.get_by_test_id("rule-reason").fill("改高")
    (stored,) = keeper.get("/api/v1/rules", condition=CONDITION).json()["items"]
    theirs: dict[str, Any] = {**stored, "name": "别人改的名称", "reason": "另有安排"}
    assert keeper.request("PUT", f"/api/v1/rules/{stored['id']}", theirs).status_code == 200
    form.get_by_test_id("rule-save").click()
    stale = form.get_by_test_id("rule-stale")
    stale.wait_for()
    keys = [row.get_attribute("data-key") for row in stale.locator("tbody tr").all()]
    assert keys == ["name", "definition"]
    expect(stale).to_contain_text("另有安排")
    stale.get_by_test_id("rule-stale-mine").click()
    rule.get_by_test_id("rule-version").filter(has_text="改高").wait_for()
    assert keeper.get(f"/api/v1/rules/{stored['id']}").json()["version"] == 3


def test_a_rules_polygon_is_drawn_on_the_map_and_the_same_when_opened_again(
    calm: Served, sit: Sit, outside: Field, keeper: Session
) -> None:
    desk = sit("admin")
    records = rules_page(desk)
    records.get_by_test_id("rules-add").click()
    form = records.get_by_test_id("rule-form")
    fill(form, name="河滩", own=CONDITION, title_zh=TITLE, title_en="On the bank", reason="汛期")
    fill(form, device=outside.device("wifi_probe"))
    form.get_by_label("启用", exact=True).uncheck()
    form.get_by_test_id("rule-shape").select_option("area")
    form.get_by_test_id("rule-place").select_option("polygon")
    sketch = form.get_by_test_id("sketch")
    for x, y in ((300, 80), (560, 60), (600, 220), (340, 240)):
        sketch.click(position={"x": x, "y": y})
    assert sketch.locator(".ls-handle--middle").count() == 0  # still open
    sketch.locator(".ls-handle--first").click()
    _drag(desk, sketch.locator(".ls-handle--middle").first, 30, -30)
    expect(sketch.locator(".ls-handle--corner")).to_have_count(5)
    _drag(desk, sketch.locator(".ls-handle--corner").first, 0, 300)
    form.get_by_test_id("rule-draw-crossed").wait_for()
    desk.page.keyboard.press("ControlOrMeta+z")
    expect(form.get_by_test_id("rule-draw-crossed")).to_have_count(0)
    drawn = json.loads(form.get_by_test_id("rule-polygon").input_value())

    form.get_by_test_id("rule-save").click()
    rule = records.locator('[data-testid="rule-row"][data-state="off"]').filter(has_text=TITLE)
    expect(rule.get_by_test_id("rule-area-view").locator(".ls-figure")).to_have_count(1)
    (stored,) = keeper.get("/api/v1/rules", condition=CONDITION).json()["items"]
    assert stored["definition"]["when"]["polygon"] == drawn
    (ring,) = drawn["coordinates"]
    assert len(ring) == 6
    assert all(round(degrees, 6) == degrees for corner in ring for degrees in corner)
    rule.get_by_test_id("rule-edit").click()
    again = rule.get_by_test_id("rule-form")
    expect(again.locator(".ls-handle--corner")).to_have_count(5)
    assert json.loads(again.get_by_test_id("rule-polygon").input_value()) == drawn


def _drag(desk: Desk, handle: Locator, x: int, y: int) -> None:
    handle.hover()
    box = handle.bounding_box()
    assert box is not None
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    desk.page.mouse.down()
    desk.page.mouse.move(at[0] + x / 2, at[1] + y / 2)
    desk.page.mouse.move(at[0] + x, at[1] + y)
    desk.page.mouse.up()
