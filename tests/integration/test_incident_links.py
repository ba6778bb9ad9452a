"""Cases that belong together: linked and parted by several, moved by a merge, hidden with what is hidden."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.support import city
from tests.support.consoles import Console, Session
from tests.support.stack import Shape, Stack

pytestmark = pytest.mark.shapes(Shape.PRODUCTION)

Sit = Callable[..., Console]
SignIn = Callable[..., Session]
Case = dict[str, Any]

BASE = "/api/v1/incidents"
REASON = "主管爆裂，路面封闭"


def report(session: Session, township: city.Township = city.EAST, **facts: Any) -> Case:
    body = {"category": "0105", "code": township.villages[0], "title": "水管爆裂", **facts}
    answer = session.post(BASE, body)
    assert answer.status_code == 201, answer.text
    case: Case = answer.json()
    return case


def link(session: Session, one: Case, other: Case, reason: str | None = None) -> httpx.Response:
    return session.request("PUT", f"{BASE}/{one['id']}/links/{other['id']}", {"reason": reason})


def unlink(session: Session, one: Case, other: Case) -> httpx.Response:
    return session.request("DELETE", f"{BASE}/{one['id']}/links/{other['id']}")


def detail(session: Session, case: Case) -> dict[str, Any]:
    answer = session.get(f"{BASE}/{case['id']}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def linked(session: Session, case: Case) -> set[int]:
    return {row["incident"]["id"] for row in detail(session, case)["links"]}


def told(session: Session, case: Case) -> list[tuple[str, str, str]]:
    """What the history of a case says of its links."""
    return [
        (entry["kind"], entry["detail"]["number"], entry["text"])
        for entry in detail(session, case)["timeline"]
        if entry["kind"] in ("linked", "unlinked")
    ]


def test_two_cases_are_linked_and_parted(stack: Stack, console: Sit, sign_in: SignIn) -> None:
    watching, town = console("city"), sign_in("town")
    burst, road = report(town), report(town, title="道路封闭")
    made = link(town, road, burst, f" {REASON} ")
    assert (made.status_code, made.json()["incidents"]) == (201, [burst["id"], road["id"]])
    (row,) = detail(town, burst)["links"]
    assert (row["incident"], row["reason"], row["may_unlink"]) == (road, REASON, True)
    assert linked(town, road) == {burst["id"]}
    for again in (link(town, burst, road), link(watching.session, road, burst, REASON)):
        assert (again.status_code, again.json()["reason"]) == (200, REASON)
    assert told(town, burst) == [("linked", road["number"], REASON)]
    for reason in ("停水", ""):
        assert link(watching.session, burst, road, reason).json()["reason"] == reason
        assert told(town, road)[-1] == ("linked", burst["number"], reason)
    assert detail(town, road)["timeline"][-1]["detail"]["again"] is True
    # Nobody who has one of the two open is told that it has changed under their hands.
    for case in (burst, road):
        watching.wait_for_event("incident.changed", id=case["id"])
        assert detail(town, case)["incident"]["version"] == case["version"]
    assert detail(sign_in("village"), burst)["links"][0]["may_unlink"] is False
    assert unlink(sign_in("village"), burst, road).status_code == 403
    assert [unlink(town, burst, road).status_code for _ in range(2)] == [204, 204]
    assert (linked(town, burst), linked(town, road)) == (set(), set())
    assert told(town, burst)[-1] == ("unlinked", road["number"], "")
    audited = "SELECT detail FROM audit_auditentry WHERE subject = %s AND action = %s ORDER BY id"
    rows = stack.query(audited, burst["number"], "incident.changed")
    assert [list(detail) for (detail,) in rows] == [["linked"]] * 3 + [["unlinked"]]
    refused = link(town, burst, burst)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "itself")


def test_a_link_to_what_is_out_of_sight_is_nowhere_to_be_seen(
    stack: Stack, console: Sit, sign_in: SignIn
) -> None:
    whole, east, south = sign_in("city"), console("town"), console("town2", web=1)
    burst = report(east.session)
    road = report(south.session, city.SOUTH, title="南边的路")
    for person, one, other in ((east, burst, road), (south, road, burst)):
        for answer in (link(person.session, one, other), link(person.session, other, one),
                       unlink(person.session, one, other)):  # fmt: skip
            assert answer.status_code == 404, answer.text
    before = {key: detail(east.session, burst)[key] for key in ("people", "timeline", "links")}
    assert link(whole, burst, road, REASON).status_code == 201
    assert link(whole, burst, road, f"{REASON}了").status_code == 200
    assert linked(whole, burst) == {road["id"]}
    for _ in range(2):
        east.catch_up(stack.query("SELECT seq FROM feed_feedhead")[0][0])
        shown = detail(east.session, burst)
        assert {key: shown[key] for key in before} == before
        for text in (json.dumps(shown, ensure_ascii=False), east.text()):
            assert road["number"] not in text
            assert REASON not in text
        unlink(whole, road, burst)
    stale = {"version": 99, "target": city.EAST.villages[0]}
    path = f"{BASE}/{burst['id']}/actions/transfer_down"
    assert "link" not in east.session.post(path, stale).json()["detail"]


@pytest.mark.shapes(*Shape)
def test_of_several_who_link_the_same_two_at_once_one_does(stack: Stack, sign_in: SignIn) -> None:
    town = sign_in("town")
    burst, road = report(town), report(town)
    people = [sign_in(name, web=n) for n, name in enumerate(("city", "city2", "town", "both") * 2)]
    with ThreadPoolExecutor(len(people)) as pool:
        pairs = [(burst, road), (road, burst)] * (len(people) // 2)
        answers = list(
            pool.map(
                lambda who, pair: link(who, pair[0], pair[1], REASON), people, pairs, timeout=60
            )
        )
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    both = (burst["id"], road["id"])
    assert stack.count("incidents_link", "one_id = %s AND other_id = %s", *both) == 1
    assert [len(told(town, case)) for case in (burst, road)] == [1, 1]


def merge(session: Session, case: Case, into: Case) -> httpx.Response:
    body = {"version": detail(session, case)["incident"]["version"], "into": into["id"]}
    return session.post(f"{BASE}/{case['id']}/actions/merge", body)


def test_a_merge_takes_the_links_along(console: Sit, sign_in: SignIn) -> None:
    watching, town = console("city"), sign_in("town")
    whole = watching.session
    again, burst, road = report(town), report(town), report(town)
    south = report(sign_in("town2"), city.SOUTH)
    for one, other in ((again, burst), (again, road), (burst, road), (again, south)):
        assert link(whole, one, other, REASON).is_success
    assert merge(town, again, burst).status_code == 200  # who sees nothing of the southern case
    assert linked(whole, burst) == {road["id"], south["id"]}
    assert linked(town, burst) == {road["id"]}
    assert (linked(whole, road), linked(whole, south)) == ({burst["id"]}, {burst["id"]})
    assert linked(whole, again) == set()
    (moved,) = [e for e in detail(whole, south)["timeline"] if e["detail"].get("by_merge")]
    assert (moved["actor"], moved["detail"]["number"]) == (None, burst["number"])
    assert link(whole, road, again).status_code == 409
    watching.wait_for_event("incident.changed", id=south["id"])


@pytest.mark.shapes(*Shape)
def test_linking_and_merging_at_once_leave_no_link_to_what_is_gone(
    stack: Stack, sign_in: SignIn
) -> None:
    one, other = sign_in("city"), sign_in("city2", web=1)
    for turn in range(6):
        first, second, third = (report(one) for _ in range(3))
        # Once the link is older than the merge's neighbours, once younger: both orders of locks.
        case, into, partner = (first, second, third) if turn % 2 else (third, first, second)
        assert link(one, case, into).is_success
        with ThreadPoolExecutor(2) as pool:
            merging = pool.submit(merge, one, case, into)
            linking = pool.submit(link, other, partner, case)
        codes = (merging.result().status_code, linking.result().status_code)
        assert codes in ((200, 201), (200, 409), (409, 201)), codes
        gone = case["id"] if codes[0] == 200 else 0
        assert stack.count("incidents_link", "one_id = %s OR other_id = %s", gone, gone) == 0
        if codes == (200, 201):
            assert linked(one, into) == {partner["id"]}
