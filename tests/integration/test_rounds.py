"""Rounds: opened and closed by the worker, confirmed by their unit, kept up in the admin; nobody's trail."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from command_center.accounts.models import Post, User
from command_center.audit.models import AuditEntry
from command_center.jurisdictions.models import Jurisdiction
from dispatch.rounds import services
from dispatch.rounds.checking import content_of, readable
from dispatch.rounds.jobs import tend_rounds
from dispatch.rounds.models import Checkpoint, Round, Route, Schedule, Visit
from dispatch.rounds.schedule import EVERY_DAY, RoundState
from dispatch.units.duty import add_member
from dispatch.units.kinds import UnitKind
from dispatch.units.models import Unit
from dispatch.units.services import NewUnit, create_units

pytestmark = pytest.mark.django_db
CITY, EAST, SOUTH = "640181", "640181100", "640181101"
PLACE = (106.34, 38.1)
NORTH_340_M = {"lat": 38.10306, "lng": 106.34, "accuracy_m": 8}
THERE = {"lat": 38.1001, "lng": 106.3401, "accuracy_m": 8}
HOUR = timedelta(hours=1)


PEOPLE = {
    "city": ("dispatcher", CITY),
    "town": ("township_officer", EAST),
    "town2": ("township_officer", SOUTH),
    "patrol": ("patrol", EAST),
    "auditor": ("auditor", CITY),
    "admin": ("administrator", CITY),
    "admin2": ("administrator", SOUTH),
    "nobody": None,
}


@pytest.fixture(autouse=True)
def _city() -> None:
    for code, level, parent in (
        (CITY, "city", None), (EAST, "township", CITY), (SOUTH, "township", CITY)
    ):  # fmt: skip
        Jurisdiction.objects.create(code=code, name=code, level=level, parent_id=parent)
    create_units(
        units=[
            NewUnit(name=f"{code}{kind}", kind=kind, code=code)
            for code in (EAST, SOUTH)
            for kind in (UnitKind.PATROL, UnitKind.VILLAGE_CENTRE)
        ]
    )
    for username, post in PEOPLE.items():
        user = User.objects.create(username=username, is_staff=username.startswith("a"))
        if post is not None:
            Post.objects.create(user=user, role=post[0], jurisdiction_id=post[1])
    patrol = User.objects.get(username="patrol")
    add_member(unit=unit_at(EAST), user=patrol, actor=None)


def unit_at(code: str) -> Unit:
    return Unit.objects.get(kind="patrol", jurisdiction_id=code)


def a_route(code: str = EAST, name: str = "", *, points: int = 3, ordered: bool = False) -> Route:
    """A route whose checkpoints all lie at one place."""
    route = services.save_route(
        route=Route(
            name=name or f"{code}夜巡",
            jurisdiction_id=code,
            unit=unit_at(code),
            is_ordered=ordered,
        ),
        actor=None,
    )
    for number in range(1, points + 1):
        checkpoint = Checkpoint(
            route=route, name=f"点位{number}", longitude=PLACE[0], latitude=PLACE[1]
        )
        services.save_checkpoint(checkpoint=checkpoint, actor=None)
    return route


def always(route: Route, **facts: Any) -> Schedule:
    """Walked the whole day, every day."""
    start = (timezone.localtime() - HOUR).time().replace(second=0, microsecond=0)
    wanted = {"weekdays": list(EVERY_DAY), "starts_at": start, "minutes": 180, **facts}
    return services.save_schedule(schedule=Schedule(route=route, **wanted), actor=None)


def the_round(route: Route) -> Round:
    """The one that is to be walked now."""
    now = timezone.now()
    return Round.objects.get(route=route, due_from__lte=now, due_until__gt=now)


@pytest.fixture
def walk() -> Round:
    """The eastern unit's round of three checkpoints, now."""
    route = a_route()
    always(route)
    return the_round(route)


def points_of(one: Round) -> list[Checkpoint]:
    return list(Checkpoint.objects.filter(route=one.route).order_by("position"))


Ask = Callable[..., Any]


@pytest.fixture
def ask() -> Ask:
    """Asks the API as somebody: `ask("patrol", "/rounds", {…})`; the status and the body."""
    clients: dict[str, Client] = {}

    def do(username: str, path: str, body: Any = None) -> tuple[int, Any]:
        if username not in clients:
            clients[username] = Client()
            user = User.objects.get(username=username)
            clients[username].force_login(user, "django.contrib.auth.backends.ModelBackend")
        url, client = f"/api/v1{path}", clients[username]
        answer = (
            client.get(url)
            if body is None
            else client.post(url, body, content_type="application/json")
        )
        return answer.status_code, answer.json()

    return do


def visit(one: Round, number: int, **facts: Any) -> tuple[str, dict[str, Any]]:
    """A confirmation of a round's checkpoint by its number, by being there."""
    body = {"checkpoint": points_of(one)[number - 1].id, "method": "radius", **THERE, **facts}
    return f"/rounds/{one.pk}/visits", body


# -- confirming --------------------------------------------------------------------------------------


def test_a_round_is_walked_to_its_end(ask: Ask, walk: Round) -> None:
    status, found = ask("patrol", "/rounds?mine=true")
    assert status == 200
    (shown,) = [one for one in found["items"] if one["id"] == walk.pk]
    assert (shown["state"], shown["done"], shown["total"]) == ("due", 0, 3)
    assert [point["number"] for point in shown["checkpoints"]] == [1, 2, 3]
    status, answer = ask("patrol", *visit(walk, 2, key="k2"))
    assert (status, answer["state"], answer["done"]) == (201, "under_way", 1)
    confirmed = answer["checkpoints"][1]
    assert (confirmed["method"], confirmed["visited_at"] is not None) == ("radius", True)
    code = readable(points_of(walk)[0].token).lower()
    by_code = {"method": "qr", "token": code, "key": "k1"}
    assert ask("patrol", f"/rounds/{walk.pk}/visits", by_code)[0] == 201
    scanned = {"method": "qr", "token": content_of(points_of(walk)[2].token)}
    status, answer = ask("patrol", *visit(walk, 3, **scanned, key="k3"))
    assert (status, answer["state"], answer["done"]) == (201, "completed", 3)


def test_what_is_sent_again_counts_once(ask: Ask, walk: Round) -> None:
    wanted = visit(walk, 1, key="same")
    answers = [ask("patrol", *wanted) for _ in range(3)]
    assert [status for status, _ in answers] == [201, 200, 200]
    assert answers[0][1] == answers[1][1] == answers[2][1]
    assert ask("patrol", *visit(walk, 1, key="another"))[0] == 200
    assert Visit.objects.count() == 1
    assert ask("patrol", *visit(walk, 2, key="same"))[0] == 409
    # Told again when the round is over, it is still the same confirmation.
    Round.objects.filter(pk=walk.pk).update(
        due_from=timezone.now() - 200 * HOUR, due_until=timezone.now() - 100 * HOUR
    )
    assert ask("patrol", *wanted)[0] == 200
    assert ask("patrol", *visit(walk, 2, key="new"))[0] == 409


@pytest.mark.parametrize(
    ("facts", "status", "field", "code"),
    [
        (NORTH_340_M, 422, "lat", "too_far"),
        ({"accuracy_m": 500}, 422, "accuracy_m", "vague"),
        ({"accuracy_m": None}, 422, "token", "no_proof"),
        ({"method": "qr", "token": "AAAA-AAAA"}, 422, "token", "unknown_code"),
        ({"ago_ms": 10**15}, 409, "ago_ms", "too_early"),
        ({"lat": 91}, 422, "lat", "less_than_equal"),
        ({"ago_ms": -1}, 422, "ago_ms", "greater_than_equal"),
        ({"method": "guess"}, 422, "method", "enum"),
        ({"checkpoint": 0}, 422, "checkpoint", "greater_than_equal"),
    ],
)
def test_what_proves_nothing_is_refused_with_its_reason(
    ask: Ask, walk: Round, facts: dict[str, Any], status: int, field: str, code: str
) -> None:
    answer = ask("patrol", *visit(walk, 1, **facts))
    assert answer[0] == status, answer
    (problem,) = answer[1]["errors"]
    assert problem["field"].endswith(field)
    assert problem["code"] == code
    assert not Visit.objects.exists()


def test_too_far_says_how_many_metres(ask: Ask, walk: Round) -> None:
    _, answer = ask("patrol", *visit(walk, 1, **NORTH_340_M))
    assert answer["errors"][0]["message"] == "340 m away from the checkpoint"


def test_the_code_of_another_checkpoint_or_route(ask: Ask, walk: Round) -> None:
    second = points_of(walk)[1]
    answer = ask("patrol", *visit(walk, 1, method="qr", token=second.token))
    assert (answer[0], answer[1]["errors"][0]["code"]) == (422, "other_checkpoint")
    stranger = points_of(Round(route=a_route(name="别的路线")))[0]
    answer = ask("patrol", *visit(walk, 1, method="qr", token=stranger.token))
    assert (answer[0], answer[1]["errors"][0]["code"]) == (422, "unknown_code")
    assert ask("patrol", *visit(walk, 1, checkpoint=stranger.pk))[0] == 404


def test_in_order_only_the_next_one_counts(ask: Ask) -> None:
    route = a_route(ordered=True)
    always(route)
    one = the_round(route)
    status, answer = ask("patrol", *visit(one, 2))
    assert (status, answer["errors"][0]["code"]) == (409, "out_of_order")
    assert "点位1" in answer["errors"][0]["message"]
    assert [ask("patrol", *visit(one, number))[0] for number in (1, 1, 2, 3)] == [
        201, 200, 201, 201,
    ]  # fmt: skip


def test_only_the_unit_confirms_and_outside_there_is_nothing(ask: Ask, walk: Round) -> None:
    for username, status in (
        ("city", 403), ("town", 403), ("auditor", 403), ("admin", 403),
        ("town2", 404), ("admin2", 404), ("nobody", 403),
    ):  # fmt: skip
        assert ask(username, *visit(walk, 1))[0] == status, username
        expected = 200 if status == 403 and username != "nobody" else status
        assert ask(username, f"/rounds/{walk.pk}")[0] == expected, username
    assert ask("town2", "/rounds")[1]["items"] == []
    assert ask("town2", f"/rounds?unit={walk.unit_id}")[1]["items"] == []
    assert ask("city", "/rounds?mine=true")[1]["items"] == []
    today = ask("city", f"/rounds?today=true&unit={walk.unit_id}")[1]["items"]
    assert walk.pk in {one["id"] for one in today}
    assert not Visit.objects.exists()


def test_no_answer_tells_a_code_and_nothing_kept_tells_a_person_or_a_place(
    ask: Ask, walk: Round
) -> None:
    before = AuditEntry.objects.count()
    ask("patrol", *visit(walk, 1, key="k"))
    told = json.dumps([ask(who, "/rounds") for who in ("patrol", "city", "admin")])
    assert all(point.token not in told for point in points_of(walk))
    assert {field.name for field in Visit._meta.get_fields()} == {
        "id", "round", "checkpoint", "at", "heard_at", "method", "key",
    }  # fmt: skip
    assert AuditEntry.objects.count() == before


# -- opening and closing -----------------------------------------------------------------------------


def test_the_worker_opens_and_closes_and_doing_it_again_changes_nothing() -> None:
    route = a_route()
    schedule = always(route)
    Round.objects.all().delete()
    assert "opened" in tend_rounds.run()
    assert tend_rounds.run() == ""
    one = the_round(route)
    assert (one.schedule_id, one.unit_id, one.total) == (schedule.pk, route.unit_id, 3)
    over = services.sweep(now=one.due_until)
    assert over.closed == 1
    assert services.sweep(now=one.due_until) == services.Swept(0, 0, 0)
    one.refresh_from_db()
    assert one.state == RoundState.INCOMPLETE
    assert Round.objects.filter(route=route, due_from__gt=one.due_until).exists()


def test_a_phone_without_a_network_tells_later_what_it_confirmed_in_time(
    ask: Ask, walk: Round
) -> None:
    was = timezone.now() - 5 * HOUR
    Round.objects.filter(pk=walk.pk).update(
        due_from=was, due_until=was + HOUR, state=RoundState.INCOMPLETE
    )
    in_time, late = (int(hours * 3_600_000) for hours in (4.5, 3))
    status, answer = ask("patrol", *visit(walk, 1, ago_ms=late))
    assert (status, answer["errors"][0]["code"]) == (409, "too_late")
    status, answer = ask("patrol", *visit(walk, 1, ago_ms=in_time))
    assert (status, answer["state"]) == (201, "incomplete")
    ask("patrol", *visit(walk, 2, ago_ms=in_time))
    status, answer = ask("patrol", *visit(walk, 3, ago_ms=in_time))
    assert (status, answer["state"]) == (201, "completed")
    assert all(row.heard_at - row.at > 4 * HOUR for row in Visit.objects.all())


def test_coming_rounds_follow_the_schedule_and_begun_ones_stay(walk: Round) -> None:
    schedule = Schedule.objects.get()
    coming = Round.objects.filter(due_from__gt=timezone.now())
    first = coming.get()
    schedule.starts_at = time(schedule.starts_at.hour, (schedule.starts_at.minute + 30) % 60)
    services.save_schedule(schedule=schedule, actor=None)
    assert not coming.filter(pk=first.pk).exists()
    other = Unit.objects.get(kind="village_centre", jurisdiction_id=EAST)
    walk.route.unit = other
    services.save_route(route=walk.route, actor=None)
    assert set(coming.values_list("unit_id", flat=True)) == {other.pk}
    assert Round.objects.get(pk=walk.pk).unit_id == unit_at(EAST).pk
    walk.route.in_use = False
    services.save_route(route=walk.route, actor=None)
    assert not coming.exists()
    assert Round.objects.filter(pk=walk.pk).exists()


def test_a_round_asks_for_the_checkpoints_that_its_route_has_while_it_runs(
    ask: Ask, walk: Round
) -> None:
    ask("patrol", *visit(walk, 1))
    ask("patrol", *visit(walk, 2))
    last = points_of(walk)[2]
    last.in_use = False
    services.save_checkpoint(checkpoint=last, actor=None)
    walk.refresh_from_db()
    assert (walk.state, walk.done, walk.total) == (RoundState.COMPLETED, 2, 2)
    with pytest.raises(ValidationError):
        services.remove_checkpoint(checkpoint=points_of(walk)[0], actor=None)
    with pytest.raises(ValidationError):
        services.remove_route(route=walk.route, actor=None)


def test_a_renewed_code_makes_the_old_sign_worthless(ask: Ask, walk: Round) -> None:
    first = points_of(walk)[0]
    old = first.token
    services.renew_token(checkpoint=first, actor=None)
    assert ask("patrol", *visit(walk, 1, method="qr", token=old))[0] == 422
    assert ask("patrol", *visit(walk, 1, method="qr", token=points_of(walk)[0].token))[0] == 201


@pytest.mark.parametrize(
    "facts", [{"weekdays": []}, {"weekdays": [0]}, {"weekdays": [1, 1]}, {"minutes": 2}]
)
def test_a_schedule_that_is_none(facts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        always(a_route(), **facts)


def test_the_list_costs_the_same_however_many_rounds(
    ask: Ask, walk: Round, django_assert_max_num_queries: Any
) -> None:
    starts = datetime(2026, 1, 1, tzinfo=timezone.get_default_timezone())
    Round.objects.bulk_create(
        Round(
            route=walk.route,
            unit=walk.unit,
            due_from=starts + day * 24 * HOUR,
            due_until=starts + day * 24 * HOUR + HOUR,
            total=3,
        )
        for day in range(40)
    )
    ask("city", "/rounds")
    with django_assert_max_num_queries(10):
        assert len(ask("city", "/rounds")[1]["items"]) > 40


# -- admin pages -------------------------------------------------------------------------------------


@pytest.fixture
def keeper() -> Client:
    """The administrator of the southern township, signed in."""
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(User.objects.get(username="admin2"))
    return client


def test_a_route_is_set_up_in_the_admin_where_one_manages(keeper: Client) -> None:
    east = a_route(name="东边的路")
    facts = {"name": "南街夜巡", "jurisdiction": SOUTH, "unit": unit_at(SOUTH).pk, "in_use": "on"}
    wrong = {**facts, "unit": unit_at(EAST).pk}
    assert keeper.post("/admin/rounds/route/add/", wrong).status_code == 200
    assert keeper.post("/admin/rounds/route/add/", facts).status_code == 302
    for page in ("route", "checkpoint", "schedule", "round"):
        assert f"/admin/rounds/{page}/" in keeper.get("/admin/").content.decode()
    route = Route.objects.get(name="南街夜巡")
    point = {
        "route": route.pk, "position": "", "name": "南门", "radius_m": 60, "in_use": "on",
        "place_lng": "106.34", "place_lat": "38.1",
    }  # fmt: skip
    answer = keeper.post("/admin/rounds/checkpoint/add/", {**point, "route": east.pk})
    assert answer.status_code == 200
    for name in ("南门", "北门"):
        answer = keeper.post("/admin/rounds/checkpoint/add/", {**point, "name": name})
        assert answer.status_code == 302, answer.content.decode()[:3000]
    placed = [(row.position, row.name, row.place) for row in route.checkpoints.all()]
    assert placed == [(1, "南门", PLACE), (2, "北门", PLACE)]
    times = {"route": route.pk, "weekdays": ["1", "7"], "starts_at": "23:30", "minutes": 90}
    answer = keeper.post("/admin/rounds/schedule/add/", times)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    assert Schedule.objects.get(route=route).weekdays == [1, 7]
    for page in ("route", "checkpoint", "schedule", "round"):
        text = keeper.get(f"/admin/rounds/{page}/").content.decode()
        assert "东边的路" not in text
        assert "南街夜巡" in text or page == "round"
    assert AuditEntry.objects.filter(action="rounds.configured", code=SOUTH).count() == 4


def test_the_codes_are_printed_by_who_manages_the_route_and_by_nobody_else(
    keeper: Client, client: Client
) -> None:
    south, east = a_route(SOUTH), a_route(EAST)
    page = keeper.get(f"/admin/rounds/route/{south.pk}/codes/").content.decode()
    for point in south.checkpoints.all():
        assert point.name in page
        assert readable(point.token) in page
    assert page.count("data:image/svg+xml") == 3
    assert keeper.get(f"/admin/rounds/route/{east.pk}/codes/").status_code == 404
    client.force_login(User.objects.get(username="auditor"))
    listed = client.get("/admin/rounds/route/").content.decode()
    assert east.name in listed
    assert "/codes/" not in listed
    assert client.get(f"/admin/rounds/route/{east.pk}/codes/").status_code == 404
    assert client.get("/admin/rounds/checkpoint/").status_code == 403


def test_new_codes_are_given_in_the_admin(keeper: Client) -> None:
    point = a_route(SOUTH).checkpoints.first()
    assert point is not None
    before = point.token
    chosen = {"action": "renew", "_selected_action": [point.pk]}
    assert keeper.post("/admin/rounds/checkpoint/", chosen).status_code == 302
    point.refresh_from_db()
    assert point.token != before


def test_the_record_of_a_round_is_read_in_the_admin(ask: Ask, walk: Round, client: Client) -> None:
    ask("patrol", *visit(walk, 1))
    client.force_login(User.objects.get(username="admin"))
    page = client.get(f"/admin/rounds/round/{walk.pk}/change/")
    assert page.status_code == 200
    assert "点位1" in page.content.decode()
    assert client.post(f"/admin/rounds/round/{walk.pk}/change/", {}).status_code == 403
