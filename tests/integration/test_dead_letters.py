"""What cannot be taken becomes a dead letter, once, with its reason; and gets another chance."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support import city
from tests.support.consoles import Console, Session
from tests.support.devices import DeviceClient, Publisher
from tests.support.mqtt_samples import Sample, load_samples
from tests.support.stack import Shape, Stack
from tests.support.waiting import wait_until

pytestmark = pytest.mark.shapes(Shape.PRODUCTION)

SwitchOn = Callable[..., DeviceClient]
SignIn = Callable[..., Session]
Sit = Callable[..., Console]

GOOD = {"event_id": "g-1", "ts": 1, "type": "battery", "data": {"battery": 50}}


@pytest.fixture
def settled(stack: Stack, device: SwitchOn) -> Callable[[], None]:
    """Returns when every bridge has done all that was published before."""
    markers = [device("camera", township) for township in (city.EAST, city.SOUTH)]

    def settle() -> None:
        for marker in markers:
            marker.report("motion")
            marker.wait_for_ack()

    return settle


def letters(stack: Stack, topic: str) -> list[dict[str, Any]]:
    """The letters of a topic."""
    columns = ("id", "reason", "count", "code", "device_id", "state", "size")
    rows = stack.query(
        "SELECT id, reason, count, code, device_id, state, size FROM intake_deadletter "
        "WHERE topic = %s ORDER BY id",
        topic,
    )
    return [dict(zip(columns, row, strict=True)) for row in rows]


@pytest.mark.parametrize("township", [city.EAST, city.SOUTH], ids=lambda t: t.mark)
@pytest.mark.parametrize(
    ("reason", "topic", "payload"),
    [
        ("not_json", "{village}/face_gate/{known}/event", b"open sesame"),
        ("not_json", "{village}/face_gate/{known}/event", b'{"event_id": "x\xff"}'),
        ("bad_envelope", "{village}/face_gate/{known}/event", b"[1, 2]"),
        ("bad_envelope", "{village}/face_gate/{known}/event", b'{"type": "pass"}'),
        ("too_large", "{village}/face_gate/{known}/event", b"x" * 70_000),
        ("unknown_kind", "{village}/toaster/{known}/event", json.dumps(GOOD).encode()),
        ("unknown_device", "{village}/face_gate/nobody-knows/event", json.dumps(GOOD).encode()),
        ("wrong_topic", "{other}/face_gate/{known}/event", json.dumps(GOOD).encode()),
        ("wrong_topic", "{village}/smoke/{known}/event", json.dumps(GOOD).encode()),
        ("unknown_type", "{village}/face_gate/{known}/event", b'{"event_id":"t","ts":1,"type":"dance"}'),
        ("bad_data", "{village}/face_gate/{known}/event",
         b'{"event_id":"t","ts":1,"type":"battery","data":{"battery":"full"}}'),
    ],
)  # fmt: skip
def test_bad_input_becomes_one_letter_with_its_reason(
    stack: Stack,
    gateway: Publisher,
    new_device: Callable[..., city.DeviceFacts],
    settled: Callable[[], None],
    township: city.Township,
    reason: str,
    topic: str,
    payload: bytes,
) -> None:
    facts = new_device("face_gate", township)
    other = city.SOUTH if township is city.EAST else city.EAST
    full = "sc/v1/" + topic.format(
        village=_path(township.villages[0]), other=_path(other.villages[0]), known=facts.id
    )
    if reason == "unknown_device":
        full = full.replace("nobody-knows", f"{facts.id}-unknown")
    gateway.publish(full, payload)
    found = wait_until(lambda: letters(stack, full), what=f"a letter on {full}")
    settled()
    found = letters(stack, full)
    assert [(one["reason"], one["count"], one["state"]) for one in found] == [(reason, 1, "open")]
    assert found[0]["size"] == len(payload)
    if reason != "wrong_topic":
        assert found[0]["code"].startswith(township.code)
    gateway.publish(full, payload)
    wait_until(lambda: letters(stack, full)[0]["count"] == 2, what="the second to be counted")
    assert len(letters(stack, full)) == 1


def _path(code: str) -> str:
    return f"{code[:6]}/{code[6:9]}/{code[9:12]}"


def test_letters_are_counted_and_their_devices_told(stack: Stack, device: SwitchOn) -> None:
    gate = device("face_gate")
    before = stack.counter("dead_letters_total:unknown_type")
    gate.report("dance")
    gate.wait_for_ack()
    wait_until(
        lambda: stack.counter("dead_letters_total:unknown_type") == before + 1, what="the count"
    )


def _letter_samples() -> Iterator[Sample]:
    for sample in load_samples():
        if sample.reason and "/100/200/" in sample.topic:
            yield sample


@pytest.mark.parametrize("sample", list(_letter_samples()), ids=lambda s: s.title)
def test_bad_samples_end_as_the_index_says(
    stack: Stack, gateway: Publisher, sample: Sample
) -> None:
    topic = sample.topic.replace("/100/200/", f"/{city.WEST.code[6:]}/002/")
    gateway.publish(topic, sample.payload)
    wait_until(
        lambda: sample.reason in {one["reason"] for one in letters(stack, topic)},
        what=f"{sample.reason} on {topic}",
    )


@pytest.mark.parametrize("township", [city.EAST, city.SOUTH], ids=lambda t: t.mark)
def test_a_letter_is_replayed_once_its_device_is_registered(
    stack: Stack, gateway: Publisher, sign_in: SignIn, console: Sit, township: city.Township
) -> None:
    watching = console("city")
    facts = city.DeviceFacts(
        f"{township.mark}-late", f"{township.name}晚", "face_gate", township.villages[0]
    )
    body = {"event_id": "late-1", "ts": 1, "type": "forced_open"}
    gateway.publish(f"{facts.topic}/event", body)
    letter = wait_until(lambda: letters(stack, f"{facts.topic}/event"), what="the letter")[0]
    admin = sign_in("admin")
    first = admin.post(f"/api/v1/dead-letters/{letter['id']}/replay").json()
    assert (first["outcome"], first["reason"]) == ("dead_letter", "unknown_device")
    stack.register(facts)
    second = admin.post(f"/api/v1/dead-letters/{letter['id']}/replay")
    assert second.json()["outcome"] == "accepted"
    watching.wait_for_alarm(facts.id, "forced_open", active=True)
    wait_until(
        lambda: letters(stack, f"{facts.topic}/event")[0]["state"] == "replayed", what="its end"
    )
    assert admin.post(f"/api/v1/dead-letters/{letter['id']}/replay").status_code == 409


@pytest.mark.parametrize("township", [city.EAST, city.SOUTH], ids=lambda t: t.mark)
def test_a_foreign_letter_is_replayed_by_the_bridge_that_owns_its_device(
    stack: Stack, gateway: Publisher, sign_in: SignIn, console: Sit, township: city.Township
) -> None:
    """Nobody's letter while its device was unknown; now it belongs to one of the bridges."""
    watching = console("city")
    external = f"00000000000000{city.TOWNSHIPS.index(township):02}"
    topic = f"application/a/device/{external}/event/up"
    up = {"deviceInfo": {"devEui": external}, "fPort": 1, "fCnt": 5, "data": "AQ=="}
    gateway.publish(topic, up)
    letter = wait_until(lambda: letters(stack, topic), what="the letter")[0]
    assert (letter["reason"], letter["count"]) == ("unknown_device", 1)
    facts = city.DeviceFacts(
        f"{township.mark}-lora", "车位", "fire_lane", township.villages[0],
        "chirpstack_vehicle", external,
    )  # fmt: skip
    stack.register(facts, lane_hold_s=1)
    answer = sign_in("admin").post(f"/api/v1/dead-letters/{letter['id']}/replay")
    assert answer.json()["outcome"] == "accepted"
    watching.wait_for_alarm(facts.id, "lane_blocked", active=True)


def test_a_discarded_letter_is_closed_with_its_reason(
    stack: Stack, gateway: Publisher, sign_in: SignIn
) -> None:
    topic = f"sc/v1/{_path(city.WEST.villages[0])}/smoke/discarded/event"
    gateway.publish(topic, GOOD)
    letter = wait_until(lambda: letters(stack, topic), what="the letter")[0]
    admin = sign_in("admin")
    path = f"/api/v1/dead-letters/{letter['id']}"
    assert admin.post(f"{path}/discard", {"reason": ""}).status_code == 422
    assert sign_in("town").post(f"{path}/discard", {"reason": "x"}).status_code in (403, 404)
    assert admin.post(f"{path}/discard", {"reason": "拆除"}).status_code == 204
    assert admin.get(path).json()["closed_reason"] == "拆除"
    assert admin.post(f"{path}/discard", {"reason": "again"}).status_code == 409
    gateway.publish(topic, GOOD)
    wait_until(lambda: len(letters(stack, topic)) == 2, what="a letter anew")


def test_every_message_is_taken_by_exactly_one_bridge(stack: Stack, device: SwitchOn) -> None:
    before = stack.counter("events_total"), stack.counter("duplicates_total")
    cameras = [device("camera", township) for township in city.TOWNSHIPS]
    for camera in cameras:
        for _ in range(20):
            camera.report("motion")
    for camera in cameras:
        camera.wait_for_ack()
    wait_until(lambda: stack.counter("events_total") >= before[0] + 60, what="60 events counted")
    assert stack.counter("events_total") == before[0] + 60
    assert stack.counter("duplicates_total") == before[1]
