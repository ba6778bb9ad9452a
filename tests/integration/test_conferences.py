"""Conferences over the sockets of a running system, with a media node that moves nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from conferencing.engines.messages import SourceKind
from tests.support import city
from tests.support.consoles import Console, Session
from tests.support.engines import FakePeer, NodeProcess, node_process
from tests.support.seats import Bell, Page, SeatClient, socket
from tests.support.stack import Stack
from tests.support.waiting import wait_until

SignIn = Callable[..., Session]
Sit = Callable[..., Console]
P = TypeVar("P", bound=Page)
OFFER = "offer 4 2"
VILLAGE = city.EAST.villages[0]


@pytest.fixture
def node(stack: Stack) -> Iterator[NodeProcess]:
    """The media node of the system."""
    path = Path(stack.environment["DATA_DIR"]) / "run" / "media.sock"
    path.parent.mkdir(exist_ok=True)
    with node_process(path) as process:
        yield process


class Hall:
    """Everybody who takes part in a test's conference; all of them go when it ends."""

    def __init__(self, stack: Stack, sign_in: SignIn) -> None:
        self.stack = stack
        self._sign_in = sign_in
        self._pages: list[Page] = []
        self.people = {
            name: int(pk) for pk, name in stack.query("SELECT id, username FROM accounts_user")
        }

    def ask(self, username: str, method: str, path: str, body: Any = None, web: int = 0) -> Any:
        """A request that must succeed; its answer."""
        answer = self._sign_in(username, web).request(method, f"/api/v1{path}", body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def open(self, username: str = "city", *invited: tuple[str, str], **wanted: Any) -> int:
        """Open a conference; its id."""
        people = [{"user": self.people[name], "code": code} for name, code in invited]
        body = {"title": "演练", "severity": 2, "invite": people, **wanted}
        return int(self.ask(username, "POST", "/conferences", body)["id"])

    def invite(self, username: str, conference: int, *invited: tuple[str, str]) -> Any:
        """Call more people; the answer."""
        people = [{"user": self.people[name], "code": code} for name, code in invited]
        return self._sign_in(username).post(
            f"/api/v1/conferences/{conference}/invitations", {"invite": people}
        )

    def bell(self, username: str, web: int = 0) -> Bell:
        """A page of somebody that would ring."""
        return self._kept(Bell(self._sign_in(username, web)))

    def sit(
        self, username: str, conference: int, web: int = 0, *, offer: str = OFFER, join: bool = True
    ) -> SeatClient:
        """Somebody takes a seat."""
        return self._kept(
            SeatClient(self._sign_in(username, web), conference, offer=offer, join=join)
        )

    def session(self, username: str, web: int = 0) -> Session:
        """Somebody signed in."""
        return self._sign_in(username, web)

    def _kept(self, page: P) -> P:
        self._pages.append(page)
        return page

    def clear(self) -> None:
        """Everybody goes, and what is open ends."""
        for page in self._pages:
            page.close()
        for (pk,) in self.stack.query(
            "SELECT id FROM conferences_conference WHERE ended_at IS NULL"
        ):
            self.stack.do("tests.support.conferencework.end", conference=int(pk))


@pytest.fixture
def hall(stack: Stack, sign_in: SignIn, node: NodeProcess) -> Iterator[Hall]:
    """See `Hall`."""
    hall = Hall(stack, sign_in)
    yield hall
    hall.clear()


def peer(node: NodeProcess, conference: int, seat: int) -> FakePeer:
    """A seat's browser at the node; raises KeyError if it is not there."""
    return node.node.rooms[f"conference-{conference}"][f"seat-{seat}"]


def is_muted(node: NodeProcess, conference: int, seat: int) -> bool:
    """Whether the node drops a seat's microphone."""
    return SourceKind.MICROPHONE in peer(node, conference, seat).muted


def test_a_sub_room_is_kept_apart_and_its_moderator_brought_up(
    hall: Hall, node: NodeProcess
) -> None:
    conference = hall.open("city", ("town", city.EAST.code), ("village", VILLAGE))
    chair = hall.sit("city", conference)
    town, village = hall.sit("town", conference, web=1), hall.sit("village", conference)
    for one in (chair, town, village):
        one.wait("answer")

    def groups() -> dict[str, tuple[str, list[str]]]:
        """As the node has it: whom each seat hears and reaches."""
        told = node.node.audiences[f"conference-{conference}"]
        return {name: (one.hears, one.reaches) for name, one in told.peers.items()}

    east = city.EAST.code
    assert village.act("open_sub_room", code=east)["code"] == "not_allowed"
    assert town.act("open_sub_room", code=east)["type"] == "done"
    wait_until(
        lambda: groups() == {"seat-2": (east, [east]), "seat-3": (east, [east])},
        what="the node to keep the sub-room apart",
    )
    chair.wait_seat(3, room=east)
    village.wait("state", perceives=[2])
    assert chair.state["perceives"] == []
    chair.act("bring_up", seat=2)
    wait_until(
        lambda: groups()["seat-2"] == ("whole", [east, "whole"]),
        what="the moderator to be heard in both",
    )
    chair.wait_seat(2, raised=True)
    town.act("send_back", seat=2)
    chair.act("close_sub_room", code=None)
    wait_until(lambda: groups() == {}, what="all to be together again")


def test_three_levels_from_the_call_to_the_end(hall: Hall, node: NodeProcess, console: Sit) -> None:
    watching = console("city2", web=1)
    bells = {name: hall.bell(name, web) for name, web in (("town", 1), ("village", 0))}
    about = {"kind": "alarm", "id": "7", "label": "烟雾", "code": VILLAGE}
    conference = hall.open(
        "city", ("town", city.EAST.code), ("village", VILLAGE), about=about, title=""
    )
    ringing = bells["village"].wait_item(conference, presence="ringing")
    assert (ringing["title"], ringing["called_by"]) == ("烟雾", "city者")
    watching.wait_for_event("conference.changed", id=conference)

    chair = hall.sit("city", conference)
    town = hall.sit("town", conference, web=1)
    village = hall.sit("village", conference)
    bells["village"].wait_item(conference, presence="joined")
    roles = {one.seat: one.state["role"] for one in (chair, town, village)}
    assert roles == {1: "chair", 2: "moderator", 3: "participant"}
    assert town.state["rules"] == [3]
    for one in (chair, town, village):
        one.wait("answer")
        chair.wait_seat(one.seat, presence="joined")
    wait_until(lambda: is_muted(node, conference, 3), what="the village to be silent without floor")
    assert not is_muted(node, conference, 1)

    village.must("hand", up=True)
    town.wait_seat(3)
    wait_until(lambda: chair.seen(3).get("hand_at"), what="the hand to be seen")
    town.must("grant_floor", seat=3)
    village.wait("state", may_speak=True)
    wait_until(lambda: not is_muted(node, conference, 3), what="the village to be heard")
    chair.must("mute", seat=3)
    wait_until(lambda: is_muted(node, conference, 3), what="the village to be muted at the node")
    assert village.act("microphone", on=True)["code"] == "muted"
    assert town.act("permit_microphone", seat=3)["code"] == "not_ruled"
    assert town.act("mute", seat=1)["code"] == "not_ruled"

    chair.must("start_roll_call")
    wait_until(lambda: village.state["conference"]["roll_call"], what="the roll to be called")
    village.must("answer_roll_call")
    chair.must("close_roll_call")
    (record,) = hall.ask("city", "GET", f"/conferences/{conference}")["roll_calls"]
    assert {line["seat"]: line["attendance"] for line in record["lines"]} == {
        2: "absent",
        3: "present",
    }
    village.must("say", text="水位正常")
    told = town.wait("messages", messages=[{**hall_message(town), "text": "水位正常"}])
    assert told["messages"][0]["seat"] == 3

    chair.must("end")
    for one in (chair, town, village):
        one.wait("ended", reason="ended")
        assert one.wait_closed() == (4410, "ended")
    bells["village"].wait_gone(conference)
    wait_until(lambda: f"conference-{conference}" not in node.node.rooms, what="the room to close")
    wait_until(
        lambda: conference not in watching.shown()["conferences"], what="it to leave the console"
    )
    minutes = hall.ask("city", "GET", f"/conferences/{conference}")["minutes"]
    assert [line["what"] for line in minutes if line["seat"] == 3] == [
        "invited", "joined", "floor_granted", "muted",
    ]  # fmt: skip
    assert minutes[-1]["what"] == "ended"


def hall_message(seat: SeatClient) -> dict[str, Any]:
    """The newest message that a seat has received, without its text."""
    message = wait_until(
        lambda: next(
            (f["messages"][-1] for f in reversed(seat.of("messages")) if f["messages"]), {}
        ),
        what="a message",
    )
    return {key: value for key, value in message.items() if key != "text"}


def test_slots_follow_who_sends_and_who_speaks(hall: Hall, node: NodeProcess) -> None:
    conference = hall.open("city", ("town", city.EAST.code), ("village", VILLAGE))
    chair, town = hall.sit("city", conference), hall.sit("town", conference, web=1)
    village = hall.sit("village", conference, web=1)
    for one in (chair, town, village):
        one.wait("answer")
    room = f"conference-{conference}"
    for seat in (1, 2, 3):
        node.happen(lambda seat=seat: node.node.send(room, f"seat-{seat}", SourceKind.CAMERA))  # type: ignore[misc]  # bound at once
    chair.send("view", layout="grid", cells=9, tiles=[{"seat": 3, "height": 240}])
    wait_until(lambda: shown_to(chair) == {3}, what="the village alone, the chair sees no more")
    wanted = peer(node, conference, 1).slots
    assert wanted is not None
    assert [(one.peer, one.height) for one in wanted.video] == [("seat-3", 240)]
    chair.send("view", layout="speaker", main_height=720, cells=0)
    node.happen(lambda: node.node.speak(room, "seat-2"))
    wait_until(lambda: (chair.last("slots").get("main") or {}).get("seat") == 2, what="the speaker")
    assert chair.wait("speaking", seats=[2])
    node.happen(lambda: node.node.send(room, "seat-3", SourceKind.CAMERA, SourceKind.SCREEN))
    wait_until(
        lambda: (chair.last("slots").get("main") or {}).get("source") == "screen", what="the screen"
    )
    assert 3 not in shown_to(village), "one's own picture"


def shown_to(seat: SeatClient) -> set[int]:
    """The seats in somebody's slots."""
    return {slot["seat"] for slot in seat.last("slots").get("video", []) if slot["seat"]}


def test_of_two_chairs_with_the_same_version_one_is_first(hall: Hall) -> None:
    conference = hall.open("city", ("city2", city.CITY), ("village", VILLAGE))
    chairs = [hall.sit("city", conference), hall.sit("city2", conference, web=1)]
    village = hall.sit("village", conference)
    for one in chairs:
        one.wait_seat(village.seat, presence="joined")
    version = max(one.state["version"] for one in chairs)
    for one in chairs:
        wait_until(lambda one=one: one.state["version"] == version, what="the same state")  # type: ignore[misc]  # bound at once
    answers: list[dict[str, Any]] = []
    start = threading.Barrier(2)

    def rule(chair: SeatClient, floor: str) -> None:
        start.wait()
        answers.append(chair.act("set_rules", floor=floor, version=version))

    threads = [
        threading.Thread(target=rule, args=(chair, floor))
        for chair, floor in zip(chairs, ("open", "single"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer["type"] for answer in answers) == ["done", "problem"], answers
    assert next(a for a in answers if a["type"] == "problem")["code"] == "stale"


def test_a_broken_socket_keeps_the_seat_and_a_second_page_takes_it_over(
    hall: Hall, node: NodeProcess
) -> None:
    conference = hall.open("city", ("village", VILLAGE))
    chair = hall.sit("city", conference)
    village = hall.sit("village", conference)
    village.wait("answer")
    village.must("hand", up=True)
    chair.must("grant_floor", seat=2)
    village.close()
    chair.wait_seat(2, presence="away", floor=True)
    back = hall.sit("village", conference, web=1)
    chair.wait_seat(2, presence="joined", floor=True)
    assert back.seat == 2
    back.wait("answer")
    second = hall.sit("village", conference, offer=f"{OFFER} another")
    second.wait("answer")
    back.wait("ended", reason="taken_over")
    assert back.wait_closed() == (4410, "ended")
    assert peer(node, conference, 2).key == "another"
    assert chair.seen(2)["presence"] == "joined"
    second.send("leave")
    second.wait("ended", reason="left")
    chair.wait_seat(2, presence="left", floor=False)


def test_a_killed_node_is_survived(hall: Hall, node: NodeProcess) -> None:
    conference = hall.open("city", ("village", VILLAGE))
    chair, village = hall.sit("city", conference), hall.sit("village", conference, web=1)
    for one in (chair, village):
        one.wait("answer")
    chair.must("mute", seat=2)
    wait_until(lambda: is_muted(node, conference, 2), what="the village to be muted")
    chair.must("start_recording")
    room = f"conference-{conference}"
    first = wait_until(lambda: node.node.recording.get(room), what="the recording")
    wait_until(lambda: village.last("state")["conference"]["recording"], what="the badge")
    boot = node.node.boot
    node.kill()
    chair.wait("problem", code="media_unavailable", id=None)
    node.start()
    assert node.node.boot != boot
    for one in (chair, village):
        one.wait("rejoin", reason="media_moved")
        one.wait("answer", sdp=f"answer of {node.node.boot}")
    wait_until(lambda: is_muted(node, conference, 2), what="the village to be muted again")
    assert village.seen(2)["presence"] == "joined"
    # The recording goes on as a further part of the same, begun once by whichever process was first.
    second = wait_until(lambda: node.node.recording.get(room), what="the recording's next part")
    assert first != second
    assert first.rpartition(".e")[0] == second.rpartition(".e")[0]
    assert node.node.recorded == [first, second]
    chair.must("stop_recording")
    wait_until(lambda: room not in node.node.recording, what="the recording's end")
    node.happen(lambda: node.node.fall_silent(f"conference-{conference}", "seat-2"))
    village.wait("rejoin", reason="media_lost")


def test_the_node_says_no(hall: Hall, node: NodeProcess) -> None:
    conference = hall.open("city")
    chair = hall.sit("city", conference, offer="nonsense")
    chair.wait("problem", code="bad_offer", id=None)
    node.node.full = True
    chair.send("offer", sdp=OFFER)
    chair.wait("problem", code="node_full")
    node.node.full = False
    chair.send("offer", sdp=OFFER)
    chair.wait("answer")
    node.node.records = False
    chair.must("start_recording")
    wait_until(
        lambda: chair.last("state")["recording_trouble"] == "cannot_record",
        what="the trouble to be told",
    )
    assert chair.last("state")["conference"]["recording"] is None


def test_what_does_not_belong_to_one_does_not_exist(hall: Hall) -> None:
    conference = hall.open("town", ("village", VILLAGE))
    path = f"/api/v1/conferences/{conference}"
    for outsider in ("town2", "patrol"):
        session = hall.session(outsider)
        assert session.get(path).status_code == 404
        act = {"command": {"type": "hand", "up": True}}
        assert session.post(f"{path}/act", act).status_code == 404
        page = hall.sit(outsider, conference)
        assert page.wait_closed() == (4404, "not_found")
        assert [frame["type"] for frame in page.frames if frame["type"] != "heartbeat"] == []
    listed = hall.ask("town2", "GET", "/conferences")["items"]
    assert conference not in [item["id"] for item in listed]
    assert (
        hall.session("auditor").get(path).status_code == 200
    )  # of the whole city, and to look only
    assert hall.sit("auditor", conference).wait_closed() == (4403, "forbidden")
    assert hall.ask("village", "GET", f"/conferences/{conference}")["you"] == 2
    entered = hall.sit("city", conference)
    assert entered.state["role"] == "chair"
    assert hall.invite("town", conference, ("town2", city.SOUTH.code)).status_code == 403


def test_declining_recalling_and_ringing_again(hall: Hall) -> None:
    bell = hall.bell("village")
    conference = hall.open("city", ("village", VILLAGE))
    bell.wait_item(conference, presence="ringing")
    chair = hall.sit("city", conference)
    decline = {"command": {"type": "decline"}}
    hall.ask("village", "POST", f"/conferences/{conference}/act", decline)
    bell.wait_gone(conference)
    chair.wait_seat(2, presence="declined")
    chair.must("ring_again", seat=2)
    bell.wait_item(conference, presence="ringing")
    chair.must("recall", seat=2)
    bell.wait_gone(conference)
    assert hall.session("village").get(f"/api/v1/conferences/{conference}").status_code == 404


def test_a_graver_conference_calls_away(hall: Hall) -> None:
    bell = hall.bell("village")
    lesser = hall.open("town", ("village", VILLAGE), severity=4)
    town, village = hall.sit("town", lesser), hall.sit("village", lesser)
    town.wait_seat(2, presence="joined")
    graver = hall.open("city", ("village", VILLAGE), severity=1)
    assert bell.wait_item(graver, presence="ringing")["preempts"]["id"] == lesser
    hall.sit("village", graver, web=1)
    village.wait("ended", reason="called_away", to=graver)
    town.wait_seat(2, presence="left")
    notes = hall.ask("town", "GET", f"/conferences/{lesser}")["minutes"]
    assert notes[-1]["what"] == "called_away"


def test_a_removed_seat_is_put_off_the_node_too(hall: Hall, node: NodeProcess) -> None:
    conference = hall.open("city", ("village", VILLAGE))
    chair, village = hall.sit("city", conference), hall.sit("village", conference, web=1)
    village.wait("answer")
    chair.must("remove", seat=2)
    village.wait("ended", reason="removed")
    wait_until(
        lambda: "seat-2" not in node.node.rooms[f"conference-{conference}"], what="the peer to go"
    )
    assert hall.sit("village", conference).wait_closed() == (4404, "not_found")


def test_whom_to_call_about_a_place(hall: Hall) -> None:
    hall.bell("village")
    hall.ask("village", "PUT", "/me/conference-consent", {"automatic": True})
    wait_until(lambda: person(hall, "village")["online"], what="the village to be online")
    assert person(hall, "village")["automatic"]
    assert person(hall, "town")["busy"] is None
    proposal = hall.ask("city", "GET", f"/conferences/proposal?code={VILLAGE}")
    proposed = [place["code"] for place in proposal["chain"] if place["proposed"]]
    assert proposed == [VILLAGE, city.EAST.code, city.CITY]
    bell = hall.bell("village", web=1)
    conference = hall.open("city", ("village", VILLAGE), automatic=True)
    assert bell.wait_item(conference, presence="ringing")["automatic"]
    hall.ask("village", "PUT", "/me/conference-consent", {"automatic": False})
    for outsider in ("town2", "village"):
        answer = hall.session(outsider).get("/api/v1/conferences/proposal", code=VILLAGE)
        assert answer.status_code in (403, 404)


def person(hall: Hall, username: str) -> dict[str, Any]:
    """What the proposal says of somebody."""
    proposal = hall.ask("city", "GET", f"/conferences/proposal?code={VILLAGE}")
    people = [one for place in proposal["chain"] for one in place["people"]]
    found: dict[str, Any] = next(p for p in people if p["user"] == hall.people[username])
    return found


def test_nobody_answers_and_the_worker_says_so(hall: Hall) -> None:
    conference = hall.open("city", ("village", VILLAGE))
    chair = hall.sit("city", conference)
    hall.stack.do("tests.support.conferencework.age", conference=conference, seconds=46)
    chair.wait_seat(2, presence="no_answer")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"type":"join","more":1}',
        '{"type":"act","id":1,"command":{"type":"x"}}',
        "x" * 200_000,
    ],
    ids=["nothing", "list", "broken", "more", "unknown", "too long"],
)
def test_what_is_no_frame_closes_the_socket(hall: Hall, text: str) -> None:
    conference = hall.open("city")
    page = hall.sit("city", conference, join=False)
    page.send_text(text)
    assert page.wait_closed() == (4400, "bad_message")


def test_who_may_not_have_such_a_socket(hall: Hall, sign_in: SignIn) -> None:
    conference = hall.open("city")
    for username, code in ((None, 4401), ("admin", 4403)):
        for path in (f"/ws/conference/{conference}", "/ws/invitations"):
            page = Page(sign_in(username), path)
            assert page.wait_closed()[0] == code
            page.close()
    with pytest.raises(Exception, match="403"):
        socket(hall.session("city"), "/ws/invitations", origin="http://evil.example")
    chair = hall.sit("city", conference)
    for number in range(70):
        chair.send("act", id=number, command={"type": "hand", "up": True})
    assert chair.wait_closed() == (4429, "too_many_messages")
