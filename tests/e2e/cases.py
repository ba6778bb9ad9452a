"""Incidents at a console: reporting one, opening it, and its panel."""

from __future__ import annotations

from playwright.sync_api import Locator

from tests.support.browser import Desk
from tests.support.consoles import Session


def panel(desk: Desk, stage: str | None = None) -> Locator:
    """The panel of an incident, read from the server."""
    more = "" if stage is None else f'[data-stage="{stage}"]'
    found = desk.page.locator(f'[data-testid="incident-panel"][data-loaded="true"]{more}')
    found.wait_for()
    return found


def report(person: Session, **facts: object) -> int:
    """Registers an incident over REST; returns its id."""
    body = {"category": "0203", "code": "640181100", "place": "花园路口", **facts}
    answer = person.post("/api/v1/incidents", body)
    assert answer.status_code == 201, answer.text
    number: int = answer.json()["id"]
    return number


def open_case(desk: Desk, incident: int) -> Locator:
    """Opens an incident out of the list."""
    desk.page.keyboard.press("2")
    desk.page.locator(f'[data-testid="incident-row"][data-incident-id="{incident}"]').click()
    return panel(desk)
