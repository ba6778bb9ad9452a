"""Screenshots of the main pages, to be looked at; nothing may stick out of the window meanwhile."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest

from tests.support.browser import Desk, Sit
from tests.support.consoles import Session
from tests.support.field import DEEDS, Field
from tests.support.served import Served

SIZES = ((1366, 768), (1920, 1080), (3840, 2160))
LOOKS = tuple(itertools.product(("dark", "light"), ("zh-Hans", "en")))
IN_EVERY_SIZE = (("dark", "zh-Hans"), ("light", "en"))
"""The other looks differ from these in colours or words alone, and are taken where space is scarce."""

# Text that is cut off without a sign of it, and what reaches over the window's edge.
CUT = """() => {
  const wrong = [];
  const frame = document.documentElement;
  if (frame.scrollWidth > innerWidth || frame.scrollHeight > innerHeight) wrong.push('the page scrolls');
  for (const element of document.querySelectorAll('button, h1, h2, h3, th, td, dt, dd, label, .flag, footer > *, header > *')) {
    if (!element.checkVisibility() || element.closest('.leaflet-pane')) continue;
    const style = getComputedStyle(element);
    if (element.scrollWidth > element.clientWidth + 1 && style.overflowX !== 'visible' && style.textOverflow !== 'ellipsis'
        && !['auto', 'scroll'].includes(style.overflowX))
      wrong.push(`cut off: ${element.textContent.trim().slice(0, 40)}`);
    const box = element.getBoundingClientRect();
    if (box.width && (box.right > innerWidth + 1 || box.left < -1))
      wrong.push(`outside the window: ${element.textContent.trim().slice(0, 40)}`);
  }
  return wrong;
}"""


@pytest.fixture
def photograph(artifacts: Path) -> Callable[[Desk, str], list[str]]:
    """Takes a picture in every size; returns what sticks out."""

    def take(desk: Desk, name: str, sizes: tuple[tuple[int, int], ...] = SIZES) -> list[str]:
        found = []
        for width, height in sizes:
            desk.page.set_viewport_size({"width": width, "height": height})
            # Two frames for the layout, and the map's own pause after a resize.
            desk.page.evaluate("document.fonts.ready")
            desk.page.wait_for_load_state("networkidle")
            picture = artifacts / f"{name}-{width}.png"
            desk.page.screenshot(path=picture, animations="disabled", scale="css")
            found += [f"{width}: {fault}" for fault in desk.page.evaluate(CUT)]
        return found

    return take


def restyle(desk: Desk, theme: str, locale: str) -> None:
    """Choose a theme and a language by their buttons."""
    html = desk.page.locator("html")
    while html.get_attribute("lang") != locale:
        desk.page.get_by_test_id("language-switch").click()
    while html.get_attribute("data-theme") != theme:
        desk.page.get_by_test_id("theme-switch").click()
    desk.page.mouse.move(700, 700)


def every_look(desk: Desk, name: str, photograph: Callable[..., list[str]]) -> Iterator[str]:
    """Photographs the page in both themes and languages; yields what sticks out."""
    for theme, locale in LOOKS:
        restyle(desk, theme, locale)
        look = f"{name}-{theme}-{locale[:2]}"
        sizes = SIZES if (theme, locale) in IN_EVERY_SIZE else SIZES[:1]
        yield from (f"{look} {fault}" for fault in photograph(desk, look, sizes))


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("state", "alarms"), [("empty", 0), ("normal", 6), ("flood", 60)])
def test_the_console(
    calm: Served,
    sit: Sit,
    photograph: Callable[[Desk, str], list[str]],
    state: str,
    alarms: int,
) -> None:
    calm.do(f"{DEEDS}.set_online", share=29)
    if alarms:
        calm.do(f"{DEEDS}.flood", count=alarms)
    desk = sit("city")
    desk.wait_figure("open", alarms)
    if alarms:
        desk.page.keyboard.press("j")
        desk.page.keyboard.press("j")
        desk.page.keyboard.press("Enter")
        desk.page.get_by_test_id("detail").locator(".detail-body").wait_for()
    assert list(every_look(desk, state, photograph)) == []


@pytest.mark.timeout(240)
def test_the_stale_console(
    calm: Served, sit: Sit, photograph: Callable[[Desk, str], list[str]]
) -> None:
    calm.do(f"{DEEDS}.flood", count=6)
    desk = sit("city")
    silent = {"now": False}

    def between(route: object) -> None:
        server = route.connect_to_server()  # type: ignore[attr-defined]
        server.on_message(lambda text: None if silent["now"] else route.send(text))  # type: ignore[attr-defined]

    desk.page.route_web_socket("**/ws/console", between)
    desk.page.reload()
    desk.wait_live()
    desk.wait_figure("open", 6)
    silent["now"] = True
    desk.page.locator('[data-testid="banner-stale"][data-kind="stale"]').wait_for(timeout=20_000)
    assert list(every_look(desk, "stale", photograph)) == []


def test_the_sign_in_page(
    city: Served, profile: Callable[..., Desk], photograph: Callable[[Desk, str], list[str]]
) -> None:
    desk = profile()
    desk.open()
    assert list(every_look(desk, "login", photograph)) == []


PAGES = {
    "index": "/admin/",
    "jurisdictions": "/admin/jurisdictions/jurisdiction/",
    "jurisdiction": "/admin/jurisdictions/jurisdiction/640181100/change/",
    "accounts": "/admin/accounts/user/",
    "devices": "/admin/devices/device/",
    "import": "/admin/devices/device/import/",
}


@pytest.mark.parametrize(("scheme", "locale"), [("dark", "zh-hans"), ("light", "en")])
def test_the_administration(
    city: Served,
    profile: Callable[..., Desk],
    session_of: Callable[[str], Session],
    photograph: Callable[..., list[str]],
    outside: Field,
    scheme: Literal["dark", "light"],
    locale: str,
) -> None:
    desk = profile()
    desk.adopt(session_of("admin"))
    desk.page.emulate_media(color_scheme=scheme)
    desk.page.set_viewport_size({"width": 1366, "height": 900})
    desk.open("/admin/")
    if locale == "en":
        desk.page.locator('button[name="language"][value="en"]').click()
    desk.page.locator(f'html[lang^="{locale}"]').wait_for()
    device = outside.device("fire_lane")
    pages = {**PAGES, "device": f"/admin/devices/device/{device}/change/"}
    for name, path in pages.items():
        answer = desk.page.goto(f"{desk.base}{path}")
        assert answer is not None
        assert answer.status == 200, path
        photograph(desk, f"admin-{name}-{scheme}-{locale[:2]}", ((1366, 900),))


def test_the_records(
    calm: Served, sit: Sit, outside: Field, photograph: Callable[..., list[str]]
) -> None:
    gate = outside.device("face_gate")
    outside.say(f"{outside.topic(gate)}/event", b"not json at all")
    outside.say(f"{outside.topic(gate)}/event", b'{"event_id": 7}')
    outside.say("sc/v1/640181/100/200/face_gate/NOBODY/event", b"{}")
    outside.report(gate, "tamper", active=True)
    desk = sit("admin")
    desk.row(gate).wait_for()
    desk.page.get_by_test_id("records-open").click()
    desk.page.get_by_test_id("dead-letter-row").nth(2).wait_for()
    assert photograph(desk, "records-dark-zh", SIZES[:2]) == []
