"""Response plans: what is proposed for a case, what confirming does, and keeping the plans up."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from command_center.accounts.models import User
from command_center.audit.models import AuditEntry
from command_center.feed.models import FeedEvent
from dispatch.incidents.models import Entry, Incident
from dispatch.plans import defaults
from dispatch.plans.choosing import Chain, GapReason, PostLevel
from dispatch.plans.models import PlanPost, PlanUnits, ResponsePlan
from dispatch.push.models import Delivery, Message
from dispatch.tasks.models import Task
from dispatch.units.kinds import Skill, UnitKind, UnitStatus
from dispatch.units.models import Unit
from dispatch.units.services import NewUnit, create_units
from tests.support import city, deeds

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:Returning tuple:DeprecationWarning"),
]

FIRE = "0104"
VILLAGE = city.EAST.villages[0]
ROOT = "/admin/plans/responseplan"


@pytest.fixture(autouse=True)
def _city() -> None:
    deeds.seed()
    Unit.objects.update(status=UnitStatus.AVAILABLE)


def client_of(username: str) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    user = User.objects.get(username=username)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def ask(username: str, path: str, body: Any = None) -> Any:
    client = client_of(username)
    address = f"/api/v1{path}"
    return (
        client.get(address)
        if body is None
        else client.post(address, body, content_type="application/json")
    )


def case(username: str = "town", category: str = FIRE, code: str = VILLAGE) -> dict[str, Any]:
    answer = ask(username, "/incidents", {"category": category, "code": code, "title": "着火"})
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def fire_team(name: str = "消防队", status: UnitStatus = UnitStatus.AVAILABLE) -> int:
    create_units(
        units=[
            NewUnit(name, UnitKind.DEPARTMENT, city.EAST.code, skills=(Skill.FIRE,), status=status)
        ]
    )
    return Unit.objects.get(name=name).pk


def unit_of(township: city.Township, kind: str = "patrol") -> int:
    return Unit.objects.get(jurisdiction_id=township.code, kind=kind).pk


def proposal(incident: int, username: str = "town") -> dict[str, Any]:
    answer = ask(username, f"/incidents/{incident}/plan")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def confirm(seen: dict[str, Any], incident: int, username: str = "town", **change: Any) -> Any:
    units = [one["unit"] for one in seen["units"]]
    body = {"version": seen["version"], "plan": seen["plan"], "units": units, **change}
    return ask(username, f"/incidents/{incident}/plan", body)


# -- what ships --------------------------------------------------------------------------------------


def test_plans_ship_once_and_stay_as_they_are_left() -> None:
    assert ResponsePlan.objects.count() == len(defaults.PLANS)
    assert not ResponsePlan.objects.exclude(jurisdiction=None).exists()
    ResponsePlan.objects.exclude(category_id=FIRE).delete()
    call_command("migrate", verbosity=0)
    assert [plan.category_id for plan in ResponsePlan.objects.all()] == [FIRE]


# -- what is proposed --------------------------------------------------------------------------------


def test_a_plan_is_proposed_with_its_units_its_gaps_and_whom_it_tells() -> None:
    incident = case()["id"]
    seen = proposal(incident)
    assert seen["name"] == "火情烟雾处置"
    assert seen["instructions"]
    assert [one["unit"] for one in seen["units"]] == [unit_of(city.EAST)]
    assert seen["units"][0]["wanted"] == {"kind": "patrol", "skill": None}
    assert {reason["code"] for reason in seen["units"][0]["reasons"]} == {"home", "idle"}
    assert seen["gaps"] == [
        {
            "wanted": {"kind": None, "skill": "fire"},
            "missing": 1,
            "why": GapReason.NONE_KNOWN,
            "off_duty": 0,
        }
    ]
    assert [(one["role"], one["place"], one["people"]) for one in seen["told"]] == [
        ("village_officer", f"{city.EAST.name}第1村", 1),
        ("township_officer", city.EAST.name, 1),
        ("dispatcher", "灵武市", 2),
    ]
    assert (seen["conference"], seen["confirmed_at"]) == (Chain.OWNER_AND_CITY, None)
    fire_team("歇班的", UnitStatus.OUT_OF_SERVICE)
    (gap,) = proposal(incident)["gaps"]
    assert (gap["why"], gap["off_duty"]) == (GapReason.OFF_DUTY, 1)
    able = fire_team()
    assert able in [one["unit"] for one in proposal(incident)["units"]]


def test_the_township_s_own_plan_comes_before_the_city_s() -> None:
    incident = case()["id"]
    own = ResponsePlan.objects.create(
        name="东塔火情", category_id=FIRE, jurisdiction_id=city.EAST.code
    )
    assert proposal(incident)["plan"] == own.pk
    ResponsePlan.objects.filter(pk=own.pk).update(in_use=False)
    assert proposal(incident)["name"] == "火情烟雾处置"
    elsewhere = case("town2", code=city.SOUTH.villages[0])["id"]
    assert proposal(elsewhere, "town2")["name"] == "火情烟雾处置"


def test_nothing_is_proposed_where_no_plan_fits_or_one_may_not_send() -> None:
    assert proposal(case(category="0501")["id"]) is None
    incident = case("city")["id"]  # the city's own, in a village of the east
    assert proposal(incident, "city") is not None
    assert proposal(incident, "village") is None
    Incident.objects.filter(pk=incident).update(stage="closed")
    assert proposal(incident, "city") is None


def test_outside_there_is_neither_case_nor_plan() -> None:
    incident = case()["id"]
    seen = proposal(incident)
    assert ask("town2", f"/incidents/{incident}/plan").status_code == 404
    assert confirm(seen, incident, "town2").status_code == 404
    for username in ("patrol", "auditor", "nobody"):
        assert ask(username, f"/incidents/{incident}/plan").status_code == 403
    assert not Task.objects.exists()


# -- confirming --------------------------------------------------------------------------------------


def test_confirming_sends_the_units_tells_the_posts_and_writes_the_timeline() -> None:
    incident, team = case()["id"], fire_team()
    seen = proposal(incident)
    answer = confirm(seen, incident)
    assert answer.status_code == 201, answer.content
    assert {task["unit"] for task in answer.json()} == {team, unit_of(city.EAST)}
    row = Incident.objects.get(pk=incident)
    assert row.stage == "dispatched"
    assert {task.order for task in Task.objects.all()} == {seen["instructions"]}
    entry = Entry.objects.get(incident=incident, kind="plan")
    assert entry.detail["plan_name"] == seen["name"]
    assert [(one["role"], one["people"]) for one in entry.detail["told"]] == [
        ("village_officer", 1),
        ("township_officer", 1),  # without who confirms
        ("dispatcher", 2),
    ]
    told = Message.objects.filter(incident_id=incident).order_by("id")
    assert [message.code for message in told] == [VILLAGE, city.EAST.code, city.CITY]
    assert all(message.wants_word and "火情烟雾处置" in message.title for message in told)
    receivers = Delivery.objects.filter(message__incident_id=incident)
    names = set(receivers.values_list("user__username", flat=True))
    assert names == {"village", "both", "city", "city2"}
    assert set(receivers.values_list("rung", flat=True)) == {"websocket", "webpush"}
    record = AuditEntry.objects.get(action="plan.confirmed")
    assert (record.subject, record.detail["plan"]) == (row.number, seen["name"])
    assert FeedEvent.objects.filter(kind="incident.changed", code=VILLAGE).count() >= 2
    again = proposal(incident)
    assert again["confirmed_at"]
    assert (again["units"], again["gaps"]) == ([], [])
    assert {one["unit"] for one in again["out"]} == {team, unit_of(city.EAST)}


def test_a_dispatcher_may_send_fewer_and_the_rest_follows_later() -> None:
    incident, team = case()["id"], fire_team()
    assert confirm(proposal(incident), incident, units=[]).json() == []
    row = Incident.objects.get(pk=incident)
    assert (row.stage, Task.objects.count()) == ("accepted", 0)
    assert Message.objects.filter(incident_id=incident).count() == 3
    assert confirm(proposal(incident), incident, units=[team]).status_code == 201
    seen = proposal(incident)
    assert [one["unit"] for one in seen["units"]] == [unit_of(city.EAST)]
    assert confirm(seen, incident).status_code == 201
    kinds = Entry.objects.filter(incident=incident).order_by("id").values_list("kind", flat=True)
    assert list(kinds).count("plan") == 3
    assert {"dispatch", "reinforce"} <= set(kinds)


def test_of_two_who_confirm_one_is_told_that_somebody_was_first() -> None:
    incident = case("city")["id"]
    one, two = proposal(incident, "city"), proposal(incident, "city2")
    assert confirm(one, incident, "city").status_code == 201
    late = confirm(two, incident, "city2")
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    now = {"version": Incident.objects.get(pk=incident).version}
    assert confirm(two, incident, "city2", **now).status_code == 409
    assert Task.objects.count() == 1
    assert Entry.objects.filter(incident=incident, kind="plan").count() == 1
    assert Message.objects.filter(incident_id=incident).count() == 3


def test_the_same_request_again_is_answered_as_the_first_time() -> None:
    incident = case()["id"]
    seen = proposal(incident)
    first, second = (confirm(seen, incident, key="k-1") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Task.objects.count() == 1
    assert confirm(seen, incident, key="k-1", units=[]).status_code == 409


def test_only_what_the_plan_wants_goes_by_the_plan() -> None:
    incident = case()["id"]
    seen = proposal(incident)
    patrol, centre = unit_of(city.EAST), unit_of(city.EAST, "village_centre")
    for units in ([centre], [patrol, centre], [unit_of(city.SOUTH)], [2**40]):
        answer = confirm(seen, incident, units=units)
        assert answer.status_code == 422, units
        assert [problem["field"] for problem in answer.json()["errors"]] == ["units"]
    assert confirm(seen, incident, plan=seen["plan"] + 1000).status_code == 409
    assert confirm(seen, incident, units=[patrol, patrol]).status_code == 201
    assert Task.objects.count() == 1


def test_a_plan_that_was_changed_meanwhile_is_not_confirmed() -> None:
    incident = case()["id"]
    seen = proposal(incident)
    ResponsePlan.objects.filter(pk=seen["plan"]).update(in_use=False)
    assert confirm(seen, incident).status_code == 409
    assert not Task.objects.exists()
    assert not Entry.objects.filter(kind="plan").exists()


def test_a_case_that_rests_is_sent_nobody() -> None:
    incident = case()["id"]
    seen = proposal(incident)
    Incident.objects.filter(pk=incident).update(stage="closed")
    assert confirm(seen, incident, units=[]).status_code == 409
    assert not Message.objects.exists()


# -- keeping them up ---------------------------------------------------------------------------------


def form(**changes: Any) -> dict[str, Any]:
    return {
        "name": "强闯处置", "category": "0102", "gravest": "1", "least": "3", "jurisdiction": "",
        "in_use": "on", "instructions": "先守住出口", "conference": "none",
        "units-TOTAL_FORMS": "2", "units-INITIAL_FORMS": "0",
        "units-0-kind": "patrol", "units-0-count": "2",
        "units-1-skill": "security", "units-1-kind": "", "units-1-count": "1",
        "posts-TOTAL_FORMS": "1", "posts-INITIAL_FORMS": "0",
        "posts-0-role": "dispatcher", "posts-0-level": "city",
        **changes,
    }  # fmt: skip


def test_a_plan_is_kept_with_its_units_and_posts() -> None:
    client = client_of("admin")
    answer = client.post(f"{ROOT}/add/", form())
    assert answer.status_code == 302, answer.context["errors"]
    plan = ResponsePlan.objects.get(name="强闯处置")
    assert [(row.kind, row.skill, row.count) for row in plan.units.all()] == [
        ("patrol", "", 2), ("", "security", 1),
    ]  # fmt: skip
    assert [(row.role, row.level) for row in plan.posts.all()] == [("dispatcher", PostLevel.CITY)]
    first, second = plan.units.all()
    (post,) = plan.posts.all()
    change = form(**{
        "units-INITIAL_FORMS": "2", "units-0-id": str(first.pk), "units-0-DELETE": "on",
        "units-1-id": str(second.pk), "units-1-count": "4",
        "posts-INITIAL_FORMS": "1", "posts-0-id": str(post.pk),
    })  # fmt: skip
    answer = client.post(f"{ROOT}/{plan.pk}/change/", change)
    assert answer.status_code == 302, answer.context["errors"]
    assert [(row.skill, row.count) for row in plan.units.all()] == [("security", 4)]
    assert plan.posts.count() == 1
    entry = AuditEntry.objects.filter(action="incidents.configured").latest("id")
    assert (entry.subject, entry.code) == ("plan 强闯处置", city.CITY)
    client.post(f"{ROOT}/{plan.pk}/delete/", {"post": "yes"})
    assert not ResponsePlan.objects.filter(pk=plan.pk).exists()
    assert not PlanUnits.objects.filter(plan_id=plan.pk).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"gravest": "3", "least": "2"},
        {"units-0-kind": "", "units-0-skill": ""},
        {"units-0-count": "0"},
        {"posts-0-role": "auditor"},
    ],
)
def test_what_makes_no_plan_is_refused(wrong: dict[str, str]) -> None:
    answer = client_of("admin").post(f"{ROOT}/add/", form(**wrong))
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert not ResponsePlan.objects.filter(category_id="0102").exists()


def test_a_township_s_administrator_keeps_its_own_plans_and_sees_no_others() -> None:
    client = client_of("admin2")
    assert client.get(f"{ROOT}/").status_code == 200
    assert "火情烟雾处置" not in client.get(f"{ROOT}/").content.decode()
    everywhere = ResponsePlan.objects.get(category_id=FIRE)
    assert client.get(f"{ROOT}/{everywhere.pk}/change/").status_code == 302
    for place in ("", city.EAST.code, city.CITY):
        answer = client.post(f"{ROOT}/add/", form(jurisdiction=place))
        assert list(answer.context["adminform"].form.errors) == ["jurisdiction"], place
    answer = client.post(f"{ROOT}/add/", form(jurisdiction=city.SOUTH.code))
    assert answer.status_code == 302, answer.context["errors"]
    plan = ResponsePlan.objects.get(jurisdiction_id=city.SOUTH.code)
    assert PlanPost.objects.filter(plan=plan).exists()
    assert client_of("town2").get(f"{ROOT}/").status_code in (302, 403)


def test_a_category_with_a_plan_is_not_deleted() -> None:
    client_of("admin").post(f"/admin/incidents/category/{FIRE}/delete/", {"post": "yes"})
    assert ResponsePlan.objects.filter(category_id=FIRE).exists()
