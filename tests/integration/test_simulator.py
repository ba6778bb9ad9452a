"""The simulator against a real Mosquitto: logins, wills, the outbox, a broker that dies, SIGTERM."""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from command_center.jurisdictions.models import Jurisdiction
from command_center.variables import BrokerUrl, ConfigurationError
from iot_bridge.devices.credentials import issue_credential
from iot_bridge.devices.models import Device
from iot_bridge.protocol.topics import Kind, build_topic
from iot_bridge.simulator import fleet, makers
from iot_bridge.simulator.cast import Player
from iot_bridge.simulator.connection import Connector, Login
from iot_bridge.simulator.ensemble import voices
from iot_bridge.simulator.figures import Figures
from iot_bridge.simulator.loop import Loop
from iot_bridge.simulator.voices import Voice
from tests.support.mosquitto import Mosquitto, configuration, running_mosquitto, start_mosquitto
from tests.support.mqtt import TestClient, connected
from tests.support.ports import free_port
from tests.support.processes import Child, start
from tests.support.waiting import wait_until

pytestmark = pytest.mark.services

ROOT = Path(__file__).parents[2]
VILLAGE = "640181100201"
KINDS = (Kind.FACE_GATE, Kind.FIRE_LANE, Kind.WIFI_PROBE)


def base(number: int) -> str:
    kind = KINDS[number % len(KINDS)]
    return build_topic(jurisdiction=VILLAGE, kind=kind, device_id=f"dev-{number}").base


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with running_mosquitto(
        tmp_path / "mosquitto", users={"demo": "demo", "bridge": "b"}
    ) as running:
        yield running


class Simulator:
    """`manage.py simulate` as a process, its devices from a file of credentials."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.report = directory / "report.json"
        self.children: list[Child] = []

    def __call__(self, port: int, *options: str, devices: int = 3, password: str = "demo") -> Child:
        login = {"host": "127.0.0.1", "port": port, "username": "demo", "password": password}
        lines = [json.dumps({**login, "topic": base(number)}) for number in range(devices)]
        path = self.directory / "credentials.jsonl"
        path.write_text("\n".join(lines), encoding="utf-8")
        command = [sys.executable, str(ROOT / "manage.py"), "simulate", "--credentials", str(path)]
        child = start(
            [*command, "--report", str(self.report), "--connects", "500", *options],
            log=self.directory / f"simulate-{len(self.children)}.log",
            environment={"DATA_DIR": str(self.directory / "data")},
            cwd=ROOT,
        )
        self.children.append(child)
        return child

    def figures(self, child: Child) -> dict[str, float]:
        """The report of a run that ends by itself."""
        assert child.process.wait(90) == 0, child.output()
        report: dict[str, float] = json.loads(self.report.read_text(encoding="utf-8"))
        return report


@pytest.fixture
def simulate(tmp_path: Path) -> Iterator[Simulator]:
    simulator = Simulator(tmp_path)
    yield simulator
    for child in simulator.children:
        if child.process.poll() is None:
            child.kill()


class Platform:
    """Acknowledges what `wants` says yes to, as the bridge does after its commit."""

    def __init__(self, client: TestClient, wants: Callable[[str, int], bool]) -> None:
        self.seen: Counter[str] = Counter()
        self._client = client
        self._wants = wants
        client.paho.on_message = self._on_message
        client.subscribe("sc/v1/+/+/+/+/+/event")

    def _on_message(self, client: object, userdata: object, message: object) -> None:
        topic: str = message.topic  # type: ignore[attr-defined]
        event_id = json.loads(message.payload)["event_id"]  # type: ignore[attr-defined]
        self.seen[event_id] += 1
        if self._wants(event_id, self.seen[event_id]):
            body = json.dumps({"event_ids": [event_id]})
            self._client.paho.publish(topic.removesuffix("event") + "ack", body)


def test_devices_come_online_retained_and_leave_in_good_order_at_sigterm(
    broker: Mosquitto, simulate: Simulator
) -> None:
    child = simulate(broker.port, "--stories", "none")
    with connected(broker.port, username="bridge", password="b") as bridge:
        bridge.subscribe("sc/v1/+/+/+/+/+/state")
        for number in range(3):
            bridge.wait_for(f"{base(number)}/state")
        began = time.monotonic()
        assert child.stop() == 0
        assert time.monotonic() - began < 2
        bridge.publish("sc/v1/0/0/0/x/x/state", "sentinel")
        bridge.wait_for("sc/v1/0/0/0/x/x/state", b"sentinel")
        said = [json.loads(payload) for topic, payload in bridge.messages if "dev-" in topic]
        assert all(state["online"] and 0 <= state["battery"] <= 100 for state in said)
    with connected(broker.port, username="bridge", password="b") as late:
        late.subscribe("sc/v1/+/+/+/+/+/state")
        late.wait_for(f"{base(2)}/state")


def test_an_event_is_sent_again_under_its_id_until_it_is_acknowledged(
    broker: Mosquitto, simulate: Simulator
) -> None:
    with connected(broker.port, username="bridge", password="b") as bridge:
        platform = Platform(bridge, lambda _id, times: times == 2)
        child = simulate(broker.port, "--rate", "40", "--duration", "1.5", "--resend-after", "0.3")
        figures = simulate.figures(child)
    assert figures["published"] == figures["acked"] == len(platform.seen) >= 40
    assert figures["resent"] >= figures["published"]
    assert figures["unacked"] == 0
    assert set(platform.seen.values()) == {2}
    assert figures["ack_p50_ms"] >= 300


def test_no_event_is_lost_when_the_broker_is_killed(broker: Mosquitto, simulate: Simulator) -> None:
    with connected(broker.port, "bridge", username="bridge", password="b") as bridge:
        platform = Platform(bridge, lambda _id, _times: True)
        child = simulate(broker.port, "--rate", "60", "--duration", "4", "--resend-after", "0.5")
        wait_until(lambda: len(platform.seen) > 30, what="events")
        broker.kill()
        wait_until(lambda: child.said("is away"), what="word of the broker's absence")
        before = len(platform.seen)
        broker.restart()
        bridge.ended.wait(10)
        wait_until(bridge.paho.is_connected, what="the bridge's reconnect")
        bridge.subscribe("sc/v1/+/+/+/+/+/event")
        figures = simulate.figures(child)
    assert child.output().count("is away") == 1
    assert child.said("is back")
    assert len(platform.seen) > before
    assert figures["unacked"] == figures["dropped"] == 0
    assert figures["published"] == figures["acked"] == len(platform.seen)
    assert figures["connections_lost"] == 3


def test_a_broker_that_is_away_is_waited_for(simulate: Simulator, tmp_path: Path) -> None:
    port = free_port()
    child = simulate(port, "--stories", "none")
    wait_until(lambda: child.said(f"127.0.0.1:{port} is away"), what="word of it")
    running = start_mosquitto(tmp_path / "late", port=port, users={"demo": "demo", "b": "b"})
    try:
        with connected(port, username="b", password="b") as bridge:
            bridge.subscribe("sc/v1/+/+/+/+/+/state")
            for number in range(3):
                bridge.wait_for(f"{base(number)}/state")
        assert child.output().count("is away") == 1
    finally:
        running.child.stop()


def test_a_wrong_password_is_said_once_and_sigterm_still_ends_it(
    broker: Mosquitto, simulate: Simulator
) -> None:
    child = simulate(broker.port, "--stories", "none", password="wrong")
    wait_until(lambda: child.said("refuses dev-"), what="word of the refusal")
    assert child.stop(5) == 0
    assert child.output().count("refuses") == 1
    assert "Traceback" not in child.output()


def test_duplicates_and_malformed_messages_are_part_of_a_mix(
    broker: Mosquitto, simulate: Simulator
) -> None:
    bad: list[bytes] = []
    with connected(broker.port, username="bridge", password="b") as bridge:
        seen: Counter[str] = Counter()

        def on_message(client: object, userdata: object, message: object) -> None:
            payload: bytes = message.payload  # type: ignore[attr-defined]
            try:
                seen[json.loads(payload)["event_id"]] += 1
            except ValueError:
                bad.append(payload)

        bridge.paho.on_message = on_message
        bridge.subscribe("sc/v1/+/+/+/+/+/event")
        options = ("--rate", "100", "--duration", "2", "--drain", "0.1")
        child = simulate(broker.port, *options, "--mix", "duplicates=0.2,bad=0.1", "--seed", "1")
        figures = simulate.figures(child)
        wait_until(lambda: len(bad) == figures["malformed"], what="every malformed message")
    assert figures["malformed"] > 5
    assert figures["resent"] > 10
    assert max(seen.values()) > 1


def test_the_load_can_be_shared_by_processes(broker: Mosquitto, simulate: Simulator) -> None:
    with connected(broker.port, username="bridge", password="b") as bridge:
        platform = Platform(bridge, lambda _id, _times: True)
        options = ("--rate", "80", "--duration", "2", "--processes", "2", "--quiet")
        figures = simulate.figures(simulate(broker.port, *options, devices=6))
    assert figures["connects"] == 6
    assert figures["published"] == figures["acked"] == len(platform.seen)
    assert 140 <= figures["published"] <= 170


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--stories", "opera"), "No story is called 'opera'"),
        (("--rate", "5", "--mix", "x=1"), "--mix knows alarms"),
        (("--processes", "2"), "--processes is for --rate"),
        (("--issue-credentials",), "--issue-credentials is for an external broker"),
    ],
)
def test_a_wrong_option_is_one_sentence(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    path = tmp_path / "credentials.jsonl"
    path.write_text(json.dumps({"host": "127.0.0.1", "port": 1, "topic": base(0)}))
    with pytest.raises(CommandError, match=said):
        call_command("simulate", "--credentials", str(path), *options)


def test_a_wrong_credential_file_names_the_entry(tmp_path: Path) -> None:
    path = tmp_path / "credentials.jsonl"
    path.write_text('{"host": "h", "port": 1, "topic": "elsewhere"}')
    with pytest.raises(CommandError, match=r"credentials\.jsonl, entry 1: .*not a device's topic"):
        call_command("simulate", "--credentials", str(path))


# -- makers' devices and logins, with the registry ------------------------------------------------


class Stage:
    """The simulator's parts in this process: the loop turns until something has happened."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.said: list[str] = []
        self.connector = Connector(
            self.loop,
            per_s=500,
            figures=Figures(),
            say=self.said.append,
            chance=random.Random(1),
        )

    def voices(self, players: list[Player], logins: dict[str, Login]) -> dict[str, Voice]:
        templates = makers.load(ROOT / "mqtt" / "samples")
        cast = voices(players, self.connector, logins.__getitem__, templates=templates, seed=1)
        return {voice.player.id: voice for voice in cast}

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20

        def turn() -> None:
            self.loop.call_later(0.01, turn)

        turn()
        self.loop.run(until=lambda: condition() or time.monotonic() > deadline)
        assert condition()


@pytest.fixture
def registry(db: None) -> None:
    city = Jurisdiction.objects.create(code="640181", name="灵武市", level="city")
    Jurisdiction.objects.create(code=VILLAGE, name="示范村", level="village", parent=city)
    rows = {
        "FG-1": (Kind.FACE_GATE, "canonical", ""),
        "FG-2": (Kind.FACE_GATE, "face_terminal", "1379002"),
        "FL-2": (Kind.FIRE_LANE, "chirpstack_vehicle", "70b3d57ed0000002"),
        "WP-2": (Kind.WIFI_PROBE, "esp_probe", "esp-3c7102"),
    }
    for device_id, (kind, codec, external_id) in rows.items():
        Device.objects.create(
            id=device_id,
            name=device_id,
            kind=kind,
            jurisdiction_id=VILLAGE,
            codec=codec,
            external_id=external_id,
        )


@pytest.fixture
def url(registry: None, settings: Settings, tmp_path: Path) -> BrokerUrl:
    broker_url = BrokerUrl("127.0.0.1", free_port(), "bridge", "b")
    settings.DATA_DIR = tmp_path
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, data_dir=tmp_path, mqtt_url=broker_url)
    return broker_url


def test_every_device_speaks_under_a_login_of_its_own(url: BrokerUrl, tmp_path: Path) -> None:
    players = fleet.players_in_registry()
    logins = fleet.issued_logins(players, url)
    assert fleet.issued_logins(players, url) == logins  # kept, not made anew
    directory = tmp_path / "mosquitto"
    directory.mkdir()
    config = configuration(url.port, directory).replace("anonymous true", "anonymous false")
    config += f"password_file {tmp_path}/broker/passwd\nacl_file {tmp_path}/broker/acl\n"
    running = start_mosquitto(directory, port=url.port, config=config)
    stage = Stage()
    cast = stage.voices(players, logins)
    try:
        with connected(url.port, username="bridge", password="b") as bridge:
            bridge.subscribe("sc/#", "mqtt/face/#", "Sniffer/+", "application/#")
            for voice in cast.values():
                voice.start()
            gate = "sc/v1/640181/100/201/face_gate/FG-1"
            stage.until(lambda: len(bridge.payloads(f"{gate}/state")) == 1)
            stage.until(lambda: len(bridge.payloads("mqtt/face/heartbeat")) == 1)
            cast["FG-1"].say("forced_open", {"active": True})
            cast["FG-2"].say("pass", {})
            stage.until(lambda: stage.connector.figures.counts["connects"] == 4)
            cast["WP-2"].say("count", {"count": 9})
            cast["FL-2"].say("occupied", {"occupied": True})
            uplink = f"application/{makers.APPLICATION}/device/70b3d57ed0000002/event/up"
            for topic in (f"{gate}/event", "mqtt/face/1379002/Rec", "Sniffer/esp-3c7102", uplink):
                stage.until(lambda topic=topic: bool(bridge.payloads(topic)))  # type: ignore[misc]
            for name in ("FG-1", "FG-2"):
                cast[name].drop()
            stage.until(lambda: len(bridge.payloads(f"{gate}/state")) == 2)
            assert json.loads(bridge.payloads(f"{gate}/state")[-1]) == {"online": False}
            stage.until(lambda: b"Offline" in bridge.payloads("mqtt/face/basic")[-1])
            cast["FG-1"].say("forced_open", {"active": False})
            cast["FG-1"].start()
            stage.until(lambda: len(bridge.payloads(f"{gate}/event")) == 2)
            assert stage.said == []
        for voice in cast.values():
            voice.close()
    finally:
        running.child.stop()


def test_a_device_with_a_credential_of_real_equipment_is_left_alone(url: BrokerUrl) -> None:
    issue_credential(device_id="FG-1", actor_name="installer")
    before = dict(Device.objects.values_list("id", "broker_hash"))
    with pytest.raises(ConfigurationError, match=r"^FG-1 has a credential .* demo installations"):
        fleet.issued_logins(fleet.players_in_registry(), url)
    assert dict(Device.objects.values_list("id", "broker_hash")) == before
