"""What goes over the wire is what the models and the schema say."""

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from command_center.feed.messages import SERVER_FRAMES
from command_center.feed.sections import section_of, sections
from tests.support import city
from tests.support.consoles import Console, Session
from tests.support.devices import DeviceClient
from tests.support.stack import Stack
from tests.support.waiting import wait_until

Sit = Callable[..., Console]
SwitchOn = Callable[..., DeviceClient]
SignIn = Callable[..., Session]

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
    session = sign_in(username)
    schema = session.get("/api/v1/openapi.json").json()
    ids = {
        "code": gate.facts.code,
        "device_id": gate.facts.id,
        "alarm_id": stack.query("SELECT max(id) FROM alarms_alarm")[0][0],
        "letter_id": stack.query("SELECT max(id) FROM intake_deadletter")[0][0],
        "unit_id": stack.query("SELECT max(id) FROM units_unit")[0][0],
    }
    checked = 0
    for path, operations in schema["paths"].items():
        if "get" not in operations:
            continue
        answer = session.get(path.format(**ids))
        assert answer.status_code in (200, 403, 404), f"{path}: {answer.text[:300]}"
        if answer.status_code == 200:
            _check(schema, operations["get"], answer.json())
            checked += 1
        else:
            assert answer.json().keys() >= {"type", "title", "status", "code", "detail"}
    assert checked >= 10


def _check(schema: dict[str, Any], operation: dict[str, Any], body: Any) -> None:
    content = operation["responses"]["200"].get("content", {})
    expected = content.get("application/json", {}).get("schema")
    if expected is not None:
        jsonschema.validate(body, {**expected, "components": schema["components"]})
