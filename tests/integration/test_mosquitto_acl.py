"""Mosquitto holds every device and every team's phone to its own password and topics, with the files we write."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from command_center.jurisdictions.models import Jurisdiction
from command_center.variables import BrokerUrl
from dispatch.owntracks import services as owntracks
from dispatch.owntracks.models import TrackingLogin
from dispatch.units.kinds import UnitKind, UnitStatus
from dispatch.units.models import Unit
from iot_bridge.devices import jobs
from iot_bridge.devices.broker_files import publish_broker_files
from iot_bridge.devices.models import Device
from iot_bridge.protocol.topics import Kind
from tests.support.mosquitto import Mosquitto, configuration, hashed_by_mosquitto, start_mosquitto
from tests.support.mqtt import TestClient, connected
from tests.support.ports import free_port
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.services, pytest.mark.django_db]

VILLAGE = "640181100201"
BASE = "sc/v1/640181/100/201/face_gate"

Issue = Callable[[str], dict[str, Any]]


@pytest.fixture
def gates() -> None:
    city = Jurisdiction.objects.create(code="640181", name="灵武市", level="city")
    Jurisdiction.objects.create(code=VILLAGE, name="示范村", level="village", parent=city)
    for number in (1, 2):
        Device.objects.create(
            id=f"gate-{number}", name="门", kind=Kind.FACE_GATE, jurisdiction_id=VILLAGE
        )
    Device.objects.create(
        id="gate-9",
        name="门",
        kind=Kind.FACE_GATE,
        jurisdiction_id=VILLAGE,
        codec="face_terminal",
        external_id="1379009",
    )


@pytest.fixture
def broker(gates: None, settings: Settings, tmp_path: Path) -> Iterator[Mosquitto]:
    """A Mosquitto with the files that the registry gives, told to reload by its pid file."""
    directory = tmp_path / "mosquitto"
    directory.mkdir()
    port = free_port()
    url = BrokerUrl("127.0.0.1", port, "bridge", "the bridge's own")
    settings.DATA_DIR = tmp_path
    settings.ENVIRONMENT = replace(
        settings.ENVIRONMENT,
        data_dir=tmp_path,
        mqtt_url=url,
        mosquitto_pid_file=directory / "pid",
    )
    publish_broker_files(url)
    config = configuration(port, directory).replace("allow_anonymous true", "allow_anonymous false")
    config += (
        f"password_file {tmp_path / 'broker' / 'passwd'}\n"
        f"acl_file {tmp_path / 'broker' / 'acl'}\n"
        f"pid_file {directory / 'pid'}\n"
    )
    running = start_mosquitto(directory, port=port, config=config)
    yield running
    running.child.stop()


@pytest.fixture
def issue(broker: Mosquitto) -> Issue:
    """Gives a device a fresh login and waits until Mosquitto has read it."""

    def fresh(device_id: str) -> dict[str, Any]:
        reloads = broker.child.output().count("Reloading config")
        out = StringIO()
        call_command("device_credential", device_id, stdout=out)
        wait_until(
            lambda: broker.child.output().count("Reloading config") > reloads,
            what="Mosquitto's reload",
        )
        login: dict[str, Any] = json.loads(out.getvalue())
        return login

    return fresh


@pytest.fixture
def phone(broker: Mosquitto) -> dict[str, Any]:
    """The login of a team's OwnTracks app; Mosquitto has read it when this returns."""
    unit = Unit.objects.create(
        name="环卫一队",
        kind=UnitKind.DEPARTMENT,
        jurisdiction_id=VILLAGE,
        status=UnitStatus.AVAILABLE,
        updated_at=timezone.now(),
    )
    row = TrackingLogin(unit=unit)
    password = owntracks.issue(row=row, actor=None)
    reload_by_the_worker(broker)
    return {"username": row.login, "password": password}


def reload_by_the_worker(broker: Mosquitto) -> None:
    """The worker's job finds that the files have changed, and Mosquitto reads them."""
    reloads = broker.child.output().count("Reloading config")
    assert jobs.write_broker_files.run() == "passwd and acl written, Mosquitto told to reload"
    wait_until(
        lambda: broker.child.output().count("Reloading config") > reloads, what="Mosquitto's reload"
    )


def as_device(broker: Mosquitto, login: dict[str, Any]) -> TestClient:
    client = TestClient(username=login["username"], password=login["password"])
    answer = client.connect(broker.port)
    assert not answer.is_failure, str(answer)
    return client


def test_the_right_password_enters_and_no_other(broker: Mosquitto, issue: Issue) -> None:
    login = issue("gate-1")
    assert login["port"] == broker.port
    as_device(broker, login).disconnect()
    for username, password in (
        ("gate-1", "wrong"),
        ("gate-2", login["password"]),
        ("nobody", login["password"]),
        (None, None),
    ):
        stranger = TestClient(username=username, password=password)
        assert stranger.connect(broker.port).is_failure, username
        stranger.disconnect()


def test_mosquittos_own_hashes_and_ours_are_of_one_kind(broker: Mosquitto, tmp_path: Path) -> None:
    """A password file of `mosquitto_passwd` beside ours: the same fields, of the same lengths."""
    theirs = hashed_by_mosquitto(tmp_path, {"bridge": "x"}).strip().split(":")[1].split("$")
    ours = (tmp_path / "broker" / "passwd").read_text().splitlines()[0].split(":")[1].split("$")
    assert [len(part) for part in ours] == [len(part) for part in theirs]


def test_a_device_writes_its_own_topics_and_no_other(broker: Mosquitto, issue: Issue) -> None:
    own, other = issue("gate-1"), issue("gate-2")
    allowed = [f"{BASE}/gate-1/{channel}" for channel in ("event", "state", "reply")]
    forbidden = [
        f"{BASE}/gate-2/event",
        f"{BASE}/gate-2/reply",
        f"{BASE}/gate-2/cmd",
        f"{BASE}/gate-1/ack",
        f"{BASE}/gate-1/cmd",
        f"{BASE}/gate-1/event/more",
        "sc/v1/640181/100/202/face_gate/gate-1/event",
        "mqtt/face/1379009/Rec",
        "anything",
    ]
    with connected(broker.port, username="bridge", password="the bridge's own") as bridge:
        bridge.subscribe("sc/#", "mqtt/face/+/Rec")
        device = as_device(broker, own)
        for topic in allowed:
            assert not device.publish(topic, "mine").is_failure
        for topic in forbidden:
            assert device.publish(topic, "not mine").is_failure, topic
        neighbour = as_device(broker, other)
        neighbour.publish(f"{BASE}/gate-2/event", "sentinel")
        bridge.wait_for(f"{BASE}/gate-2/event", b"sentinel")
        assert [topic for topic, payload in bridge.messages if payload == b"mine"] == allowed
        assert b"not mine" not in [payload for _topic, payload in bridge.messages]
        device.disconnect()
        neighbour.disconnect()


def test_a_device_reads_its_own_acks_and_commands_and_no_others(
    broker: Mosquitto, issue: Issue
) -> None:
    login = issue("gate-1")
    device = as_device(broker, login)
    device.subscribe(f"{BASE}/+/ack", f"{BASE}/+/cmd", "sc/#", "#")
    with connected(broker.port, username="bridge", password="the bridge's own") as bridge:
        bridge.publish(f"{BASE}/gate-2/ack", "for gate-2")
        bridge.publish(f"{BASE}/gate-2/cmd", "for gate-2")
        bridge.publish(f"{BASE}/gate-1/cmd", "for gate-1")
        bridge.publish(f"{BASE}/gate-2/event", "from gate-2")
        bridge.publish(f"{BASE}/gate-1/event", "not even its own")
        bridge.publish(f"{BASE}/gate-1/ack", "sentinel")
        device.wait_for(f"{BASE}/gate-1/ack", b"sentinel")
    assert list(dict.fromkeys(device.messages)) == [  # each once, by whatever filters it came
        (f"{BASE}/gate-1/cmd", b"for gate-1"),
        (f"{BASE}/gate-1/ack", b"sentinel"),
    ]
    device.disconnect()


def test_a_maker_s_terminal_writes_under_its_makers_id(broker: Mosquitto, issue: Issue) -> None:
    terminal = as_device(broker, issue("gate-9"))
    with connected(broker.port, username="bridge", password="the bridge's own") as bridge:
        bridge.subscribe("mqtt/face/+/Rec", "mqtt/face/heartbeat")
        assert not terminal.publish("mqtt/face/heartbeat", "{}").is_failure
        assert terminal.publish("mqtt/face/1379010/Rec", "{}").is_failure
        assert not terminal.publish("mqtt/face/1379009/Rec", "{}").is_failure
        bridge.wait_for("mqtt/face/1379009/Rec")
        assert not bridge.payloads("mqtt/face/1379010/Rec")
    terminal.disconnect()


def test_a_will_on_anothers_topic_is_not_delivered(broker: Mosquitto, issue: Issue) -> None:
    own, other = issue("gate-1"), issue("gate-2")
    with connected(broker.port, username="bridge", password="the bridge's own") as bridge:
        bridge.subscribe("sc/#")
        for topic in (f"{BASE}/gate-2/state", f"{BASE}/gate-1/state"):
            device = TestClient(
                username=own["username"], password=own["password"], will=(topic, b"gone")
            )
            device.connect(broker.port)
            stream = device.paho.socket()
            assert stream is not None
            device.paho.loop_stop()
            stream.close()  # no DISCONNECT: the broker speaks the will
        neighbour = as_device(broker, other)
        bridge.wait_for(f"{BASE}/gate-1/state", b"gone")
        neighbour.publish(f"{BASE}/gate-2/event", "sentinel")
        bridge.wait_for(f"{BASE}/gate-2/event", b"sentinel")
        assert not bridge.payloads(f"{BASE}/gate-2/state")
        neighbour.disconnect()


def test_a_fresh_password_ends_the_old_one_and_its_connection(
    broker: Mosquitto, issue: Issue
) -> None:
    old = issue("gate-1")
    device = as_device(broker, old)
    new = issue("gate-1")
    assert device.ended.wait(20)
    device.paho.loop_stop()
    again = TestClient(username="gate-1", password=old["password"])
    assert again.connect(broker.port).is_failure
    again.disconnect()
    as_device(broker, new).disconnect()


def test_a_team_s_phone_writes_its_own_topics_and_reads_nothing(
    broker: Mosquitto, issue: Issue, phone: dict[str, Any]
) -> None:
    own = f"owntracks/{phone['username']}/phone"
    forbidden = [
        "owntracks/unit-0/phone",
        f"owntracks/{phone['username']}0/phone",
        f"{BASE}/gate-1/event",
        "mqtt/face/1379009/Rec",
        "anything",
    ]
    with connected(broker.port, username="bridge", password="the bridge's own") as bridge:
        bridge.subscribe("owntracks/+/+", "sc/#", "mqtt/face/+/Rec")
        app = as_device(broker, phone)
        app.subscribe("owntracks/#", "sc/#", "#")
        for topic in forbidden:
            assert app.publish(topic, "not mine").is_failure, topic
        assert not app.publish(own, "here").is_failure
        bridge.wait_for(own, b"here")
        device = as_device(broker, issue("gate-1"))
        assert device.publish(own, "not mine").is_failure
        assert not device.publish(f"{BASE}/gate-1/event", "sentinel").is_failure
        bridge.wait_for(f"{BASE}/gate-1/event", b"sentinel")
        assert bridge.messages == [(own, b"here"), (f"{BASE}/gate-1/event", b"sentinel")]
        # It subscribed to everything; what was for it would have come before this answer.
        assert not app.publish(own, "here again").is_failure
        assert app.messages == []
        device.disconnect()
        app.disconnect()
    TrackingLogin.objects.update(in_use=False)
    reload_by_the_worker(broker)
    gone = TestClient(username=phone["username"], password=phone["password"])
    assert gone.connect(broker.port).is_failure
    gone.disconnect()


def test_the_worker_takes_a_removed_device_off_the_broker(broker: Mosquitto, issue: Issue) -> None:
    login = issue("gate-1")
    Device.objects.get(pk="gate-1").delete()
    reload_by_the_worker(broker)
    gone = TestClient(username=login["username"], password=login["password"])
    assert gone.connect(broker.port).is_failure
    gone.disconnect()
    assert jobs.write_broker_files.run() == ""
