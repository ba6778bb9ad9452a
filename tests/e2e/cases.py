"""Incidents at a console: reporting one, opening it, and its panel."""

from __future__ import annotations

from typing import Any

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


def places(person: Session, level: str) -> list[str]:
    """The codes of all jurisdictions of a level."""
    found = person.get("/api/v1/jurisdictions", level=level, limit=200).json()["items"]
    return [area["code"] for area in found]


def open_case(desk: Desk, incident: int) -> Locator:
    """Opens an incident out of the list."""
    desk.page.keyboard.press("2")
    desk.page.locator(f'[data-testid="incident-row"][data-incident-id="{incident}"]').click()
    return panel(desk)


def closed_case(runner: Session, judge: Session, *, score: int, **facts: object) -> int:
    """An incident that a unit has handled and somebody else has verified and closed; returns its id."""
    incident = report(runner, category="0501", **facts)
    path = f"/api/v1/incidents/{incident}"

    def version() -> int:
        seen: int = runner.get(path).json()["incident"]["version"]
        return seen

    def done(person: Session, to: str, **words: object) -> Any:
        answer = person.post(to, words)
        assert answer.is_success, answer.text
        return answer.json()

    unit = runner.get(f"{path}/recommendation").json()[0]["unit"]
    (task,) = done(runner, f"{path}/tasks", version=version(), units=[unit])
    done(runner, f"/api/v1/tasks/{task['id']}/acknowledge")
    done(runner, f"/api/v1/tasks/{task['id']}/done", feedback="已当面答复")
    done(judge, f"{path}/actions/verify", version=version())
    done(judge, f"{path}/actions/close", version=version(), score=score)
    return incident
