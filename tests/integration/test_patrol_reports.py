"""Reports from a phone's queue: what is sent again counts once."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support import city
from tests.support.consoles import Session
from tests.support.stack import Shape, Stack

pytestmark = pytest.mark.shapes(Shape.PRODUCTION)

SignIn = Callable[..., Session]
_numbers = itertools.count(1)


@pytest.fixture
def wanted() -> dict[str, Any]:
    number = next(_numbers)
    return {
        "title": f"井盖缺失{number}",
        "category": "0401",
        "place": "路口",
        "key": f"phone-{number}",
    }


def made(session: Session, title: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = session.get("/api/v1/incidents", text=title).json()["items"]
    return found


def test_a_report_sent_again_is_answered_as_the_first_time(
    sign_in: SignIn, wanted: dict[str, Any]
) -> None:
    patrol = sign_in("patrol")
    first, again = (patrol.post("/api/v1/me/reports", wanted) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    (incident,) = made(sign_in("city"), wanted["title"])
    assert (incident["source"], incident["code"]) == ("patrol", city.EAST.code)


def test_the_same_report_at_the_same_moment_is_made_once(
    stack: Stack, sign_in: SignIn, wanted: dict[str, Any]
) -> None:
    patrol = sign_in("patrol")
    phones = [patrol.at(stack.url(number)) for number in range(6)]
    with ThreadPoolExecutor(len(phones)) as pool:
        answers = list(pool.map(lambda phone: phone.post("/api/v1/me/reports", wanted), phones))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.text for answer in answers}) == 1
    assert len(made(sign_in("city"), wanted["title"])) == 1
    for phone in phones:
        phone.close()


def test_a_key_belongs_to_one_report(sign_in: SignIn, wanted: dict[str, Any]) -> None:
    patrol = sign_in("patrol")
    assert patrol.post("/api/v1/me/reports", wanted).status_code == 201
    other = patrol.post("/api/v1/me/reports", {**wanted, "place": "桥头"})
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


def test_a_report_belongs_to_where_it_was_seen_or_to_where_the_patrol_is(
    sign_in: SignIn, wanted: dict[str, Any]
) -> None:
    far = {**wanted, "position": {"lat": 10.0, "lng": 10.0}}
    answer = sign_in("patrol").post("/api/v1/me/reports", far)
    assert answer.status_code == 201, answer.text
    assert answer.json()["code"] == city.EAST.code


def test_a_category_that_is_none_is_named(sign_in: SignIn, wanted: dict[str, Any]) -> None:
    answer = sign_in("patrol").post("/api/v1/me/reports", {**wanted, "category": "9999"})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["category"]


def test_who_may_not_report_is_told(sign_in: SignIn, wanted: dict[str, Any]) -> None:
    assert sign_in("auditor").post("/api/v1/me/reports", wanted).status_code == 403
