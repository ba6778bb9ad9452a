"""A device that announces itself through Home Assistant's discovery becomes one whose events raise alarms."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from tests.support import city
from tests.support.consoles import Console, Session
from tests.support.devices import Publisher
from tests.support.stack import Stack
from tests.support.waiting import wait_until

SignIn = Callable[..., Session]
Sit = Callable[..., Console]

_numbers = count(1)


def waiting(session: Session, ref: str) -> dict[str, Any] | None:
    """The row of a device on the waiting list."""
    answer = session.get("/api/v1/devices/pending", limit=500)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["items"]
    return next((row for row in rows if row["external_id"] == ref), None)


@pytest.fixture
def announced(gateway: Publisher) -> str:
    """A smoke detector that Zigbee2MQTT has announced and whose first report has come."""
    ref = f"0x00505043c9{next(_numbers):06x}"
    config = {
        "device": {
            "identifiers": [f"zigbee2mqtt_{ref}"],
            "manufacturer": "HEIMAN",
            "model": "Smoke detector",
            "model_id": "HS1SA-E",
        },
        "device_class": "smoke",
        "payload_off": False,
        "payload_on": True,
        "state_topic": f"zigbee2mqtt/{ref}",
        "unique_id": f"{ref}_smoke_zigbee2mqtt",
        "value_template": '{{ value_json["smoke"] }}',
    }
    gateway.publish(f"homeassistant/binary_sensor/{ref}/smoke/config", config)
    gateway.publish(f"zigbee2mqtt/{ref}", {"smoke": True, "battery": 93, "battery_low": False})
    return ref


def test_from_discovery_to_alarms(
    stack: Stack, gateway: Publisher, sign_in: SignIn, console: Sit, announced: str
) -> None:
    watching, admin = console("city"), sign_in("admin")
    row = wait_until(
        lambda: (found := waiting(admin, announced)) and found["count"] == 1 and found,
        what="the device on the waiting list",
    )
    assert (row["codec"], row["kind"], row["announced"]) == ("zigbee2mqtt", "smoke", True)
    assert (row["maker"], row["model"]) == ("HEIMAN", "HS1SA-E")
    path = f"/api/v1/devices/pending/{row['id']}"
    device = f"E-discovered-{announced[-6:]}"
    wanted: dict[str, Any] = {
        "id": device,
        "name": "三号楼烟感",
        "kind": "smoke",
        "code": city.EAST.villages[0],
    }
    wanted |= {"codec": "zigbee2mqtt", "lng": 106.34, "lat": 38.1}

    for stranger in ("city", "town"):
        assert sign_in(stranger).post(f"{path}/approve", wanted).status_code in (403, 404)
    wrong = admin.post(f"{path}/approve", {**wanted, "code": "110000"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "code")

    done = admin.post(f"{path}/approve", wanted)
    assert done.status_code == 200, done.text
    assert (done.json()["letters"], done.json()["device"]["lat"]) == (1, 38.1)
    watching.wait_for_alarm(device, "smoke", active=True)
    assert waiting(admin, announced) is None

    gateway.publish(f"zigbee2mqtt/{announced}", {"smoke": False, "battery": 93})
    watching.wait_for_alarm(device, "smoke", active=False)
    gateway.publish(f"zigbee2mqtt/{announced}/availability", {"state": "offline"})
    watching.wait_for_alarm(device, "device_offline", active=True)
    gateway.publish(f"zigbee2mqtt/{announced}/availability", {"state": "online"})
    watching.wait_for_alarm(device, "device_offline", active=False)
    events = admin.get(f"/api/v1/devices/{device}/events").json()["items"]
    assert [event["type"] for event in events] == ["normal", "alarm"]


def test_a_refused_device_stays_refused(
    gateway: Publisher, sign_in: SignIn, announced: str
) -> None:
    admin = sign_in("admin")
    row = wait_until(lambda: waiting(admin, announced), what="the device on the waiting list")
    path = f"/api/v1/devices/pending/{row['id']}"
    assert admin.post(f"{path}/refuse", {"reason": ""}).status_code == 422
    assert admin.post(f"{path}/refuse", {"reason": "测试用"}).status_code == 204
    assert admin.post(f"{path}/refuse", {"reason": "again"}).status_code == 409
    gateway.publish(f"zigbee2mqtt/{announced}", {"smoke": True, "battery": 91})
    wait_until(lambda: admin.get(path).json()["count"] >= 2, what="it to be counted")
    assert admin.get(path).json()["state"] == "refused"
    assert admin.request("DELETE", path).status_code == 204
    assert admin.get(path).status_code == 404


def test_letters_of_a_device_are_counted_and_replayed_together(
    stack: Stack, gateway: Publisher, sign_in: SignIn
) -> None:
    admin, village = sign_in("admin"), city.SOUTH.villages[0]
    path = f"{village[:6]}/{village[6:9]}/{village[9:12]}"
    facts = city.DeviceFacts(f"S-many-{next(_numbers)}", "钮", "panic_button", village)
    for number in range(3):
        body = {"event_id": f"e{number}", "ts": 1, "type": "battery", "data": {"battery": 50}}
        gateway.publish(f"sc/v1/{path}/panic_button/{facts.id}/event", body)

    def letters() -> dict[str, Any]:
        rows = admin.get("/api/v1/dead-letters/devices").json()
        return next((row for row in rows if row["device_id"] == facts.id), {})

    wait_until(lambda: letters().get("messages") == 3, what="three letters")
    assert letters()["reasons"] == {"unknown_device": 3}
    tried = admin.post("/api/v1/dead-letters/replay", {"device": facts.id}).json()
    assert tried == {"accepted": 0, "failed": 3, "left": 0}
    stack.register(facts)

    def taken_in() -> bool:
        admin.post("/api/v1/dead-letters/replay", {"device": facts.id})
        return not letters()

    wait_until(taken_in, what="the letters to be taken in")
    wait_until(
        lambda: len(admin.get(f"/api/v1/devices/{facts.id}/events").json()["items"]) == 3,
        what="three events",
    )
