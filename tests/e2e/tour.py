"""A walk through everything the console has to show, for tests that look at all of it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.browser import Desk
from tests.support.field import CITY, DEEDS, Field
from tests.support.served import Served

CHIEF = "chief"


def prepare(city: Served, outside: Field) -> None:
    """Alarms of all severities, a dead letter, and somebody who may see everything."""
    city.do(f"{DEEDS}.clear_alarms")
    held = [["dispatcher", CITY], ["administrator", CITY]]
    city.do(f"{DEEDS}.ensure_person", username=CHIEF, name="值班长", held=held)
    city.do(f"{DEEDS}.set_online", share=23)
    city.do(f"{DEEDS}.flood", count=14)
    gate = outside.device("face_gate")
    outside.say(f"{outside.topic(gate)}/event", b"not json")
    outside.report(gate, "tamper", active=True)


def views(desk: Desk) -> Iterator[str]:
    """Brings up one view after the other and yields its name while it stands."""
    page, keys = desk.page, desk.page.keyboard
    detail = page.get_by_test_id("detail")
    page.locator('[data-testid="alarm-row"][data-condition="tamper"]').first.wait_for()
    yield "console"
    page.get_by_test_id("alarm-row").first.click()
    detail.locator(".timeline li, .muted").first.wait_for()
    yield "alarm"
    detail.locator("button.device").click()
    detail.get_by_text("sc/v1/").first.wait_for()
    yield "device"
    page.get_by_test_id("search").fill("东塔镇")
    page.get_by_test_id("search-hit").first.wait_for()
    yield "search"
    keys.press("Enter")
    detail.get_by_text("640181100", exact=True).first.wait_for()
    yield "jurisdiction"
    keys.press("u")
    page.get_by_test_id("unit-row").first.wait_for()
    yield "units"
    page.get_by_test_id("unit-row").first.locator("button").first.click()
    detail.locator(".detail-body").wait_for()
    yield "unit"
    keys.press("v")
    page.get_by_test_id("device-row").first.wait_for()
    yield "devices"
    keys.press("?")
    page.get_by_test_id("help").wait_for()
    yield "help"
    keys.press("Escape")
    page.get_by_test_id("help").wait_for(state="detached")
    keys.press("Home")
    keys.press("a")
    page.get_by_test_id("ack-note").wait_for()
    yield "acknowledge"
    keys.press("Escape")
    page.get_by_test_id("ack-note").wait_for(state="detached")
    yield from _conferences(desk)
    yield from _menus(desk)
    yield from _records(desk)


def _conferences(desk: Desk) -> Iterator[str]:
    page, keys = desk.page, desk.page.keyboard
    keys.press("q")
    dialog = page.locator('[data-testid="open-conference"][data-ready="true"]')
    dialog.wait_for()
    yield "open-conference"
    keys.press("Escape")
    dialog.wait_for(state="detached")
    keys.press("Shift+O")
    page.get_by_test_id("conference-list").wait_for()
    yield "conferences"
    keys.press("Escape")
    page.get_by_test_id("conference-list").wait_for(state="detached")


def _menus(desk: Desk) -> Iterator[str]:
    page, keys = desk.page, desk.page.keyboard
    keys.press("s")
    page.locator(".area-panel [role=option]").first.wait_for()
    yield "scope"
    keys.press("Escape")
    page.locator(".area-panel").wait_for(state="detached")
    page.locator(".filters [aria-haspopup=dialog]").click()
    page.locator(".menu .save").wait_for()
    yield "views"
    page.locator(".filters [aria-haspopup=dialog]").click()
    page.locator(".menu .save").wait_for(state="detached")
    page.locator(".filters [aria-haspopup=menu]").click()
    page.locator(".n-dropdown-menu").wait_for()
    yield "sort"
    page.locator(".filters [aria-haspopup=menu]").click()
    page.locator(".n-dropdown-menu").wait_for(state="detached")
    page.get_by_test_id("user-menu").click()
    page.locator(".menu-who").wait_for()
    yield "user"
    page.get_by_test_id("user-menu").click()
    page.locator(".menu-who").wait_for(state="detached")
    for index in range(page.get_by_test_id("map-layer-control").locator("button").count()):
        page.get_by_test_id("map-layer-control").locator("button").nth(index).click()
        yield f"map-{index}"
        page.get_by_test_id("map-layer-control").locator("button").nth(index).click()


def _records(desk: Desk) -> Iterator[str]:
    page, keys = desk.page, desk.page.keyboard
    page.get_by_test_id("records-open").click()
    page.locator("#records-panel .notice, #records-panel .list").first.wait_for()
    yield "history"
    page.locator("#records-deadLetters").click()
    letter = page.get_by_test_id("dead-letter-row").first
    letter.locator("button").first.click()
    letter.locator("pre").wait_for()
    yield "dead-letters"
    page.locator("#records-audit").click()
    page.get_by_test_id("audit-row").first.wait_for()
    yield "audit"
    keys.press("Escape")
    page.get_by_test_id("records").wait_for(state="detached")
