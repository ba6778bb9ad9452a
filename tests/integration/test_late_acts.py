"""What a phone without a network did, told later: the times of the acts, and what they still count for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from command_center.accounts.models import User
from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope, scope_of
from dispatch.incidents import reporting
from dispatch.incidents.models import Attachment, Entry, Incident, Source
from dispatch.tasks import selectors, services, sweeping
from dispatch.tasks.models import Task
from dispatch.units import duty
from dispatch.units import services as unit_services
from dispatch.units.kinds import RETURN_WITHIN, UnitKind, UnitStatus
from dispatch.units.models import Unit
from dispatch.units.services import NewUnit, create_units
from tests.support import city, deeds
from tests.support.photos import photo

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MINUTE_MS = 60_000
POST = (106.3, 38.1)


@pytest.fixture(autouse=True)
def _city(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path
    deeds.seed()


@pytest.fixture
def unit() -> Unit:
    """A team of the eastern township, with somebody of it on duty."""
    new = NewUnit("平安队", UnitKind.PATROL, city.EAST.code, longitude=POST[0], latitude=POST[1])
    create_units(units=[new])
    made = Unit.objects.get(name="平安队")
    deeds.person(username="walker", held=[["patrol", city.EAST.code]])
    user = User.objects.get(username="walker")
    duty.add_member(unit=made, user=user, actor=None)
    duty.set_duty(user=user, on=True)
    return made


@pytest.fixture
def task(unit: Unit) -> Task:
    """An order of two hours ago."""
    made = send(unit, case())
    return aged(made)


def town() -> User:
    return User.objects.get(username="town")


def case() -> Incident:
    wanted = reporting.Report(
        title="纠纷", category="0401", source=Source.HOTLINE, code=city.EAST.villages[0]
    )
    scope = scope_of(town(), Permission.INCIDENTS_HANDLE)
    return reporting.report(wanted=wanted, scope=scope, user=town())


def send(unit: Unit, incident: Incident, **facts: Any) -> Task:
    (data,) = services.send(
        incident_id=incident.id,
        scope=Scope((city.CITY,)),
        units_scope=Scope((city.CITY,)),
        user=town(),
        version=Incident.objects.get(pk=incident.id).version,
        units=[unit.id],
        **facts,
    )
    return Task.objects.get(pk=data.id)


def aged(task: Task, by: timedelta = 2 * HOUR) -> Task:
    """As if it had been given so much earlier."""
    Task.objects.filter(pk=task.pk).update(
        created_at=task.created_at - by,
        answer_by=task.answer_by - by if task.answer_by else None,
    )
    return Task.objects.get(pk=task.pk)


def give_up() -> None:
    """As if nobody had answered for an hour and more: 55 minutes ago the task expired."""
    for minutes in (60, 55):
        sweeping.sweep(now=timezone.now() - timedelta(minutes=minutes))


def post(path: str, username: str = "walker", **body: Any) -> Any:
    client = Client()
    user = User.objects.get(username=username)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client.post(f"/api/v1{path}", body, content_type="application/json")


def step(task: Task, name: str, ago: timedelta, **words: Any) -> Any:
    ago_ms = ago // timedelta(milliseconds=1)
    return post(f"/tasks/{task.pk}/{name}", ago_ms=ago_ms, **words)


def about(at: datetime | None, ago: timedelta) -> bool:
    assert at is not None
    return abs(timezone.now() - ago - at) < timedelta(seconds=20)


def lines(task: Task) -> list[Entry]:
    rows = Entry.objects.filter(incident=task.incident, kind="task", detail__task=task.pk)
    return list(rows.order_by("id"))


def now_of(row: Unit) -> Unit:
    return Unit.objects.get(pk=row.pk)


def test_times_are_those_of_the_acts_and_the_timeline_tells_both(task: Task) -> None:
    for name, minutes in (("acknowledge", 110), ("start", 100), ("arrive", 60)):
        answer = step(task, name, timedelta(minutes=minutes), key=name)
        assert answer.status_code == 200, answer.content
    after = Task.objects.get(pk=task.pk)
    assert about(after.acknowledged_at, timedelta(minutes=110))
    assert about(after.on_scene_at, HOUR)
    arrived = lines(task)[-1]
    assert about(arrived.at, timedelta(0))
    assert about(datetime.fromisoformat(arrived.detail["acted_at"]), HOUR)
    (moments,) = selectors.sent_to([task.incident_id])[task.incident_id]
    assert (moments.acknowledged_at, moments.on_scene_at) == (
        after.acknowledged_at,
        after.on_scene_at,
    )
    # The same again, older by now: it is the same act.
    assert step(task, "arrive", HOUR + timedelta(minutes=5), key="arrive").status_code == 200
    assert Task.objects.get(pk=task.pk).on_scene_at == after.on_scene_at
    step(task, "done", timedelta(seconds=30), feedback="好了")
    assert "acted_at" not in lines(task)[-1].detail


def test_no_act_comes_before_what_it_follows(task: Task) -> None:
    step(task, "acknowledge", timedelta(minutes=30))
    step(task, "start", 5 * HOUR)
    after = Task.objects.get(pk=task.pk)
    assert after.en_route_at == after.acknowledged_at
    assert step(task, "arrive", timedelta(days=999)).status_code == 200
    assert Task.objects.get(pk=task.pk).on_scene_at == after.acknowledged_at
    assert post(f"/tasks/{task.pk}/done", ago_ms=-1, feedback="x").status_code == 422


def test_an_answer_given_before_the_task_expired_still_counts(unit: Unit, task: Task) -> None:
    give_up()
    task.refresh_from_db()
    assert task.state == "expired"
    assert step(task, "acknowledge", timedelta(minutes=30)).status_code == 409
    answer = step(task, "acknowledge", timedelta(minutes=90))
    assert answer.status_code == 200, answer.content
    task.refresh_from_db()
    assert (task.state, task.ended_at, task.proposed) == ("acknowledged", None, None)
    assert about(task.acknowledged_at, timedelta(minutes=90))
    assert lines(task)[-1].detail["revived"] is True
    assert now_of(unit).status == UnitStatus.COMMITTED
    assert task.incident.stage == "in_progress"
    assert step(task, "arrive", timedelta(minutes=20)).status_code == 200


def test_who_was_sent_again_meanwhile_answers_the_new_order(unit: Unit, task: Task) -> None:
    give_up()
    send(unit, Incident.objects.get(pk=task.incident_id))
    assert step(task, "acknowledge", timedelta(minutes=90)).status_code == 409


def test_a_sign_of_life_counts_from_when_it_was_given(unit: Unit) -> None:
    task = aged(send(unit, case(), check_in_minutes=30))
    step(task, "start", HOUR)
    due = Task.objects.get(pk=task.pk).check_in_by
    assert about(due, HOUR / 2)
    post(f"/tasks/{task.pk}/check-in", ago_ms=20 * MINUTE_MS)
    later = Task.objects.get(pk=task.pk).check_in_by
    assert about(later, timedelta(minutes=-10))
    post(f"/tasks/{task.pk}/check-in", ago_ms=40 * MINUTE_MS)  # overtaken by a later one
    assert Task.objects.get(pk=task.pk).check_in_by == later
    given = [line.detail for line in lines(task) if line.detail.get("check_in") == "given"]
    assert about(datetime.fromisoformat(given[0]["acted_at"]), timedelta(minutes=20))


# -- being back, and out of service --------------------------------------------------------------------


def finish(task: Task) -> None:
    for name in ("acknowledge", "start", "arrive"):
        step(task, name, timedelta(0))
    assert step(task, "done", timedelta(0), feedback="好了").status_code == 200


def test_who_has_been_on_the_scene_returns_and_says_when_it_is_back(unit: Unit, task: Task) -> None:
    finish(task)
    assert now_of(unit).status == UnitStatus.RETURNING
    answer = post(f"/me/units/{unit.pk}/status", status="available")
    assert answer.json()["units"][0]["status"] == "available"
    assert (
        post(f"/me/units/{unit.pk}/status", username="town", status="available").status_code == 403
    )
    assert post("/me/units/999999/status", status="available").status_code == 404
    assert post(f"/me/units/{unit.pk}/status", status="on_scene").status_code == 422


def test_it_is_back_by_itself_at_its_post_and_after_half_an_hour(unit: Unit, task: Task) -> None:
    finish(task)
    post("/me/position", lng=POST[0] + 0.02, lat=POST[1])
    assert now_of(unit).status == UnitStatus.RETURNING
    post("/me/position", lng=POST[0] + 0.001, lat=POST[1])
    assert now_of(unit).status == UnitStatus.AVAILABLE
    Unit.objects.filter(pk=unit.pk).update(status=UnitStatus.RETURNING, updated_at=timezone.now())
    soon = timezone.now() + RETURN_WITHIN
    assert unit_services.end_returning(now=soon - timedelta(minutes=1)) == 0
    assert unit_services.end_returning(now=soon + timedelta(minutes=1)) == 1
    assert now_of(unit).status == UnitStatus.AVAILABLE


def test_a_team_goes_out_of_service_with_its_reason_and_back(unit: Unit) -> None:
    path = f"/me/units/{unit.pk}/status"
    assert post(path, status="out_of_service").status_code == 422
    answer = post(path, status="out_of_service", reason="车辆故障")
    shown = answer.json()["units"][0]
    assert (shown["status"], shown["status_reason"]) == ("out_of_service", "车辆故障")
    user = User.objects.get(username="walker")
    duty.set_duty(user=user, on=False)
    duty.set_duty(user=user, on=True)
    assert now_of(unit).status_reason == "车辆故障"  # going on duty repairs no car
    assert post(path, status="available").json()["units"][0]["status_reason"] == ""
    send(unit, case())
    assert post(path, status="out_of_service", reason="累了").status_code == 409


# -- where a picture was taken -------------------------------------------------------------------------


def attach(task: Task) -> Attachment:
    client = Client()
    user = User.objects.get(username="walker")
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    body = {
        "file": SimpleUploadedFile(
            "a.jpg", photo(shade=Attachment.objects.count() * 40), "image/jpeg"
        ),
        "taken_ago_ms": MINUTE_MS * 60,
        "on_spot": "true",
        "lat": "38.11",
        "lng": "106.31",
    }
    answer = client.post(f"/api/v1/incidents/{task.incident_id}/attachments", body)
    assert answer.status_code == 201, answer.content
    return Attachment.objects.get(pk=answer.json()["id"])


def test_a_pictures_place_is_kept_on_duty_and_its_time_always(task: Task) -> None:
    there = attach(task)
    assert (there.longitude, there.latitude, there.on_spot) == (106.31, 38.11, True)
    assert about(there.taken_at, HOUR)
    duty.set_duty(user=User.objects.get(username="walker"), on=False)
    nowhere = attach(task)
    assert (nowhere.longitude, nowhere.latitude) == (None, None)
    assert about(nowhere.taken_at, HOUR)
