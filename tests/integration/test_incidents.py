"""Cases at the hands of people: the closed loop over REST, together and against one another."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.support import city
from tests.support.consoles import Console, Session, Upload
from tests.support.devices import DeviceClient
from tests.support.photos import SECRET, photo
from tests.support.stack import Shape, Stack
from tests.support.waiting import wait_until

pytestmark = pytest.mark.shapes(Shape.PRODUCTION)

Sit = Callable[..., Console]
SwitchOn = Callable[..., DeviceClient]
SignIn = Callable[..., Session]

BASE = "/api/v1/incidents"
VILLAGE = city.EAST.villages[0]
CRASH = {"category": "0105", "code": VILLAGE, "title": "路口事故"}  # runs around the clock
DISPATCHERS = 50
WEEK = 7 * 24 * 60
CASEWORK = "tests.support.casework"


def ok(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()


def refused(answer: httpx.Response, status: int, code: str) -> str:
    """The reason that a problem gives."""
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), answer.text
    return str(body["detail"])


def report(session: Session, **facts: Any) -> dict[str, Any]:
    case: dict[str, Any] = ok(session.post(BASE, {**CRASH, **facts}))
    return case


def act(session: Session, case: dict[str, Any], action: str, **words: Any) -> httpx.Response:
    """One transition, at the version at which the case was seen."""
    body = {"version": case["version"], **words}
    return session.post(f"{BASE}/{case['id']}/actions/{action}", body)


def detail(session: Session, case: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = ok(session.get(f"{BASE}/{case['id']}"))
    return found


def kinds(session: Session, case: dict[str, Any]) -> list[str]:
    return [entry["kind"] for entry in detail(session, case)["timeline"]]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def later(**span: float) -> str:
    return (datetime.now(UTC) + timedelta(**span)).isoformat()


# -- the closed loop -------------------------------------------------------------------------------


def test_an_alarm_becomes_a_case_on_every_console(console: Sit, device: SwitchOn) -> None:
    one, other, elsewhere = console("city", web=0), console("town", web=1), console("town2")
    lane = device("fire_lane", lane_hold_s=1)
    lane.report("occupied", {"occupied": True})
    alarm = one.wait_for_alarm(lane.facts.id, "lane_blocked")
    case = ok(one.session.post(f"{BASE}/from-alarms", {"alarms": [alarm["id"]]}))
    assert (case["category"], case["severity"], case["source"]) == ("0101", 2, "alarm")
    assert (case["code"], case["owner"], case["stage"]) == (VILLAGE, city.CITY, "accepted")
    assert case["alarms"] == [alarm["id"]]
    for watching in (one, other):
        assert watching.wait_for_event("incident.changed", id=case["id"])["data"] == case
    assert kinds(one.session, case) == ["report", "alarm_linked"]
    again = other.session.post(f"{BASE}/from-alarms", {"alarms": [alarm["id"]]})
    assert case["number"] in refused(again, 409, "conflict")
    assert ok(one.session.get(BASE, alarm=alarm["id"]))["items"] == [case]
    elsewhere.catch_up(one.seq)
    assert case["id"] not in elsewhere.shown()["incidents"]


def test_the_whole_life_of_a_case(stack: Stack, console: Sit, sign_in: SignIn) -> None:
    village, town, watching = sign_in("village"), sign_in("town"), console("city")
    case = report(village, category="0302", source="village", description="三天未清运")
    assert (case["stage"], case["owner"]) == ("reported", city.EAST.code)
    assert "accept" not in [a["action"] for a in detail(village, case)["actions"]]
    case = ok(act(town, case, "accept"))
    assert ok(village.post(f"{BASE}/{case['id']}/comments", {"text": " 车已到村口 "}))
    assert detail(town, case)["timeline"][-1]["text"] == "车已到村口"
    photo_path = f"{BASE}/{case['id']}/attachments"
    ok(village.request("POST", photo_path, Upload(photo())))  # of before anybody was sent
    sent = {"incident": case["id"], "username": "patrol"}
    stack.do(f"{CASEWORK}.send", **sent, dispatcher="town")
    with pytest.raises(AssertionError, match="photo"):  # this category asks for one
        stack.do(f"{CASEWORK}.come_back", **sent, feedback="已清运")
    patrol = sign_in("patrol")
    assert ok(patrol.request("POST", photo_path, Upload(photo(shade=30))))
    stack.do(f"{CASEWORK}.come_back", **sent, feedback="已清运")
    case = detail(town, case)["incident"]
    assert case["stage"] == "handled"
    case = ok(act(town, case, "return", text="路边还有"))
    assert (case["stage"], case["returned"]) == ("in_progress", 1)
    ok(patrol.request("POST", photo_path, Upload(photo(shade=60))))
    stack.do(f"{CASEWORK}.come_back", **sent, feedback="清完")
    case = detail(town, case)["incident"]
    case = ok(act(town, case, "verify"))
    assert "score" in str(refused(act(town, case, "close"), 422, "validation_error"))
    case = ok(act(town, case, "close", score=4, text="及时"))
    assert (case["stage"], case["score"], case["due_at"]) == ("closed", 4, None)
    assert case["closed_at"]
    case = ok(act(watching.session, case, "archive"))
    wait_until(lambda: case["id"] not in watching.shown()["incidents"], what="its leaving")
    shown = detail(watching.session, case)
    assert [e["kind"] for e in shown["timeline"] if e["kind"] != "attached"] == [
        "report", "accept", "comment", "dispatch", "start", "handle", "return", "handle",
        "verify", "close", "archive",
    ]  # fmt: skip
    assert [one["action"] for one in shown["actions"]] == ["reopen"]
    refused(village.post(f"{BASE}/{case['id']}/comments", {"text": "还有"}), 409, "conflict")
    found = ok(town.get(BASE, text=case["number"], stage="archived"))["items"]
    assert [one["id"] for one in found] == [case["id"]]
    refused(act(town, case, "reopen", text="又有了"), 403, "forbidden")
    back = ok(act(watching.session, case, "reopen", text="又有了"))
    assert (back["stage"], back["reopened"], back["score"]) == ("accepted", 1, None)
    watching.wait_for_event("incident.changed", id=case["id"], version=back["version"])
    assert watching.shown()["incidents"][case["id"]] == back
    parts = {person["part"] for person in shown["people"]}
    assert parts == {"reporter", "officer", "handler"}


def test_the_handler_does_not_verify(stack: Stack, sign_in: SignIn) -> None:
    both, town = sign_in("both"), sign_in("town")
    case = report(town)
    stack.do(f"{CASEWORK}.send", incident=case["id"], username="both", dispatcher="town")
    stack.do(f"{CASEWORK}.come_back", incident=case["id"], username="both", feedback="办了")
    case = detail(both, case)["incident"]
    answer = act(both, case, "verify")
    refused(answer, 403, "forbidden")
    assert answer.json()["errors"][0]["code"] == "handler_cannot_verify"
    case = ok(act(town, case, "verify"))
    answer = act(both, case, "close", score=5)
    refused(answer, 403, "forbidden")
    assert answer.json()["errors"][0]["code"] == "handler_cannot_evaluate"
    assert ok(act(town, case, "close", score=4))["stage"] == "closed"


def test_a_transfer_sideways_takes_the_case_out_of_sight(console: Sit) -> None:
    east, south, whole = console("town"), console("town2", web=1), console("city")
    case = report(east.session)
    east.wait_for_event("incident.changed", id=case["id"])
    refused(act(east.session, case, "transfer_sideways", target=city.SOUTH.code), 422,
            "validation_error")  # fmt: skip
    moved = ok(act(east.session, case, "transfer_sideways", target=city.SOUTH.code, text="在你处"))
    assert (moved["code"], moved["owner"], moved["stage"]) == (
        city.SOUTH.code, city.SOUTH.code, "reported",
    )  # fmt: skip
    east.wait_for_event("incident.removed", id=case["id"])
    south.wait_for_event("incident.changed", id=case["id"])
    whole.wait_for_event("incident.changed", id=case["id"], version=moved["version"])
    assert whole.shown()["incidents"][case["id"]] == moved
    assert case["id"] not in east.shown()["incidents"]
    refused(act(east.session, moved, "accept"), 404, "not_found")
    assert ok(act(south.session, moved, "accept"))["stage"] == "accepted"


def test_responsibility_goes_up_and_down(sign_in: SignIn) -> None:
    town, whole = sign_in("town"), sign_in("city")
    case = ok(act(town, report(town), "transfer_up", text="超出权限"))
    assert (case["owner"], case["code"]) == (city.CITY, VILLAGE)
    assert [a["action"] for a in detail(town, case)["actions"]] == []
    refused(act(town, case, "accept"), 403, "forbidden")
    bad = act(whole, case, "transfer_down", target=f"{city.CITY}999")
    refused(bad, 422, "validation_error")
    case = ok(act(whole, case, "transfer_down", target=VILLAGE))
    assert (case["owner"], case["code"]) == (VILLAGE, VILLAGE)
    refused(act(whole, case, "transfer_up", text="x"), 403, "forbidden")
    assert ok(act(sign_in("village"), case, "accept"))["stage"] == "accepted"


# -- together and against one another --------------------------------------------------------------


def test_the_second_is_told_what_happened(sign_in: SignIn) -> None:
    one, other = sign_in("city"), sign_in("city2", web=1)
    case = report(one)
    ok(act(one, case, "transfer_down", target=city.EAST.code))
    reason = refused(act(other, case, "transfer_down", target=city.SOUTH.code), 409, "conflict")
    assert "city者" in reason
    assert "transfer_down" in reason
    unseen = act(other, {**case, "version": None}, "verify")
    assert "version" in refused(unseen, 422, "validation_error")


@pytest.mark.shapes(*Shape)
def test_of_fifty_dispatchers_one_wins(stack: Stack, sign_in: SignIn, console: Sit) -> None:
    watching = console("city")
    keys = stack.do(f"{CASEWORK}.crew", count=DISPATCHERS, code=city.CITY)
    sessions = [sign_in(None, web=number) for number in range(DISPATCHERS)]
    for session, key in zip(sessions, keys, strict=True):
        session.enter(key)
    case = report(sessions[0])
    answers = _at_once(
        [
            lambda s=session: act(s, case, "transfer_down", target=city.EAST.code)  # type: ignore[misc]
            for session in sessions
        ]
    )
    by_status = {answer.status_code: answer for answer in answers}
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * (DISPATCHERS - 1)
    winner = by_status[200].json()
    assert winner["version"] == case["version"] + 1
    shown = detail(sessions[0], case)
    assert shown["incident"] == winner
    moves = [entry for entry in shown["timeline"] if entry["kind"] == "transfer_down"]
    assert len(moves) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert moves[0]["actor"] in refused(answer, 409, "conflict")
    watching.wait_for_event("incident.changed", id=case["id"], version=winner["version"])
    changes = [event for event in watching.events if event["kind"].startswith("incident.")]
    versions = [e["data"]["version"] for e in changes if e["data"]["id"] == case["id"]]
    assert versions == [1, 2]


@pytest.mark.shapes(*Shape)
def test_of_many_who_reach_for_one_alarm_one_has_it(
    console: Sit, device: SwitchOn, sign_in: SignIn
) -> None:
    watching, gate = console("city"), device("face_gate")
    gate.report("forced_open")
    alarm = watching.wait_for_alarm(gate.facts.id, "forced_open")
    sessions = [
        sign_in(name, web=n) for n, name in enumerate(("city", "city2", "town", "both") * 2)
    ]
    body = {"alarms": [alarm["id"]]}
    answers = _at_once(
        [lambda s=s: s.post(f"{BASE}/from-alarms", body) for s in sessions]  # type: ignore[misc]
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert len(ok(watching.session.get(BASE, alarm=alarm["id"]))["items"]) == 1


def test_numbers_have_no_gap(stack: Stack, sign_in: SignIn) -> None:
    sessions = [sign_in(name, web=n) for n, name in enumerate(("city", "city2", "town", "village"))]
    broken = {"description": "\x00"} if stack.shape is Shape.PRODUCTION else {"category": "9999"}

    def several(session: Session) -> list[int]:
        bodies = [CRASH, {**CRASH, **broken}] * 5
        return [session.post(BASE, body).status_code for body in bodies]

    told = _at_once([lambda s=s: several(s) for s in sessions])  # type: ignore[misc]
    assert told == [[201, 422] * 5] * len(sessions)
    numbers: dict[str, list[int]] = {}
    for (number,) in stack.query("SELECT number FROM incidents_incident ORDER BY number"):
        day, _, count = number.partition("-")
        numbers.setdefault(day, []).append(int(count))
    for counts in numbers.values():
        assert counts == list(range(1, len(counts) + 1))


def _at_once(deeds: list[Callable[[], Any]]) -> list[Any]:
    """Do all of it on a thread each, none before all are there."""
    barrier = threading.Barrier(len(deeds))
    answers: list[Any] = [None] * len(deeds)

    def run(index: int) -> None:
        barrier.wait(30)
        answers[index] = deeds[index]()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


# -- who called ------------------------------------------------------------------------------------


def test_the_caller_is_seen_only_by_who_may_and_each_look_is_on_record(
    stack: Stack, console: Sit, sign_in: SignIn
) -> None:
    watching = console("city")
    caller = {
        "name": "来电人甲",
        "phone": "0951-400 1234",
        "address": "东关 1 号",
        "callback": True,
    }
    case = report(sign_in("village"), source="hotline", caller=caller)
    looks = ("subject = %s AND action = 'caller.seen'", case["number"])
    for name in ("village", "auditor", "patrol", "town2", "nobody"):
        session = sign_in(name)
        assert session.get(f"{BASE}/{case['id']}/caller").status_code in (403, 404), name
        assert "来电人甲" not in session.get(f"{BASE}/{case['id']}").text
    assert stack.count("audit_auditentry", *looks) == 0
    assert detail(sign_in("village"), case)["may"]["see_caller"] is False
    town = sign_in("town")
    shown = detail(town, case)
    assert (shown["has_caller"], shown["may"]["see_caller"]) == (True, True)
    assert "来电人甲" not in str(shown)
    assert ok(town.get(f"{BASE}/{case['id']}/caller")) == caller
    assert stack.count("audit_auditentry", *looks) == 1
    watching.wait_for_event("incident.changed", id=case["id"])
    assert "来电人甲" not in watching.text()
    kept = stack.query("SELECT detail FROM audit_auditentry WHERE subject = %s", case["number"])
    assert "来电人甲" not in str(kept)


# -- merging ---------------------------------------------------------------------------------------


def test_merging_keeps_both_histories(console: Sit, device: SwitchOn) -> None:
    watching, gate = console("city"), device("face_gate")
    gate.report("forced_open")
    alarm = watching.wait_for_alarm(gate.facts.id, "forced_open")
    town = watching.session
    first = report(town, title="先报")
    second = ok(town.post(f"{BASE}/from-alarms", {"alarms": [alarm["id"]]}))
    ok(town.post(f"{BASE}/{second['id']}/comments", {"text": "有人看见"}))
    likely = ok(town.get(f"{BASE}/{second['id']}/likely-duplicates"))
    assert first["id"] in [one["incident"]["id"] for one in likely]
    refused(act(town, second, "merge", into=second["id"]), 422, "validation_error")
    refused(act(town, second, "merge", into=999_999_999), 422, "validation_error")
    merged = ok(act(town, second, "merge", into=first["id"]))
    assert merged["stage"] == "merged"
    wait_until(lambda: second["id"] not in watching.shown()["incidents"], what="its leaving")
    kept = watching.wait_for_event("incident.changed", id=first["id"], alarms=[alarm["id"]])["data"]
    shown = detail(town, first)
    assert shown["incident"] == kept
    assert {(entry["kind"], entry["of"]) for entry in shown["timeline"]} >= {
        ("report", None), ("merged_in", None),
        ("report", second["number"]), ("comment", second["number"]), ("merge", second["number"]),
    }  # fmt: skip
    assert [one["id"] for one in shown["merged"]] == [second["id"]]
    assert detail(town, second)["merged_into"]["id"] == first["id"]
    refused(act(town, merged, "accept"), 409, "conflict")


@pytest.mark.shapes(*Shape)
def test_merging_both_ways_at_once_leaves_one(sign_in: SignIn) -> None:
    one, other = sign_in("city"), sign_in("city2", web=1)
    for _ in range(5):
        left, right = report(one), report(one)
        answers = _at_once(
            [
                lambda a=left, b=right: act(one, a, "merge", into=b["id"]),  # type: ignore[misc]
                lambda a=left, b=right: act(other, b, "merge", into=a["id"]),  # type: ignore[misc]
            ]
        )
        codes = sorted(answer.status_code for answer in answers)
        assert codes in ([200, 409], [200, 422]), [answer.text for answer in answers]
        stages = sorted(detail(one, case)["incident"]["stage"] for case in (left, right))
        assert stages == ["accepted", "merged"]


# -- time ------------------------------------------------------------------------------------------


def test_overdue_is_put_under_supervision_once(stack: Stack, console: Sit, sign_in: SignIn) -> None:
    watching, town = console("city"), sign_in("town")
    case = report(town)
    stack.do(f"{CASEWORK}.age", incident=case["id"], minutes=WEEK)
    watching.wait_for_event("incident.changed", id=case["id"], supervised=1)
    stack.do(f"{CASEWORK}.supervise_now")
    stack.do(f"{CASEWORK}.supervise_now")
    shown = detail(town, case)
    assert (shown["incident"]["overdue"], shown["incident"]["supervised"]) == (0, 1)
    assert [(s["by"], s["code"], s["stage"]) for s in shown["supervisions"]] == [
        (None, city.CITY, "accepted")
    ]
    refused(town.post(f"{BASE}/{case['id']}/supervisions", {"text": "快办"}), 403, "forbidden")
    past = {"text": "今天办结", "due_at": later(hours=-1)}
    refused(watching.session.post(f"{BASE}/{case['id']}/supervisions", past), 422,
            "validation_error")  # fmt: skip
    order = {"text": "今天办结", "due_at": later(hours=5)}
    case = ok(watching.session.post(f"{BASE}/{case['id']}/supervisions", order))
    assert (case["supervised"], case["order_due_at"][:16]) == (2, order["due_at"][:16])
    found = ok(town.get(BASE, supervised="true", owed="true", limit=500))["items"]
    assert case["id"] in [item["id"] for item in found]
    # The stage ends late, and its order with it; the one by hand stays until it is lifted from above.
    case = ok(act(town, case, "transfer_down", target=VILLAGE))
    assert (case["supervised"], case["overdue"]) == (1, 1)
    given = detail(town, case)["supervisions"][-1]
    lift = f"{BASE}/{case['id']}/supervisions/{given['id']}/lift"
    refused(town.post(lift, {"text": "已在路上"}), 403, "forbidden")
    case = ok(watching.session.post(lift, {"text": "情况已明"}))
    assert (case["supervised"], case["order_due_at"]) == (0, None)
    assert kinds(town, case)[-1] == "supervision_lifted"
    refused(watching.session.post(lift, {}), 409, "conflict")


def test_more_time_is_asked_for_and_granted_from_above(
    stack: Stack, console: Sit, sign_in: SignIn
) -> None:
    watching, town = console("city"), sign_in("town")
    case = report(town)
    stack.do(f"{CASEWORK}.age", incident=case["id"], minutes=WEEK)
    watching.wait_for_event("incident.changed", id=case["id"], supervised=1)
    path = f"{BASE}/{case['id']}/extensions"
    wish = {"minutes": 30, "reason": "等吊车"}
    refused(sign_in("village").post(path, wish), 403, "forbidden")
    assert ok(town.post(path, wish))["extension"] is True
    refused(town.post(path, wish), 409, "conflict")
    refused(town.post(f"{path}/decision", {"granted": True}), 403, "forbidden")
    case = ok(watching.session.post(f"{path}/decision", {"granted": True, "note": "准"}))
    assert (case["extension"], case["supervised"]) == (False, 0)
    left = moment(case["due_at"]) - datetime.now(UTC)
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)
    refused(watching.session.post(f"{path}/decision", {"granted": True}), 409, "conflict")
    assert kinds(town, case)[-2:] == ["extension_asked", "extension_granted"]


def _span(case: dict[str, Any]) -> timedelta:
    return moment(case["due_at"]) - moment(case["stage_since"])


def test_a_suspended_case_keeps_what_was_left_of_its_time(
    stack: Stack, console: Sit, sign_in: SignIn
) -> None:
    watching, town = console("city"), sign_in("town")
    case = report(town, severity=2)  # ten minutes around the clock
    stack.do(f"{CASEWORK}.age", incident=case["id"], minutes=4)
    left = timedelta(minutes=6)
    refused(act(town, case, "suspend", text="等配件", until=later(minutes=-1)), 422,
            "validation_error")  # fmt: skip
    until = later(days=3)
    case = ok(act(town, case, "suspend", text="等配件", until=until))
    assert (case["stage"], case["due_at"]) == ("suspended", None)
    assert abs(moment(case["suspended_until"]) - moment(until)) < timedelta(milliseconds=1)
    case = ok(act(town, case, "resume"))
    assert case["stage"] == "accepted"
    assert left - timedelta(seconds=10) < _span(case) <= left
    case = ok(act(town, case, "suspend", text="再等", until=until))
    stack.do(f"{CASEWORK}.end_suspension", incident=case["id"])
    resumed = watching.wait_for_event("incident.changed", id=case["id"], version=5)["data"]
    assert (resumed["stage"], resumed["suspended_until"]) == ("accepted", None)
    assert left - timedelta(seconds=20) < _span(resumed) <= left
    last = detail(town, case)["timeline"][-1]
    assert (last["kind"], last["actor"]) == ("resume", None)


# -- photos and documents --------------------------------------------------------------------------


def test_a_photo_is_kept_without_what_the_camera_wrote(sign_in: SignIn) -> None:
    town = sign_in("town")
    case = report(town)
    path = f"{BASE}/{case['id']}/attachments"
    taken = {"taken_ago_ms": "3600000", "on_spot": "true", "lat": "38.1", "lng": "106.3"}
    taken["text"] = "北侧"
    upload = Upload(photo(size=(3000, 1500), rotated=True), "门口.jpg", taken)
    first = town.request("POST", path, upload)
    assert first.status_code == 201, first.text
    facts = first.json()
    assert (facts["type"], facts["lat"], facts["lng"]) == ("image/jpeg", 38.1, 106.3)
    assert moment(facts["at"]) - moment(facts["taken_at"]) == timedelta(hours=1)
    assert facts["on_spot"] is True
    again = town.request("POST", path, upload)  # an outbox that heard nothing sends once more
    assert (again.status_code, again.json()) == (200, facts)
    shown = detail(town, case)
    assert [entry["kind"] for entry in shown["timeline"]] == ["report", "attached"]
    assert shown["timeline"][1]["attachments"] == [facts]
    assert shown["timeline"][1]["text"] == "北侧"
    content = town.get(f"/api/v1/attachments/{facts['id']}")
    assert content.headers["content-type"] == "image/jpeg"
    assert content.headers["x-content-type-options"] == "nosniff"
    assert "private" in content.headers["cache-control"]
    assert SECRET.encode() not in content.content
    assert _size(content.content) == (1280, 2560)  # upright, and no longer than that
    etag = {"If-None-Match": content.headers["etag"]}
    kept = town.http.get(f"/api/v1/attachments/{facts['id']}", headers=etag)
    assert (kept.status_code, kept.content) == (304, b"")
    assert sign_in("town2").get(f"/api/v1/attachments/{facts['id']}").status_code == 404
    assert sign_in(None).get(f"/api/v1/attachments/{facts['id']}").status_code == 401


def _size(data: bytes) -> tuple[int, int]:
    import io

    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        assert not image.getexif()
        return image.size


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"<svg onload=alert(1)>", "photo.jpg", "bad_type"),
        (b"GIF89a" + bytes(40), "photo.png", "bad_type"),
        (photo(size=(640, 480))[:-500], "photo.jpg", "broken"),
        (bytes(10 * 1024 * 1024 + 1), "photo.jpg", "too_large"),
    ],
    ids=["svg", "gif", "broken", "large"],
)
def test_what_is_no_picture_is_named(sign_in: SignIn, data: bytes, name: str, code: str) -> None:
    town = sign_in("town")
    case = report(town)
    answer = town.request("POST", f"{BASE}/{case['id']}/attachments", Upload(data, name))
    refused(answer, 422, "validation_error")
    error = answer.json()["errors"][0]
    assert (error["field"], error["code"]) == ("file", code)
    assert kinds(town, case) == ["report"]


def test_a_document_is_told_by_its_content_and_saved_not_shown(sign_in: SignIn) -> None:
    town = sign_in("town")
    case = report(town)
    path = f"{BASE}/{case['id']}/attachments"
    body = ok(town.request("POST", path, Upload(b"%PDF-1.7\n%%EOF", "photo.jpg")))
    assert body["type"] == "application/pdf"
    answer = town.get(f"/api/v1/attachments/{body['id']}")
    assert answer.content == b"%PDF-1.7\n%%EOF"
    assert answer.headers["content-disposition"] == 'attachment; filename="photo.pdf"'


def test_a_patrol_attaches_to_its_report_and_sees_it_through(sign_in: SignIn) -> None:
    patrol, town = sign_in("patrol"), sign_in("town")
    case = report(patrol, source="patrol")
    assert (case["stage"], case["owner"]) == ("reported", city.EAST.code)
    ok(patrol.request("POST", f"{BASE}/{case['id']}/attachments", Upload(photo())))
    assert detail(patrol, case)["actions"] == []
    assert [p["part"] for p in detail(patrol, case)["people"]] == ["reporter"]
    other = report(town)
    assert patrol.get(f"{BASE}/{other['id']}").status_code == 404
    assert patrol.get(BASE).status_code == 403


# -- correcting ------------------------------------------------------------------------------------


def test_facts_are_corrected_by_who_is_responsible(sign_in: SignIn) -> None:
    village, town = sign_in("village"), sign_in("town")
    case = report(town, severity=2)
    path = f"{BASE}/{case['id']}"
    change = {"version": case["version"], "severity": 1, "title": "路口事故，两车"}
    refused(village.request("PATCH", path, change), 403, "forbidden")
    after = ok(town.request("PATCH", path, change))
    assert (after["severity"], after["title"], after["version"]) == (1, "路口事故，两车", 2)
    assert moment(after["due_at"]) < moment(case["due_at"])
    assert after["stage_since"] == case["stage_since"]
    refused(town.request("PATCH", path, change), 409, "conflict")
    entry = detail(town, case)["timeline"][-1]
    assert (entry["kind"], entry["detail"]["changed"]["severity"]) == ("changed", [2, 1])
    blank = {"version": 2, "title": "  "}
    refused(town.request("PATCH", path, blank), 422, "validation_error")
