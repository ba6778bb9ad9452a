"""Units and tasks in the running system: the loop of a task, its failures, and what must never happen."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.support import city
from tests.support.consoles import Console, Session
from tests.support.stack import Shape, Stack
from tests.support.waiting import wait_until

pytestmark = pytest.mark.shapes(Shape.PRODUCTION)

SignIn = Callable[..., Session]
Sit = Callable[..., Console]

_numbers = itertools.count(1)
PLACE = {"lat": 38.1, "lng": 106.34}
DISPUTE = "0401"
BLOCKED_LANE = "0101"
ANSWER_S = 90


def ok(answer: httpx.Response, status: int = 200) -> Any:
    """The body of an answer that must be this."""
    assert answer.status_code == status, answer.text
    return answer.json()


@dataclass
class Desk:
    """What a test does at the running system."""

    stack: Stack
    sign_in: SignIn
    sessions: dict[str, Session]

    def who(self, username: str) -> Session:
        """A person's session; signed in once."""
        if username not in self.sessions:
            self.sessions[username] = self.sign_in(username, web=len(self.sessions))
        return self.sessions[username]

    def unit(self, *members: str, code: str = city.EAST.code, **facts: Any) -> int:
        """A new unit with these members."""
        # No other township's unit may carry a trace of this one.
        place = city.EAST.name if code.startswith(city.EAST.code) else "外"
        name = f"{place}队{next(_numbers)}"
        unit: int = self.stack.do("add_unit", name=name, code=code, **facts)
        for username in members:
            self.stack.do("join", unit=unit, username=username)
        return unit

    def case(self, by: str = "town", category: str = DISPUTE, **facts: Any) -> dict[str, Any]:
        """A new incident in the eastern township."""
        body: dict[str, Any] = {"title": f"事{next(_numbers)}", "category": category}
        body |= {"code": city.EAST.villages[0], **PLACE, **facts}
        made: dict[str, Any] = ok(self.who(by).post("/api/v1/incidents", body), 201)
        return made

    def send(
        self, case: dict[str, Any], *units: int, by: str = "town", **facts: Any
    ) -> list[dict[str, Any]]:
        """Send units; returns their tasks."""
        sent: list[dict[str, Any]] = ok(self.try_to_send(case, *units, by=by, **facts), 201)
        return sent

    def try_to_send(
        self, case: dict[str, Any], *units: int, by: str = "town", **facts: Any
    ) -> httpx.Response:
        """Send units, or be refused."""
        body = {"version": self.version(case), "units": list(units), **facts}
        return self.who(by).post(f"/api/v1/incidents/{case['id']}/tasks", body)

    def step(self, task: dict[str, Any], step: str, by: str = "patrol", **words: Any) -> Any:
        """A step that must succeed; returns the task."""
        return ok(self.try_step(task, step, by, **words))

    def try_step(
        self, task: dict[str, Any], step: str, by: str = "patrol", **words: Any
    ) -> httpx.Response:
        """A step, or a refusal."""
        return self.who(by).post(f"/api/v1/tasks/{task['id']}/{step}", words)

    def detail(self, case: dict[str, Any], by: str = "city") -> dict[str, Any]:
        """A case with all that belongs to it."""
        found: dict[str, Any] = ok(self.who(by).get(f"/api/v1/incidents/{case['id']}"))
        return found

    def version(self, case: dict[str, Any]) -> int:
        """At which version a case is now."""
        version: int = self.detail(case)["incident"]["version"]
        return version

    def stage(self, case: dict[str, Any]) -> str:
        """Where a case stands."""
        return str(self.detail(case)["incident"]["stage"])

    def status(self, unit: int) -> str:
        """What a unit is doing."""
        return str(ok(self.who("city").get(f"/api/v1/units/{unit}"))["status"])

    def task(self, task: dict[str, Any]) -> dict[str, Any]:
        """A task as it is now."""
        found: dict[str, Any] = ok(self.who("city").get(f"/api/v1/tasks/{task['id']}"))["task"]
        return found


@pytest.fixture
def desk(stack: Stack, sign_in: SignIn) -> Desk:
    """See the class."""
    return Desk(stack, sign_in, {})


def told(detail: dict[str, Any], kind: str = "task") -> list[dict[str, Any]]:
    """What the timeline tells of tasks."""
    return [entry["detail"] for entry in detail["timeline"] if entry["kind"] == kind]


def test_the_loop_of_a_task(desk: Desk, console: Sit) -> None:
    watcher = console("city")
    unit, case = desk.unit("patrol"), desk.case(by="village")
    assert case["stage"] == "reported"
    (task,) = desk.send(case, unit, order="去看看", version=case["version"])
    assert (task["state"], task["order"], task["code"]) == ("created", "去看看", case["code"])
    assert task["answer_by"] > task["created_at"]
    assert (desk.stage(case), desk.status(unit)) == ("dispatched", "committed")
    assert desk.step(task, "deliver")["delivered_at"]
    assert desk.step(task, "acknowledge")["answer_by"] is None
    assert desk.stage(case) == "in_progress"
    desk.step(task, "start")
    assert desk.status(unit) == "en_route"
    desk.step(task, "arrive")
    assert desk.status(unit) == "on_scene"
    done = desk.step(task, "done", feedback="调解好了")
    assert (desk.stage(case), desk.status(unit)) == ("handled", "returning")
    stamps = ("created", "delivered", "acknowledged", "en_route", "on_scene", "done")
    times = [done[f"{stamp}_at"] for stamp in stamps]
    assert all(times)
    assert times == sorted(times)
    detail = desk.detail(case)
    assert [entry["state"] for entry in told(detail)] == list(stamps)
    kinds = [entry["kind"] for entry in detail["timeline"] if entry["kind"] != "task"]
    assert kinds == ["report", "accept", "dispatch", "start", "handle"]
    handled = next(entry for entry in detail["timeline"] if entry["kind"] == "handle")
    assert handled["text"] == "调解好了"
    wait_until(
        lambda: watcher.shown()["tasks"].get(task["id"], {}).get("state") == "done",
        what="the console to show it",
    )
    assert watcher.shown()["tasks"][task["id"]] == done


def test_what_the_phone_is_shown(desk: Desk) -> None:
    unit, case = desk.unit("patrol"), desk.case(description="两家争地界")
    (task,) = desk.send(case, unit)
    patrol = desk.who("patrol")
    (inbox,) = (t for t in ok(patrol.get("/api/v1/me/tasks")) if t["task"]["id"] == task["id"])
    assert (inbox["description"], inbox["incident"]["lat"]) == ("两家争地界", PLACE["lat"])
    steps = {step["step"]: step["needs"] for step in inbox["steps"]}
    assert steps == {"deliver": [], "acknowledge": [], "start": [], "decline": ["reason"]}
    mine = ok(patrol.get("/api/v1/tasks", mine="true", incident=case["id"]))["items"]
    assert [one["id"] for one in mine] == [task["id"]]
    desk.step(task, "decline", reason="车坏了")
    again = ok(patrol.get(f"/api/v1/tasks/{task['id']}"))
    assert (again["task"]["state"], again["steps"]) == ("declined", [])


def test_a_patrol_sees_only_the_tasks_of_its_own_units(desk: Desk) -> None:
    own, foreign, case = desk.unit("patrol"), desk.unit(), desk.case()
    mine, others = desk.send(case, own, foreign)
    patrol = desk.who("patrol")
    seen = {task["id"] for task in ok(patrol.get("/api/v1/tasks", incident=case["id"]))["items"]}
    assert seen == {mine["id"]}
    assert patrol.get(f"/api/v1/tasks/{others['id']}").status_code == 404
    assert desk.try_step(others, "acknowledge").status_code == 404
    assert desk.try_step(mine, "cancel", reason="x").status_code == 403
    assert desk.try_step(mine, "expire").status_code == 403
    assert desk.try_to_send(case, own, by="patrol").status_code == 403


def test_who_declines_sends_the_case_back_and_the_next_unit_is_proposed(desk: Desk) -> None:
    declining, next_one = desk.unit("patrol", lng=106.34, lat=38.1), desk.unit(lng=106.34, lat=38.1)
    case = desk.case()
    (task,) = desk.send(case, declining)
    assert desk.try_step(task, "decline").status_code == 422
    declined = desk.step(task, "decline", reason="车坏了")
    assert (declined["state"], declined["reason"]) == ("declined", "车坏了")
    assert declined["ended_at"]
    assert (desk.stage(case), desk.status(declining)) == ("accepted", "available")
    assert declined["proposed"] is not None
    assert declined["proposed"] != declining
    assert told(desk.detail(case))[-1]["proposed"] == declined["proposed"]
    marked = desk.detail(case, by="town")
    assert marked["incident"]["redispatch"] == declined["ended_at"]
    assert marked["may"]["dismiss_redispatch"]
    (second,) = desk.send(case, next_one)
    desk.step(second, "acknowledge", by="town")
    assert desk.stage(case) == "in_progress"
    assert desk.detail(case)["incident"]["redispatch"] is None
    desk.step(second, "cancel", by="town", reason="清理")


def test_nobody_answers(desk: Desk) -> None:
    silent, case = desk.unit("patrol"), desk.case()
    (task,) = desk.send(case, silent)
    desk.stack.do("sweep_tasks", after_s=ANSWER_S - 5)
    assert desk.task(task)["reminded"] == 0
    desk.stack.do("sweep_tasks", after_s=ANSWER_S + 1)
    reminded = desk.task(task)
    assert (reminded["state"], reminded["reminded"]) == ("created", 1)
    assert reminded["answer_by"] > task["answer_by"]
    desk.stack.do("sweep_tasks", after_s=ANSWER_S + 2)
    assert desk.task(task)["reminded"] == 1
    desk.stack.do("sweep_tasks", after_s=2 * ANSWER_S + 5)
    expired = desk.task(task)
    assert expired["state"] == "expired"
    assert expired["proposed"] not in (None, silent)
    assert (desk.stage(case), desk.status(silent)) == ("dispatched", "available")
    lines = told(desk.detail(case))
    assert [line["state"] for line in lines] == ["created", "created", "expired"]
    assert [line.get("reminded") for line in lines] == [None, 1, None]
    assert lines[-1]["proposed"] == expired["proposed"]
    assert desk.try_step(task, "acknowledge").status_code == 409
    path = f"/api/v1/incidents/{case['id']}/redispatch/dismiss"
    assert desk.who("village").post(path).status_code == 403
    listed = ok(desk.who("town").get("/api/v1/incidents", redispatch="true", text=case["number"]))
    assert [one["id"] for one in listed["items"]] == [case["id"]]
    version = desk.detail(case)["incident"]["version"]
    dismissed = ok(desk.who("town").post(path))
    assert (dismissed["redispatch"], dismissed["version"]) == (None, version)
    assert "redispatch_dismissed" in [line["kind"] for line in desk.detail(case)["timeline"]]
    assert desk.who("town").post(path).status_code == 409


def test_an_answer_stops_the_countdown(desk: Desk) -> None:
    unit, case = desk.unit("patrol"), desk.case()
    (task,) = desk.send(case, unit)
    desk.step(task, "acknowledge")
    for after_s in (ANSWER_S + 1, 3 * ANSWER_S):
        desk.stack.do("sweep_tasks", after_s=after_s)
    assert (desk.task(task)["state"], desk.task(task)["reminded"]) == ("acknowledged", 0)


def test_the_same_step_with_the_same_key_counts_once(desk: Desk) -> None:
    unit, case = desk.unit("patrol"), desk.case()
    key = f"send-{next(_numbers)}"
    (task,) = desk.send(case, unit, key=key)
    assert desk.send(case, unit, key=key) == [task]
    answers = [desk.step(task, "acknowledge", key=f"{key}-a") for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    desk.step(task, "done", key=f"{key}-d", feedback="好了")
    before = (desk.detail(case), desk.task(task))
    assert desk.step(task, "acknowledge", key=f"{key}-a") == answers[0]
    desk.step(task, "done", key=f"{key}-d", feedback="好了")
    assert (desk.detail(case), desk.task(task)) == before
    other = desk.try_step(task, "done", key=f"{key}-d", feedback="别的")
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


def test_the_same_key_at_the_same_moment_counts_once(desk: Desk) -> None:
    unit, case = desk.unit("patrol"), desk.case()
    (task,) = desk.send(case, unit)
    patrol, key = desk.who("patrol"), f"at-once-{next(_numbers)}"
    phones = [patrol.at(desk.stack.url(number)) for number in range(8)]
    with ThreadPoolExecutor(len(phones)) as pool:
        answers = list(
            pool.map(
                lambda phone: phone.post(f"/api/v1/tasks/{task['id']}/start", {"key": key}), phones
            )
        )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert [line["state"] for line in told(desk.detail(case))] == ["created", "en_route"]
    for phone in phones:
        phone.close()


@pytest.mark.shapes(*Shape)
def test_fifty_dispatchers_at_once_send_one_unit_once(desk: Desk) -> None:
    units, case = [desk.unit() for _ in range(5)], desk.case(by="city")
    people = [desk.who("city"), desk.who("city2")]
    seats = [people[n % 2].at(desk.stack.url(n)) for n in range(50)]

    def order(number: int) -> httpx.Response:
        body = {"version": case["version"], "units": [units[number % len(units)]]}
        return seats[number].post(f"/api/v1/incidents/{case['id']}/tasks", body)

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(order, range(50)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] + [409] * 49
    (winner,) = (answer.json()[0] for answer in answers if answer.status_code == 201)
    assert desk.stack.count("tasks_task", "incident_id = %s", case["id"]) == 1
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {answer["code"] for answer in refused} == {"conflict"}
    assert all("is at version" in answer["detail"] for answer in refused)
    statuses_of_units = [desk.status(unit) for unit in units]
    assert statuses_of_units.count("committed") == 1
    assert statuses_of_units[units.index(winner["unit"])] == "committed"
    assert len(told(desk.detail(case), "dispatch")) == 1
    for seat in seats:
        seat.close()


@pytest.mark.shapes(*Shape)
def test_who_reinforces_at_once_never_sends_a_unit_twice(desk: Desk) -> None:
    """Everybody may add a unit at the version they see, but each only once."""
    units, case = [desk.unit() for _ in range(3)], desk.case(by="city")
    seats = [desk.who("city").at(desk.stack.url(n)) for n in range(12)]

    def order(number: int) -> int:
        wanted = [units[number % 3], units[(number + 1) % 3]]
        path = f"/api/v1/incidents/{case['id']}"
        seen = seats[number].get(path).json()["incident"]["version"]
        answer = seats[number].post(f"{path}/tasks", {"version": seen, "units": wanted})
        return answer.status_code

    with ThreadPoolExecutor(12) as pool:
        codes = list(pool.map(order, range(12)))
    assert set(codes) == {201, 409}
    rows = desk.stack.query("SELECT unit_id FROM tasks_task WHERE incident_id = %s", case["id"])
    sent = [row[0] for row in rows]
    assert len(sent) == len(set(sent)) == 2 * codes.count(201)
    for seat in seats:
        seat.close()


def test_the_last_one_out_hands_the_case_over(desk: Desk) -> None:
    first, second, third = (desk.unit() for _ in range(3))
    case = desk.case()
    one, two = desk.send(case, first, second)
    (three,) = desk.send(case, third)
    assert desk.stage(case) == "dispatched"
    for task in (one, two, three):
        desk.step(task, "acknowledge", by="town")
    desk.step(one, "done", by="town", feedback="一队办完")
    assert desk.stage(case) == "in_progress"
    desk.step(two, "cancel", by="town", reason="不需要了")
    assert desk.stage(case) == "in_progress"
    desk.step(three, "cancel", by="town", reason="不需要了")
    assert desk.stage(case) == "handled"
    detail = desk.detail(case)
    assert [e["text"] for e in detail["timeline"] if e["kind"] == "handle"] == ["一队办完"]
    assert [line.get("on_behalf") for line in told(detail) if line["state"] == "done"] == [True]


def test_who_wrote_the_feedback_never_verifies_it(desk: Desk) -> None:
    unit, case = desk.unit("patrol"), desk.case()
    (task,) = desk.send(case, unit)
    desk.step(task, "acknowledge")
    desk.step(task, "done", by="town", feedback="他们说办完了")
    verify = f"/api/v1/incidents/{case['id']}/actions/verify"
    assert desk.who("town").post(verify, {"version": desk.version(case)}).status_code == 403
    assert desk.who("city").post(verify, {"version": desk.version(case)}).status_code == 200
    people = {(person["name"], person["part"]) for person in desk.detail(case)["people"]}
    assert ("dongta-patrol者", "handler") in people
    assert ("dongta-patrol者", "officer") not in people


def test_a_returned_case_needs_new_work(desk: Desk) -> None:
    unit, case = desk.unit("patrol"), desk.case()
    (task,) = desk.send(case, unit)
    desk.step(task, "acknowledge")
    desk.step(task, "done", feedback="好了")
    answer = desk.who("town").post(
        f"/api/v1/incidents/{case['id']}/actions/return",
        {"version": desk.version(case), "text": "没有好"},
    )
    assert answer.status_code == 200, answer.text
    (again,) = desk.send(case, unit)
    desk.step(again, "decline", reason="去不了")
    assert desk.stage(case) == "accepted"


def test_a_suspended_case_calls_its_units_back(desk: Desk, console: Sit) -> None:
    watcher = console("city")
    unit, case = desk.unit("patrol"), desk.case()
    (task,) = desk.send(case, unit)
    desk.step(task, "start")
    answer = desk.who("town").post(
        f"/api/v1/incidents/{case['id']}/actions/suspend",
        {"version": desk.version(case), "text": "等材料", "until": "2030-01-01T00:00:00Z"},
    )
    assert answer.status_code == 200, answer.text
    assert (desk.task(task)["state"], desk.status(unit)) == ("cancelled", "available")
    assert told(desk.detail(case))[-1]["because"] == "suspended"
    watcher.wait_for_event("task.changed", id=task["id"], state="cancelled")


def test_tasks_go_where_their_case_goes_and_leave_with_it(desk: Desk, console: Sit) -> None:
    east, south = console("town"), console("town2")
    unit, case = desk.unit("patrol"), desk.case(by="city")
    (task,) = desk.send(case, unit, by="city")
    east.wait_for_event("task.changed", id=task["id"])
    desk.step(task, "decline", reason="去不了")
    body = {"version": desk.version(case), "target": city.SOUTH.code}
    moved = desk.who("city").post(f"/api/v1/incidents/{case['id']}/actions/transfer_down", body)
    assert moved.status_code == 200, moved.text
    south.wait_for_event("task.changed", id=task["id"], code=city.SOUTH.code)
    east.wait_for_event("task.removed", id=task["id"])
    assert task["id"] not in east.shown()["tasks"]
    other = desk.case(by="city")
    merged = desk.who("city").post(
        f"/api/v1/incidents/{case['id']}/actions/merge",
        {"version": desk.version(case), "into": other["id"]},
    )
    assert merged.status_code == 200, merged.text
    south.wait_for_event("task.removed", id=task["id"])
    assert task["id"] not in south.shown()["tasks"]


def test_units_that_cannot_be_sent(desk: Desk) -> None:
    case = desk.case()
    broken = desk.unit()
    desk.who("town").post(f"/api/v1/units/{broken}/status", {"status": "out_of_service"})
    assert desk.try_to_send(case, broken).status_code == 409
    southern = desk.stack.do("units_at", code=city.SOUTH.code)[0]
    for unknown in (southern, 10**9):
        answer = desk.try_to_send(case, unknown)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "units"
    assert desk.try_to_send(case).status_code == 422
    unit = desk.unit()
    desk.send(case, unit)
    assert desk.try_to_send(case, unit).status_code == 409
    assert desk.try_to_send(case, desk.unit(), version=case["version"]).status_code == 409


def test_a_photo_is_asked_for_where_the_category_says(desk: Desk) -> None:
    unit, case = desk.unit("patrol"), desk.case(category=BLOCKED_LANE)
    (task,) = desk.send(case, unit)
    desk.step(task, "acknowledge")
    answer = desk.try_step(task, "done", feedback="车开走了")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["attachments"]
    desk.step(task, "decline", reason="清理")


def test_what_is_recommended(desk: Desk) -> None:
    near = desk.unit(lng=106.34, lat=38.1001, skills=["mediation"])
    case = desk.case()
    found = ok(desk.who("town").get(f"/api/v1/incidents/{case['id']}/recommendation"))
    assert all(one["reasons"] for one in found)
    first = next(one for one in found if one["unit"] == near)
    assert first["metres"] == pytest.approx(11, abs=1)
    codes = {reason["code"]: reason["value"] for reason in first["reasons"]}
    assert codes["skill"] == "mediation"
    assert {"near", "home", "idle"} <= codes.keys()
    southern = set(desk.stack.do("units_at", code=city.SOUTH.code))
    assert southern.isdisjoint(one["unit"] for one in found)
    desk.send(case, near)
    rest = ok(desk.who("town").get(f"/api/v1/incidents/{case['id']}/recommendation"))
    assert near not in [one["unit"] for one in rest]
    elsewhere = ok(desk.who("city").get(f"/api/v1/incidents/{desk.case()['id']}/recommendation"))
    (busy,) = (one for one in elsewhere if one["unit"] == near)
    assert {"code": "busy", "value": 1.0} in busy["reasons"]


def test_the_people_of_a_unit_hear_of_its_task(desk: Desk) -> None:
    unit, case = desk.unit("patrol"), desk.case()
    (task,) = desk.send(case, unit, order="去看看")

    def messages() -> list[tuple[Any, ...]]:
        sql = "SELECT title, body, confirmed_at, ended_at FROM push_message WHERE task_id = %s"
        return desk.stack.query(f"{sql} ORDER BY id", task["id"])

    ((title, body, confirmed, ended),) = messages()
    assert (title, body) == (f"新任务：{case['title']}", "去看看")
    assert (confirmed, ended) == (None, None)
    told_to = ok(desk.who("town").get(f"/api/v1/tasks/{task['id']}/deliveries"))
    assert {(row["rung"], row["who"]) for row in told_to} >= {("websocket", "dongta-patrol者")}
    desk.stack.do("sweep_tasks", after_s=ANSWER_S + 1)
    assert [bool(row[3]) for row in messages()] == [True, False]
    desk.step(task, "deliver")
    assert [bool(row[2]) for row in messages()] == [False, True]
    desk.step(task, "cancel", by="town", reason="不需要了")
    assert [row[0].partition("：")[0] for row in messages()] == ["新任务", "请答复", "任务已取消"]


# -- duty --------------------------------------------------------------------------------------------


def test_a_position_exists_only_on_duty(desk: Desk, console: Sit) -> None:
    watcher = console("town")
    name = f"walker{next(_numbers)}"
    desk.stack.do("person", username=name, held=[["patrol", city.EAST.code]])
    unit = desk.unit(name, lng=106.3, lat=38.0)
    walker = desk.who(name)
    here = {"lat": 38.123, "lng": 106.321}
    assert walker.post("/api/v1/me/position", here).status_code == 409
    on = ok(walker.post("/api/v1/me/duty", {"on": True}))
    assert (on["on"], [one["id"] for one in on["units"]]) == (True, [unit])
    seen = ok(walker.post("/api/v1/me/position", here))["units"][0]
    assert (seen["lat"], seen["lng"]) == (here["lat"], here["lng"])
    assert seen["position_at"]
    watcher.wait_for_event("unit.changed", id=unit, position_at=seen["position_at"])
    old = {"lat": 1.0, "lng": 1.0, "at": "2020-01-01T00:00:00Z"}
    assert ok(walker.post("/api/v1/me/position", old))["units"][0] == seen
    off = ok(walker.post("/api/v1/me/duty", {"on": False}))
    assert (off["on"], off["since"]) == (False, None)
    shown = off["units"][0]
    assert (shown["lat"], shown["lng"], shown["position_at"]) == (38.0, 106.3, None)
    assert shown["status"] == "out_of_service"
    columns = "position_longitude, position_latitude, position_at"
    (row,) = desk.stack.query(f"SELECT {columns} FROM units_unit WHERE id = %s", unit)  # noqa: S608
    assert row == (None, None, None)
    assert walker.post("/api/v1/me/position", here).status_code == 409


def test_who_belongs_to_no_unit_is_not_on_duty(desk: Desk) -> None:
    name = f"loner{next(_numbers)}"
    desk.stack.do("person", username=name, held=[["patrol", city.SOUTH.code]])
    loner = desk.who(name)
    assert loner.post("/api/v1/me/duty", {"on": True}).status_code == 409
    assert ok(loner.get("/api/v1/me/duty")) == {"on": False, "since": None, "units": []}
    assert ok(loner.get("/api/v1/me/tasks")) == []
    for username in ("town", "auditor", "nobody"):
        assert desk.who(username).post("/api/v1/me/duty", {"on": True}).status_code == 403


def test_a_member_whose_post_is_gone_carries_nothing(desk: Desk) -> None:
    name = f"leaver{next(_numbers)}"
    desk.stack.do("person", username=name, held=[["patrol", city.EAST.code]])
    unit, case = desk.unit(name), desk.case()
    (task,) = desk.send(case, unit)
    assert ok(desk.who(name).get(f"/api/v1/tasks/{task['id']}"))
    desk.stack.do("posts", username=name, held=[["patrol", city.SOUTH.code]])
    assert desk.who(name).get(f"/api/v1/tasks/{task['id']}").status_code == 404
    assert desk.try_step(task, "acknowledge", by=name).status_code == 404
    assert ok(desk.who(name).get("/api/v1/me/tasks")) == []
