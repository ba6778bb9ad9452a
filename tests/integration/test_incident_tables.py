"""The tables that run cases: kept up in the admin by who serves the whole installation; and what cases cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from command_center.accounts.models import Post, User
from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope, scopes_of
from command_center.audit.models import AuditEntry
from command_center.jurisdictions.models import Jurisdiction
from dispatch.incidents import clocks, correcting, reporting, selectors, services
from dispatch.incidents.feed import SECTION
from dispatch.incidents.jobs import archive_closed
from dispatch.incidents.lifecycle import Stage
from dispatch.incidents.models import (
    Allowance,
    Calendar,
    CalendarDay,
    CaseRules,
    Category,
    Incident,
    Source,
)
from dispatch.tasks import selectors as tasks
from dispatch.tasks.policy import SHIPPED, Distances

pytestmark = pytest.mark.django_db
CITY, EAST, SOUTH = "640181", "640181100", "640181101"
ROOT = "/admin/incidents"


@pytest.fixture(autouse=True)
def _city() -> None:
    for code, level, parent in (
        (CITY, "city", None), (EAST, "township", CITY), (SOUTH, "township", CITY)
    ):  # fmt: skip
        Jurisdiction.objects.create(code=code, name=code, level=level, parent_id=parent)


def account(username: str, role: str, code: str) -> User:
    user = User.objects.create(username=username, is_staff=True)
    Post.objects.create(user=user, role=role, jurisdiction_id=code)
    return user


@pytest.fixture
def enter() -> Callable[[str, str], Client]:
    """Signs staff with a post in."""

    def make(role: str, code: str) -> Client:
        client = Client(HTTP_ACCEPT_LANGUAGE="en")
        client.force_login(account(f"{role}-{code}", role, code))
        return client

    return make


def report(user: User, code: str, category: str = "0105", **facts: Any) -> Incident:
    wanted = reporting.Report(
        title=f"case of {code}", category=category, source=Source.MANUAL, code=code, **facts
    )
    scope = scopes_of(user)[Permission.INCIDENTS_REPORT]
    return reporting.report(wanted=wanted, scope=scope, user=user)


# -- who may -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["category", "allowance", "calendar"])
def test_tables_of_the_installation_are_the_top_administrator_s(
    page: str, enter: Callable[[str, str], Client]
) -> None:
    top, lower = enter("administrator", CITY), enter("administrator", EAST)
    reader, dispatcher = enter("auditor", CITY), enter("dispatcher", CITY)
    for path in (f"{ROOT}/{page}/", f"{ROOT}/{page}/add/"):
        assert top.get(path).status_code == 200
        for client in (lower, reader, dispatcher):
            assert client.get(path).status_code == 403
    assert f"{ROOT}/{page}/" in top.get("/admin/").content.decode()
    assert f"{ROOT}/{page}/" not in lower.get("/admin/").content.decode()
    rows = {"category": Category, "allowance": Allowance, "calendar": Calendar}
    row = rows[page]._default_manager.first()
    assert row is not None
    assert lower.post(f"{ROOT}/{page}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    row.refresh_from_db()


def test_cases_are_listed_in_scope_to_read(enter: Callable[[str, str], Client]) -> None:
    whole = account("city", "dispatcher", CITY)
    inside, outside = report(whole, EAST), report(whole, SOUTH)
    client = enter("auditor", EAST)
    page = client.get(f"{ROOT}/incident/").content.decode()
    assert inside.number in page
    assert outside.number not in page
    assert client.get(f"{ROOT}/incident/{inside.pk}/change/").status_code == 200
    assert client.get(f"{ROOT}/incident/{outside.pk}/change/").status_code == 302
    assert client.get(f"{ROOT}/incident/add/").status_code == 403
    posted = client.post(f"{ROOT}/incident/{inside.pk}/change/", {"title": "x"})
    assert posted.status_code == 403
    assert enter("administrator", CITY).get(f"{ROOT}/incident/").status_code == 403


# -- keeping them up -----------------------------------------------------------------------------------


def errors(answer: Any) -> list[str]:
    assert answer.status_code == 200
    return list(answer.context["adminform"].form.errors)


def test_a_category_belongs_to_the_group_of_its_code(enter: Callable[[str, str], Client]) -> None:
    client = enter("administrator", CITY)
    form = {
        "code": "0304",
        "name": "路灯",
        "name_en": "Street light",
        "severity": "4",
        "in_use": "on",
    }
    assert client.post(f"{ROOT}/category/add/", form).status_code == 302
    assert Category.objects.get(pk="0304").parent_id == "03"
    for code in ("3", "030", "03041", "7701", "x1", "0301"):
        assert errors(client.post(f"{ROOT}/category/add/", {**form, "code": code})) == ["code"]
    entry = AuditEntry.objects.filter(action="incidents.configured").latest("id")
    assert (entry.subject, entry.actor_name) == ("category 0304", f"administrator-{CITY}")


def test_what_is_in_use_is_not_deleted_but_put_out_of_use(
    enter: Callable[[str, str], Client],
) -> None:
    whole = account("city", "dispatcher", CITY)
    report(whole, EAST, "0302")
    client = enter("administrator", CITY)
    client.post(f"{ROOT}/category/0302/delete/", {"post": "yes"})
    client.post(f"{ROOT}/category/03/delete/", {"post": "yes"})
    assert Category.objects.filter(pk__in=("03", "0302")).count() == 2
    Category.objects.filter(pk="03").update(in_use=False)
    with pytest.raises(services.UnknownError):
        report(whole, EAST, "0302")


def test_a_time_is_given_once_and_only_to_stages_with_a_clock(
    enter: Callable[[str, str], Client],
) -> None:
    client = enter("administrator", CITY)
    form = {"category": "0105", "severity": "", "stage": "accepted", "minutes": "7", "calendar": ""}
    assert client.post(f"{ROOT}/allowance/add/", form).status_code == 302
    assert client.post(f"{ROOT}/allowance/add/", form).status_code == 200
    assert "minutes" in errors(client.post(f"{ROOT}/allowance/add/", {**form, "minutes": "0"}))
    assert "stage" in errors(client.post(f"{ROOT}/allowance/add/", {**form, "stage": "closed"}))
    case = report(account("city", "dispatcher", CITY), EAST)
    assert case.due_at is not None
    assert (case.due_at - case.stage_since).total_seconds() == 7 * 60


def calendar_form(**changes: Any) -> dict[str, Any]:
    return {
        "name": "夏令时", "hours": "8:00-12:00，15:00-24:00", "weekdays": ["0", "1", "5"],
        "days-TOTAL_FORMS": "2", "days-INITIAL_FORMS": "0",
        "days-0-day": "2026-10-01", "days-1-day": "2026-10-10", "days-1-works": "on",
        **changes,
    }  # fmt: skip


def test_a_calendar_is_kept_with_its_days(enter: Callable[[str, str], Client]) -> None:
    client = enter("administrator", CITY)
    answer = client.post(f"{ROOT}/calendar/add/", calendar_form())
    assert answer.status_code == 302, answer.context["errors"]
    row = Calendar.objects.get(name="夏令时")
    assert row.hours == [["08:00", "12:00"], ["15:00", "00:00"]]
    assert row.weekdays == [0, 1, 5]
    made = clocks.calendar_of(row)
    assert (made.holidays, made.workdays) == (
        frozenset({date(2026, 10, 1)}), frozenset({date(2026, 10, 10)}),
    )  # fmt: skip
    first, second = row.days.all()
    change = calendar_form(**{
        "days-INITIAL_FORMS": "2", "days-0-id": str(first.pk), "days-0-DELETE": "on",
        "days-1-id": str(second.pk), "days-1-day": "2026-10-11",
    })  # fmt: skip
    answer = client.post(f"{ROOT}/calendar/{row.pk}/change/", change)
    assert answer.status_code == 302, answer.context["errors"]
    days = CalendarDay.objects.filter(calendar=row).values_list("day", "works")
    assert list(days) == [(date(2026, 10, 11), True)]


@pytest.mark.parametrize(
    "hours", ["", "8-12", "12:00-08:00", "08:00-12:00, 11:00-13:00", "08:00-25:00", "22:00-06:00"]
)
def test_hours_that_are_none_are_refused(hours: str, enter: Callable[[str, str], Client]) -> None:
    client = enter("administrator", CITY)
    answer = client.post(f"{ROOT}/calendar/add/", calendar_form(hours=hours))
    assert errors(answer) == ["hours"]


def test_a_year_s_days_are_pasted_or_sent_as_a_file(enter: Callable[[str, str], Client]) -> None:
    client = enter("administrator", CITY)
    row = Calendar.objects.get()
    before = row.days.count()
    form = {
        "name": row.name, "hours": "08:30-12:00", "weekdays": ["0"], "days-TOTAL_FORMS": "0",
        "days-INITIAL_FORMS": "0",
    }  # fmt: skip
    path = f"{ROOT}/calendar/{row.pk}/change/"
    days = {
        f"days-{n}-{name}": value
        for n, day in enumerate(row.days.all())
        for name, value in (("id", day.pk), ("day", day.day), ("works", "on" if day.works else ""))
    }
    days |= {"days-TOTAL_FORMS": before, "days-INITIAL_FORMS": before}
    assert errors(client.post(path, {**form, **days, "more_days": "2027-01-01 或许"})) == [
        "more_days"
    ]
    file = SimpleUploadedFile("2027.csv", "日期,安排\n2027-02-05..2027-02-11,休\n".encode())
    sent = {**form, **days, "more_days": "2027-01-01 休\n2027-02-14 班", "days_file": file}
    answer = client.post(path, sent)
    assert answer.status_code == 302, answer.context["errors"]
    assert row.days.count() == before + 9
    assert row.days.get(day=date(2027, 2, 14)).works
    assert not row.days.get(day=date(2027, 2, 11)).works
    assert "2026, 2027" in client.get(f"{ROOT}/calendar/").content.decode()


def test_a_calendar_that_runs_out_is_told(
    enter: Callable[[str, str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = Calendar.objects.get().name
    missing = [(name, 2027)]
    assert selectors.calendars_running_out(today=date(2026, 11, 14)) == []
    assert selectors.calendars_running_out(today=date(2026, 11, 28)) == missing
    assert selectors.calendars_running_out(today=date(2027, 1, 2)) == missing
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: date(2026, 11, 28))
    client = enter("administrator", CITY)
    page = client.get(f"{ROOT}/calendar/").content.decode()
    assert f"{name} has no special days of 2027" in page
    told = client.get("/api/v1/system").json()["warnings"]
    assert told == [{"code": "calendar_runs_out", "detail": {"calendar": name, "year": "2027"}}]
    CalendarDay.objects.create(calendar=Calendar.objects.get(), day=date(2027, 1, 1))
    assert client.get("/api/v1/system").json()["warnings"] == []
    Calendar.objects.create(name="闲置", hours=[], weekdays=[])
    assert selectors.calendars_running_out(today=date(2026, 11, 28)) == []


def test_the_rules_of_cases_and_tasks_are_kept_and_hold_at_once(
    enter: Callable[[str, str], Client],
) -> None:
    client, lower = enter("administrator", CITY), enter("administrator", EAST)
    for page in ("incidents/caserules", "tasks/dispatchrules", "tasks/answertime"):
        assert lower.get(f"/admin/{page}/").status_code == 403
        assert f"/admin/{page}/" in client.get("/admin/").content.decode()
    assert client.get(f"{ROOT}/caserules/").headers["Location"] == f"{ROOT}/caserules/add/"
    form = {"archive_after_days": "30"}
    assert client.post(f"{ROOT}/caserules/add/", form).status_code == 302
    assert client.get(f"{ROOT}/caserules/add/").status_code == 403
    assert client.get(f"{ROOT}/caserules/").headers["Location"].endswith("/change/")
    rules = {"near_km": "1", "far_km": "2", "stale_minutes": "9"}
    wrong = client.post("/admin/tasks/dispatchrules/add/", {**rules, "far_km": "0.5"})
    assert wrong.status_code == 200
    assert client.post("/admin/tasks/dispatchrules/add/", rules).status_code == 302
    assert tasks.distances() == Distances(1_000.0, 2_000.0, timedelta(minutes=9))

    case = report(account("city", "dispatcher", CITY), EAST, "0105", severity=1)
    assert tasks.answer_rule(case) == SHIPPED
    time = {"category": "01", "severity": "1", "seconds": "45", "reminders": "2"}
    assert client.post("/admin/tasks/answertime/add/", time).status_code == 302
    assert client.post("/admin/tasks/answertime/add/", time).status_code == 200  # once
    assert client.post("/admin/tasks/answertime/add/", {**time, "seconds": "5"}).status_code == 200
    rule = tasks.answer_rule(case)
    assert (rule.within, rule.reminders) == (timedelta(seconds=45), 2)

    old = timezone.now() - timedelta(days=20)
    Incident.objects.filter(pk=case.pk).update(stage=Stage.CLOSED, closed_at=old)
    archive_closed.run()
    case.refresh_from_db()
    assert case.stage == Stage.CLOSED
    CaseRules.objects.update(archive_after_days=10)
    archive_closed.run()
    case.refresh_from_db()
    assert case.stage == Stage.ARCHIVED


def test_a_category_asks_for_skills_of_its_own_or_its_group_s(
    enter: Callable[[str, str], Client],
) -> None:
    def asked(code: str) -> set[str]:
        return set(selectors.skills_asked(Category.objects.get(pk=code)))

    assert asked("0104") == {"fire", "rescue"}
    assert asked("0102") == {"security"}
    assert asked("0901") == set()
    client = enter("administrator", CITY)
    form = {"code": "0304", "name": "路灯", "name_en": "Light", "severity": "4", "in_use": "on"}
    assert client.post(f"{ROOT}/category/add/", form).status_code == 302
    assert asked("0304") == {"enforcement"}
    answer = client.post(f"{ROOT}/category/0304/change/", {**form, "skills": ["repair", "traffic"]})
    assert answer.status_code == 302
    assert asked("0304") == {"repair", "traffic"}


def test_what_was_deleted_on_purpose_stays_deleted_at_the_next_migration() -> None:
    Allowance.objects.exclude(stage=Stage.REPORTED).delete()
    left = Allowance.objects.count()
    call_command("migrate", verbosity=0)
    assert Allowance.objects.count() == left


# -- clocks of cases -----------------------------------------------------------------------------------


def test_the_nearest_time_wins() -> None:
    whole = account("city", "dispatcher", CITY)
    case = report(whole, EAST, "0105", severity=2)

    def minutes() -> float:
        allowed = clocks.allowed_for(case, Stage.ACCEPTED)
        assert allowed is not None
        return allowed.seconds / 60

    assert minutes() == 10
    for given, category, severity in ((11, None, None), (12, "01", None), (13, "01", 2),
                                      (14, "0105", None), (15, "0105", 2)):  # fmt: skip
        Allowance.objects.create(
            category_id=category, severity=severity, stage=Stage.ACCEPTED, minutes=given
        )
        assert minutes() == (10 if given == 11 else given)


def test_a_calendar_without_a_working_hour_stops_no_case(caplog: Any) -> None:
    empty = Calendar.objects.create(name="空", hours=[["08:00", "09:00"]], weekdays=[])
    Allowance.objects.create(
        category_id="0105", severity=1, stage=Stage.ACCEPTED, minutes=5, calendar=empty
    )
    case = report(account("city", "dispatcher", CITY), EAST)
    assert (case.stage, case.due_at, case.warn_at) == (Stage.ACCEPTED, None, None)
    assert "calendar" in caplog.text


def test_more_time_survives_a_correction() -> None:
    whole = account("city", "dispatcher", CITY)
    case = report(whole, EAST, severity=2)
    clocks.extend(case, 60, case.stage_since)
    case.save()
    after = correcting.correct(
        incident_id=case.pk, scope=Scope((CITY,)), user=whole, version=1,
        correction=correcting.Correction(severity=1),
    )  # fmt: skip
    assert after.due_at is not None
    assert (after.due_at - after.stage_since).total_seconds() == (3 + 60) * 60


def test_a_place_outside_who_is_responsible_is_not_taken() -> None:
    square = {"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]]}
    beside = {"type": "Polygon", "coordinates": [[[2, 1], [3, 1], [3, 2], [2, 2], [2, 1]]]}
    around = {"type": "Polygon", "coordinates": [[[1, 1], [3, 1], [3, 2], [1, 2], [1, 1]]]}
    for code, area in ((CITY, around), (EAST, square), (SOUTH, beside)):
        Jurisdiction.objects.filter(pk=code).update(area=area)
    whole, town = account("city", "dispatcher", CITY), account("town", "township_officer", EAST)
    case = report(town, "", position=(1.5, 1.5))
    assert (case.code, case.owner) == (EAST, EAST)
    there = correcting.Correction(position=(2.5, 1.5))
    facts: dict[str, Any] = {"incident_id": case.pk, "version": 1, "correction": there}
    with pytest.raises(services.UnknownError) as caught:
        correcting.correct(**facts, scope=Scope((EAST,)), user=town)
    assert caught.value.field == "lat"
    case.refresh_from_db()
    assert case.longitude == 1.5
    mine = report(whole, EAST)
    moved = correcting.correct(
        **{**facts, "incident_id": mine.pk}, scope=Scope((CITY,)), user=whole
    )
    assert moved.code == SOUTH


# -- what they cost ------------------------------------------------------------------------------------


def test_a_snapshot_costs_the_same_however_many_cases_there_are(
    django_assert_num_queries: Any,
) -> None:
    whole = account("city", "dispatcher", CITY)
    for number in range(12):
        report(whole, EAST)
        if number in (2, 11):
            with django_assert_num_queries(4):
                found = list(SECTION.read(Scope((CITY,))))
            assert len(found) == number + 1


def test_numbers_begin_anew_each_local_day(monkeypatch: Any) -> None:
    whole = account("city", "dispatcher", CITY)
    numbers = []
    for hour, minute in ((15, 58), (15, 59), (16, 0)):  # midnight in Shanghai
        now = datetime(2026, 11, 22, hour, minute, tzinfo=UTC)
        monkeypatch.setattr("django.utils.timezone.now", lambda now=now: now)
        numbers.append(report(whole, EAST).number)
    assert numbers == ["20261122-0001", "20261122-0002", "20261123-0001"]
