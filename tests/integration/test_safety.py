"""Calls for help and signs of life: alarms of the gravest severity of the unit's terminal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from command_center.accounts.models import User
from command_center.feed.models import FeedEvent
from dispatch.incidents.models import Incident
from dispatch.safety.services import Watched, watch_check_ins
from dispatch.tasks.models import Task
from dispatch.units import duty
from dispatch.units.kinds import UnitKind
from dispatch.units.models import Unit
from dispatch.units.services import NewUnit, create_units
from iot_bridge.alarms.models import Alarm
from tests.support import city, deeds

pytestmark = pytest.mark.django_db
HERE = {"lat": 38.1234, "lng": 106.3456}


class Person:
    """Somebody at the API."""

    def __init__(self, username: str) -> None:
        self.user = User.objects.get(username=username)
        self.client = Client()
        self.client.force_login(self.user, "django.contrib.auth.backends.ModelBackend")

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1{path}")

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(f"/api/v1{path}", body, content_type="application/json")


@pytest.fixture
def unit() -> Unit:
    """A team of the eastern township, with somebody of it on duty."""
    deeds.seed()
    create_units(
        units=[
            NewUnit("平安队", UnitKind.PATROL, city.EAST.code, longitude=106.3, latitude=38.1),
        ]
    )
    made = Unit.objects.get(name="平安队")
    deeds.person(username="walker", held=[["patrol", city.EAST.code]])
    user = User.objects.get(username="walker")
    duty.add_member(unit=made, user=user, actor=None)
    duty.set_duty(user=user, on=True)
    return made


@pytest.fixture
def walker(unit: Unit) -> Person:
    return Person("walker")


def alarm_of(unit: Unit, condition: str) -> Alarm:
    return Alarm.objects.get(device_id=f"UNIT-{unit.id}", condition=condition, open=True)


def test_a_call_is_an_alarm_where_help_is_needed(unit: Unit, walker: Person) -> None:
    answer = walker.post("/me/sos", **HERE, key="k1")
    assert answer.status_code == 201, answer.content
    alarm = alarm_of(unit, "sos")
    assert (alarm.severity, alarm.device_name, alarm.kind) == (1, "平安队", "patrol_terminal")
    assert (alarm.latitude, alarm.longitude) == (HERE["lat"], HERE["lng"])
    assert alarm.code == city.EAST.code
    assert "walker" not in str(vars(alarm))
    shown = Person("town").get("/alarms").json()["items"]
    assert alarm.id in [item["id"] for item in shown]
    assert alarm.id not in [item["id"] for item in Person("town2").get("/alarms").json()["items"]]


def test_a_call_that_comes_again_is_the_same_call(unit: Unit, walker: Person) -> None:
    first = walker.post("/me/sos", **HERE, key="k1").json()
    Person("town").post(f"/alarms/{first['alarm']}/acknowledge", note="已派人")
    again = walker.post("/me/sos", **HERE, key="k1")
    assert again.json()["alarm"] == first["alarm"]
    assert not Alarm.objects.filter(device_id=f"UNIT-{unit.id}", open=True).exists()
    told = walker.get("/me/sos").json()
    assert (told["alarm"], told["note"]) == (first["alarm"], "已派人")
    assert told["acknowledged_at"] is not None
    another = walker.post("/me/sos", key="k2").json()
    assert another["alarm"] != first["alarm"]
    assert walker.get("/me/sos").json()["acknowledged_at"] is None


def test_a_call_without_a_place_is_where_the_unit_was_seen_last(unit: Unit, walker: Person) -> None:
    walker.post("/me/position", lat=38.11, lng=106.31)
    walker.post("/me/sos")
    assert (alarm_of(unit, "sos").latitude, alarm_of(unit, "sos").longitude) == (38.11, 106.31)


def test_a_call_goes_out_at_once_and_its_place_follows(unit: Unit, walker: Person) -> None:
    assert walker.post("/me/sos/place", **HERE).status_code == 409  # nobody has called
    walker.post("/me/sos", key="k1")
    assert (alarm_of(unit, "sos").latitude, alarm_of(unit, "sos").longitude) == (38.1, 106.3)
    assert walker.post("/me/sos/place", **HERE).status_code == 200
    alarm = alarm_of(unit, "sos")
    assert (alarm.latitude, alarm.longitude, alarm.count) == (HERE["lat"], HERE["lng"], 1)
    assert FeedEvent.objects.latest("seq").kind == "alarm.placed"
    # Called again from elsewhere while the first is open: help is needed there.
    walker.post("/me/sos", lat=38.2, lng=106.4, key="k2")
    assert (alarm_of(unit, "sos").latitude, alarm_of(unit, "sos").longitude) == (38.2, 106.4)


def test_a_call_that_comes_late_says_when_it_was_made(unit: Unit, walker: Person) -> None:
    walker.post("/me/sos", ago_ms=20_000)
    assert "called_ms" not in alarm_of(unit, "sos").detail
    walker.post("/me/sos", ago_ms=3_600_000, key="late")
    alarm = alarm_of(unit, "sos")
    made = datetime.fromtimestamp(alarm.detail["called_ms"] / 1000, UTC)
    assert timedelta(minutes=59) < alarm.last_at - made < timedelta(minutes=61)


def test_the_terminal_goes_by_the_units_name(unit: Unit, walker: Person) -> None:
    walker.post("/me/sos", key="a")
    unit.name = "平安二队"
    unit.save()
    walker.post("/me/sos", key="b")
    device = Person("town").get(f"/devices/UNIT-{unit.id}").json()
    assert device["name"] == "平安二队"
    assert alarm_of(unit, "sos").count == 2


@pytest.mark.parametrize("body", [{"lat": 38.1}, {"lat": 91, "lng": 0}, {"lat": "x", "lng": "y"}])
def test_half_a_place_is_refused(walker: Person, body: dict[str, Any]) -> None:
    assert walker.post("/me/sos", **body).status_code == 422


def test_who_has_no_unit_or_no_such_post_cannot_call(unit: Unit) -> None:
    deeds.person(username="stroller", held=[["patrol", city.EAST.code]])
    assert Person("stroller").post("/me/sos").status_code == 409
    assert Person("city").post("/me/sos").status_code == 403


@pytest.fixture
def task(unit: Unit, walker: Person) -> Task:
    """A task with a sign of life every ten minutes; the unit is on its way."""
    town = Person("town")
    case = {"category": "0901", "code": city.EAST.villages[0], "title": "纠纷"}
    incident = town.post("/incidents", **case).json()["id"]
    sent = town.post(
        f"/incidents/{incident}/tasks", version=1, units=[unit.id], check_in_minutes=10
    )
    assert sent.status_code == 201, sent.content
    made = sent.json()[0]
    assert (made["check_in_minutes"], made["check_in_by"]) == (10, None)
    started = walker.post(f"/tasks/{made['id']}/start", key="s").json()
    assert started["check_in_by"] is not None
    return Task.objects.get(pk=made["id"])


def later(minutes: float) -> Any:
    return timezone.now() + timedelta(minutes=minutes)


def test_silence_becomes_an_alarm_once_and_a_sign_of_life_ends_it(
    unit: Unit, walker: Person, task: Task
) -> None:
    assert watch_check_ins(now=later(9)) == Watched()
    assert watch_check_ins(now=later(11)) == Watched(raised=1)
    assert watch_check_ins(now=later(11.1)) == Watched()
    alarm = alarm_of(unit, "check_in_overdue")
    assert (alarm.severity, alarm.detail["number"]) == (1, task.incident.number)
    signs = [
        entry.detail.get("check_in")
        for entry in Incident.objects.get(pk=task.incident_id).entries.all()
    ]
    assert signs.count("overdue") == 1
    given = walker.post(f"/tasks/{task.id}/check-in", key="c").json()
    assert given["check_in_by"] > started_by(task)
    assert watch_check_ins(now=later(1)) == Watched(ended=1)
    alarm.refresh_from_db()
    assert not alarm.active
    assert walker.post(f"/tasks/{task.id}/check-in", key="c").json() == given


def started_by(task: Task) -> str:
    return task.check_in_by.isoformat() if task.check_in_by else ""


def test_the_end_of_the_task_is_the_end_of_it(unit: Unit, walker: Person, task: Task) -> None:
    watch_check_ins(now=later(11))
    walker.post(f"/tasks/{task.id}/done", feedback="已调解", key="d")
    assert watch_check_ins(now=later(12)) == Watched(ended=1)
    assert not alarm_of(unit, "check_in_overdue").active


def test_the_timer_is_set_by_who_runs_the_case(unit: Unit, walker: Person, task: Task) -> None:
    path = f"/tasks/{task.id}/check-in-timer"
    assert Person("town2").post(path, minutes=30).status_code == 404
    assert walker.post(path, minutes=30).status_code == 403
    assert Person("town").post(path, minutes=4).status_code == 422
    assert Person("town").post(path, minutes=30).json()["check_in_minutes"] == 30
    assert Person("town").post(path, minutes=None).json()["check_in_by"] is None
    assert watch_check_ins(now=later(60)) == Watched()
    walker.post(f"/tasks/{task.id}/done", feedback="好了", key="d")
    assert Person("town").post(path, minutes=30).status_code == 409
