"""求助: a village asks its township for help and is answered; and what a village reports."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from command_center.accounts.models import User
from dispatch.units.duty import add_member
from dispatch.units.kinds import UnitKind
from dispatch.units.models import Unit
from dispatch.units.services import NewUnit, create_units
from tests.support import city, deeds

pytestmark = pytest.mark.django_db

VILLAGE, TOWN = city.EAST.villages[0], city.EAST.code
BASE = "/api/v1/incidents"


@pytest.fixture(autouse=True)
def _city() -> None:
    deeds.seed()


def enter(username: str) -> Client:
    client = Client()
    user = User.objects.get(username=username)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def post(username: str, path: str, body: dict[str, Any], status: int = 200) -> Any:
    answer = enter(username).post(path, body, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json()


def detail(username: str, case: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = enter(username).get(f"{BASE}/{case['id']}").json()
    return found


def given_to_the_village() -> dict[str, Any]:
    """A case that the township has given to its village."""
    facts = {"category": "0401", "code": VILLAGE, "title": "邻里纠纷"}
    case = post("town", BASE, facts, 201)
    body = {"version": case["version"], "target": VILLAGE}
    found: dict[str, Any] = post("town", f"{BASE}/{case['id']}/actions/transfer_down", body)
    return found


def test_who_is_responsible_asks_the_level_above_and_stays_responsible() -> None:
    case = given_to_the_village()
    path = f"{BASE}/{case['id']}/help"
    assert detail("village", case)["may"]["ask_help"]
    asked = post("village", path, {"text": "人手不够"})
    assert (asked["help"], asked["owner"], asked["stage"]) == (TOWN, VILLAGE, "reported")
    may = detail("village", case)["may"]
    assert (may["ask_help"], may["answer_help"]) == (False, False)
    assert detail("town", case)["may"]["answer_help"]
    post("village", path, {"text": "再催"}, 409)
    post("village", f"{path}/answer", {"text": "自答"}, 403)
    post("town2", f"{path}/answer", {"text": "x"}, 404)
    assert post("town", f"{path}/answer", {"text": "已派巡逻队支援"})["help"] is None
    post("town", f"{path}/answer", {"text": "x"}, 409)
    told = [(line["kind"], line["text"]) for line in detail("town", case)["timeline"][-2:]]
    assert told == [("help_asked", "人手不够"), ("help_answered", "已派巡逻队支援")]


def test_only_who_owes_something_asks_and_the_city_asks_nobody() -> None:
    case = post("city", BASE, {"category": "0401", "code": VILLAGE}, 201)
    for username in ("city", "village"):
        assert not detail(username, case)["may"]["ask_help"]
        post(username, f"{BASE}/{case['id']}/help", {"text": "x"}, 403)
    post("village", f"{BASE}/{case['id']}/help", {"text": " "}, 422)


def test_handing_the_case_up_is_the_end_of_the_wish() -> None:
    case = given_to_the_village()
    asked = post("village", f"{BASE}/{case['id']}/help", {"text": "人手不够"})
    body = {"version": asked["version"], "text": "办不了"}
    moved = post("village", f"{BASE}/{case['id']}/actions/transfer_up", body)
    assert (moved["owner"], moved["help"]) == (TOWN, None)


def test_who_was_sent_asks_who_is_responsible() -> None:
    create_units(units=[NewUnit("一村中心", UnitKind.VILLAGE_CENTRE, VILLAGE)])
    unit = Unit.objects.get(name="一村中心")
    add_member(unit=unit, user=User.objects.get(username="village"), actor=None)
    case = post("town", BASE, {"category": "0401", "code": VILLAGE}, 201)
    sent = {"version": case["version"], "units": [unit.pk]}
    (task,) = post("town", f"{BASE}/{case['id']}/tasks", sent, 201)
    post("village", f"/api/v1/tasks/{task['id']}/acknowledge", {})
    asked = post("village", f"{BASE}/{case['id']}/help", {"text": "双方动手，请派警力"})
    assert (asked["help"], asked["stage"]) == (TOWN, "in_progress")
    done = post("village", f"/api/v1/tasks/{task['id']}/done", {"feedback": "已劝开"})
    assert done["state"] == "done"
    after = detail("town", case)
    assert (after["incident"]["stage"], after["incident"]["help"]) == ("handled", None)
    assert {"name": "dongta-village者", "part": "handler"} in after["people"]


def test_a_village_reports_as_a_village_at_the_place_it_names() -> None:
    facts = {"category": "0302", "title": "垃圾未清运", "code": city.GRID, "key": "k1"}
    made = post("village", "/api/v1/me/reports", facts, 201)
    assert (made["source"], made["code"], made["owner"]) == ("village", city.GRID, TOWN)
    assert post("village", "/api/v1/me/reports", facts)["id"] == made["id"]
    elsewhere = {**facts, "code": city.SOUTH.villages[0], "key": "k2"}
    post("village", "/api/v1/me/reports", elsewhere, 422)
    assert post("patrol", "/api/v1/me/reports", {**facts, "key": "k3"}, 201)["source"] == "patrol"
