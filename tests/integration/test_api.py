"""The API's manners: problems with a code, wrong fields named, and never a stack trace."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support import city
from tests.support.consoles import Session
from tests.support.stack import Shape, Stack

pytestmark = pytest.mark.shapes(Shape.PRODUCTION)

SignIn = Callable[..., Session]

HUGE = 10**30
NUL = "\x00"


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem that an answer is; fails if it is another."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert "Traceback" not in answer.text
    return body


def test_signing_in_and_out(sign_in: SignIn) -> None:
    session = sign_in("town", afresh=True)
    me = session.get("/api/v1/me").json()
    assert me["username"] == "town"
    assert me["above"] == {city.CITY: "灵武市"}
    assert [(post["role"], post["code"], post["name"]) for post in me["posts"]] == [
        ("township_officer", city.EAST.code, city.EAST.name)
    ]
    assert me["permissions"]["alarms.view"] == [city.EAST.code]
    assert "audit.view" not in me["permissions"]
    session.sign_out()
    problem(session.get("/api/v1/me"), 401, "not_authenticated")


def test_a_wrong_password_is_told(sign_in: SignIn) -> None:
    body = {"username": "city", "password": "wrong"}
    problem(sign_in(None).post("/api/v1/session", body), 401, "wrong_credentials")
    body = {"username": "no such person", "password": "wrong"}
    problem(sign_in(None).post("/api/v1/session", body), 401, "wrong_credentials")


def test_without_the_csrf_token_nothing_changes(sign_in: SignIn) -> None:
    session = sign_in("city")
    answer = session.http.post("/api/v1/alarms/acknowledge", json={"ids": [1]})
    problem(answer, 403, "csrf_failed")


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "/session", {"username": "city"}, "password"),
        ("POST", "/session", {"username": 5, "password": "x"}, "username"),
        ("POST", "/alarms/acknowledge", {"ids": "all"}, "ids"),
        ("POST", "/alarms/acknowledge", {"ids": []}, "ids"),
        ("POST", "/alarms/acknowledge", {"ids": [1, "x"]}, "ids.1"),
        ("POST", "/alarms/acknowledge", {"ids": [1], "note": "x" * 501}, "note"),
        ("GET", "/alarms?severity=9", None, "severity"),
        ("GET", "/alarms?open=perhaps", None, "open"),
        ("GET", "/alarms?since=yesterday", None, "since"),
        ("GET", "/alarms?limit=0", None, "limit"),
        ("GET", "/alarms?limit=100000", None, "limit"),
        ("GET", "/alarms?cursor=%21", None, "cursor"),
        ("GET", "/devices?kind=toaster", None, "kind"),
        ("GET", "/devices?status=tired", None, "status"),
        ("GET", "/jurisdictions?level=planet", None, "level"),
    ],
)
def test_a_wrong_field_is_named(
    sign_in: SignIn, method: str, path: str, body: Any, field: str
) -> None:
    answer = sign_in("city").request(method, f"/api/v1{path}", body)
    assert field in [error["field"] for error in problem(answer, 422, "validation_error")["errors"]]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"/alarms/{HUGE}", None),
        ("GET", f"/alarms/{HUGE}/changes", None),
        ("GET", f"/units/{HUGE}", None),
        ("GET", f"/dead-letters/{HUGE}", None),
        ("POST", "/alarms/acknowledge", {"ids": [HUGE, -HUGE]}),
        ("POST", f"/alarms/{HUGE}/acknowledge", {}),
        ("POST", "/alarms/acknowledge", {"ids": [1], "note": NUL}),
        ("POST", "/alarms/acknowledge", {"ids": [1], "note": "\ud800"}),
        ("POST", "/session", {"username": NUL, "password": NUL}),
        ("GET", "/devices?q=%00", None),
        ("GET", "/devices?code=%00", None),
        ("GET", "/devices/%00", None),
        ("GET", "/devices/%00/events", None),
        ("GET", "/jurisdictions/%00", None),
        ("GET", "/jurisdictions?q=%00", None),
        ("GET", "/alarms?device=%00", None),
        ("GET", "/alarms?code=%00", None),
        ("GET", "/audit?actor=%00", None),
        ("GET", "/alarms?since=0001-01-01T00:00:00Z", None),
        ("GET", "/alarms?since=9999-12-31T23:59:59-12:00", None),
        ("GET", "/alarms?cursor=MTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMA", None),
        ("GET", "/devices?cursor=W10", None),
        ("GET", "/devices?cursor=e30", None),
        ("GET", "/devices?cursor=IlwAMCI", None),
        ("GET", "/nothing", None),
        ("DELETE", "/devices", None),
        ("PUT", "/me", None),
    ],
)
def test_strange_values_are_answered_in_kind(
    sign_in: SignIn, method: str, path: str, body: Any
) -> None:
    session = sign_in("auditor" if "audit" in path else "city")
    answer = session.request(method, f"/api/v1{path}", body)
    assert answer.status_code < 500, answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b'"x"', b"{}" * 10])
def test_a_body_that_is_no_object_is_told(sign_in: SignIn, body: bytes) -> None:
    session = sign_in("city")
    headers = {
        "X-CSRFToken": session.http.cookies["csrftoken"],
        "Content-Type": "application/json",
        "Referer": session.base,
    }
    answer = session.http.post("/api/v1/alarms/acknowledge", content=body, headers=headers)
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_devices_are_found_by_every_filter(
    stack: Stack, sign_in: SignIn, new_device: Callable[..., city.DeviceFacts]
) -> None:
    session = sign_in("city")

    def ids(**query: object) -> list[str]:
        answer = session.get("/api/v1/devices", limit=500, **query)
        return [item["id"] for item in answer.json()["items"]]

    lanes = stack.query("SELECT id FROM devices_device WHERE kind = 'fire_lane'")
    assert {row[0] for row in lanes} == set(ids(kind="fire_lane"))
    one = new_device("face_gate")
    assert one.id in ids(q=one.id)
    assert one.id in ids(code=one.code)
    assert one.id not in ids(code=city.SOUTH.code)
    detail = session.get(f"/api/v1/devices/{one.id}").json()
    assert detail["topic"] == one.topic


def test_the_system_says_how_it_does(stack: Stack, sign_in: SignIn) -> None:
    processes = {
        p["name"]: p["ready"] for p in sign_in("city").get("/api/v1/system").json()["processes"]
    }
    assert processes["web"]
    assert any(name.startswith("worker") for name in processes)
    assert sum(name.startswith("bridge") for name in processes) == len(stack.bridges)
    assert "lingdun_process_ready" in sign_in(None).get("/metrics").text
