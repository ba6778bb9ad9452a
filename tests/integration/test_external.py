"""Other systems report with a key of their own, and learn what became of it: theirs, and nobody else's."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from command_center.accounts.models import Post, User
from command_center.accounts.policy import Permission, Role
from command_center.accounts.scope import scope_of
from command_center.audit.models import AuditEntry
from command_center.jurisdictions.models import Jurisdiction
from dispatch.external import services
from dispatch.external.models import ExternalReport, ExternalSystem
from dispatch.incidents import services as incidents
from dispatch.incidents.lifecycle import Action
from dispatch.incidents.models import Caller, Incident
from tests.support import casework

pytestmark = pytest.mark.django_db
CITY, EAST, SOUTH = "640181", "640181100", "640181101"
VILLAGE = f"{EAST}001"
PATH = "/api/v1/external/incidents"
PAGE = "/admin/external/externalsystem/"


def square(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.fixture(autouse=True)
def _city() -> None:
    for code, level, parent, area in (
        (CITY, "city", None, square(106, 38, 107, 39)),
        (EAST, "township", CITY, square(106, 38, 106.5, 39)),
        (SOUTH, "township", CITY, square(106.5, 38, 107, 39)),
        (VILLAGE, "village", EAST, None),
    ):
        Jurisdiction.objects.create(code=code, name=code, level=level, parent_id=parent, area=area)


def account(username: str, role: str, code: str, **facts: Any) -> User:
    user = User.objects.create(username=username, name=username, **facts)
    Post.objects.create(user=user, role=Role(role), jurisdiction_id=code)
    return user


def issue(name: str = "12345热线", code: str = EAST, **facts: Any) -> str:
    """A new system's key."""
    system = ExternalSystem(name=name, jurisdiction_id=code, **facts)
    key = services.save_system(system=system, actor=None)
    assert key is not None
    return key


class System:
    """Another system, with its key."""

    def __init__(self, key: str) -> None:
        self._client = Client(headers={"Authorization": f"Bearer {key}"})

    def report(self, **facts: Any) -> Any:
        body = {"reference": "HL-1", "category": "0105", "title": "路口事故", "code": VILLAGE}
        wanted = {key: value for key, value in {**body, **facts}.items() if value is not None}
        return self._client.post(PATH, wanted, content_type="application/json")

    def ask(self, reference: str = "HL-1") -> Any:
        return self._client.get(f"{PATH}/{reference}")


def act_as(user: User, incident: int, action: Action, **words: Any) -> None:
    """One transition by a person."""
    scope = scope_of(user, Permission.INCIDENTS_HANDLE)
    said = incidents.Words(**words)
    version = Incident.objects.get(pk=incident).version
    incidents.act(
        incident_id=incident, scope=scope, user=user, action=action, version=version, words=said
    )


def wrong_fields(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.content
    return [error["field"] for error in answer.json()["errors"]]


# -- reporting -------------------------------------------------------------------------------------


def test_a_report_becomes_a_case_that_says_where_it_came_from() -> None:
    officer = account("town", "township_officer", EAST)
    caller = {"name": "王先生", "phone": "0951-1"}
    occurred = (timezone.now() - timedelta(hours=1)).isoformat()
    answer = System(issue()).report(caller=caller, occurred_at=occurred, description="两车相撞")
    assert answer.status_code == 201, answer.content
    case = Incident.objects.get()
    assert answer.json() == {"number": case.number, "stage": "reported"}
    facts = (case.source, case.code, case.owner, case.description, case.reported_by)
    assert facts == ("system", VILLAGE, EAST, "两车相撞", None)
    assert Caller.objects.get().phone == "0951-1"
    console = Client()
    console.force_login(officer, "django.contrib.auth.backends.ModelBackend")
    [line] = console.get(f"/api/v1/incidents/{case.pk}").json()["timeline"]
    assert (line["kind"], line["actor"]) == ("report", None)
    told = line["detail"]
    assert (told["source"], told["system"], told["reference"]) == ("system", "12345热线", "HL-1")
    assert told["occurred_at"]
    entry = AuditEntry.objects.get(action="incident.reported")
    assert (entry.actor_name, entry.detail["reference"]) == ("12345热线", "HL-1")
    assert (entry.subject, entry.address) == (case.number, "127.0.0.1")
    assert "0951-1" not in json.dumps(entry.detail)


def test_the_same_reference_is_the_same_case_but_not_anothers() -> None:
    one, other = System(issue()), System(issue("城市大脑"))
    first = one.report().json()
    again = one.report(title="改了", category="0101")
    assert (again.status_code, again.json()) == (200, first)
    assert Incident.objects.count() == 1
    assert other.report().status_code == 201
    assert Incident.objects.count() == ExternalReport.objects.count() == 2


@pytest.mark.parametrize(
    ("facts", "fields"),
    [
        ({"code": SOUTH}, ["code"]),
        ({"code": CITY}, ["code"]),
        ({"code": "640181109"}, ["code"]),
        ({"code": None}, ["code"]),
        ({"code": None, "lng": 106.7, "lat": 38.5}, ["lat"]),
        ({"code": VILLAGE, "lng": 106.7, "lat": 38.5}, ["lat"]),
        ({"code": None, "lng": 120, "lat": 30}, ["lat"]),
        ({"lng": 106.2}, ["lat"]),
        ({"category": "77"}, ["category"]),
        ({"category": "01"}, ["category"]),
        ({"severity": 5}, ["severity"]),
        ({"title": " "}, ["title"]),
        ({"reference": "a/b"}, ["reference"]),
        ({"reference": "x" * 65}, ["reference"]),
        ({"occurred_at": "2099-01-01T00:00:00Z"}, ["occurred_at"]),
        ({"occurred_at": "2026-01-01T00:00:00"}, ["occurred_at"]),
        ({"caller": {"phone": "call me"}}, ["caller.phone"]),
    ],
)
def test_what_is_wrong_is_named_and_makes_no_case(facts: dict[str, Any], fields: list[str]) -> None:
    assert wrong_fields(System(issue()).report(**facts)) == fields
    assert not Incident.objects.exists()


def test_a_place_is_a_code_or_a_point_or_both() -> None:
    system = System(issue())
    for reference, facts, code in (
        ("1", {"code": None, "lng": 106.2, "lat": 38.5}, EAST),
        ("2", {"lng": 106.2, "lat": 38.5}, VILLAGE),
        ("3", {}, VILLAGE),
    ):
        assert system.report(reference=reference, **facts).status_code == 201
        assert Incident.objects.filter(title="路口事故", code=code).count() == 1
        Incident.objects.filter(code=code).update(title=reference)


def test_a_key_may_be_for_one_group_of_categories() -> None:
    system = System(issue(category_id="01"))
    assert wrong_fields(system.report(category="0901")) == ["category"]
    assert system.report(category="0105").status_code == 201


# -- keys ------------------------------------------------------------------------------------------


def test_no_key_a_wrong_one_and_one_out_of_use() -> None:
    key = issue()
    prefix = key.partition(".")[0]
    for wrong in ("", "x", f"{prefix}.x", f"{prefix}.", key[:-1], f"{key}x", "密.钥"):
        answer = System(wrong).report()
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated"), wrong
    assert Client().get(f"{PATH}/HL-1").status_code == 401
    ExternalSystem.objects.update(in_use=False)
    assert System(key).report().status_code == 401
    assert System(key).ask().status_code == 401
    assert not Incident.objects.exists()


def test_a_session_is_no_key_and_a_key_no_session() -> None:
    console = Client()
    console.force_login(
        account("city", "dispatcher", CITY), "django.contrib.auth.backends.ModelBackend"
    )
    assert console.get(f"{PATH}/HL-1").status_code == 401
    system = Client(headers={"Authorization": f"Bearer {issue()}"})
    assert system.get("/api/v1/incidents").status_code == 401


def test_too_many_requests_are_put_off() -> None:
    key = issue(per_minute=3)
    now = timezone.now().replace(second=50, microsecond=0)
    for _ in range(3):
        services.authenticate(key=key, now=now)
    for _ in range(2):
        with pytest.raises(services.TooOftenError) as refusal:
            services.authenticate(key=key, now=now)
        assert refusal.value.after_s == 10
    assert ExternalSystem.objects.get().asked == 3
    services.authenticate(key=key, now=now + timedelta(seconds=10))
    assert ExternalSystem.objects.get().last_used_at == now + timedelta(seconds=10)


def test_being_put_off_says_for_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    monkeypatch.setattr("dispatch.external.api.timezone.now", lambda: now)
    system = System(issue(per_minute=1))
    assert system.report().status_code == 201
    answer = system.report()
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(answer["Retry-After"]) <= 60


# -- what became of it -----------------------------------------------------------------------------


def test_how_far_it_has_come_and_how_it_ended() -> None:
    officer = account("town", "township_officer", EAST)
    system = System(issue())
    system.report(category="0106")
    case = Incident.objects.get()
    asked = system.ask().json()
    assert (asked["number"], asked["stage"], asked["result"]) == (case.number, "reported", None)
    act_as(officer, case.pk, Action.REJECT, text="不属实")
    asked = system.ask().json()
    assert [row["stage"] for row in asked["reached"]] == ["rejected"]
    assert asked["closed_at"]
    told = {"outcome": "rejected", "text": "不属实", "feedback": "", "score": None}
    assert asked["result"] == told


def test_a_closed_case_tells_what_was_done() -> None:
    officer, patrol = account("town", "township_officer", EAST), account("p", "patrol", EAST)
    city = account("city", "dispatcher", CITY)
    system = System(issue())
    system.report()
    case = Incident.objects.get().pk
    act_as(officer, case, Action.ACCEPT)
    casework.send(incident=case, username=patrol.username, dispatcher=officer.username)
    casework.come_back(incident=case, username=patrol.username, feedback="已清障")
    act_as(officer, case, Action.VERIFY)
    act_as(city, case, Action.CLOSE, score=5)
    asked = system.ask().json()
    stages = ["accepted", "dispatched", "in_progress", "handled", "verified", "closed"]
    assert [row["stage"] for row in asked["reached"]] == stages
    assert asked["result"] == {"outcome": "closed", "text": "", "feedback": "已清障", "score": 5}
    act_as(city, case, Action.REOPEN, text="未清净")
    assert (system.ask().json()["stage"], system.ask().json()["result"]) == ("accepted", None)


def test_what_another_system_reported_does_not_exist() -> None:
    one, other = System(issue()), System(issue("城市大脑", CITY))
    one.report()
    assert other.ask().status_code == 404
    assert one.ask("HL-2").status_code == 404
    assert one.ask().status_code == 200


def test_merged_into_another_it_follows_that_one_if_that_lies_here() -> None:
    officer = account("city", "dispatcher", CITY)
    system = System(issue())
    system.report(reference="1")
    system.report(reference="2")
    main, repeat = Incident.objects.order_by("id")
    act_as(officer, repeat.pk, Action.MERGE, into=main.pk)
    asked = system.ask("2").json()
    assert (asked["number"], asked["main"], asked["stage"]) == (
        repeat.number,
        main.number,
        "reported",
    )
    Incident.objects.filter(pk=main.pk).update(code=SOUTH)
    asked = system.ask("2").json()
    assert (asked["main"], asked["stage"], asked["result"]["outcome"]) == (None, "merged", "merged")


# -- giving out keys -------------------------------------------------------------------------------


def enter(code: str, role: str = "administrator") -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(
        account(f"{role}-{code}", role, code, is_staff=True),
        "django.contrib.auth.backends.ModelBackend",
    )
    return client


def key_on(page: Any) -> str:
    text = page.content.decode()
    assert page.status_code == 200, text
    assert "no-store" in page["Cache-Control"]
    return str(text.partition("<td><code>")[2].partition("</code>")[0])


def test_a_key_is_shown_once() -> None:
    keeper = enter(EAST)
    form = {"name": "热线", "jurisdiction": EAST, "per_minute": 60, "in_use": "on"}
    key = key_on(keeper.post(f"{PAGE}add/", form))
    assert System(key).report().status_code == 201
    row = ExternalSystem.objects.get()
    secret = key.partition(".")[2]
    assert secret
    assert secret not in str(ExternalSystem.objects.values())
    for page in (
        PAGE,
        f"{PAGE}{row.pk}/change/",
        f"{PAGE}{row.pk}/key/",
        f"{PAGE}{row.pk}/history/",
    ):
        assert secret not in keeper.get(page).content.decode()
    assert keeper.post(f"{PAGE}{row.pk}/change/", {**form, "name": "新名"}).status_code == 302
    assert System(key).ask().status_code == 200
    renewed = key_on(keeper.post(f"{PAGE}{row.pk}/key/"))
    assert System(key).ask().status_code == 401
    assert System(renewed).ask().status_code == 200
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"external.changed", "external.key_issued"} <= actions
    assert secret not in str(AuditEntry.objects.values_list("detail", flat=True))
    keeper.post(f"{PAGE}{row.pk}/delete/", {"post": "yes"})
    assert ExternalSystem.objects.exists()  # it has reported


def test_keys_belong_to_who_administers_there() -> None:
    issue("东塔热线")
    row = ExternalSystem.objects.get()
    south = enter(SOUTH)
    assert "东塔热线" not in south.get(PAGE).content.decode()
    before = row.key_digest
    for page in ("change", "key", "delete"):
        assert south.post(f"{PAGE}{row.pk}/{page}/", {"post": "yes"}).status_code == 302
    row.refresh_from_db()
    assert row.key_digest == before
    form = {"name": "热线", "jurisdiction": EAST, "per_minute": 60}
    assert south.post(f"{PAGE}add/", form).status_code == 200
    assert ExternalSystem.objects.count() == 1
    assert enter(CITY, "dispatcher").get(PAGE).status_code == 403


def test_a_key_from_the_command_line() -> None:
    def run(**options: Any) -> str:
        out = StringIO()
        call_command("external_key", "市平台", stdout=out, **options)
        return str(json.loads(out.getvalue())["key"])

    first, second = run(code=EAST), run(code=EAST, category="01")
    assert ExternalSystem.objects.get().category_id == "01"
    assert System(first).report().status_code == 401
    assert System(second).report().status_code == 201
    with pytest.raises(CommandError):
        run(code="999999")
