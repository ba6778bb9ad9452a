"""Planned conferences in the database: reminded, asked for, opened, skipped, missed while nothing ran."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from command_center.accounts.models import User
from command_center.accounts.policy import Role
from conferencing.conferences.feed import value_of
from conferencing.conferences.models import Conference
from conferencing.conferences.selectors import invitations_of
from conferencing.conferences.services import alive
from conferencing.schedules import services
from conferencing.schedules.feed import RunData, schedule_data
from conferencing.schedules.models import Run, Schedule
from conferencing.schedules.recurrence import Repeats, RunState
from conferencing.schedules.services import NotTheirsError, Plan, PlanError
from dispatch.push.models import Message
from tests.support import city, deeds

pytestmark = pytest.mark.django_db
VILLAGE = city.EAST.villages[0]
ZONE = timezone.get_default_timezone()
Clock = Callable[[datetime], None]


@pytest.fixture(autouse=True)
def _city() -> None:
    deeds.seed()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Have it be some time; it begins on the evening before."""

    def turn(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    turn(at(22, 20))
    return turn


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=ZONE)


def person(username: str) -> User:
    return User.objects.get(username=username)


def planned(username: str = "city", **facts: Any) -> Schedule:
    wanted: dict[str, Any] = {
        "title": "每日点名",
        "code": city.CITY,
        "repeats": Repeats.DAILY,
        "first_day": date(2026, 11, 23),
        "at": time(9),
        "lead_minutes": 10,
        "invite": [(VILLAGE, Role.VILLAGE_OFFICER), (city.EAST.code, None)],
    }
    return services.create(user=person(username), plan=Plan(**wanted | facts))


def states(row: Schedule) -> list[tuple[int, str]]:
    return [(run.at.astimezone(ZONE).day, run.state) for run in Run.objects.filter(schedule=row)]


def next_day(row: Schedule) -> int | None:
    row.refresh_from_db()
    return None if row.next_at is None else row.next_at.astimezone(ZONE).day


def test_reminded_asked_and_opened_by_one_key_with_everybody_called(clock: Clock) -> None:
    row = planned()
    assert services.tend(now=at(23, 8, 49)) == 0
    assert services.tend(now=at(23, 8, 50)) == 1
    assert services.tend(now=at(23, 8, 51)) == 0, "once"
    reminder = Message.objects.get(schedule_id=row.pk)
    assert ("09:00" in reminder.body, reminder.code) == (True, city.CITY)
    assert services.tend(now=at(23, 9)) == 1
    assert (states(row), next_day(row)) == ([(23, "due")], 24)
    assert Message.objects.filter(schedule_id=row.pk, ended_at=None).count() == 1
    clock(at(23, 9, 0, 20))
    opened = services.open_now(schedule_id=row.pk, user=person("city2"), at=at(23, 9))
    value = value_of(opened)
    assert (opened.title, opened.code) == ("每日点名", city.CITY)
    called = {(seat.user, seat.code) for seat in value.seats[1:]}
    expected = {(person("village").pk, VILLAGE), (person("town").pk, city.EAST.code)}
    assert expected <= called
    again = services.open_now(schedule_id=row.pk, user=person("city"), at=at(23, 9))
    assert (again.pk, states(row)) == (opened.pk, [(23, "opened")])


def test_nobody_opens_it(clock: Clock) -> None:
    row = planned()
    services.tend(now=at(23, 9))
    assert services.tend(now=at(23, 9, 31)) == 1
    assert states(row) == [(23, "missed")]
    clock(at(23, 10))
    services.open_now(schedule_id=row.pk, user=person("city"), at=at(23, 9))
    assert states(row) == [(23, "opened")], "by hand it still may"


def test_times_at_which_nothing_ran_are_missed_and_not_opened_late(clock: Clock) -> None:
    row = planned(by_itself=True)
    services.tend(now=at(25, 9, 6))
    assert states(row) == [(23, "missed"), (24, "missed"), (25, "missed")]
    assert next_day(row) == 26
    assert not Conference.objects.exists()
    clock(at(26, 9, 2))
    services.tend(now=at(26, 9, 2))
    assert states(row)[-1] == (26, "due"), "two minutes late it asks"


def test_by_itself_it_opens_for_who_is_there_and_rings(clock: Clock) -> None:
    row = planned(by_itself=True, repeats=Repeats.ONCE)
    chair = person("city2")
    alive(connections=[], users=[chair.pk], now=at(23, 8, 59, 50))
    clock(at(23, 9, 0, 1))
    services.tend(now=at(23, 9, 0, 1))
    opened = Conference.objects.get()
    assert opened.opened_by == chair
    assert [item.conference for item in invitations_of(chair.pk)] == [opened.pk]
    row.refresh_from_db()
    assert row.ended_at is not None
    run = RunData(at="2026-11-23T01:00:00.000Z", state=RunState.OPENED, conference=opened.pk)
    assert schedule_data(row).run == run


def test_skipped_changed_and_ended(clock: Clock) -> None:
    row = planned()
    services.skip(schedule_id=row.pk, user=person("city"), at=at(23, 9))
    assert (states(row), next_day(row)) == ([(23, "skipped")], 24)
    services.tend(now=at(23, 9))
    assert not Message.objects.filter(schedule_id=row.pk).exists()
    with pytest.raises(PlanError):
        services.skip(schedule_id=row.pk, user=person("city"), at=at(23, 9))
    plan = Plan("周例会", city.CITY, Repeats.WEEKLY, date(2026, 11, 23), time(14), frozenset({3}))
    changed = services.change(schedule_id=row.pk, user=person("city"), plan=plan)
    assert (changed.title, changed.next_at) == ("周例会", at(25, 14))
    services.end(schedule_id=row.pk, user=person("city"))
    assert services.tend(now=at(25, 14)) == 0


def test_who_chairs_plans_and_nobody_else(clock: Clock) -> None:
    row = planned()
    with pytest.raises(NotTheirsError):
        services.end(schedule_id=row.pk, user=person("town"))
    with pytest.raises(PlanError):
        planned("town")
    own = {"code": city.EAST.code, "invite": [(VILLAGE, None)]}
    assert planned("town", **own).code == city.EAST.code
    with pytest.raises(PlanError):
        planned("town", **{**own, "invite": [(city.SOUTH.code, None)]})
    with pytest.raises(PlanError):
        planned(repeats=Repeats.ONCE, first_day=date(2026, 11, 21))


def test_a_village_sees_what_calls_it(clock: Clock) -> None:
    planned()
    planned(title="别处", invite=[(city.SOUTH.code, None)])
    client = Client()
    client.force_login(person("village"), "django.contrib.auth.backends.ModelBackend")
    (coming,) = client.get("/api/v1/me/coming-conferences").json()
    assert (coming["title"], coming["at"]) == ("每日点名", "2026-11-23T01:00:00.000Z")
