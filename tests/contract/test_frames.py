"""What goes over the wire is what the models and the schema say."""

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from command_center.feed.messages import SERVER_FRAMES
from command_center.feed.sections import section_of, sections
from tests.support import city
from tests.support.consoles import Console, Session, Upload
from tests.support.devices import DeviceClient
from tests.support.photos import photo
from tests.support.stack import Stack
from tests.support.waiting import wait_until

Sit = Callable[..., Console]
SwitchOn = Callable[..., DeviceClient]
SignIn = Callable[..., Session]

NEEDED = {
    "category": "0102",
    "since": "2026-01-01",
    "until": "2026-12-31",
    "code": city.EAST.villages[0],
    "ticket": "x",
}
"""What a query must name for its route to answer at all."""

FRAMES = {model.model_fields["type"].default: model for model in SERVER_FRAMES}


def check_frame(text: str) -> str:
    """Hold one frame against its model, and everything in it against its own; returns its type."""
    frame = json.loads(text)
    FRAMES[frame["type"]].model_validate_json(text)
    if frame["type"] == "snapshot":
        assert frame["state"].keys() == {section.name for section in sections()}
        for section in sections():
            for item in frame["state"][section.name]:
                section.item.model_validate_json(json.dumps(item))
    for event in frame.get("events", []):
        section = section_of()[event["kind"]]
        model = (
            section.item if event["kind"] in section.upserts else section.removals[event["kind"]]
        )
        model.model_validate_json(json.dumps(event["data"]))
    return str(frame["type"])


def test_every_frame_is_of_its_model(stack: Stack, console: Sit, device: SwitchOn) -> None:
    watching = console("city")
    gate = device("face_gate")
    for type_ in ("forced_open", "door_held", "tailgating", "pass", "battery"):
        gate.report(type_, {"battery": 80} if type_ == "battery" else {})
    gate.wait_for_ack()
    alarm = watching.wait_for_alarm(gate.facts.id, "forced_open", active=False)
    watching.session.post(f"/api/v1/alarms/{alarm['id']}/acknowledge", {"note": "看到"})
    watching.wait_for_event("alarm.closed", id=alarm["id"])
    case = watching.session.post("/api/v1/incidents/from-alarms", {"alarms": [alarm["id"]]}).json()
    where = {"version": 1, "target": city.WEST.code}
    watching.session.post(f"/api/v1/incidents/{case['id']}/actions/transfer_down", where)
    watching.wait_for_event("incident.removed", id=case["id"])
    gone = city.DeviceFacts("frames-gone", "去", "smoke", city.EAST.villages[0])
    stack.register(gone)
    stack.do("remove", device=gone.id)
    watching.wait_for_event("device.removed", id=gone.id)
    watching.leave()
    watching.open()
    wait_until(lambda: watching.beats, what="a heartbeat")
    assert {check_frame(text) for text in watching.frames} == set(FRAMES)


@pytest.mark.parametrize("username", ["admin", "auditor", "village"])
def test_every_answer_is_of_its_schema(
    stack: Stack, sign_in: SignIn, device: SwitchOn, username: str
) -> None:
    gate = device("face_gate")
    for type_ in ("forced_open", "dance"):
        gate.report(type_)
    gate.wait_for_ack()
    alarm = stack.query("SELECT id FROM alarms_alarm WHERE device_id = %s", gate.facts.id)[0][0]
    incident = _case_with_everything(sign_in("city"), alarm)
    unit = stack.do("add_unit", name="帧", code=city.EAST.code)
    city_desk, path = sign_in("city"), f"/api/v1/incidents/{incident}"
    version = city_desk.get(path).json()["incident"]["version"]
    sent = city_desk.post(f"{path}/tasks", {"version": version, "units": [unit]})
    assert sent.is_success, sent.text
    walk = stack.do("tests.support.roundwork.walk", unit=unit, name="帧", lng=106.34, lat=38.1)
    people = [
        {"user": key, "code": city.EAST.villages[0]}
        for (key,) in stack.query("SELECT id FROM accounts_user WHERE username = 'village'")
    ]
    met = sign_in("city").post("/api/v1/conferences", {"title": "帧", "invite": people})
    assert met.is_success, met.text
    plan = {
        "title": "帧",
        "code": city.CITY,
        "repeats": "once",
        "first_day": "2099-01-01",
        "at": "09:00",
    }
    planned = sign_in("city").post("/api/v1/conference-schedules", plan)
    assert planned.is_success, planned.text
    session = sign_in(username)
    schema = session.get("/api/v1/openapi.json").json()
    ids = {
        "code": gate.facts.code,
        "device_id": gate.facts.id,
        "alarm_id": alarm,
        "incident_id": incident,
        "attachment_id": stack.query("SELECT max(id) FROM incidents_attachment")[0][0],
        "pending_id": stack.query("SELECT max(id) FROM devices_pendingdevice")[0][0],
        "letter_id": stack.query("SELECT max(id) FROM intake_deadletter")[0][0],
        "unit_id": unit,
        "task_id": sent.json()[0]["id"],
        "round_id": walk["id"],
        "conference_id": met.json()["id"],
        "recording_id": stack.do(
            "tests.support.archivework.keep", conference=met.json()["id"], text="帧"
        ),
        "schedule_id": planned.json()["id"],
        "file_id": 1,
        "snapshot_id": 1,
        "group_id": 1,
        "window_id": 1,
        "rule_id": 1,
        "reference": "of-another-system",
    }
    checked = 0
    for path, operations in schema["paths"].items():
        if "get" not in operations:
            continue
        parameters = operations["get"].get("parameters", [])
        needed = [p["name"] for p in parameters if p["in"] == "query" and p.get("required")]
        answer = session.get(path.format(**ids), **{name: NEEDED[name] for name in needed})
        refusals = (401,) if "ExternalKey" in str(operations["get"].get("security")) else (403, 404)
        assert answer.status_code in (200, *refusals), f"{path}: {answer.text[:300]}"
        if answer.status_code == 200 and "json" not in answer.headers["content-type"]:
            assert "content" not in operations["get"]["responses"]["200"], path
        elif answer.status_code == 200:
            _check(schema, operations["get"], answer.json())
            checked += 1
        else:
            assert answer.json().keys() >= {"type", "title", "status", "code", "detail"}
    assert checked >= 10


def _case_with_everything(session: Session, alarm: int) -> int:
    """A case of an alarm, with a photo, an order, a wish for time and a case merged in."""
    base = "/api/v1/incidents"
    id_ = int(session.post(f"{base}/from-alarms", {"alarms": [alarm]}).json()["id"])
    report = {"category": "0106", "source": "hotline", "code": city.EAST.villages[0]}
    other = session.post(base, {**report, "caller": {"phone": "1"}}).json()["id"]
    taken = {"taken_ago_ms": "60000", "on_spot": "true", "lat": "38.1", "lng": "106.3"}
    for answer in (
        session.request("POST", f"{base}/{id_}/attachments", Upload(photo(), fields=taken)),
        session.post(f"{base}/{id_}/supervisions", {"text": "限期办结"}),
        session.post(f"{base}/{id_}/extensions", {"minutes": 10, "reason": "路远"}),
        session.post(f"{base}/{other}/actions/merge", {"version": 1, "into": id_}),
    ):
        assert answer.is_success, answer.text
    return id_


def _check(schema: dict[str, Any], operation: dict[str, Any], body: Any) -> None:
    content = operation["responses"]["200"].get("content", {})
    expected = content.get("application/json", {}).get("schema")
    if expected is not None:
        jsonschema.validate(body, {**expected, "components": schema["components"]})
