"""Every string in both languages: nothing untranslated, no key shown, nothing left in the other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from tests.e2e import tour
from tests.support.browser import Desk, Sit
from tests.support.field import Field
from tests.support.served import Served

STRINGS = """() => {
  const found = new Set([document.title]);
  const shown = element => element.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) {
      const parent = node.parentElement;
      if (!parent.closest('script, style, noscript, code, pre, kbd') && shown(parent)) found.add(node.textContent.trim());
    } else if (shown(node))
      for (const name of ['aria-label', 'title', 'placeholder', 'aria-description', 'aria-valuetext'])
        if (node.hasAttribute(name)) found.add(node.getAttribute(name).trim());
  }
  return [...found].filter(Boolean);
}"""
CHINESE = re.compile(r"[\u3400-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{3,}")
KEY = re.compile(r"^[a-z][A-Za-z]*(\.[A-Za-z_0-9]+)+$")
# Names, units and what is the same in both languages.
ALLOWED = {
    "zh-Hans": re.compile(
        r"MQTT|JSON|Esc|Ctrl|English|Home|End|PgUp|PgDn|Space|Enter|Leaflet|https?"
    ),
    "en": re.compile(r"切换到中文|中文|中"),
}


def names(desk: Desk) -> list[str]:
    """Data that stays as it is: names of places, devices, units and people; codes and ids."""
    found = {"值班长", "市指挥中心一席", "市指挥中心二席", "系统管理员", "test", "canonical"}
    for frame in desk.frames:
        data = json.loads(frame)
        if data["type"] == "snapshot":
            for items in data["state"].values():
                for item in items:
                    found |= {str(item.get(key) or "") for key in ("name", "site", "id", "code")}
                    found |= {str(item.get(key) or "") for key in ("device_name", "device_id")}
    return sorted((name for name in found if name), key=len, reverse=True)


def leftovers(strings: list[str], data: list[str], locale: str) -> list[str]:
    """The strings that are not in this language, or are keys of the catalogue."""
    other = CHINESE if locale == "en" else ENGLISH
    wrong = []
    for text in strings:
        rest = text
        for name in data:
            if name in rest:
                rest = rest.replace(name, " ")
        if KEY.match(rest) or other.search(ALLOWED[locale].sub(" ", rest)):
            wrong.append(text)
    return wrong


@pytest.mark.parametrize("locale", ["zh-Hans", "en"])
def test_every_string_is_in_the_chosen_language(
    city: Served, sit: Sit, outside: Field, locale: str
) -> None:
    tour.prepare(city, outside)
    desk = sit(tour.CHIEF, locale=locale)
    data = names(desk)
    wrong = {}
    for view in tour.views(desk):
        found = leftovers(desk.page.evaluate(STRINGS), data, locale)
        if found:
            wrong[view] = found
    seen: set[str] = set()
    fresh = {}
    for view, found in wrong.items():
        fresh[view] = [text for text in found if text not in seen]
        seen |= set(found)
    assert {view: found for view, found in fresh.items() if found} == {}


def test_the_switch_changes_the_language_at_once_and_for_good(
    calm: Served, profile: Callable[..., Desk]
) -> None:
    desk = profile()
    desk.open()
    desk.page.get_by_role("button", name="登录").wait_for()
    desk.page.get_by_test_id("language-switch").click()
    desk.page.get_by_role("button", name="Sign in").wait_for()
    assert desk.page.locator("html").get_attribute("lang") == "en"
    desk.page.reload()
    desk.page.get_by_role("button", name="Sign in").wait_for()
    assert leftovers(desk.page.evaluate(STRINGS), [], "en") == []


def test_the_theme_changes_at_once_and_for_good(calm: Served, sit: Sit) -> None:
    desk = sit("city")
    html = desk.page.locator("html")
    before = desk.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert html.get_attribute("data-theme") == "dark"
    desk.page.get_by_test_id("theme-switch").click()
    assert html.get_attribute("data-theme") == "light"
    assert desk.page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    desk.page.reload()
    desk.wait_live()
    assert html.get_attribute("data-theme") == "light"
