"""Web Push as a browser's service sees it: what is sent, what its answers mean, and where nothing goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from dispatch.push import attempts, outbound
from dispatch.push.attempts import Browser, Identity
from dispatch.push.keys import public_text
from dispatch.push.ladder import Outcome
from dispatch.push.payload import LIMIT, encode
from dispatch.push.services import Result
from tests.support.push_service import PushService, Reply, Request, Subscriber, listening

AT = "2026-01-02T03:04:05.678Z"


def browser_of(subscriber: Subscriber) -> Browser:
    keys = subscriber.subscription["keys"]
    return Browser(subscriber.endpoint, keys["p256dh"], keys["auth"])


def push(
    service: PushService, identity: Identity, *replies: Reply, text: bytes = b'{"x":1}'
) -> tuple[Subscriber, Result]:
    subscriber = service.subscribe(public_text(identity.key))
    subscriber.will_answer(*replies)
    result = attempts.push(browser_of(subscriber), text, topic="task-7", identity=identity)
    assert service.faults == []
    return subscriber, result


def test_the_service_finds_nothing_wrong_and_the_browser_reads_it(
    service: PushService, identity: Identity
) -> None:
    text = encode(task_id=7, title="消防通道占用", body="东塔镇", at=AT)
    subscriber, result = push(service, identity, text=text)
    assert result == Result(Outcome.TAKEN)
    expected = {"type": "task", "task": 7, "title": "消防通道占用", "body": "东塔镇", "at": AT}
    assert subscriber.got == [expected]
    (request,) = service.listener.requests
    assert request.headers["ttl"] == "300"
    assert request.headers["urgency"] == "high"
    assert request.headers["topic"] == "task-7"
    assert "消防".encode() not in request.body


def test_the_longest_payload_fits(service: PushService, identity: Identity) -> None:
    text = encode(task_id=2**62, title="题" * 300, body="文" * 3000, at=AT)
    assert LIMIT - 3 <= len(text) <= LIMIT
    subscriber, result = push(service, identity, text=text)
    assert result.outcome is Outcome.TAKEN
    assert subscriber.got[0]["body"].endswith("…")


def test_every_message_has_a_key_of_its_own(service: PushService, identity: Identity) -> None:
    subscriber = service.subscribe(public_text(identity.key))
    for _ in range(2):
        attempts.push(browser_of(subscriber), b"{}", topic="task-1", identity=identity)
    first, second = service.listener.requests
    assert first.body[:86] != second.body[:86]


def test_the_service_would_notice_another_installations_key(
    service: PushService, identity: Identity
) -> None:
    stranger = Identity(ec.generate_private_key(ec.SECP256R1()), identity.contact)
    subscriber = service.subscribe(public_text(identity.key))
    result = attempts.push(browser_of(subscriber), b"{}", topic="task-1", identity=stranger)
    assert result == Result(Outcome.REFUSED, "HTTP 400")
    assert service.faults == ["not the key that the browser has subscribed with"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.TAKEN),
        (201, Outcome.TAKEN),
        (202, Outcome.TAKEN),
        (204, Outcome.TAKEN),
        (301, Outcome.REFUSED),
        (307, Outcome.REFUSED),
        (400, Outcome.REFUSED),
        (401, Outcome.REFUSED),
        (403, Outcome.REFUSED),
        (404, Outcome.GONE),
        (406, Outcome.PASSING),
        (410, Outcome.GONE),
        (413, Outcome.REFUSED),
        (429, Outcome.PASSING),
        (500, Outcome.PASSING),
        (503, Outcome.PASSING),
    ],
)
def test_what_an_answer_means(
    service: PushService, identity: Identity, status: int, outcome: Outcome
) -> None:
    _, result = push(service, identity, Reply(status))
    assert result.outcome is outcome
    assert result.detail == ("" if outcome is Outcome.TAKEN else f"HTTP {status}")


def test_how_long_a_service_wants_to_be_left_alone(
    service: PushService, identity: Identity
) -> None:
    _, result = push(service, identity, Reply(429, headers={"Retry-After": "120"}))
    assert result.asked == timedelta(seconds=120)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(service: PushService, identity: Identity, status: int) -> None:
    with listening(lambda _: Reply(201)) as elsewhere:
        away = Reply(status, headers={"Location": f"{elsewhere.base}/internal"})
        _, result = push(service, identity, away)
        assert result == Result(Outcome.REFUSED, f"HTTP {status}")
        assert elsewhere.requests == []


def test_no_proxy_of_the_environment_is_used(
    service: PushService, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(lambda _: Reply(201)) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.base)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        subscriber, result = push(service, identity)
        assert result.outcome is Outcome.TAKEN
        assert proxy.requests == []
        assert len(subscriber.got) == 1


def test_a_service_that_never_answers_is_given_up(
    service: PushService, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "TIMEOUT_S", 0.2)
    service.listener.silence()
    _, result = push(service, identity)
    assert result == Result(Outcome.PASSING, "timeout")


def test_nobody_at_the_address(identity: Identity, service: PushService) -> None:
    subscriber = service.subscribe(public_text(identity.key))
    gone = browser_of(subscriber)
    service.listener.close()
    result = attempts.push(gone, b"{}", topic="task-1", identity=identity)
    assert result == Result(Outcome.PASSING, "unreachable")


def test_an_endless_answer_is_not_listened_to(identity: Identity) -> None:
    def answer(_: Request) -> Reply:
        return Reply(HTTPStatus.CREATED, b"x" * 10_000_000)

    with listening(answer) as chatty:
        answered = outbound.post(f"{chatty.base}/x", data=b"{}", headers={})
    assert answered.status == HTTPStatus.CREATED
    assert len(answered.body) == outbound.ANSWER_LIMIT


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("", 0),
        ("soon", 0),
        ("-5", 0),
        ("999999999999999", 86_400),
        ("Fri, 02 Jan 2026 03:05:05 GMT", 60),
        ("Fri, 02 Jan 2026 03:00:00 GMT", 0),
    ],
)
def test_retry_after_in_its_two_forms(text: str, seconds: int) -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert outbound.retry_after(text, now=now) == timedelta(seconds=seconds)
