"""Things of the eastern township, which people of the others may neither see nor touch, and how a route calls them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dispatch.incidents.lifecycle import Action
from dispatch.tasks.lifecycle import Step
from tests.support import city, lifework
from tests.support.consoles import Session, Upload
from tests.support.devices import DeviceClient, Publisher
from tests.support.photos import photo
from tests.support.stack import Stack
from tests.support.waiting import wait_until

SignIn = Callable[..., Session]
SwitchOn = Callable[..., DeviceClient]

REFERENCE = "HL-of-the-east"


ENDPOINT = "http://127.0.0.1:9/of-somebody-of-the-east"


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


def make_outside(stack: Stack, device: SwitchOn, gateway: Publisher, sign_in: SignIn) -> Outside:
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
    unit = unit_of(stack)
    task = answered_task(sign_in("town"), cases[0][0][1], unit)
    stack.do(
        "tests.support.pushwork.of_the_east", task=task, title=city.EAST.name, endpoint=ENDPOINT
    )
    stack.do("tests.support.externals.of_the_east", reference=REFERENCE, unit=unit)
    notice = stack.do("tests.support.pushwork.notice", incident=cases[0][0][0], code=city.EAST.code)
    roster = stack.do("tests.support.roundwork.roster", unit=unit, username="patrol")
    walk = stack.do(
        "tests.support.roundwork.walk", unit=unit, name=city.EAST.name, lng=106.34, lat=38.1
    )
    conference = meet(sign_in("town"))
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


def rule_of(device: str) -> dict[str, Any]:
    return {
        "name": city.EAST.name, "device": device, "condition": "x_of_the_east", "title_zh": city.EAST.name,
        "title_en": "East", "definition": {"when": {"type": "absence", "for_s": 31536000}}, "reason": "x",
    }  # fmt: skip


def _stored(session: Session, device: str) -> int:
    """A rule for a device of the east."""
    made = session.post("/api/v1/rules", rule_of(device))
    assert made.status_code == 201, made.text
    return int(made.json()["id"])


def _link(session: Session, east: int, south: int) -> None:
    """Over the border: who sees one of the two knows nothing of it."""
    path = f"/api/v1/incidents/{east}/links/{south}"
    linked = session.request("PUT", path, {"reason": f"{city.EAST.name}停水"})
    assert linked.status_code == 201, linked.text


def version_of(session: Session, incident: int) -> int:
    version: int = session.get(f"/api/v1/incidents/{incident}").json()["incident"]["version"]
    return version


def unit_of(stack: Stack) -> int:
    unit: int = stack.do("add_unit", name=f"{city.EAST.name}队", code=city.EAST.code)
    return unit


def answered_task(session: Session, incident: int, unit: int) -> int:
    """A task that waits for nobody's answer: its countdown does not move it."""
    body = {"version": version_of(session, incident), "units": [unit]}
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


def meet(session: Session) -> int:
    """A conference of the township; its id."""
    about = {"kind": "place", "label": city.EAST.name, "code": city.EAST.villages[0]}
    opened = session.post("/api/v1/conferences", {"about": about})
    assert opened.status_code == 201, opened.text
    return int(opened.json()["id"])


def plan_of(below: list[str]) -> dict[str, Any]:
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
    planned = session.post("/api/v1/conference-schedules", plan_of([city.EAST.villages[0]]))
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


def traces_in(text: str) -> list[str]:
    """Traces of the eastern township. The names of bridges are the installation's, not its."""
    text = re.sub(rf"bridge/(not-)?{city.EAST.code}", "bridge/…", text)
    escaped = [trace.encode("ascii", "backslashreplace").decode() for trace in city.EAST.traces()]
    return [trace for trace in (*city.EAST.traces(), *escaped) if trace in text]
