"""Every view: axe finds no serious fault, in dark and in light, and every string is in the chosen language."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e import tour
from tests.e2e.words import LOOKS, names, untranslated
from tests.support.browser import Desk, Sit
from tests.support.consoles import Session
from tests.support.field import Field
from tests.support.served import Served

THEMES = ("dark", "light")
# Django's own search field: its label is a picture with a text, which axe does not count.
DJANGOS = "label-title-only: #searchbar"
ADMIN_PAGES = ("/admin/", "/admin/devices/device/", "/admin/accounts/user/")


@pytest.mark.parametrize("theme", THEMES)
def test_the_sign_in_page(city: Served, profile: Callable[..., Desk], theme: str) -> None:
    desk = profile(theme=theme)
    desk.open()
    desk.expect(r"status of 401")
    desk.sign_in("city", "wrong")
    desk.page.get_by_test_id("login-error").wait_for()
    assert desk.axe() == []


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("theme", "locale"), LOOKS)
def test_every_view_of_the_console(
    city: Served, sit: Sit, outside: Field, theme: str, locale: str
) -> None:
    tour.prepare(city, outside)
    desk = sit(tour.CHIEF, theme=theme, locale=locale)
    data = names(desk)
    found: dict[str, str] = {}
    for view in tour.views(desk):
        # What a layer adds is drawn; of its words and of all else axe has said enough.
        faults = [] if view.startswith("map-") else desk.axe()
        for fault in faults + untranslated(desk, data, locale):
            found.setdefault(fault, view)
    assert not found, "\n".join(f"{view}: {fault}" for fault, view in found.items())


@pytest.mark.parametrize("scheme", THEMES)
def test_the_administration(
    city: Served,
    profile: Callable[..., Desk],
    session_of: Callable[[str], Session],
    scheme: str,
) -> None:
    desk = profile()
    desk.adopt(session_of("admin"))
    desk.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    found = []
    for path in ADMIN_PAGES:
        desk.open(path)
        found += [f"{path}: {fault}" for fault in desk.axe() if DJANGOS not in fault]
    assert not found, "\n".join(found)
