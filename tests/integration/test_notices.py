"""Who is told by a plan or an order: the post's holders see it at once and until one of them has; nobody else."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from command_center.accounts.models import User
from command_center.accounts.scope import scopes_of
from command_center.feed import selectors as feed
from command_center.feed.models import FeedEvent
from command_center.hosts import parse_hosts
from dispatch.incidents import supervision
from dispatch.incidents.models import Entry, Participant, Supervision
from dispatch.notices.models import Notice
from dispatch.push import services as push
from dispatch.push.models import Delivery, Message
from dispatch.units.kinds import UnitStatus
from dispatch.units.models import Unit
from tests.support import city, deeds, pushwork
from tests.support.consoles import unfold

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:Returning tuple:DeprecationWarning"),
]

VILLAGE = city.EAST.villages[0]
OUTSIDE = ("town2", "patrol", "admin2", "nobody")


@pytest.fixture(autouse=True)
def _city(settings: Any) -> None:
    settings.WEBHOOK_HOSTS = parse_hosts(["http://127.0.0.1:*"])
    deeds.seed()
    Unit.objects.update(status=UnitStatus.AVAILABLE)


def ask(username: str, path: str, body: Any = None) -> Any:
    client = Client()
    user = User.objects.get(username=username)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    if body is None:
        return client.get(f"/api/v1{path}")
    return client.post(f"/api/v1{path}", body, content_type="application/json")


def told_case(by: str = "city") -> int:
    """A fire in a village of the east whose plan has been confirmed."""
    case = {"category": "0104", "code": VILLAGE, "title": "着火"}
    incident = ask(by, "/incidents", case).json()["id"]
    seen = ask(by, f"/incidents/{incident}/plan").json()
    wanted = {"version": seen["version"], "plan": seen["plan"], "units": []}
    assert ask(by, f"/incidents/{incident}/plan", wanted).status_code == 201
    return int(incident)


def notice_to(role: str, incident: int) -> Notice:
    return Notice.objects.get(incident=incident, role=role)


def shown_to(username: str) -> dict[int, dict[str, Any]]:
    """The notices in somebody's snapshot."""
    scopes = scopes_of(User.objects.get(username=username))
    return unfold(json.loads(feed.snapshot(scopes).json)["state"])["notices"]


def ways(username: str, incident: int, role: str) -> dict[str, Any]:
    rows = ask(username, f"/incidents/{incident}/notices").json()
    found: dict[str, Any] = next(row for row in rows if row["role"] == role)
    return found


def test_each_post_is_told_on_the_feed_at_its_own_place() -> None:
    incident = told_case()
    posts = {(row.role, row.code): row for row in Notice.objects.all()}
    assert set(posts) == {
        ("village_officer", VILLAGE),
        ("township_officer", city.EAST.code),
        ("dispatcher", city.CITY),
    }
    events = FeedEvent.objects.filter(kind="notice.changed").values_list("code", flat=True)
    assert set(events) == {code for _role, code in posts}
    township = posts["township_officer", city.EAST.code]
    item = shown_to("town")[township.pk]
    assert item["incident"] == incident
    assert (item["plan"], item["role"], item["code"]) == (
        "火情烟雾处置", "township_officer", city.EAST.code,
    )  # fmt: skip
    # Whom it does not concern: neither the post beside, nor, of what the township is told, the village below.
    for username in OUTSIDE:
        assert shown_to(username) == {}, username
    assert set(shown_to("village")) == {posts["village_officer", VILLAGE].pk}


def test_it_stays_until_somebody_of_the_post_has_seen_it() -> None:
    incident = told_case()
    notice = notice_to("township_officer", incident)
    for username in (*OUTSIDE, "village", "city2", "auditor"):
        for what in ("shown", "seen"):
            answer = ask(username, f"/notices/{notice.pk}/{what}", {})
            assert answer.status_code in (403, 404), (username, what)
    assert ask("town", f"/notices/{notice.pk}/shown", {}).status_code == 204
    assert notice.pk in shown_to("both")
    assert ask("town", f"/notices/{notice.pk}/seen", {}).status_code == 204
    assert ask("both", f"/notices/{notice.pk}/seen", {}).status_code == 204
    assert notice.pk not in shown_to("both")
    entry = Entry.objects.get(incident=incident, kind="notice_seen")
    assert (entry.actor_name, entry.detail["place"]) == ("dongta-town者", city.EAST.name)
    assert not Participant.objects.filter(incident=incident, user__username="town").exists()
    assert notice_to("dispatcher", incident).pk in shown_to("city2")


def test_who_confirms_the_plan_is_not_told_by_it() -> None:
    incident = told_case("city")
    notice = notice_to("dispatcher", incident)
    assert (notice.people, shown_to("city")[notice.pk]["sender_name"]) == (1, "city者")
    assert ask("city", f"/notices/{notice.pk}/seen", {}).status_code == 404
    assert ask("city2", f"/notices/{notice.pk}/seen", {}).status_code == 204


def test_the_ladder_climbs_until_it_is_seen_and_each_way_is_told() -> None:
    pushwork.webhook(
        name="值班群", kind="wecom", url="http://127.0.0.1:9/robot", code=city.EAST.code
    )
    incident = told_case()
    township = notice_to("township_officer", incident)
    begun = ways("city", incident, "township_officer")
    told = {(one["rung"], one["state"], one["detail"]) for one in begun["deliveries"]}
    assert told == {("websocket", "waiting", ""), ("webpush", "failed", "not_subscribed")}
    ask("both", f"/notices/{township.pk}/shown", {})
    late = timezone.now() + timedelta(seconds=31)
    push.climb(now=late)
    rungs = ways("city", incident, "township_officer")["deliveries"]
    assert [one["who"] for one in rungs if one["rung"] == "webhook"] == ["值班群"]
    assert {
        one["who"] for one in rungs if one["rung"] == "websocket" and one["state"] == "sent"
    } == {"both者"}
    ask("town", f"/notices/{township.pk}/seen", {})
    answered = ways("city", incident, "township_officer")
    assert answered["seen_at"]
    assert Message.objects.get(pk=township.message).confirmed_at
    push.climb(now=late + timedelta(seconds=300))
    village = notice_to("village_officer", incident)
    assert ways("town", incident, "village_officer")["deliveries"]
    assert {one["detail"] for one in ways("town", incident, "village_officer")["deliveries"]} >= {
        "not_connected"
    }
    # Long after the ladder has ended the page may open all the same.
    ask("village", f"/notices/{village.pk}/shown", {})
    row = Delivery.objects.get(message_id=village.message, rung="websocket")
    assert (row.state, row.detail) == ("sent", "")
    # Who is not over the post learns whether it was seen, and no names.
    assert ways("town", incident, "dispatcher")["deliveries"] == []
    assert ask("town2", f"/incidents/{incident}/notices").status_code == 404


def test_notices_go_with_the_case() -> None:
    incident = told_case()
    version = ask("city", f"/incidents/{incident}").json()["incident"]["version"]
    answer = ask(
        "city",
        f"/incidents/{incident}/actions/transfer_down",
        {"version": version, "target": city.WEST.code},
    )
    assert answer.status_code == 200, answer.content
    assert {row.role for row in Notice.objects.filter(withdrawn_at=None)} == {"dispatcher"}
    assert shown_to("village") == {}
    removed = FeedEvent.objects.filter(kind="notice.removed").values_list("code", flat=True)
    assert set(removed) == {VILLAGE, city.EAST.code}
    told = notice_to("township_officer", incident)
    assert ask("town", f"/notices/{told.pk}/seen", {}).status_code == 204
    assert Notice.objects.get(pk=told.pk).seen_at is None


def whys(username: str) -> list[tuple[str, str, str]]:
    """What is told to somebody's scope: why, to whom and where."""
    return sorted((one["why"], one["role"], one["code"]) for one in shown_to(username).values())


def test_an_order_from_above_is_told_and_if_it_is_not_kept_told_above_too() -> None:
    pushwork.webhook(
        name="值班群", kind="wecom", url="http://127.0.0.1:9/robot", code=city.EAST.code
    )
    case = ask("town", "/incidents", {"category": "0302", "code": VILLAGE, "title": "堆物"}).json()
    version = {"version": case["version"], "target": VILLAGE}
    ask("town", f"/incidents/{case['id']}/actions/transfer_down", version)
    due = timezone.now() + timedelta(hours=1)
    order = {"text": "一小时内清走", "due_at": due.isoformat()}
    assert ask("town", f"/incidents/{case['id']}/supervisions", order).status_code == 200
    assert whys("city") == [("ordered", "village_officer", VILLAGE)]
    (told,) = shown_to("village").values()
    assert (told["sender_name"], told["due_at"][:16]) == ("dongta-town者", due.isoformat()[:16])
    assert ask("village", f"/notices/{told['id']}/seen", {}).status_code == 204
    late = due + timedelta(seconds=1)
    assert supervision.escalate_late_orders(now=late) == 1
    # The responsible, who gave the order, and the level above that; by nobody, so to all of them.
    assert whys("city") == [
        ("late", "dispatcher", city.CITY),
        ("late", "township_officer", city.EAST.code),
        ("late", "village_officer", VILLAGE),
    ]
    assert {one["sender"] for one in shown_to("city").values()} == {None}
    push.climb(now=timezone.now() + timedelta(seconds=31))
    rungs = ways("city", case["id"], "township_officer")["deliveries"]
    assert {"websocket", "webpush", "webhook"} == {one["rung"] for one in rungs}
    message = Message.objects.get(pk=notice_to("township_officer", case["id"]).message)
    assert (message.title, "一小时内清走" in message.body) == ("督办逾期未完成：堆物", True)
    given = Supervision.objects.exclude(by=None).get(incident=case["id"])
    ask("town", f"/incidents/{case['id']}/supervisions/{given.pk}/lift", {"text": ""})
    assert whys("city") == []
    assert not Message.objects.filter(ended_at=None).exists()


def test_who_is_late_hears_that_the_system_ordered() -> None:
    case = ask("town", "/incidents", {"category": "0302", "code": VILLAGE, "title": "堆物"}).json()
    supervision.supervise_overdue(now=timezone.now() + timedelta(days=9))
    assert whys("city") == [("ordered", "township_officer", city.EAST.code)]
    given = {"version": case["version"] + 1, "target": VILLAGE}
    assert ask("town", f"/incidents/{case['id']}/actions/transfer_down", given).status_code == 200
    assert whys("city") == []


def test_officers_may_have_their_browser_be_pushed_to() -> None:
    pushwork.push_key()
    for username in ("city", "town", "village", "patrol"):
        assert ask(username, "/push/key").status_code == 200, username
    for username in ("auditor", "admin", "nobody"):
        assert ask(username, "/push/key").status_code == 403, username
