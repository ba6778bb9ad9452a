"""From a camera's message to a picture on a desk, and who looked and why in the audit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from iot_bridge.simulator.pictures import lane
from tests.support import city
from tests.support.consoles import Console, Session
from tests.support.devices import DeviceClient
from tests.support.stack import Shape, Stack

pytestmark = pytest.mark.shapes(Shape.EMBEDDED)

Sit = Callable[..., Console]
SignIn = Callable[..., Session]
SwitchOn = Callable[..., DeviceClient]


def test_an_alarm_s_snapshot_is_seen_for_a_reason_by_who_may(
    stack: Stack, console: Sit, sign_in: SignIn, device: SwitchOn
) -> None:
    watching, camera, gate = console("town"), device("camera"), device("face_gate")
    drawn = lane(Random(5))
    camera.wait_for_ack(camera.report("tamper", {"active": True, "snapshot": drawn}))
    gate.wait_for_ack(gate.report("pass", {"snapshot": drawn}))
    alarm = watching.wait_for_alarm(camera.facts.id, "tamper")["id"]
    town = sign_in("town")
    [shown] = town.get(f"/api/v1/alarms/{alarm}/snapshots").json()
    assert (shown["device_id"], shown["type"], shown["width"]) == (camera.facts.id, "tamper", 480)
    assert len(town.get(f"/api/v1/devices/{camera.facts.id}/snapshots").json()["items"]) == 1
    assert town.get(f"/api/v1/devices/{gate.facts.id}/snapshots").json()["items"] == []

    looks = f"/api/v1/snapshots/{shown['id']}/looks"
    for username, status in (("town2", 404), ("patrol", 403), ("auditor", 403)):
        assert sign_in(username).post(looks, {"reason": "verify"}).status_code == status
    assert town.post(looks, {"reason": "other", "text": " "}).status_code == 422
    assert town.get(f"/api/v1/snapshots/{shown['id']}/picture", ticket="x").status_code == 403
    look = town.post(looks, {"reason": "verify", "text": "看是否遮挡"}).json()
    picture = town.get(look["url"])
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    assert picture.content.startswith(b"\xff\xd8")
    assert picture.headers["cache-control"] == "private, no-store"
    for other in (sign_in("city"), sign_in("town", afresh=True), sign_in(None)):
        assert other.get(look["url"]).status_code in (401, 403)

    rows = stack.query(
        "SELECT actor_name, detail FROM audit_auditentry WHERE action = 'snapshot.seen' AND subject = %s",
        camera.facts.id,
    )
    assert len(rows) == 1
    assert rows[0][0] == town.get("/api/v1/me").json()["name"]
    assert json.loads(rows[0][1]).items() >= {"reason": "verify", "text": "看是否遮挡"}.items()
    _nowhere(stack, drawn[100:160])


def _nowhere(stack: Stack, part: str) -> None:
    """The message's own words are on no disk: neither in the database nor in a log."""
    for path in Path(stack.directory).rglob("*"):
        if path.is_file():
            assert part.encode() not in path.read_bytes(), path


def test_a_huge_picture_spoils_neither_its_event_nor_the_bridge(
    stack: Stack, sign_in: SignIn, device: SwitchOn
) -> None:
    camera = device("camera", city.SOUTH)
    event_id = camera.report("motion", {"snapshot": "iVBORw0KGgo" + "A" * 40_000})
    camera.wait_for_ack(event_id)
    town = sign_in("town2")
    [event] = town.get(f"/api/v1/devices/{camera.facts.id}/events").json()["items"]
    assert event["data"]["snapshot"] in ("bad_type", "broken", "bad_base64")
    assert town.get(f"/api/v1/devices/{camera.facts.id}/snapshots").json()["items"] == []
    assert stack.count("intake_deadletter", "device_id = %s", camera.facts.id) == 0
