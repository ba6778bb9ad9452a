"""The outbox and the ladder over a database, with a push service on loopback and `now` as an argument."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from command_center.accounts.models import User
from command_center.audit.models import AuditEntry
from command_center.hosts import parse_hosts
from command_center.jurisdictions.models import Jurisdiction
from dispatch.push import configuration, keys, selectors, services
from dispatch.push.ladder import LIFE
from dispatch.push.models import Delivery, Message, NtfyServer, Subscription, Webhook
from dispatch.push.sending import Outbox
from dispatch.push.webhooks import Kind
from tests.support.push_service import (
    Listener,
    PushService,
    Reply,
    Request,
    Subscriber,
    listening,
    push_service,
)

pytestmark = pytest.mark.django_db

CITY, EAST, VILLAGE = "640181", "640181100", "640181100001"
TASK = 12
Subscribe = Callable[..., Subscriber]


@pytest.fixture(autouse=True)
def _installation(settings: Any, tmp_path: Path) -> None:
    """A key of its own, and loopback on both lists."""
    settings.DATA_DIR = tmp_path
    settings.PUSH_HOSTS = settings.WEBHOOK_HOSTS = parse_hosts(["http://127.0.0.1:*"])
    call_command("push_keys", verbosity=0)
    levels = {CITY: ("city", None), EAST: ("township", CITY), VILLAGE: ("village", EAST)}
    for code, (level, parent) in levels.items():
        Jurisdiction.objects.create(code=code, name=code, level=level, parent_id=parent)


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as running:
        yield running


@pytest.fixture
def people() -> list[User]:
    return [
        User.objects.create(username=f"patrol{number}", name=f"巡逻{number}") for number in range(2)
    ]


@pytest.fixture
def subscribe(service: PushService) -> Subscribe:
    """Has a person's browser subscribe: `subscribe(person)`."""

    def enter(person: User) -> Subscriber:
        subscriber = service.subscribe(keys.public_text(keys.load_key()))
        told = subscriber.subscription
        services.subscribe(user=person, endpoint=told["endpoint"], **told["keys"])
        return subscriber

    return enter


def enqueue(*people: User, wants_word: bool = True, title: str = "任务") -> datetime:
    services.enqueue(
        task_id=TASK,
        user_ids=[person.pk for person in people],
        code=VILLAGE,
        title=title,
        wants_word=wants_word,
    )
    return Message.objects.latest("id").created_at


def turn(outbox: Outbox, *, now: datetime) -> None:
    """One turn of the outbox, and what comes of the attempts that it begins."""
    outbox._nudged.clear()
    outbox.turn(now=now)
    while outbox._under_way:
        assert outbox._nudged.wait(15)
        outbox._nudged.clear()
        outbox._settle(now)


def told() -> list[tuple[str, str, str]]:
    """The deliveries as (rung, state, detail)."""
    rows = Delivery.objects.order_by("id")
    return [(row.rung, row.state, row.detail) for row in rows]


def after(start: datetime, seconds: float) -> datetime:
    return start + timedelta(seconds=seconds)


def robot(_: Request) -> Reply:
    return Reply(200, b'{"errcode": 0, "errmsg": "ok"}')


def hook(listener: Listener, code: str, name: str = "群") -> Webhook:
    return Webhook.objects.create(
        name=name, kind=Kind.WECOM, url=f"{listener.base}/send?key=1", jurisdiction_id=code
    )


# -- ntfy ---------------------------------------------------------------------------------------------


def test_a_topic_is_told_that_there_is_a_task_and_nothing_of_what_it_is_about(
    people: list[User], settings: Any
) -> None:
    with listening(lambda _request: Reply(200, b"{}")) as listener:
        settings.PUSH_HOSTS = parse_hosts([listener.base, "fcm.googleapis.com", "*.example.org"])
        topic = services.subscribe_topic(
            user=people[0], server=listener.base, page="https://centre.example/patrol/"
        )
        start = enqueue(people[0], title="东门两家争地界")
        turn(Outbox(), now=start)
    (request,) = listener.requests
    assert request.path == "/"
    assert request.json == {
        "topic": topic.endpoint.rpartition("/")[2],
        "title": "新任务",
        "message": "打开任务页查看。",
        "priority": 5,
        "click": f"https://centre.example/patrol/#/task/{TASK}",
    }
    assert sorted(told()) == [("ntfy", "sent", ""), ("websocket", "waiting", "")]
    assert Subscription.objects.get().last_ok_at == start


def test_an_ntfy_server_that_asks_who_one_is_gets_its_token(
    people: list[User], settings: Any
) -> None:
    def guarded(request: Request) -> Reply:
        return Reply(200 if request.headers.get("authorization") == "Bearer tk_good" else 401)

    with listening(guarded) as listener:
        settings.PUSH_HOSTS = parse_hosts([listener.base])
        services.subscribe_topic(user=people[0], server=listener.base, page="")
        outbox = Outbox()
        turn(outbox, now=enqueue(people[0]))
        assert ("ntfy", "failed", "HTTP 401") in told()
        row = NtfyServer(server=listener.base, token="tk_good")
        configuration.save_ntfy_server(row=row, actor=people[0])
        turn(outbox, now=enqueue(people[0]))
        assert ("ntfy", "sent", "") in told()


@pytest.mark.parametrize(
    "server", ["https://fcm.googleapis.com", "https://a.example.org", "http://10.0.0.1"]
)
def test_a_topic_is_on_a_named_server_of_ones_own_only(
    people: list[User], settings: Any, server: str
) -> None:
    settings.PUSH_HOSTS = parse_hosts(["fcm.googleapis.com", "*.example.org", "http://10.0.0.1"])
    with pytest.raises(services.HostNotAllowedError):
        services.subscribe_topic(user=people[0], server=server, page="")
    assert not Subscription.objects.exists()


# -- Web Push -----------------------------------------------------------------------------------------


def test_every_browser_of_every_member_is_pushed_to_at_once(
    service: PushService, subscribe: Subscribe, people: list[User]
) -> None:
    browsers = [subscribe(people[0]), subscribe(people[0]), subscribe(people[1])]
    start = enqueue(*people, title="消防通道占用")
    turn(Outbox(), now=start)
    assert service.faults == []
    for browser in browsers:
        assert [content["title"] for content in browser.got] == ["消防通道占用"]
        assert browser.got[0]["task"] == TASK
        assert browser.urgency == ["high"]
        assert browser.topics == [f"task-{TASK}"]
    assert sorted(told()) == [("webpush", "sent", "")] * 3 + [("websocket", "waiting", "")] * 2
    assert Subscription.objects.filter(last_ok_at=start, failures=0).count() == 3


def test_a_passing_failure_is_tried_again_after_twenty_seconds_and_only_that(
    subscribe: Subscribe, people: list[User]
) -> None:
    well, ill = subscribe(people[0]), subscribe(people[0])
    ill.will_answer(Reply(503))
    outbox, start = Outbox(), enqueue(people[0])
    turn(outbox, now=start)
    assert ("webpush", "waiting", "HTTP 503") in told()
    assert Subscription.objects.get(endpoint=ill.endpoint).failures == 1
    turn(outbox, now=after(start, 19))
    assert (len(well.got), len(ill.got)) == (1, 0)
    turn(outbox, now=after(start, 20))
    assert (len(well.got), len(ill.got)) == (1, 1)
    assert [row for row in told() if row[0] == "webpush"] == [("webpush", "sent", "")] * 2
    assert Subscription.objects.get(endpoint=ill.endpoint).failures == 0


def test_too_many_requests_wait_as_long_as_the_service_asks(
    subscribe: Subscribe, people: list[User]
) -> None:
    browser = subscribe(people[0])
    browser.will_answer(Reply(429, headers={"Retry-After": "60"}))
    outbox, start = Outbox(), enqueue(people[0])
    turn(outbox, now=start)
    turn(outbox, now=after(start, 59))
    assert browser.got == []
    turn(outbox, now=after(start, 60))
    assert len(browser.got) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_no_more_is_removed(
    subscribe: Subscribe, people: list[User], status: int
) -> None:
    gone, kept = subscribe(people[0]), subscribe(people[0])
    gone.will_answer(Reply(status))
    turn(Outbox(), now=enqueue(people[0]))
    assert ("webpush", "gone", f"HTTP {status}") in told()
    assert [row.endpoint for row in Subscription.objects.all()] == [kept.endpoint]


def test_a_host_that_left_the_list_is_not_called(
    service: PushService, subscribe: Subscribe, people: list[User], settings: Any
) -> None:
    subscribe(people[0])
    settings.PUSH_HOSTS = parse_hosts(["push.example.org"])
    turn(Outbox(), now=enqueue(people[0]))
    assert ("webpush", "failed", "host_not_allowed") in told()
    assert service.listener.requests == []


def test_without_a_key_nothing_is_sent_and_that_is_on_record(
    service: PushService, subscribe: Subscribe, people: list[User]
) -> None:
    subscribe(people[0])
    keys.key_path().unlink()
    turn(Outbox(), now=enqueue(people[0]))
    assert ("webpush", "failed", "no_key") in told()
    assert service.listener.requests == []


def test_who_has_no_browser_is_on_record_and_who_is_locked_is_not_told(
    subscribe: Subscribe, people: list[User]
) -> None:
    locked = people[1]
    subscribe(locked)
    User.objects.filter(pk=locked.pk).update(is_active=False)
    enqueue(*people)
    assert told() == [("websocket", "waiting", ""), ("webpush", "failed", "not_subscribed")]


def test_a_service_that_never_answers_holds_up_nobody_else(
    subscribe: Subscribe, people: list[User]
) -> None:
    with push_service() as mute:
        mute.listener.silence()
        for number in range(9):  # more than may be under way at one host at once
            services.subscribe(
                user=people[0], endpoint=f"{mute.listener.base}/{number}", **_some_keys(mute)
            )
        outbox, start = Outbox(), enqueue(people[0])
        outbox.turn(now=start)
        mute.listener.wait_for(lambda: mute.listener.held == 4, told="four requests held")
        well = subscribe(people[1])
        started = enqueue(people[1])  # supersedes: nothing of the first is begun any more
        outbox.turn(now=started)
        well_service = Subscription.objects.get(endpoint=well.endpoint)
        assert well_service.user == people[1]
        while not well.got:
            assert outbox._nudged.wait(15)
        assert mute.listener.held == 4
        assert len(mute.listener.requests) == 4


def test_a_full_host_does_not_hide_what_is_due_elsewhere(
    service: PushService, subscribe: Subscribe, people: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one and the same message, with more for the mute host than one look takes."""
    monkeypatch.setattr(selectors, "LOOK", 5)
    with push_service() as mute:
        mute.listener.silence()
        for number in range(9):
            services.subscribe(
                user=people[0], endpoint=f"{mute.listener.base}/{number}", **_some_keys(mute)
            )
        well = subscribe(people[1])
        outbox, start = Outbox(), enqueue(*people)
        outbox.turn(now=start)
        mute.listener.wait_for(lambda: mute.listener.held == 4, told="four requests held")
        outbox.turn(now=start)
        service.wait_for(well, 1)
        assert mute.listener.held == 4


def _some_keys(service: PushService) -> dict[str, str]:
    found: dict[str, str] = service.subscribe("").subscription["keys"]
    return found


def test_two_workers_send_once(subscribe: Subscribe, people: list[User]) -> None:
    browser = subscribe(people[0])
    start = enqueue(people[0])
    due = selectors.deliveries_due(now=start, without_hosts=())
    assert [services.claim(one, now=start) for one in due] == [True]
    assert [services.claim(one, now=start) for one in due] == [False]
    turn(Outbox(), now=start)
    assert browser.got == []


def test_what_a_worker_took_and_did_not_finish_is_done_by_the_next(
    subscribe: Subscribe, people: list[User]
) -> None:
    browser = subscribe(people[0])
    start = enqueue(people[0])
    for delivery in selectors.deliveries_due(now=start, without_hosts=()):
        assert services.claim(delivery, now=start)  # and then it dies
    turn(Outbox(), now=start + services.CLAIM)
    assert len(browser.got) == 1


# -- the ladder ---------------------------------------------------------------------------------------


def test_a_dead_rung_leads_to_the_webhook_after_thirty_seconds(
    service: PushService, subscribe: Subscribe, people: list[User]
) -> None:
    ill = subscribe(people[0])
    ill.will_answer(Reply(503), Reply(503))
    with listening(robot) as receiver, listening(robot) as citys:
        hook(receiver, EAST)
        hook(citys, CITY)
        outbox, start = Outbox(), enqueue(people[0], title="消防通道占用")
        for seconds in (0, 20, 29):
            turn(outbox, now=after(start, seconds))
        assert receiver.requests == []
        turn(outbox, now=after(start, 30))
        turn(outbox, now=after(start, 31))
        (request,) = receiver.requests
        assert "消防通道占用" in request.json["text"]["content"]
        assert citys.requests == []
    assert ("webhook", "sent", "") in told()
    assert ("webpush", "waiting", "HTTP 503") in told()


def test_taken_by_a_service_is_not_delivered(
    service: PushService, subscribe: Subscribe, people: list[User]
) -> None:
    subscribe(people[0])
    with listening(robot) as receiver:
        hook(receiver, CITY)
        outbox, start = Outbox(), enqueue(people[0])
        turn(outbox, now=start)
        turn(outbox, now=after(start, 30))
        assert len(receiver.requests) == 1


def test_the_apps_word_ends_the_ladder(subscribe: Subscribe, people: list[User]) -> None:
    ill = subscribe(people[0])
    ill.will_answer(Reply(503))
    with listening(robot) as receiver:
        hook(receiver, CITY)
        outbox, start = Outbox(), enqueue(*people)
        turn(outbox, now=start)
        services.confirm(task_id=TASK)
        for seconds in (20, 30, 100):
            turn(outbox, now=after(start, seconds))
        assert receiver.requests == []
    assert ill.got == []
    assert Message.objects.get().confirmed_at is not None
    # What had been tried stays on record, what had only been planned does not.
    assert told() == [("webpush", "failed", "HTTP 503"), ("webpush", "failed", "not_subscribed")]


def test_that_a_task_was_taken_back_needs_no_word_once_a_service_has_it(
    subscribe: Subscribe, people: list[User]
) -> None:
    browser = subscribe(people[0])
    with listening(robot) as receiver:
        hook(receiver, CITY)
        outbox, start = Outbox(), enqueue(people[0], wants_word=False)
        turn(outbox, now=start)
        turn(outbox, now=after(start, 30))
        assert receiver.requests == []
        browser.will_answer(*[Reply(503)] * 3)
        start = enqueue(people[0], wants_word=False)
        turn(outbox, now=start)
        turn(outbox, now=after(start, 30))
        assert len(receiver.requests) == 1


def test_a_later_message_ends_the_earlier_one(subscribe: Subscribe, people: list[User]) -> None:
    browser = subscribe(people[0])
    browser.will_answer(Reply(503))
    outbox, start = Outbox(), enqueue(people[0], title="出发")
    turn(outbox, now=start)
    later = enqueue(people[0], title="取消", wants_word=False)
    turn(outbox, now=after(later, 25))
    assert [content["title"] for content in browser.got] == ["取消"]
    assert Message.objects.filter(ended_at__isnull=True).count() == 1


def test_without_a_webhook_that_is_on_record(people: list[User]) -> None:
    start = enqueue(people[0])
    assert services.climb(now=after(start, 30)) == 0
    assert ("webhook", "failed", "no_webhook") in told()


def test_a_webhook_out_of_use_is_not_asked_and_the_next_level_is(people: list[User]) -> None:
    with listening(robot) as receiver:
        Webhook.objects.filter(pk=hook(receiver, EAST).pk).update(in_use=False)
        city = hook(receiver, CITY, "市群")
        start = enqueue(people[0])
        services.climb(now=after(start, 30))
        assert Delivery.objects.get(rung="webhook").webhook == city


def test_after_five_minutes_nothing_is_tried_any_more(
    subscribe: Subscribe, people: list[User]
) -> None:
    """The worker was away all the time."""
    browser = subscribe(people[0])
    outbox, start = Outbox(), enqueue(people[0])
    turn(outbox, now=start + LIFE)
    assert browser.got == []
    assert told() == [("websocket", "failed", "not_connected"), ("webpush", "failed", "too_late")]
    assert Message.objects.get().ended_at is not None


def test_an_open_app_that_was_told_to_look_is_on_record(people: list[User]) -> None:
    start = enqueue(*people)
    assert services.told(user_ids=[people[0].pk], now=after(start, 1)) == 1
    assert services.told(user_ids=[people[0].pk], now=after(start, 2)) == 0
    states = dict(Delivery.objects.filter(rung="websocket").values_list("user_id", "state"))
    assert states == {people[0].pk: "sent", people[1].pk: "waiting"}


def test_old_messages_are_forgotten_with_their_deliveries(people: list[User]) -> None:
    enqueue(people[0])
    assert services.forget_old(now=timezone.now()) == 0
    assert services.forget_old(now=timezone.now() + services.KEPT + timedelta(minutes=1)) == 3
    assert not Delivery.objects.exists()


# -- subscriptions, keys, webhooks --------------------------------------------------------------------


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evil.example/push",
        "https://127.0.0.1:8000/push",
        "http://10.0.0.9/push",
        "http://localhost:8000/push",
        "file:///etc/passwd",
    ],
)
def test_a_host_not_on_the_list_cannot_be_subscribed(people: list[User], endpoint: str) -> None:
    with pytest.raises(services.HostNotAllowedError):
        services.subscribe(user=people[0], endpoint=endpoint, p256dh="x", auth="y")


def test_unencrypted_is_for_this_machine_only_even_where_listed(
    people: list[User], settings: Any
) -> None:
    settings.PUSH_HOSTS = parse_hosts(["http://10.0.0.9", "http://127.0.0.1:*"])
    assert not services.is_endpoint_allowed("http://10.0.0.9/push")
    assert services.is_endpoint_allowed("http://127.0.0.1:99/push")


def test_a_telephone_that_changed_hands_belongs_to_the_last(
    subscribe: Subscribe, people: list[User]
) -> None:
    browser = subscribe(people[0])
    told = browser.subscription
    services.subscribe(user=people[1], endpoint=told["endpoint"], **told["keys"])
    assert Subscription.objects.get().user == people[1]
    services.unsubscribe(user=people[0], endpoint=told["endpoint"])
    assert Subscription.objects.exists()
    services.unsubscribe(user=people[1], endpoint=told["endpoint"])
    assert not Subscription.objects.exists()


def test_of_too_many_browsers_the_oldest_goes(subscribe: Subscribe, people: list[User]) -> None:
    browsers = [subscribe(people[0]) for _ in range(services.SUBSCRIPTIONS_EACH + 2)]
    kept = set(Subscription.objects.values_list("endpoint", flat=True))
    assert kept == {browser.endpoint for browser in browsers[2:]}


def test_the_key_is_made_once_and_private() -> None:
    path = keys.key_path()
    text = path.read_text()
    call_command("push_keys", verbosity=0)
    assert path.read_text() == text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("no key")
    with pytest.raises(CommandError, match=r"vapid\.pem"):
        call_command("push_keys", verbosity=0)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"url": "https://evil.example/x"}, "url"),
        ({"url": "no address"}, "url"),
        ({"kind": Kind.SMS}, "body"),
        ({"kind": Kind.SMS, "body": ["x"]}, "body"),
        ({"kind": Kind.SMS, "body": {"x": 1}, "headers": {"X": 1}}, "headers"),
        ({"kind": Kind.SMS, "body": {"x": 1}, "headers": {"X": "a\r\nY: b"}}, "headers"),
        ({"kind": Kind.SMS, "body": {"x": 1}, "headers": {"X Y": "a"}}, "headers"),
        ({"kind": Kind.WECOM, "headers": {"X": "a"}}, "headers"),
    ],
)
def test_a_webhook_that_cannot_work_is_refused(
    people: list[User], facts: dict[str, Any], field: str
) -> None:
    row = Webhook(
        **{"name": "x", "kind": Kind.WECOM, "url": "http://127.0.0.1:9/x", **facts},
        jurisdiction_id=EAST,
    )
    with pytest.raises(ValidationError) as caught:
        configuration.save_webhook(webhook=row, actor=people[0])
    assert field in caught.value.message_dict


def test_a_webhook_is_put_on_record_without_its_secrets(people: list[User]) -> None:
    row = Webhook(
        name="群", kind=Kind.DINGTALK, url="http://127.0.0.1:9/x?access_token=t0ken",
        secret="s3cret", jurisdiction_id=EAST,
    )  # fmt: skip
    configuration.save_webhook(webhook=row, actor=people[0])
    configuration.remove_webhook(webhook=row, actor=people[0])
    entries = AuditEntry.objects.order_by("id")
    assert [entry.code for entry in entries] == [EAST, EAST]
    for entry in entries:
        assert "t0ken" not in str(entry.detail)
        assert "s3cret" not in str(entry.detail)
        assert entry.detail["host"] == "127.0.0.1:9"


# -- about a case -------------------------------------------------------------------------------------


def test_of_a_case_people_are_told_by_push_and_else_by_the_webhook_of_their_post(
    people: list[User], subscribe: Subscribe
) -> None:
    first, second = people
    browser = subscribe(first)
    with listening(robot) as listener:
        hook(listener, CITY)
        hook(listener, EAST, "镇群")
        for person, code in ((first, EAST), (second, CITY)):
            services.notify(
                incident_id=34, user_ids=[person.pk], code=code, title="已启动预案", body="东塔镇"
            )
        start = Message.objects.latest("id").created_at
        outbox = Outbox()
        turn(outbox, now=start)
        pages = ("websocket", "waiting", "")
        assert told() == [
            pages, ("webpush", "sent", ""), pages, ("webpush", "failed", "not_subscribed"),
        ]  # fmt: skip
        assert [(content["type"], content["incident"]) for content in browser.got] == [
            ("incident", 34)
        ]
        assert browser.topics == ["incident-34"]
        turn(outbox, now=after(start, 31))
        turn(outbox, now=after(start, 31))
        # Neither has seen it: that a push service took the one is not that.
        assert [request.path for request in listener.requests] == ["/send?key=1"] * 2
        asked = Delivery.objects.filter(rung="webhook").order_by("id")
        assert list(asked.values_list("webhook__jurisdiction_id", flat=True)) == [EAST, CITY]
