"""The queue and the frame around it: nothing jumps, everything has a key, choices are remembered."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.browser import Desk, Sit
from tests.support.field import DEEDS, Field
from tests.support.served import Served

PLACES = """() => [...document.querySelectorAll('[data-testid=alarm-row]')]
  .map(row => [row.dataset.alarmId, Math.round(row.getBoundingClientRect().top)])
  .sort((a, b) => a[1] - b[1])"""
# A browser that never lets sound start.
MUTE = """() => {
Object.defineProperty(AudioContext.prototype, 'state', {get: () => 'suspended'});
AudioContext.prototype.resume = () => new Promise(() => {});
}"""


def scroll(desk: Desk, top: int) -> None:
    """Scroll the queue and wait until its rows have followed."""
    desk.page.evaluate(
        """async top => {
          document.querySelector('[data-testid=queue]').scrollTop = top;
          for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
        }""",
        top,
    )


def test_a_queue_that_is_read_further_down_does_not_jump(
    calm: Served, sit: Sit, outside: Field
) -> None:
    gate = outside.device("face_gate")
    calm.do(f"{DEEDS}.flood", count=60, spare=[gate])
    outside.topic(gate)
    desk = sit("city")
    desk.wait_figure("open", 60)
    scroll(desk, 900)
    before = desk.page.evaluate(PLACES)
    outside.report(gate, "forced_open", active=True)
    pill = desk.page.get_by_test_id("new-pill")
    pill.wait_for()
    expect(pill).to_contain_text("1")
    assert desk.page.evaluate(PLACES) == before
    pill.click()
    desk.row(gate).wait_for()
    pill.wait_for(state="detached")


def test_the_selection_stays_with_its_alarm(calm: Served, sit: Sit, outside: Field) -> None:
    gate = outside.device("face_gate")
    calm.do(f"{DEEDS}.flood", count=5, spare=[gate])
    outside.topic(gate)
    desk = sit("city")
    desk.wait_figure("open", 5)
    for _ in range(3):
        desk.page.keyboard.press("j")
    desk.page.keyboard.press("Enter")
    chosen = desk.page.locator("[data-testid=alarm-row].current")
    alarm = chosen.get_attribute("data-alarm-id")
    outside.report(gate, "forced_open", active=True)
    desk.row(gate).wait_for()
    expect(chosen).to_have_attribute("data-alarm-id", alarm)
    assert "selected" in (chosen.get_attribute("class") or "")


def test_filters_show_what_they_say_and_are_remembered(calm: Served, sit: Sit) -> None:
    calm.do(f"{DEEDS}.flood", count=40)
    desk = sit("city")
    desk.wait_figure("open", 40)
    critical = desk.figure("critical")
    desk.page.locator(".severities button").first.click()
    count = desk.page.get_by_test_id("alarm-count")
    count.and_(desk.page.locator(f'[data-value="{critical}"]')).wait_for()
    assert {row["severity"] for row in desk.rows()} == {"1"}
    desk.page.reload()
    desk.wait_live()
    count.and_(desk.page.locator(f'[data-value="{critical}"]')).wait_for()
    desk.page.keyboard.press("e")
    count.and_(desk.page.locator('[data-value="40"]')).wait_for()
    desk.page.locator(".state-choice").select_option("cleared")
    desk.page.locator('[data-testid="alarm-row"][data-active="true"]').first.wait_for(
        state="detached"
    )
    assert {row["active"] for row in desk.rows()} == {"false"}
    desk.page.get_by_test_id("figure-open").click()
    count.and_(desk.page.locator('[data-value="40"]')).wait_for()
    desk.page.get_by_test_id("scope-picker").click()
    desk.page.locator(".area-panel input").fill("东塔镇")
    desk.page.keyboard.press("Enter")
    here = len(calm.do(f"{DEEDS}.open_alarms", prefix="640181100"))
    count.and_(desk.page.locator(f'[data-value="{here}"]')).wait_for()
    assert desk.figure("open") == here


def test_search_finds_devices_places_and_alarms(calm: Served, sit: Sit, outside: Field) -> None:
    gate = outside.device("face_gate")
    desk = sit("city")
    detail = desk.page.get_by_test_id("detail")
    keys = desk.page.keyboard
    keys.press("/")
    keys.type(gate)
    desk.page.get_by_test_id("search-hit").first.wait_for()
    keys.press("Enter")
    detail.get_by_text(gate).first.wait_for()
    desk.page.locator(f'[data-testid="map-device-marker"][data-device-id="{gate}"]').wait_for()
    keys.press("/")
    keys.type("郝家桥镇")
    desk.page.get_by_test_id("search-hit").first.wait_for()
    keys.press("Enter")
    detail.get_by_text("640181101", exact=True).first.wait_for()
    keys.press("/")
    keys.type("没有这个地方")
    desk.page.get_by_text("没有找到").wait_for()


def test_the_help_lists_the_keys(calm: Served, sit: Sit) -> None:
    desk = sit("city")
    desk.page.keyboard.press("?")
    help_ = desk.page.get_by_test_id("help")
    help_.wait_for()
    keys = {text.strip() for text in help_.locator("kbd").all_inner_texts()}
    assert {"J", "K", "A", "?", "/", "Esc", "M"} <= keys
    assert help_.locator("dt").count() >= 20
    desk.page.keyboard.press("Escape")
    help_.wait_for(state="detached")


def test_sound_is_armed_by_a_key_and_says_that_it_is(calm: Served, sit: Sit) -> None:
    desk = sit("city")
    arm = desk.page.get_by_test_id("sound-arm")
    expect(arm).to_have_attribute("data-state", "off")
    desk.page.keyboard.press("m")
    desk.page.locator('[data-testid="sound-arm"][data-state="armed"]').wait_for()
    expect(arm).to_have_attribute("aria-pressed", "true")
    desk.page.keyboard.press("m")
    desk.page.locator('[data-testid="sound-arm"][data-state="off"]').wait_for()


def test_a_browser_that_blocks_sound_is_called_so(calm: Served, sit: Sit) -> None:
    desk = sit("city")
    desk.page.evaluate(MUTE)
    desk.page.get_by_test_id("sound-arm").click()
    desk.page.locator('[data-testid="sound-arm"][data-state="blocked"]').wait_for()
    expect(desk.page.get_by_test_id("sound-arm")).to_contain_text("声音")


@pytest.mark.parametrize("pane", [0, 1])
def test_panes_are_resized_by_keys_and_remembered(calm: Served, sit: Sit, pane: int) -> None:
    desk = sit("city")
    edge = desk.page.locator("[role=separator]").nth(pane)
    before = int(edge.get_attribute("aria-valuenow") or 0)
    edge.focus()
    desk.page.keyboard.press("ArrowLeft" if pane else "ArrowRight")
    after = int(edge.get_attribute("aria-valuenow") or 0)
    assert after > before
    desk.page.reload()
    desk.wait_live()
    assert int(edge.get_attribute("aria-valuenow") or 0) == after


def test_a_layer_of_the_map_can_be_switched_off(calm: Served, sit: Sit) -> None:
    calm.do(f"{DEEDS}.flood", count=3)
    desk = sit("city")
    desk.wait_figure("open", 3)
    desk.page.get_by_test_id("map-alarm-marker").first.wait_for()
    assert desk.marked() == set(calm.do(f"{DEEDS}.open_alarms", prefix="6"))
    desk.page.get_by_test_id("map-cluster").nth(4).wait_for()
    desk.page.get_by_test_id("map-layer-control").locator("button").first.click()
    desk.page.get_by_label("设备", exact=True).first.uncheck()
    desk.page.get_by_test_id("map-cluster").first.wait_for(state="detached")
    assert len(desk.marked()) == 3
