"""Push in the running system: from an order to a browser, an open app or a robot, in both shapes."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.support import city
from tests.support.consoles import Session
from tests.support.push_service import (
    PushService,
    Reply,
    Request,
    Subscriber,
    listening,
    push_service,
)
from tests.support.stack import Shape, Stack
from tests.support.waiting import wait_until

pytestmark = pytest.mark.shapes(Shape.PRODUCTION)

SignIn = Callable[..., Session]
Newcomer = Callable[[], str]
Form = Callable[[str], int]
VILLAGE = city.EAST.villages[0]
_tasks = itertools.count(1_000_000)
"""Ids of tasks that nobody has made: here a task is opaque."""
_people = itertools.count(1)


@pytest.fixture
def service(stack: Stack) -> Iterator[PushService]:
    with push_service() as running:
        yield running


@pytest.fixture
def newcomer(stack: Stack) -> Newcomer:
    """Makes accounts of people who carry tasks in the eastern township and have no browser yet."""

    def come() -> str:
        username = f"carrier{next(_people)}"
        stack.do("person", username=username, held=[["patrol", city.EAST.code]])
        return username

    return come


def do(stack: Stack, deed: str, **facts: Any) -> Any:
    return stack.do(f"tests.support.pushwork.{deed}", **facts)


def subscribe(stack: Stack, service: PushService, session: Session) -> Subscriber:
    """As the app does: the key, the browser's subscription, and the server told of it."""
    do(stack, "push_key")
    key = session.get("/api/v1/push/key").json()["public_key"]
    subscriber = service.subscribe(key)
    answer = session.post("/api/v1/push/subscriptions", subscriber.subscription)
    assert answer.status_code == 201, answer.text
    return subscriber


def deliveries(session: Session, task: int, rung: str) -> list[tuple[str, str]]:
    answer = session.get(f"/api/v1/tasks/{task}/deliveries")
    assert answer.status_code == 200, answer.text
    return [(row["state"], row["detail"]) for row in answer.json() if row["rung"] == rung]


def drop(session: Session, subscriber: Subscriber) -> None:
    answer = session.request(
        "DELETE", "/api/v1/push/subscriptions", {"endpoint": subscriber.endpoint}
    )
    assert answer.status_code == 204, answer.text


def test_an_order_reaches_the_browser_and_the_dispatcher_sees_it(
    stack: Stack, service: PushService, sign_in: SignIn, newcomer: Newcomer
) -> None:
    name = newcomer()
    patrol, town = sign_in(name, web=1), sign_in("town")
    browser, task = subscribe(stack, service, patrol), next(_tasks)
    do(stack, "enqueue", task=task, usernames=[name], code=VILLAGE, title="消防通道占用")
    (content,) = service.wait_for(browser, 1)
    assert (content["type"], content["task"], content["title"]) == ("task", task, "消防通道占用")
    wait_until(lambda: deliveries(town, task, "webpush") == [("sent", "")], what="sent")
    assert deliveries(town, task, "websocket") == [("waiting", "")]
    (row,) = [
        r for r in town.get(f"/api/v1/tasks/{task}/deliveries").json() if r["rung"] == "webpush"
    ]
    assert row["who"] == name
    drop(patrol, browser)
    assert stack.count("push_subscription", "endpoint = %s", browser.endpoint) == 0
    assert sign_in("town2").get(f"/api/v1/tasks/{task}/deliveries").status_code == 404
    assert patrol.get(f"/api/v1/tasks/{task}/deliveries").status_code == 403


def test_a_service_that_never_answers_delays_nobody(
    stack: Stack, service: PushService, sign_in: SignIn, newcomer: Newcomer
) -> None:
    """Neither who gives the order nor who else is to hear of it, and not the worker's other work."""
    unlucky, lucky = newcomer(), newcomer()
    with push_service() as mute:
        mute.listener.silence()
        session = sign_in(unlucky)
        for _ in range(6):
            subscribe(stack, mute, session)
        well = subscribe(stack, service, sign_in(lucky))
        order = {"usernames": [unlucky], "code": VILLAGE}
        statements = do(stack, "enqueue", task=next(_tasks), **order)
        mute.listener.wait_for(lambda: mute.listener.held >= 4, told="four requests held")
        assert do(stack, "enqueue", task=next(_tasks), **order) == statements
        do(stack, "enqueue", task=next(_tasks), usernames=[lucky], code=VILLAGE)
        service.wait_for(well, 1)
        assert mute.listener.held >= 4


def test_a_subscription_that_is_gone_is_removed(
    stack: Stack, service: PushService, sign_in: SignIn, newcomer: Newcomer
) -> None:
    name, town, task = newcomer(), sign_in("town"), next(_tasks)
    browser = subscribe(stack, service, sign_in(name))
    browser.will_answer(Reply(410))
    do(stack, "enqueue", task=task, usernames=[name], code=VILLAGE)
    wait_until(lambda: deliveries(town, task, "webpush") == [("gone", "HTTP 410")], what="gone")
    assert stack.count("push_subscription", "endpoint = %s", browser.endpoint) == 0


def test_what_nobody_confirms_goes_to_the_robot(
    stack: Stack, service: PushService, sign_in: SignIn, newcomer: Newcomer
) -> None:
    name, town = newcomer(), sign_in("town")
    browser = subscribe(stack, service, sign_in(name))

    def robot(_: Request) -> Reply:
        return Reply(200, b'{"errcode": 0, "errmsg": "ok"}')

    do(stack, "drop_webhooks")
    with listening(robot) as receiver:
        url = f"{receiver.base}/cgi-bin/webhook/send?key=1"
        do(stack, "webhook", name="东塔群", kind="wecom", url=url, code=city.EAST.code)
        try:
            confirmed, forgotten = next(_tasks), next(_tasks)
            for task in (confirmed, forgotten):
                do(stack, "enqueue", task=task, usernames=[name], code=VILLAGE, title=f"{task}")
            service.wait_for(browser, 2)
            do(stack, "confirm", task=confirmed)
            for task in (confirmed, forgotten):
                do(stack, "let_pass", task=task, seconds=31)
            wait_until(
                lambda: deliveries(town, forgotten, "webhook") == [("sent", "")], what="sent"
            )
            # The robot is the township's: it hears of what other tests have left there, too.
            bodies = [request.body.decode() for request in receiver.requests]
            told = [task for body in bodies for task in (confirmed, forgotten) if str(task) in body]
            assert told == [forgotten]
            assert deliveries(town, confirmed, "webhook") == []
        finally:
            do(stack, "drop_webhooks")


@pytest.mark.parametrize(
    "endpoint",
    ["https://evil.example/push", "http://10.0.0.9/push", "http://127.0.0.1@evil.example/"],
)
def test_a_host_not_on_the_list_is_named(stack: Stack, sign_in: SignIn, endpoint: str) -> None:
    with push_service() as other:
        told = {**other.subscribe("").subscription, "endpoint": endpoint}
    answer = sign_in("patrol").post("/api/v1/push/subscriptions", told)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"], error["code"]) == ("endpoint", "host_not_allowed")
    assert endpoint.split("/")[2] in error["message"]


@pytest.mark.parametrize(
    ("keys", "field"),
    [
        ({"p256dh": "AAAA"}, "keys.p256dh"),
        ({"p256dh": "B" + "A" * 86}, "keys.p256dh"),
        ({"p256dh": "ß" * 87}, "keys.p256dh"),
        ({"auth": "AAAA"}, "keys.auth"),
        ({"auth": ""}, "keys.auth"),
    ],
)
def test_keys_that_cannot_encrypt_are_refused(
    stack: Stack, service: PushService, sign_in: SignIn, keys: dict[str, str], field: str
) -> None:
    told = service.subscribe("").subscription
    told["keys"] |= keys
    answer = sign_in("patrol").post("/api/v1/push/subscriptions", told)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


# -- the open app -------------------------------------------------------------------------------------


class App:
    """An open app: its socket, and the frames that have come."""

    def __init__(self, session: Session, *, origin: str | None = "") -> None:
        base = session.base
        self.socket: ClientConnection = connect(
            f"{base.replace('http', 'ws', 1)}/ws/patrol",
            origin=Origin(base if origin == "" else origin) if origin is not None else None,
            additional_headers={"Cookie": session.cookies} if session.cookies else {},
            compression=None,
            ping_interval=None,
            close_timeout=2,
            legacy=True,
        )

    def next(self, type_: str, *, timeout_s: float = 20) -> dict[str, Any]:
        """The next frame of a type."""
        while True:
            frame: dict[str, Any] = json.loads(self.socket.recv(timeout=timeout_s))
            if frame["type"] == type_:
                return frame

    def closing(self) -> tuple[int | None, str]:
        """How the server closes it; only frames of the protocol may come before."""
        try:
            while True:
                assert json.loads(self.socket.recv(timeout=20))["type"] in {"tasks", "heartbeat"}
        except ConnectionClosed:
            return self.socket.close_code, self.socket.close_reason or ""

    def __enter__(self) -> App:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def new_case(session: Session) -> int:
    wanted = {"category": "0102", "code": VILLAGE, "title": "门", "lat": 38.1, "lng": 106.3}
    answer = session.post("/api/v1/incidents", wanted)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def send(session: Session, unit: int) -> int:
    sent = {"version": 1, "units": [unit]}
    answer = session.post(f"/api/v1/incidents/{new_case(session)}/tasks", sent)
    assert answer.status_code == 201, answer.text
    return int(answer.json()[0]["id"])


@pytest.fixture
def form(stack: Stack) -> Form:
    """Makes units of one person."""

    def make(username: str) -> int:
        unit: int = stack.do("add_unit", name=f"{city.EAST.name}推送队", code=city.EAST.code)
        stack.do("join", unit=unit, username=username)
        return unit

    return make


def test_an_open_app_is_told_of_its_units_tasks_and_of_no_others(
    sign_in: SignIn, newcomer: Newcomer, form: Form
) -> None:
    town, name, another = sign_in("town"), newcomer(), newcomer()
    team, other = form(name), form(another)
    with App(sign_in(name, web=1)) as app, App(sign_in(another, web=1)) as others:
        app.next("tasks")
        others.next("tasks")
        task = send(town, team)
        app.next("tasks")
        assert town.post(f"/api/v1/tasks/{task}/acknowledge", {}).status_code == 200
        app.next("tasks")
        send(town, other)
        others.next("tasks")
        # Nothing but heartbeats came to the first since its last hint.
        app.socket.send("over")
        frames = []
        try:
            while True:
                frames.append(json.loads(app.socket.recv(timeout=20))["type"])
        except ConnectionClosed:
            assert app.socket.close_code == 4400
        assert set(frames) <= {"heartbeat"}


def test_that_an_open_app_was_told_is_on_record(
    stack: Stack, sign_in: SignIn, newcomer: Newcomer, form: Form
) -> None:
    """By a hint, and for an app that opens later by its first one."""
    name, town, task = newcomer(), sign_in("town"), next(_tasks)
    team = form(name)
    do(stack, "enqueue", task=task, usernames=[name], code=VILLAGE)
    assert deliveries(town, task, "websocket") == [("waiting", "")]
    with App(sign_in(name)) as app:
        app.next("tasks")
        wait_until(lambda: deliveries(town, task, "websocket") == [("sent", "")], what="sent")
        later = next(_tasks)
        do(stack, "enqueue", task=later, usernames=[name], code=VILLAGE)
        send(town, team)
        wait_until(lambda: deliveries(town, later, "websocket") == [("sent", "")], what="sent")


def test_a_heartbeat_comes(sign_in: SignIn) -> None:
    with App(sign_in("patrol")) as app:
        first = app.next("heartbeat")
        assert app.next("heartbeat", timeout_s=10)["now"] > first["now"]


@pytest.mark.parametrize(
    ("username", "closing"),
    [
        (None, (4401, "unauthenticated")),
        ("nobody", (4403, "forbidden")),
        ("city", (4403, "forbidden")),
    ],
)
def test_who_carries_no_tasks_has_no_such_socket(
    sign_in: SignIn, username: str | None, closing: tuple[int, str]
) -> None:
    with App(sign_in(username)) as app:
        assert app.closing() == closing


@pytest.mark.parametrize("origin", ["http://evil.example", "null", None])
def test_another_origin_is_refused(sign_in: SignIn, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused:
        App(sign_in("patrol"), origin=origin)
    assert refused.value.response.status_code == 403


def test_signing_out_closes_the_app(stack: Stack, sign_in: SignIn) -> None:
    session = sign_in("patrol", web=0, afresh=True)
    with App(session.at(stack.url(1))) as app:
        app.next("tasks")
        session.sign_out()
        assert app.closing() == (4401, "unauthenticated")
