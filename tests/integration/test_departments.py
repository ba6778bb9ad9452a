"""A city department as one of the layers that handle: its people are sent a case, and see nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from command_center.accounts.models import User
from command_center.accounts.policy import Role
from command_center.accounts.services import PostAt, create_account
from dispatch.units.duty import add_member
from dispatch.units.kinds import Skill, UnitKind
from dispatch.units.models import Unit
from dispatch.units.services import NewUnit, create_units
from tests.support import city, deeds
from tests.support.photos import photo

pytestmark = pytest.mark.django_db

CLEANLINESS = "0302"
"""A category whose feedback needs a photo."""
BASE = "/api/v1/incidents"


@pytest.fixture(autouse=True)
def _city(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path
    deeds.seed()
    create_units(
        units=[
            NewUnit("城市管理局", UnitKind.DEPARTMENT, city.CITY, skills=(Skill.SANITATION,)),
            NewUnit("住建局", UnitKind.DEPARTMENT, city.CITY, skills=(Skill.REPAIR,)),
        ]
    )
    for username, name in (("cleaner", "城市管理局"), ("builder", "住建局")):
        post = PostAt(Role.DEPARTMENT_OFFICER, city.CITY)
        user = create_account(
            username=username, name=f"{name}值班员", password=city.PASSWORD, posts=[post]
        )
        add_member(unit=Unit.objects.get(name=name), user=user, actor=None)


def enter(username: str) -> Client:
    client = Client()
    user = User.objects.get(username=username)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def post(username: str, path: str, body: Any, status: int = 200) -> Any:
    answer = enter(username).post(path, body, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json()


def test_a_department_handles_a_case_to_the_end() -> None:
    facts = {"category": CLEANLINESS, "code": city.EAST.villages[0], "title": "垃圾堆放"}
    case = post("city", BASE, facts, 201)
    unit = Unit.objects.get(name="城市管理局").pk
    offered = enter("city").get(f"{BASE}/{case['id']}/recommendation").json()
    (reasons,) = [one["reasons"] for one in offered if one["unit"] == unit]
    assert {"code": "skill", "value": "sanitation"} in reasons
    wanted = {"version": case["version"], "units": [unit], "order": "当日清运"}
    (task,) = post("city", f"{BASE}/{case['id']}/tasks", wanted, 201)

    (mine,) = enter("cleaner").get("/api/v1/me/tasks").json()
    assert (mine["task"]["id"], mine["unit_name"]) == (task["id"], "城市管理局")
    path = f"/api/v1/tasks/{task['id']}"
    post("cleaner", f"{path}/acknowledge", {})
    may = enter("cleaner").get(f"{BASE}/{case['id']}").json()["may"]
    assert (may["ask_extension"], may["ask_help"], may["see_caller"]) == (True, True, False)
    post("cleaner", f"{BASE}/{case['id']}/extensions", {"minutes": 120, "reason": "车在路上"})
    asked = post("cleaner", f"{BASE}/{case['id']}/help", {"text": "需要铲车"})
    assert (asked["extension"], asked["help"]) == (True, case["owner"])
    post("cleaner", f"{path}/start", {})
    post("cleaner", f"{path}/arrive", {})
    post("cleaner", f"{path}/done", {"feedback": "已清运"}, 422)
    file = SimpleUploadedFile("after.jpg", photo(), "image/jpeg")
    attached = enter("cleaner").post(f"{BASE}/{case['id']}/attachments", {"file": file})
    assert attached.status_code == 201, attached.content
    post("cleaner", f"{path}/done", {"feedback": "已清运"})

    row = enter("city").get(f"{BASE}/{case['id']}").json()
    assert (row["incident"]["stage"], row["incident"]["help"]) == ("handled", None)
    for action, words in (("verify", {}), ("close", {"score": 5}), ("archive", {})):
        seen = enter("city").get(f"{BASE}/{case['id']}").json()["incident"]
        body = {"version": seen["version"], **words}
        row = post("city", f"{BASE}/{case['id']}/actions/{action}", body)
    assert row["stage"] == "archived"


def test_a_department_sees_nothing_but_its_own_tasks() -> None:
    facts = {"category": CLEANLINESS, "code": city.EAST.villages[0], "title": "垃圾堆放"}
    case = post("city", BASE, facts, 201)
    unit = Unit.objects.get(name="城市管理局").pk
    wanted = {"version": case["version"], "units": [unit]}
    (task,) = post("city", f"{BASE}/{case['id']}/tasks", wanted, 201)
    other = enter("builder")
    assert other.get("/api/v1/me/tasks").json() == []
    for path in (f"incidents/{case['id']}", f"tasks/{task['id']}"):
        assert other.get(f"/api/v1/{path}").status_code == 404, path
    post("builder", f"/api/v1/tasks/{task['id']}/acknowledge", {}, 404)
    for path in ("incidents", "alarms", "devices", "units", "dead-letters", "audit"):
        assert enter("cleaner").get(f"/api/v1/{path}").status_code in (403, 404), path
    assert other.get("/api/v1/tasks").json()["items"] == []
    reported = post(
        "builder", "/api/v1/me/reports", {"category": "0203", "code": city.EAST.villages[0]}, 201
    )
    assert reported["source"] == "manual"
    assert other.get(f"{BASE}/{reported['id']}").status_code == 200
