"""A guest's link: for one browser, one conference, and nothing beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support import city
from tests.support.consoles import Session
from tests.support.seats import Page, SeatClient
from tests.support.stack import Stack

SignIn = Callable[..., Session]
API = "/api/v1"
OPEN_TO_ALL = {"/session", "/guest", "/guest/look"}


class Meeting:
    """A conference of the city with its chair in it, and browsers of strangers."""

    def __init__(self, stack: Stack, sign_in: SignIn) -> None:
        self.city = sign_in("city")
        self._base = self.city.base
        body = {"title": "防汛会商", "severity": 2}
        self.id = int(self.city.post(f"{API}/conferences", body).json()["id"])
        self.chair = SeatClient(self.city, self.id)
        self._open: list[Page] = [self.chair]
        self._browsers: list[Session] = []

    def link(self, **wanted: Any) -> dict[str, Any]:
        """A link that the chair makes."""
        path = f"{API}/conferences/{self.id}/guest-links"
        answer = self.city.post(path, {"label": "水利专家", **wanted})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def revoke(self, link: dict[str, Any]) -> int:
        """Take a link back; the status."""
        path = f"{API}/conferences/{self.id}/guest-links/{link['link']['id']}"
        return self.city.request("DELETE", path).status_code

    def browser(self) -> Session:
        """A browser that nobody is signed in at."""
        browser = Session(self._base, None)
        self._browsers.append(browser)
        return browser

    def use(self, browser: Session, link: dict[str, Any]) -> str:
        """Use a link; "" or why not."""
        answer = browser.post(f"{API}/guest", {"token": link["token"]})
        return "" if answer.is_success else str(answer.json()["errors"][0]["code"])

    def sit(self, browser: Session) -> SeatClient:
        """A guest's seat."""
        seat = SeatClient(browser, None)
        self._open.append(seat)
        return seat

    def refused(self, browser: Session, path: str) -> int:
        """The code with which a socket is closed before anything was said."""
        page = Page(browser, path)
        self._open.append(page)
        code, _reason = page.wait_closed()
        assert page.frames == []
        return code

    def end(self) -> None:
        """End it for everybody."""
        self.city.post(f"{API}/conferences/{self.id}/act", {"command": {"type": "end"}})
        for page in self._open:
            page.close()
        for browser in self._browsers:
            browser.http.close()


@pytest.fixture
def meeting(stack: Stack, sign_in: SignIn) -> Iterator[Meeting]:
    """See `Meeting`."""
    meeting = Meeting(stack, sign_in)
    yield meeting
    meeting.end()


def test_from_the_link_through_the_lobby_and_out_again(meeting: Meeting) -> None:
    link, guest = meeting.link(), meeting.browser()
    seen = guest.post(f"{API}/guest/look", {"token": link["token"]}).json()
    assert (seen["title"], seen["label"], seen["used"]) == ("防汛会商", "水利专家", False)
    assert meeting.use(guest, link) == ""
    other = meeting.browser()
    assert meeting.use(other, link) == "used"
    assert meeting.use(guest, link) == ""  # a reload

    seat = meeting.sit(guest)
    meeting.chair.wait_seat(seat.seat, presence="waiting", kind="guest", name="水利专家", place="")
    assert [one["number"] for one in seat.state["conference"]["seats"]] == [seat.seat]
    meeting.chair.act("admit", seat=seat.seat)
    seat.wait_seat(1, presence="joined")
    assert (seat.state["role"], seat.state["may"], seat.state["rules"]) == ("participant", [], [])
    assert seat.act("hand", up=True)["type"] == "done"
    assert seat.act("mute", seat=1)["code"] == "not_allowed"

    seat.close()  # a network that breaks: the seat is kept
    meeting.chair.wait_seat(seat.seat, presence="away")
    back = meeting.sit(guest)
    meeting.chair.wait_seat(back.seat, presence="joined")
    assert back.seat == seat.seat

    assert meeting.revoke(link) == 204
    assert back.wait("ended")["reason"] == "removed"
    assert meeting.use(guest, link) == "revoked"
    assert meeting.refused(guest, "/ws/guest") == 4401


def test_what_leads_nowhere(meeting: Meeting, stack: Stack, sign_in: SignIn) -> None:
    direct = meeting.link(lobby=False, label="法律顾问")
    guest = meeting.browser()
    assert meeting.use(guest, direct) == ""
    assert meeting.sit(guest).state["conference"]["title"] == "防汛会商"
    assert meeting.use(meeting.browser(), {"token": "x" * 32}) == "unknown"
    late = meeting.link()
    stack.do("tests.support.conferencework.expire", link=late["link"]["id"])
    assert meeting.use(meeting.browser(), late) == "expired"
    assert not stack.count("conferences_guestlink", "token = %s", late["token"])
    path = f"{API}/conferences/{meeting.id}/guest-links"
    assert sign_in("city2").post(path, {"label": "x"}).status_code == 403  # not in it
    assert sign_in("town").post(path, {"label": "x"}).status_code == 404
    meeting.chair.act("end")
    assert meeting.use(meeting.browser(), direct) == "over"
    for action in ("conference.guest_invited", "conference.guest_entered"):
        assert stack.count("audit_auditentry", "action = %s", action)


def test_a_guest_reaches_nothing_else(meeting: Meeting) -> None:
    guest = meeting.browser()
    assert meeting.use(guest, meeting.link(lobby=False)) == ""
    assert meeting.sit(guest).wait("state")
    assert "sessionid" not in guest.cookies
    schema = guest.get(f"{API}/openapi.json").json()
    for path, operations in schema["paths"].items():
        route = path.removeprefix(API)
        if route in OPEN_TO_ALL or route.startswith("/external/"):
            continue
        for method in operations:
            concrete = re.sub(r"\{\w+\}", str(meeting.id), path)
            answer = guest.request(method.upper(), concrete, None if method == "get" else {})
            assert answer.status_code in (401, 403, 404), f"{method} {path}: {answer.status_code}"
            assert "防汛会商" not in answer.text
    for socket in ("/ws/console", f"/ws/conference/{meeting.id}", "/ws/invitations"):
        assert meeting.refused(guest, socket) == 4401, socket
    assert guest.get(f"{API}/guest").json()["conference"] == meeting.id
    assert city.CITY not in guest.get("/guest/").text
