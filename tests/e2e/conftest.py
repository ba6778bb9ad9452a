"""A served demo city, Chromium, and people at their consoles."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.support.browser import SHELL, WHOLE, Desk, Sit, chromium, remembered
from tests.support.cases import CASES
from tests.support.consoles import Session
from tests.support.field import DEEDS, Field
from tests.support.served import ROOT, Served, serving


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where screenshots go; git does not keep them."""
    folder = Path(os.environ.get("E2E_ARTIFACTS") or ROOT / "test-artifacts" / "e2e")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo city, served as `make run` does. No alarm opens but a test's."""
    with serving(tmp_path_factory.mktemp("city")) as served:
        served.do(f"{DEEDS}.make_all_patient")
        yield served


@pytest.fixture(scope="session")
def session_of(city: Served) -> Callable[[str], Session]:
    """A session over HTTP for each person, opened once."""
    known: dict[str, Session] = {}

    def find(username: str) -> Session:
        if username not in known or known[username].get("/api/v1/me").status_code != 200:
            known[username] = city.session(username)
        return known[username]

    return find


@pytest.fixture
def calm(city: Served) -> Served:
    """The city without an open alarm."""
    city.do(f"{DEEDS}.clear_alarms")
    return city


@pytest.fixture
def quiet(calm: Served) -> Iterator[Served]:
    """The city without an open alarm or incident, before and after."""
    calm.do(f"{CASES}.clear_incidents")
    yield calm
    calm.do(f"{CASES}.clear_incidents")


# Not of the session: Playwright's event loop must not outlive these tests.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """What drives browsers."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium, as light as it comes."""
    with chromium(playwright, SHELL) as running:
        yield running


@pytest.fixture(scope="module")
def whole_browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium with all it has."""
    with chromium(playwright, WHOLE) as running:
        yield running


@pytest.fixture
def profile(
    request: pytest.FixtureRequest, browser: Browser, city: Served
) -> Iterator[Callable[..., Desk]]:
    """Opens a fresh profile: `profile(locale="en", theme="light")`. In the end nothing was wrong in any.

    `whole`: in the browser with all it has.
    """
    desks: list[Desk] = []

    def open_profile(
        *,
        size: tuple[int, int] = (1600, 1000),
        base: str = "",
        motion: bool = False,
        whole: bool = False,
        **memory: Any,
    ) -> Desk:
        base = base or city.url
        opened: Browser = request.getfixturevalue("whole_browser") if whole else browser
        context = opened.new_context(
            viewport={"width": size[0], "height": size[1]},
            storage_state=remembered(base, **memory),  # type: ignore[arg-type]
            # Without a graphics card, pulsing alarms take a processor of their own.
            reduced_motion="no-preference" if motion else "reduce",
            timezone_id="Asia/Shanghai",
            locale="zh-CN",
        )
        desks.append(Desk(context, base))
        return desks[-1]

    yield open_profile
    for desk in desks:
        desk.context.close()
    assert [desk.unexpected() for desk in desks if desk.unexpected()] == []


@pytest.fixture
def sit(profile: Callable[..., Desk], session_of: Callable[[str], Session]) -> Sit:
    """Sits somebody down at a live console: `sit("city", locale="en")`."""

    def sit_down(username: str, **choices: Any) -> Desk:
        desk = profile(**choices)
        desk.adopt(session_of(username))
        return desk.sit_down()

    return sit_down


@pytest.fixture(scope="session")
def outside(city: Served) -> Iterator[Field]:
    """The devices of the city."""
    devices = Field(city)
    yield devices
    devices.close()
