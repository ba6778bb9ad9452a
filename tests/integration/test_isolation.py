"""What lies outside one's posts does not exist: in no answer, no frame and no page.

The routes come from the API's own schema, the kinds of event from the feed's sections and the pages
from the admin's registry: what is new and not covered here fails.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import httpx
import pytest

from command_center.feed.sections import section_of
from dispatch.incidents.lifecycle import Action
from dispatch.tasks.lifecycle import Step
from tests.support import city, lifework
from tests.support.consoles import Console, Session, Upload
from tests.support.devices import DeviceClient, Publisher
from tests.support.photos import photo
from tests.support.stack import ROOT, Stack
from tests.support.waiting import wait_until

SignIn = Callable[..., Session]
Sit = Callable[..., Console]
SwitchOn = Callable[..., DeviceClient]

OUTSIDERS = ("town2", "admin2", "nobody", None)
UNTOUCHED = {
    "/session": "opens or closes one's own session",
    "/me": "oneself",
    **dict.fromkeys(
        (
            "/guest",
            "/guest/look",
            "/guest/files/{file_id}",
            "/guest/files/{file_id}/thumbnail",
        ),
        "knows a browser by its own link alone (test_conference_guests)",
    ),
}

REFERENCE = "HL-of-the-east"
ENDPOINT = "http://127.0.0.1:9/of-somebody-of-the-east"

BODIES: dict[str, Callable[["Outside"], Any]] = {
    "POST /alarms/acknowledge": lambda outside: {"ids": outside.alarms, "note": "x"},
    "POST /alarms/{alarm_id}/acknowledge": lambda _: {"note": "x"},
    "POST /alarms/{alarm_id}/reset": lambda _: {"note": "x"},
    "POST /alarms/{alarm_id}/shelve": lambda _: {"minutes": 15, "reason": "x", "confirmed": True},
    "POST /alarms/{alarm_id}/unshelve": lambda _: {"note": "x"},
    "POST /alarms/{alarm_id}/assign": lambda _: {"user": 1},
    "POST /alarms/{alarm_id}/comments": lambda _: {"text": "x"},
    "POST /maintenance": lambda _: {
        "code": city.EAST.code, "ends_at": "2099-01-01T00:00:00Z", "reason": "x",
    },
    "POST /maintenance/overlaps": lambda _: {
        "code": city.EAST.code, "ends_at": "2099-01-01T00:00:00Z",
    },
    "PATCH /maintenance/{window_id}": lambda _: {"reason": "x"},
    "POST /maintenance/{window_id}/end": lambda _: {},
    "DELETE /maintenance/{window_id}": lambda _: None,
    "POST /dead-letters/{letter_id}/replay": lambda _: None,
    "POST /dead-letters/{letter_id}/discard": lambda _: {"reason": "x"},
    "POST /dead-letters/replay": lambda outside: {"device": outside.devices[0]},
    "POST /dead-letters/discard": lambda outside: {"device": outside.devices[0], "why": "x"},
    "POST /snapshots/{snapshot_id}/looks": lambda _: {"reason": "verify"},
    "POST /devices/{device_id}/commands": lambda _: {"action": "open", "reason": "x"},
    "POST /devices/pending/{pending_id}/approve": lambda _: {
        "id": "x", "name": "x", "kind": "smoke", "code": city.EAST.villages[0], "codec": "canonical",
    },
    "POST /devices/pending/{pending_id}/refuse": lambda _: {"reason": "x"},
    "DELETE /devices/pending/{pending_id}": lambda _: None,
    "POST /rules": lambda outside: _rule(outside.devices[1]),
    "POST /rules/trial": lambda outside: _rule(outside.devices[1]),
    "PUT /rules/{rule_id}": lambda outside: {**_rule(outside.devices[1]), "version": 1},
    "DELETE /rules/{rule_id}": lambda _: None,
    "POST /rules/{rule_id}/restore": lambda _: {"number": 1, "version": 1, "reason": "x"},
    "POST /rules/{rule_id}/wake": lambda _: {"reason": "x"},
    "POST /units/{unit_id}/status": lambda _: {"status": "returning"},
    "POST /units/{unit_id}/members": lambda _: {"user": 1},
    "DELETE /units/{unit_id}/members/{member_id}": lambda _: None,
    "POST /units/{unit_id}/shifts": lambda _: {
        "starts_at": "2026-11-22T00:00:00Z", "ends_at": "2026-11-22T08:00:00Z",
    },
    "DELETE /units/{unit_id}/shifts/{shift_id}": lambda _: None,
    "POST /incidents": lambda _: {"category": "0901", "code": city.EAST.villages[0]},
    "POST /incidents/from-alarms": lambda outside: {"alarms": outside.alarms[-1:]},
    "PATCH /incidents/{incident_id}": lambda _: {"version": 1, "title": "x"},
    "POST /incidents/{incident_id}/alarms": lambda outside: {
        "version": 1, "alarms": outside.alarms[-1:],
    },
    "POST /incidents/{incident_id}/actions/{action}": lambda outside: {
        "version": 1, "text": "x", "target": city.SOUTH.code, "score": 5,
        "until": "2099-01-01T00:00:00Z", "into": outside.incidents[0],
    },
    "POST /incidents/{incident_id}/comments": lambda _: {"text": "x"},
    "POST /incidents/{incident_id}/attachments": lambda _: Upload(photo()),
    "POST /incidents/{incident_id}/supervisions": lambda _: {"text": "x"},
    "POST /incidents/{incident_id}/supervisions/{supervision_id}/lift": lambda _: {"text": "x"},
    "POST /incidents/{incident_id}/callbacks": lambda _: {"reached": True, "satisfied": 5},
    "POST /incidents/{incident_id}/not-duplicate": lambda outside: {
        "other": outside.incidents[0],
    },
    "POST /incidents/{incident_id}/extensions": lambda _: {"minutes": 5, "reason": "x"},
    "POST /incidents/{incident_id}/extensions/decision": lambda _: {"granted": True},
    "POST /incidents/{incident_id}/redispatch/dismiss": lambda _: None,
    "POST /incidents/{incident_id}/help": lambda _: {"text": "x"},
    "POST /incidents/{incident_id}/help/answer": lambda _: {"text": "x"},
    "PUT /incidents/{incident_id}/links/{other_id}": lambda _: {"reason": "x"},
    "DELETE /incidents/{incident_id}/links/{other_id}": lambda _: None,
    "POST /incidents/{incident_id}/tasks": lambda outside: {
        "version": 1, "units": outside.units,
    },
    "POST /incidents/{incident_id}/plan": lambda outside: {
        "version": 1, "plan": 1, "units": outside.units,
    },
    "POST /tasks/{task_id}/{step}": lambda _: {"feedback": "x", "reason": "x", "key": ""},
    "POST /notices/{notice_id}/shown": lambda _: None,
    "POST /notices/{notice_id}/seen": lambda _: None,
    "POST /rounds/{round_id}/visits": lambda _: {"method": "qr", "token": "K7QF-3MXD"},
    "POST /tasks/{task_id}/check-in": lambda _: {"key": ""},
    "POST /tasks/{task_id}/check-in-timer": lambda _: {"minutes": 10},
    "POST /me/sos": lambda _: {"lat": 38.1, "lng": 106.3},
    "POST /me/sos/place": lambda _: {"lat": 38.1, "lng": 106.3},
    "POST /me/units/{unit_id}/status": lambda _: {"status": "available"},
    "POST /me/duty": lambda _: {"on": False},
    "POST /me/reports": lambda _: {"category": "0901", "title": "x"},
    "POST /me/position": lambda _: {"lat": 38.1, "lng": 106.3},
    "POST /external/incidents": lambda _: {
        "reference": REFERENCE, "category": "0901", "title": "x", "code": city.EAST.villages[0],
    },
    "POST /conferences": lambda _: {
        "about": {"kind": "place", "code": city.EAST.villages[0]},
        "invite": [{"user": 1, "code": city.EAST.code}],
    },
    "POST /conferences/{conference_id}/act": lambda _: {"command": {"type": "end"}},
    "POST /conferences/{conference_id}/invitations": lambda _: {
        "invite": [{"user": 1, "code": city.SOUTH.code}],
    },
    "POST /conferences/{conference_id}/files": lambda _: Upload(photo()),
    "POST /conferences/{conference_id}/line": lambda _: {"seconds": 1},
    "POST /conference-schedules": lambda _: _plan([city.EAST.villages[0]]),
    "PUT /conference-schedules/{schedule_id}": lambda _: _plan([]),
    "DELETE /conference-schedules/{schedule_id}": lambda _: None,
    "POST /conference-schedules/{schedule_id}/skip": lambda _: {"at": "2099-01-01T01:00:00Z"},
    "POST /conference-schedules/{schedule_id}/open": lambda _: {"at": "2099-01-01T01:00:00Z"},
    "POST /conference-schedules/holders": lambda _: {"invite": [{"code": city.EAST.code}]},
    "POST /conferences/{conference_id}/cameras": lambda _: {"devices": ["x"]},
    "POST /conferences/{conference_id}/decisions": lambda _: {"text": "x"},
    "PUT /conferences/{conference_id}/decisions/{line}": lambda _: {"text": "x", "revision": 1},
    "POST /recordings/{recording_id}/plays": lambda _: {},
    "POST /recordings/{recording_id}/film": lambda _: {},
    "POST /conferences/{conference_id}/guest-links": lambda _: {"label": "x"},
    "DELETE /conferences/{conference_id}/guest-links/{link_id}": lambda _: None,
    "PUT /me/conference-consent": lambda _: {"automatic": False},
    "POST /push/subscriptions": lambda _: {"endpoint": ENDPOINT, "keys": {"p256dh": "", "auth": ""}},
    "POST /push/topics": lambda _: {"server": ENDPOINT},
    "DELETE /push/subscriptions": lambda _: {"endpoint": ENDPOINT},
}  # fmt: skip
NEEDED = {
    "category": "0102",
    "since": "2026-01-01",
    "until": "2026-12-31",
    "code": city.EAST.villages[0],
    "ticket": "x",
    "version": "1",
    "reason": "x",
}
"""What a query must name for its route to answer at all."""


@dataclass(frozen=True)
class Outside:
    """Things of the eastern township, by what a route calls them."""

    devices: list[str]
    alarms: list[int]
    letters: list[int]
    pending: list[int]
    units: list[int]
    incidents: list[int]
    attachments: list[int]
    tasks: list[int]
    rounds: list[int]
    notices: list[int]
    members: list[int]
    shifts: list[int]
    conferences: list[int]
    schedules: list[int]
    files: list[int]
    windows: list[int]
    recordings: list[int]
    rules: list[int]

    def values(self, parameter: str) -> list[Any]:
        """What to ask for by a parameter of a path."""
        values: dict[str, list[Any]] = {
            "code": [city.EAST.code, *city.EAST.villages, city.GRID],
            "device_id": self.devices,
            "alarm_id": self.alarms,
            "letter_id": self.letters,
            "pending_id": self.pending,
            "unit_id": self.units,
            "incident_id": self.incidents,
            "other_id": self.incidents,
            "attachment_id": self.attachments,
            "action": list(Action),
            "task_id": self.tasks,
            "round_id": self.rounds,
            "notice_id": self.notices,
            "member_id": self.members,
            "shift_id": self.shifts,
            "conference_id": self.conferences,
            "schedule_id": self.schedules,
            "file_id": self.files,
            "window_id": self.windows,
            "recording_id": self.recordings,
            "rule_id": self.rules,
            "snapshot_id": [1],
            "line": [1],
            "group_id": [1],
            "link_id": [1],
            "step": list(Step),
            "supervision_id": [1],
            "reference": [REFERENCE],
        }
        return values[parameter]

    def queries(self, parameter: str) -> list[Any]:
        """What to ask for by a parameter of a query; none where it names no thing."""
        queries: dict[str, list[Any]] = {
            "code": [city.EAST.code, city.EAST.villages[0], city.CITY, "6401811"],
            "parent": [city.EAST.code],
            "device": self.devices,
            "q": [city.EAST.name, f"{city.EAST.mark}-", city.EAST.code],
            "text": [city.EAST.name, "来电"],
            "alarm": self.alarms,
            "group": [1],
            "incident": self.incidents,
            "unit": self.units,
            "actor": [p.name for p in city.PEOPLE if city.EAST.mark in p.name],
            **{name: [] for name in _NAMELESS},
        }
        return queries[parameter]


_NAMELESS = (
    "limit", "cursor", "kind", "status", "level", "open", "active", "acknowledged", "severity",
    "condition", "since", "until", "reason", "state", "action", "stage", "owed", "category",
    "source", "supervised", "redispatch", "lat", "lng", "by", "format", "mine",
    "today", "callback", "language", "number", "about", "about_id", "after",
    "ticket", "codec", "rule", "version", "chattering", "type", "what",
)  # fmt: skip


@pytest.fixture
def outside(stack: Stack, device: SwitchOn, gateway: Publisher, sign_in: SignIn) -> Outside:
    """Things of the eastern township; made once in a system, since no test here may change them."""
    if "outside" not in stack.kept:
        stack.kept["outside"] = _make_outside(stack, device, gateway, sign_in)
    made: Outside = stack.kept["outside"]
    return made


def _make_outside(stack: Stack, device: SwitchOn, gateway: Publisher, sign_in: SignIn) -> Outside:
    """Alarms, letters and the rest in the eastern township, and as much in the southern one."""
    clients = []
    for township in (city.EAST, city.SOUTH):
        client = device("face_gate", township)
        for type_ in ("forced_open", "tamper", "dance"):
            client.report(type_)
        client.wait_for_ack()
        clients.append(client)
        unknown = f"sc/v1/{_path(township.villages[0])}/smoke/{township.mark}-stranger/event"
        gateway.publish(unknown, {"event_id": "1", "ts": 1, "type": "alarm"})
        _wait_for_letters(stack, township)
    cases = [
        _report(sign_in(username), township, _alarm_of(stack, client))
        for username, township, client in zip(
            ("town", "town2"), (city.EAST, city.SOUTH), clients, strict=True
        )
    ]
    _link(sign_in("city"), cases[0][0][0], cases[1][0][0])
    east = f"{city.EAST.code}%"
    unit = _unit_of(stack)
    task = _answered_task(sign_in("town"), cases[0][0][1], unit)
    stack.do(
        "tests.support.pushwork.of_the_east", task=task, title=city.EAST.name, endpoint=ENDPOINT
    )
    stack.do("tests.support.externals.of_the_east", reference=REFERENCE, unit=unit)
    notice = stack.do("tests.support.pushwork.notice", incident=cases[0][0][0], code=city.EAST.code)
    roster = stack.do("tests.support.roundwork.roster", unit=unit, username="patrol")
    walk = stack.do(
        "tests.support.roundwork.walk", unit=unit, name=city.EAST.name, lng=106.34, lat=38.1
    )
    conference = _meet(sign_in("town"))
    recording = stack.do(
        "tests.support.archivework.keep", conference=conference, text=city.EAST.name
    )
    return Outside(
        devices=[clients[0].facts.id, next(city.fleet()).id],
        alarms=_ids(
            stack, "SELECT id FROM alarms_alarm WHERE code LIKE %s AND open ORDER BY id", east
        ),
        letters=_ids(
            stack, "SELECT id FROM intake_deadletter WHERE code LIKE %s ORDER BY id", east
        ),
        pending=_ids(
            stack, "SELECT id FROM devices_pendingdevice WHERE code LIKE %s ORDER BY id", east
        ),
        units=[unit],
        incidents=cases[0][0],
        attachments=cases[0][1],
        tasks=[task],
        rounds=[walk["id"]],
        notices=[notice],
        members=[roster["member"]],
        shifts=[roster["shift"]],
        schedules=[_planned(sign_in("town"))],
        files=[1],
        windows=[lifework.plan(sign_in("town"), code=city.EAST.code, reason=city.EAST.name)],
        conferences=[conference],
        recordings=[recording],
        rules=[_stored(sign_in("admin"), clients[0].facts.id)],
    )


def _rule(device: str) -> dict[str, Any]:
    return {
        "name": city.EAST.name, "device": device, "condition": "x_of_the_east", "title_zh": city.EAST.name,
        "title_en": "East", "definition": {"when": {"type": "absence", "for_s": 31536000}}, "reason": "x",
    }  # fmt: skip


def _stored(session: Session, device: str) -> int:
    """A rule for a device of the east."""
    made = session.post("/api/v1/rules", _rule(device))
    assert made.status_code == 201, made.text
    return int(made.json()["id"])


def _link(session: Session, east: int, south: int) -> None:
    """Over the border: who sees one of the two knows nothing of it."""
    path = f"/api/v1/incidents/{east}/links/{south}"
    linked = session.request("PUT", path, {"reason": f"{city.EAST.name}停水"})
    assert linked.status_code == 201, linked.text


def _version(session: Session, incident: int) -> int:
    version: int = session.get(f"/api/v1/incidents/{incident}").json()["incident"]["version"]
    return version


def _unit_of(stack: Stack) -> int:
    unit: int = stack.do("add_unit", name=f"{city.EAST.name}队", code=city.EAST.code)
    return unit


def _answered_task(session: Session, incident: int, unit: int) -> int:
    """A task that waits for nobody's answer: its countdown does not move it."""
    body = {"version": _version(session, incident), "units": [unit]}
    sent = session.post(f"/api/v1/incidents/{incident}/tasks", body)
    assert sent.status_code == 201, sent.text
    task = int(sent.json()[0]["id"])
    assert session.post(f"/api/v1/tasks/{task}/acknowledge", {}).status_code == 200
    return task


def _alarm_of(stack: Stack, client: DeviceClient) -> int:
    sql = "SELECT id FROM alarms_alarm WHERE device_id = %s AND condition = 'tamper'"
    return int(stack.query(sql, client.facts.id)[0][0])


def _report(session: Session, township: city.Township, alarm: int) -> tuple[list[int], list[int]]:
    """A case of an alarm with a photo, and one of a call; their ids and the photo's."""
    promoted = session.post("/api/v1/incidents/from-alarms", {"alarms": [alarm]}).json()
    call = {
        "category": "0106",
        "source": "hotline",
        "code": township.villages[0],
        "title": f"{township.name}来电",
        "caller": {"name": township.name, "phone": "0951-1"},
    }
    called = session.post("/api/v1/incidents", call).json()
    path = f"/api/v1/incidents/{promoted['id']}/attachments"
    attached = session.request("POST", path, Upload(photo(), f"{township.name}.jpg"))
    assert attached.status_code == 201, attached.text
    return [promoted["id"], called["id"]], [attached.json()["id"]]


def _meet(session: Session) -> int:
    """A conference of the township; its id."""
    about = {"kind": "place", "label": city.EAST.name, "code": city.EAST.villages[0]}
    opened = session.post("/api/v1/conferences", {"about": about})
    assert opened.status_code == 201, opened.text
    return int(opened.json()["id"])


def _plan(below: list[str]) -> dict[str, Any]:
    """A conference of the township, some day far away."""
    return {
        "title": f"{city.EAST.name}例会",
        "code": city.EAST.code,
        "repeats": "once",
        "first_day": "2099-01-01",
        "at": "09:00",
        "invite": [{"code": code} for code in below],
    }


def _planned(session: Session) -> int:
    """A planned conference of the township; its id."""
    planned = session.post("/api/v1/conference-schedules", _plan([city.EAST.villages[0]]))
    assert planned.status_code == 201, planned.text
    return int(planned.json()["id"])


def _wait_for_letters(stack: Stack, township: city.Township) -> None:
    open_ones = "code LIKE %s AND state = 'open'"
    wait_until(
        lambda: stack.count("intake_deadletter", open_ones, f"{township.code}%") >= 2,
        what="the letters",
    )


def _ids(stack: Stack, sql: str, code: str) -> list[int]:
    return [row[0] for row in stack.query(sql, code)][-3:]


def _path(code: str) -> str:
    return f"{code[:6]}/{code[6:9]}/{code[9:12]}"


def _traces_in(text: str) -> list[str]:
    """Traces of the eastern township. The names of bridges are the installation's, not its."""
    text = re.sub(rf"bridge/(not-)?{city.EAST.code}", "bridge/…", text)
    escaped = [trace.encode("ascii", "backslashreplace").decode() for trace in city.EAST.traces()]
    return [trace for trace in (*city.EAST.traces(), *escaped) if trace in text]


def _schema() -> dict[str, Any]:
    """The API's own description, as it is committed; a contract test holds the two together."""
    schema: dict[str, Any] = json.loads((ROOT / "docs" / "api" / "openapi.json").read_text("utf-8"))
    return schema


def _requests(schema: dict[str, Any], outside: Outside) -> Iterator[tuple[str, str, Any, bool]]:
    """Every (method, path, body, names a thing outside) that the schema allows for."""
    for path, operations in schema["paths"].items():
        route = path.removeprefix("/api/v1")
        if route in UNTOUCHED:
            continue
        for method, operation in operations.items():
            verb = method.upper()
            parameters = operation.get("parameters", [])
            named = [p["name"] for p in parameters if p["in"] == "path"]
            asked = [p for p in parameters if p["in"] == "query"]
            needed = {p["name"]: NEEDED[p["name"]] for p in asked if p.get("required")}
            body = None if verb == "GET" else BODIES[f"{verb} {route}"](outside)
            for values in product(*(outside.values(name) for name in named)):
                filled = path
                for name, value in zip(named, values, strict=True):
                    filled = filled.replace(f"{{{name}}}", str(value))
                queries: list[dict[str, Any]] = [
                    {},
                    *(
                        {parameter["name"]: value}
                        for parameter in asked
                        for value in outside.queries(parameter["name"])
                    ),
                ]
                for query in queries:
                    text = str(httpx.QueryParams(needed | query))
                    yield verb, f"{filled}?{text}" if text else filled, body, bool(named)


@pytest.mark.parametrize("username", OUTSIDERS)
def test_no_route_shows_or_touches_what_lies_outside(
    stack: Stack, outside: Outside, sign_in: SignIn, username: str | None
) -> None:
    session = sign_in(username, web=1)
    schema = _schema()
    before = _standing(stack, outside)
    walked = set()
    for verb, path, body, names_outside in _requests(schema, outside):
        answer = session.request(verb, path, body)
        walked.add((verb, path.partition("?")[0]))
        told = f"{verb} {path} as {username}: {answer.status_code} {answer.text[:300]}"
        assert answer.status_code < 500, told
        if username is None:
            assert answer.status_code in (401, 403), told
        if names_outside:
            assert answer.status_code in (401, 403, 404), told
        assert _traces_in(answer.text) == [], told
    assert len(walked) > 25
    assert _standing(stack, outside) == before


def test_the_same_walk_finds_the_traces_where_they_may_be_seen(
    outside: Outside, sign_in: SignIn
) -> None:
    """The walk above would notice: somebody of the township is shown what it looks for."""
    insiders = [sign_in("admin"), sign_in("city")]
    schema = _schema()
    shown = [
        path.partition("?")[0]
        for insider in insiders
        for verb, path, _, _ in _requests(schema, outside)
        if verb == "GET" and _traces_in(insider.get(path).text)
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


def _standing(stack: Stack, outside: Outside) -> list[Any]:
    """What the requests of an outsider must not change."""
    return [
        [
            stack.query("SELECT acknowledged FROM alarms_alarm WHERE id = %s", i)
            for i in outside.alarms
        ],
        [
            stack.query("SELECT state FROM intake_deadletter WHERE id = %s", i)
            for i in outside.letters
        ],
        [
            stack.query("SELECT state FROM devices_pendingdevice WHERE id = %s", i)
            for i in outside.pending
        ],
        [stack.query("SELECT status FROM units_unit WHERE id = %s", i) for i in outside.units],
        [
            stack.query("SELECT version, stage, title FROM incidents_incident WHERE id = %s", i)
            for i in outside.incidents
        ],
        [stack.count("incidents_entry", "incident_id = %s", i) for i in outside.incidents],
        stack.count("incidents_link"),
        stack.count("incidents_incident", "code LIKE %s", f"{city.EAST.code}%"),
        [stack.query("SELECT state FROM tasks_task WHERE id = %s", i) for i in outside.tasks],
        [stack.count("tasks_task", "incident_id = %s", i) for i in outside.incidents],
        [stack.count("rounds_visit", "round_id = %s", i) for i in outside.rounds],
        [stack.count("units_unitmember", "id = %s", i) for i in outside.members],
        [stack.count("units_shift", "unit_id = %s", i) for i in outside.units],
        [
            stack.query("SELECT seen_at FROM notices_notice WHERE id = %s", i)
            for i in outside.notices
        ],
        [stack.count("archive_decision", "conference_id = %s", i) for i in outside.conferences],
        [stack.count("conferences_seat", "conference_id = %s", i) for i in outside.conferences],
        [
            stack.count("conferences_conference", "id = %s AND end_reason = 'ended'", i)
            for i in outside.conferences
        ],
        stack.count("conferences_conference", "about_code LIKE %s", f"{city.EAST.code}%"),
        [
            stack.query(
                "SELECT title, ended_at FROM conference_schedules_schedule WHERE id = %s", i
            )
            for i in outside.schedules
        ],
        stack.count("conference_schedules_schedule", "code LIKE %s", f"{city.EAST.code}%"),
        stack.count("conference_quality_seatline"),
        stack.count("conference_files_sharedfile"),
        [stack.count("commands_command", "device_id = %s", i) for i in outside.devices],
        stack.query("SELECT reason, state FROM maintenance_maintenancewindow ORDER BY id"),
        [
            stack.query(
                "SELECT latched, shelved_until, assignee_id, comments, out_of_service "
                "FROM alarms_alarm WHERE id = %s",
                i,
            )
            for i in outside.alarms
        ],
        stack.query("SELECT user_id FROM push_subscription WHERE endpoint = %s", ENDPOINT),
    ]


def test_no_frame_holds_what_lies_outside(
    stack: Stack, console: Sit, device: SwitchOn, sign_in: SignIn
) -> None:
    everything = console("city")
    outsiders = [console("town2", web=0), console("town2", web=1), console("admin2", web=1)]
    _make_every_kind(stack, everything, device, sign_in("patrol"))
    kinds = {event["kind"] for event in everything.events}
    assert kinds == set(section_of()), "a kind of event that this test does not cause"
    head = stack.query("SELECT seq FROM feed_feedhead")[0][0]
    for one in outsiders:
        one.catch_up(head)
        assert _traces_in(one.text()) == []
        one.leave()
        one.open()
        assert _traces_in(one.text()) == []


def _make_every_kind(stack: Stack, everything: Console, device: SwitchOn, patrol: Session) -> None:
    """Have every kind of event happen in the eastern township."""
    gate = device("face_gate")
    gate.report("forced_open")
    everything.wait_for_alarm(gate.facts.id, "forced_open", count=1)
    gate.report("forced_open")
    everything.wait_for_alarm(gate.facts.id, "forced_open", count=2)
    gate.report("pass")
    alarm = everything.wait_for_alarm(gate.facts.id, "forced_open", active=False)
    gate.report("tamper")
    tamper = everything.wait_for_alarm(gate.facts.id, "tamper")
    for one in (alarm, tamper):
        everything.session.post(f"/api/v1/alarms/{one['id']}/acknowledge", {"note": "x"})
    everything.wait_for_event("alarm.closed", id=alarm["id"])
    everything.wait_for_event("alarm.acknowledged", id=tamper["id"])
    everything.session.post(
        f"/api/v1/devices/{gate.facts.id}/commands", {"action": "open", "reason": city.EAST.name}
    )
    everything.wait_for_event("command.changed", device_id=gate.facts.id, state="sent")
    stack.do("tests.support.commandwork.give_up", device=gate.facts.id)
    everything.wait_for_event("command.removed", device_id=gate.facts.id)
    lifework.live(everything, gate)
    stack.do("tests.support.lifework.pass_on", device=gate.facts.id, condition="fault")
    mover = city.DeviceFacts("mover", f"{city.EAST.name}移", "camera", city.EAST.villages[0])
    stack.register(mover)
    stack.do("move", device="mover", code=city.EAST.villages[1])
    stack.do("remove", device="mover")
    everything.wait_for_event("device.removed", id="mover")
    hamlet = f"{city.EAST.code}099"
    stack.do("set_jurisdiction", code=hamlet, name=f"{city.EAST.name}新村")
    stack.do("drop_jurisdiction", code=hamlet)
    everything.wait_for_event("jurisdiction.removed", code=hamlet)
    case = {"category": "0901", "code": city.EAST.villages[0], "title": f"{city.EAST.name}误报"}
    incident = everything.session.post("/api/v1/incidents", case).json()["id"]
    everything.session.post(
        f"/api/v1/incidents/{incident}/actions/transfer_down",
        {"version": 1, "target": city.WEST.code},
    )
    everything.wait_for_event("incident.removed", id=incident)
    second = everything.session.post("/api/v1/incidents", case).json()["id"]
    notice = stack.do("tests.support.pushwork.notice", incident=second, code=city.EAST.code)
    task = _answered_task(everything.session, second, _unit_of(stack))
    everything.session.post(f"/api/v1/tasks/{task}/decline", {"reason": "x"})
    everything.session.post(
        f"/api/v1/incidents/{second}/actions/transfer_down",
        {"version": _version(everything.session, second), "target": city.WEST.code},
    )
    everything.wait_for_event("task.removed", id=task)
    everything.wait_for_event("notice.removed", id=notice)
    plan = _plan([city.EAST.villages[0]]) | {"code": city.CITY}
    planned = everything.session.post("/api/v1/conference-schedules", plan).json()["id"]
    everything.wait_for_event("schedule.changed", id=planned)
    everything.session.request("DELETE", f"/api/v1/conference-schedules/{planned}")
    outage = stack.do("outage", code=city.EAST.villages[0], site=f"{city.EAST.name}院")
    everything.wait_for_event("outage.changed", id=outage)
    met = _meet(everything.session)
    everything.wait_for_event("conference.changed", id=met)
    unit = _unit_of(stack)
    stack.do("join", unit=unit, username="patrol")
    call = patrol.post("/api/v1/me/sos", {}).json()["alarm"]
    patrol.post("/api/v1/me/sos/place", {"lat": 38.1, "lng": 106.3})
    everything.wait_for_event("alarm.placed", id=call)
    stack.do("drop_unit", unit=unit)
    everything.wait_for_event("unit.removed", id=unit)


def test_what_moves_out_of_sight_is_removed_and_what_moves_in_appears(
    stack: Stack, console: Sit
) -> None:
    south = console("town2")
    leaver = city.DeviceFacts("leaver", "过路", "camera", city.SOUTH.villages[0])
    stack.register(leaver)
    south.wait_for_event("device.changed", id="leaver")
    stack.do("move", device="leaver", code=city.EAST.villages[0])
    south.wait_for_event("device.removed", id="leaver")
    assert "leaver" not in south.shown()["devices"]
    assert _traces_in(south.text()) == []
    stack.do("move", device="leaver", code=city.SOUTH.villages[1])
    wait_until(lambda: "leaver" in south.shown()["devices"], what="its return")
    stack.do("remove", device="leaver")


def test_no_admin_page_shows_what_lies_outside(
    stack: Stack, outside: Outside, sign_in: SignIn
) -> None:
    assert outside.alarms
    session = sign_in("admin2", web=1)
    pages: dict[str, list[str]] = stack.do("admin_objects", traces=list(city.EAST.traces()))
    assert any("device" in path for path in pages)
    assert any(pages.values())
    assert session.get("/admin/").status_code == 200
    for path in pages:
        for page in (path, f"{path}add/", f"{path}?q={city.EAST.mark}", f"{path}?all=1"):
            answer = session.get(page)
            assert answer.status_code in (200, 302, 403, 404), f"{page}: {answer.status_code}"
            shown = answer.text.replace(f"?q={city.EAST.mark}", "").replace(
                f'value="{city.EAST.mark}"', ""
            )
            assert _traces_in(shown) == [], page
    for path, keys in pages.items():
        for key, view in product(keys, ("change", "history", "delete")):
            session.http.cookies.delete("messages")  # what the last refusal said of its key
            answer = session.get(f"{path}{key}/{view}/")
            assert answer.status_code in (200, 302, 403, 404), f"{path}{key}/{view}/"
            # An account with posts here and there may be seen, its post there may not.
            assert _traces_in(answer.text) == [], f"{path}{key}/{view}/"


def test_who_is_no_administrator_has_no_admin(sign_in: SignIn) -> None:
    for username in ("city", "town2", "nobody", None):
        answer = sign_in(username).get("/admin/devices/device/")
        assert answer.status_code in (302, 403), username
        assert _traces_in(answer.text) == []
