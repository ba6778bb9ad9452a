"""What holds for one case over its life: its time, orders from above, who called, and what looks like it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from command_center.accounts.models import Post, User
from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope, scopes_of
from command_center.audit.models import AuditEntry
from command_center.feed.models import FeedEvent
from command_center.jurisdictions.models import Jurisdiction
from dispatch.incidents import (
    callbacks,
    distinct,
    errors,
    reporting,
    selectors,
    services,
    supervision,
)
from dispatch.incidents.feed import incident_data, with_related
from dispatch.incidents.lifecycle import Action
from dispatch.incidents.models import CallBack, Caller, Incident, Source
from dispatch.incidents.orders import Asks
from tests.support import casework

pytestmark = pytest.mark.django_db
CITY, EAST, SOUTH = "640181", "640181100", "640181101"
VILLAGE = f"{EAST}001"
WHOLE = Scope((CITY,))
MINUTE = 60


@pytest.fixture(autouse=True)
def _city() -> None:
    for code, level, parent in (
        (CITY, "city", None), (EAST, "township", CITY), (SOUTH, "township", CITY),
        (VILLAGE, "village", EAST),
    ):  # fmt: skip
        Jurisdiction.objects.create(code=code, name=code, level=level, parent_id=parent)


def account(username: str, role: str, code: str) -> User:
    user = User.objects.create(username=username, name=f"{username}者")
    Post.objects.create(user=user, role=role, jurisdiction_id=code)
    return user


@pytest.fixture
def chief() -> User:
    return account("city", "dispatcher", CITY)


@pytest.fixture
def town() -> User:
    return account("town", "township_officer", EAST)


@pytest.fixture
def patrol() -> User:
    return account("patrol", "patrol", EAST)


def report(user: User, code: str = VILLAGE, **facts: Any) -> Incident:
    """Ten minutes to be dispatched, around the clock."""
    wanted = reporting.Report(
        **{"title": "x", "category": "0105", "severity": 2, "source": Source.MANUAL, **facts},
        code=code,
    )
    scope = scopes_of(user)[Permission.INCIDENTS_REPORT]
    return reporting.report(wanted=wanted, scope=scope, user=user)


def act(user: User, incident: Incident, action: Action, **words: Any) -> Incident:
    fresh = Incident.objects.get(pk=incident.pk)
    return services.act(
        incident_id=fresh.pk,
        scope=WHOLE,
        user=user,
        action=action,
        version=fresh.version,
        words=services.Words(**words),
    )


def order(user: User, incident: Incident, **facts: Any) -> Incident:
    given: dict[str, Any] = {
        "text": "限期办结",
        "due_at": timezone.now() + timedelta(hours=4),
        **facts,
    }
    return supervision.supervise(incident_id=incident.pk, scope=WHOLE, user=user, **given)


def in_force(incident: Incident) -> list[str]:
    rows = incident.supervisions.filter(lifted_at=None)
    return ["by hand" if row.by_id else "by itself" for row in rows]


def left_s(incident: Incident) -> float:
    assert incident.due_at is not None
    return (incident.due_at - timezone.now()).total_seconds()


def kinds(incident: Incident) -> list[str]:
    return list(incident.entries.values_list("kind", flat=True))


# -- time ------------------------------------------------------------------------------------------


def test_handing_a_case_on_does_not_restart_its_time(chief: User, town: User) -> None:
    case = report(town)
    casework.age(incident=case.pk, minutes=7)
    case = act(town, case, Action.TRANSFER_SIDEWAYS, target=SOUTH, text="在你处")
    assert left_s(case) == pytest.approx(5 * MINUTE, abs=5)  # to accept it, for the first time
    casework.age(incident=case.pk, minutes=2)
    case = act(chief, case, Action.TRANSFER_SIDEWAYS, target=EAST, text="不在我处")
    assert left_s(case) == pytest.approx(3 * MINUTE, abs=5)
    case = act(town, case, Action.ACCEPT)
    assert left_s(case) == pytest.approx(3 * MINUTE, abs=5)  # what was left of the ten
    assert case.overdue == 0


def test_sent_back_and_returned_go_on_with_what_was_left(
    chief: User, town: User, patrol: User
) -> None:
    case = report(town)
    casework.age(incident=case.pk, minutes=8)
    casework.send(incident=case.pk, username="patrol", dispatcher="town")
    with_unit = Incident.objects.get(pk=case.pk)
    assert with_unit.due_at is not None
    casework.age(incident=case.pk, minutes=60)
    casework.come_back(incident=case.pk, username="patrol", feedback="好了")
    case = act(town, case, Action.RETURN, text="没有好")
    assert left_s(case) == pytest.approx(11 * 60 * MINUTE, abs=5)
    assert (case.returned, case.reopened) == (1, 0)


def test_a_stage_that_ended_late_is_counted_though_nobody_looked(chief: User, town: User) -> None:
    case = report(town)
    casework.age(incident=case.pk, minutes=11)
    case = act(town, case, Action.SUSPEND, text="等", until=timezone.now() + timedelta(days=1))
    assert (case.overdue, kinds(case)) == (1, ["report", "suspend"])
    case = act(town, case, Action.RESUME)
    assert left_s(case) <= 0
    supervision.ask_extension(incident_id=case.pk, user=town, minutes=30, reason="远")
    case = supervision.decide_extension(
        incident_id=case.pk, scope=WHOLE, user=chief, granted=True, note=""
    )
    assert left_s(case) == pytest.approx(30 * MINUTE, abs=5)


def test_a_reopened_case_has_all_its_time_again(chief: User, town: User) -> None:
    case = report(town)
    casework.age(incident=case.pk, minutes=11)
    case = act(town, case, Action.TRANSFER_UP, text="x")
    case = act(chief, case, Action.REJECT, text="不属实")
    case = act(chief, case, Action.ARCHIVE)
    case = act(chief, case, Action.REOPEN, text="属实")
    assert left_s(case) == pytest.approx(10 * MINUTE, abs=5)
    assert (case.reopened, case.returned, case.overdue) == (1, 0, 1)


def test_a_wish_for_time_that_lapses_is_told(town: User, chief: User) -> None:
    case = report(town)
    supervision.ask_extension(incident_id=case.pk, user=town, minutes=30, reason="远")
    act(town, case, Action.TRANSFER_UP, text="超出权限")
    lapsed = case.entries.get(kind="extension_lapsed")
    assert (lapsed.actor, lapsed.detail) == (None, {"minutes": 30, "asked_by": "town者"})
    assert selectors.last_entry(case).kind == "transfer_up"  # type: ignore[union-attr]


# -- orders from above -----------------------------------------------------------------------------


def test_an_order_by_hand_stays_until_the_case_is_closed(
    chief: User, town: User, patrol: User
) -> None:
    case = report(town)
    order(chief, case)
    casework.age(incident=case.pk, minutes=11)
    supervision.supervise_overdue(now=timezone.now())
    assert in_force(case) == ["by hand", "by itself"]
    casework.send(incident=case.pk, username="patrol", dispatcher="town")
    assert in_force(case) == ["by hand"]
    casework.come_back(incident=case.pk, username="patrol", feedback="好了")
    case = act(town, case, Action.VERIFY)
    assert incident_data(case).supervised == 1
    case = act(town, case, Action.CLOSE, score=4)
    assert (in_force(case), case.supervisions.get(by=chief).end) == ([], "fulfilled")


def test_an_order_to_handle_ends_there_and_comes_back_if_the_case_does(
    chief: User, town: User, patrol: User
) -> None:
    case = report(town)
    order(chief, case, asks=Asks.HANDLED)
    casework.send(incident=case.pk, username="patrol", dispatcher="town")
    casework.come_back(incident=case.pk, username="patrol", feedback="好了")
    assert in_force(case) == []
    act(town, case, Action.RETURN, text="没有好")
    assert in_force(case) == ["by hand"]
    casework.come_back(incident=case.pk, username="patrol", feedback="真好了")
    with pytest.raises(services.UnknownError, match="come to that"):
        order(chief, case, asks=Asks.HANDLED)


def test_an_order_goes_along_when_its_case_is_merged(chief: User, town: User) -> None:
    case, other = report(town), report(town)
    order(chief, case)
    act(town, case, Action.MERGE, into=other.pk)
    assert (in_force(case), in_force(other)) == ([], ["by hand"])


def test_an_order_that_is_not_kept_goes_up_once(chief: User, town: User) -> None:
    case = report(account("village", "village_officer", VILLAGE))
    act(town, case, Action.TRANSFER_DOWN, target=VILLAGE)
    order(town, case)
    later = timezone.now() + timedelta(hours=5)
    assert [supervision.escalate_late_orders(now=later) for _ in range(3)] == [1, 0, 0]
    given, escalated = case.supervisions.all()
    assert (given.code, escalated.code, escalated.escalates, escalated.by) == (
        EAST, CITY, given, None,
    )  # fmt: skip
    assert kinds(case)[-1] == "supervision_overdue"
    # It is about the order and not about a stage: it goes with the order.
    act(User.objects.get(username="village"), case, Action.ACCEPT)
    assert in_force(case) == ["by hand", "by itself"]
    lifting: dict[str, Any] = {
        "incident_id": case.pk,
        "supervision_id": given.pk,
        "scope": WHOLE,
        "text": "",
    }
    with pytest.raises(errors.NotAllowedError):
        supervision.lift(user=User.objects.get(username="village"), **lifting)
    supervision.lift(user=chief, **lifting)
    assert in_force(case) == []


# -- who called ------------------------------------------------------------------------------------


def test_a_call_back_is_kept_apart_and_satisfaction_is_the_callers(
    chief: User, town: User, patrol: User
) -> None:
    facts = reporting.CallerFacts(name="来电人甲", phone="1", callback=True)
    case = report(town, caller=facts)
    made: dict[str, Any] = {"incident_id": case.pk, "scope": WHOLE, "user": chief}
    with pytest.raises(services.ConflictError, match="once it is handled"):
        callbacks.record(**made, reached=False)
    casework.send(incident=case.pk, username="patrol", dispatcher="town")
    casework.come_back(incident=case.pk, username="patrol", feedback="好了")
    owed = Incident.objects.filter(selectors.to_call_back())
    callbacks.record(**made, reached=False)
    assert list(owed.all()) == [case]
    for wrong in ({"reached": True}, {"reached": False, "satisfied": 3}):
        with pytest.raises(services.UnknownError):
            callbacks.record(**made, **wrong)
    callbacks.record(**made, reached=True, satisfied=2, words="来得太慢，住东关 1 号")
    assert list(owed.all()) == []
    told = case.entries.filter(kind="called_back").values_list("detail", flat=True)
    assert list(told) == [{"reached": False}, {"reached": True, "satisfied": 2}]
    everywhere = [
        *case.entries.values_list("text", "detail"),
        *AuditEntry.objects.values_list("detail", flat=True),
        *FeedEvent.objects.values_list("data", flat=True),
    ]
    assert "太慢" not in str(everywhere)
    assert selectors.degrees_of([case.pk]) == {case.pk: (2,)}
    assert AuditEntry.objects.filter(action="caller.called_back").count() == 2


def test_who_wants_no_call_back_gets_none(chief: User, town: User) -> None:
    case = report(town, caller=reporting.CallerFacts(phone="1"))
    Incident.objects.filter(pk=case.pk).update(stage="closed")
    with pytest.raises(services.ConflictError, match="nobody wants"):
        callbacks.record(incident_id=case.pk, scope=WHOLE, user=chief, reached=False)
    assert (Caller.objects.count(), CallBack.objects.count()) == (1, 0)


# -- what looks the same ---------------------------------------------------------------------------


def test_a_case_that_seems_to_repeat_another_says_so_however_it_came(
    chief: User, town: User
) -> None:
    first = report(town, position=(106.34, 38.1))
    second = report(chief, position=(106.341, 38.1), source=Source.HOTLINE)
    elsewhere = report(chief, code=SOUTH)
    assert (first.repeats_id, second.repeats_id, elsewhere.repeats_id) == (None, first.pk, None)
    assert [one.pk for one, _like in selectors.duplicates_of(first, WHOLE)] == [second.pk]
    facts: dict[str, Any] = {
        "incident_id": first.pk,
        "other_id": second.pk,
        "scope": WHOLE,
        "user": town,
    }
    distinct.tell_apart(**facts)
    distinct.tell_apart(**facts)
    assert selectors.duplicates_of(first, WHOLE) == selectors.duplicates_of(second, WHOLE) == []
    second.refresh_from_db()
    assert (second.repeats, second.version) == (None, 1)
    assert kinds(first) == kinds(second) == ["report", "not_duplicate"]
    last = second.entries.last()
    assert last is not None
    assert (last.actor_name, last.detail["number"]) == ("town者", first.number)


def test_who_is_responsible_for_neither_does_not_tell_them_apart(chief: User, town: User) -> None:
    case, other = report(chief), report(chief)
    village = account("village", "village_officer", VILLAGE)
    with pytest.raises(errors.NotAllowedError):
        distinct.tell_apart(incident_id=case.pk, other_id=other.pk, scope=WHOLE, user=village)


# -- the records -----------------------------------------------------------------------------------


def test_the_records_are_searched_by_number_and_by_words(chief: User) -> None:
    case = report(chief, title="井盖缺失", description="骑车人差点摔倒")
    report(chief, title="积水")
    day, count = case.number.split("-")
    for text in (case.number, f"#{count}", f"{day[4:]}-{count}", count, "井盖", "骑车人"):
        found = Incident.objects.filter(selectors.about(text))
        assert list(found) == [case], text
    assert Incident.objects.filter(selectors.about(day)).count() == 2
    for text in ("20269999", "12", "井盖"):
        assert selectors.numbered(text) is None, text
    assert list(Incident.objects.filter(selectors.in_category("01"), title="积水")) != []
    assert list(Incident.objects.filter(selectors.in_category("02"))) == []


def test_a_page_of_the_records_costs_the_same_however_many_there_are(chief: User) -> None:
    costs = []
    for _ in range(2):
        for _ in range(3):
            order(chief, report(chief))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            list(map(incident_data, with_related(Incident.objects.all())))
        costs.append(len(queries))
    assert costs[0] == costs[1]
