"""What lies outside one's posts does not exist: in no answer of the API.

The routes come from the API's own schema: what is new and has no body here (`tests.support.trespassing`) fails.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.consoles import Session
from tests.support.outside import Outside, traces_in
from tests.support.stack import Stack
from tests.support.trespassing import api_schema, requests, standing

SignIn = Callable[..., Session]

OUTSIDERS = ("town2", "admin2", "nobody", None)


@pytest.mark.parametrize("username", OUTSIDERS)
def test_no_route_shows_or_touches_what_lies_outside(
    stack: Stack, outside: Outside, sign_in: SignIn, username: str | None
) -> None:
    session = sign_in(username, web=1)
    schema = api_schema()
    before = standing(stack, outside)
    walked = set()
    for verb, path, body, names_outside in requests(schema, outside):
        answer = session.request(verb, path, body)
        walked.add((verb, path.partition("?")[0]))
        told = f"{verb} {path} as {username}: {answer.status_code} {answer.text[:300]}"
        assert answer.status_code < 500, told
        if username is None:
            assert answer.status_code in (401, 403), told
        if names_outside:
            assert answer.status_code in (401, 403, 404), told
        assert traces_in(answer.text) == [], told
    assert len(walked) > 25
    assert standing(stack, outside) == before


def test_the_same_walk_finds_the_traces_where_they_may_be_seen(
    outside: Outside, sign_in: SignIn
) -> None:
    """The walk above would notice: somebody of the township is shown what it looks for."""
    insiders = [sign_in("admin"), sign_in("city")]
    schema = api_schema()
    shown = [
        path.partition("?")[0]
        for insider in insiders
        for verb, path, _, _ in requests(schema, outside)
        if verb == "GET" and traces_in(insider.get(path).text)
    ]
    routes = ("devices", "alarms", "units", "dead-letters", "pending", "jurisdictions", "audit")
    for route in (
        *routes,
        "incidents",
        "caller",
        "likely-duplicates",
        "tasks",
        "deliveries",
        "notices",
        "rounds",
        "conferences",
        "recordings",
        "decisions",
        "minutes",
        "proposal",
    ):
        assert any(f"/{route}" in path for path in shown), route
    photos = [insiders[1].get(f"/api/v1/attachments/{key}") for key in outside.attachments]
    assert [answer.headers["content-type"] for answer in photos] == ["image/jpeg"]
