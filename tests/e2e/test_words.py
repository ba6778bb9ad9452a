"""Language and theme are chosen by a button, at once and for good."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.words import untranslated
from tests.support.browser import Desk, Sit
from tests.support.served import Served


def test_the_switch_changes_the_language_at_once_and_for_good(
    calm: Served, profile: Callable[..., Desk]
) -> None:
    desk = profile()
    desk.open()
    desk.page.get_by_role("button", name="登录").wait_for()
    desk.page.get_by_test_id("language-switch").click()
    desk.page.get_by_role("button", name="Sign in").wait_for()
    expect(desk.page.locator("html")).to_have_attribute("lang", "en")
    desk.page.reload()
    desk.page.get_by_role("button", name="Sign in").wait_for()
    assert untranslated(desk, "", "en") == []


def test_the_theme_changes_at_once_and_for_good(calm: Served, sit: Sit) -> None:
    desk = sit("city")
    html = desk.page.locator("html")
    before = desk.page.evaluate("getComputedStyle(document.body).backgroundColor")
    expect(html).to_have_attribute("data-theme", "dark")
    desk.page.get_by_test_id("theme-switch").click()
    expect(html).to_have_attribute("data-theme", "light")
    assert desk.page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    desk.page.reload()
    desk.wait_live()
    expect(html).to_have_attribute("data-theme", "light")
