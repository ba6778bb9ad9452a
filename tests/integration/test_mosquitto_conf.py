"""The production configuration, started by a real Mosquitto, does what its comments say."""

from __future__ import annotations

import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mosquitto import Mosquitto, hashed_by_mosquitto, start_mosquitto
from tests.support.mqtt import TestClient, connected
from tests.support.ports import free_port
from tests.support.waiting import wait_until

pytestmark = pytest.mark.services

CONFIG = Path(__file__).parents[2] / "mqtt" / "mosquitto" / "mosquitto.conf"
ACL = """\
user bridge
topic readwrite sc/#

user gate-1
topic write sc/gate-1/event
topic read sc/gate-1/ack
"""


def adapted(directory: Path, ports: dict[str, int], *, tls: bool = False) -> str:
    """The file itself, with the places of this test; fails when it no longer names those it did."""
    text = CONFIG.read_text(encoding="utf-8")
    places = {
        "user lingdun": "user root",
        "listener 1883": f"listener {ports['platform']}",
        "listener 8883": f"listener {ports['devices']}",
        "/run/lingdun/mosquitto.pid": f"{directory}/pid",
        "/var/lib/lingdun/broker/": f"{directory}/",
        "/var/lib/mosquitto/": f"{directory}/",
        "/etc/lingdun/tls/": f"{directory}/",
    }
    for place, here in places.items():
        assert place in text, place
        text = text.replace(place, here)
    return text.replace("#~", "") if tls else text


@pytest.fixture
def ports() -> dict[str, int]:
    return {"platform": free_port(), "devices": free_port()}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    users = {"bridge": "b", "gate-1": "g"}
    (tmp_path / "passwd").write_text(hashed_by_mosquitto(tmp_path, users), encoding="utf-8")
    (tmp_path / "acl").write_text(ACL, encoding="utf-8")
    return tmp_path


@pytest.fixture
def broker(directory: Path, ports: dict[str, int]) -> Iterator[Mosquitto]:
    running = start_mosquitto(directory, port=ports["platform"], config=adapted(directory, ports))
    yield running
    running.child.stop()


def test_every_option_is_explained() -> None:
    """Options stand in paragraphs that begin with a comment."""
    for paragraph in CONFIG.read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in paragraph.strip().splitlines() if not line.startswith("#~")]
        assert lines[0].startswith("#"), paragraph


def test_nobody_enters_without_a_password(broker: Mosquitto, directory: Path) -> None:
    assert (directory / "pid").read_text().strip() == str(broker.child.pid)
    for username, password in ((None, None), ("bridge", "x"), ("gate-1", "")):
        stranger = TestClient(username=username, password=password)
        assert stranger.connect(broker.port).is_failure
        stranger.disconnect()
    assert "Warning: Unknown" not in broker.child.output()


def test_what_was_acknowledged_survives_kill_9(broker: Mosquitto) -> None:
    """Queued for a bridge that is away, PUBACKed, killed at once: it is there after the restart."""
    away = TestClient("bridge", username="bridge", password="b", mqtt5=False, clean=False)
    away.connect(broker.port)
    away.subscribe("sc/+/event")
    away.disconnect()
    with connected(broker.port, username="gate-1", password="g") as gate:
        for number in range(20):
            gate.publish("sc/gate-1/event", str(number))
        broker.kill()
    broker.restart()
    back = TestClient("bridge", username="bridge", password="b", mqtt5=False, clean=False)
    back.connect(broker.port)
    wait_until(lambda: len(back.messages) >= 20, what="the queued messages")
    assert [payload for _topic, payload in back.messages] == [b"%d" % n for n in range(20)]
    back.disconnect()


def test_more_than_a_thousand_messages_wait_for_the_bridge(broker: Mosquitto) -> None:
    """Mosquitto's own default would drop them."""
    away = TestClient("bridge", username="bridge", password="b", mqtt5=False, clean=False)
    away.connect(broker.port)
    away.subscribe("sc/+/event")
    away.disconnect()
    with connected(broker.port, username="gate-1", password="g") as gate:
        infos = [gate.paho.publish("sc/gate-1/event", b"x", qos=1) for _ in range(1500)]
        wait_until(lambda: all(info.is_published() for info in infos), what="PUBACKs")
    back = TestClient("bridge", username="bridge", password="b", mqtt5=False, clean=False)
    back.connect(broker.port)
    wait_until(lambda: len(back.messages) >= 1500, what="the queued messages")
    back.disconnect()


def test_too_large_for_the_protocol_still_reaches_the_bridge(broker: Mosquitto) -> None:
    with connected(broker.port, username="bridge", password="b") as bridge:
        bridge.subscribe("sc/+/event")
        with connected(broker.port, username="gate-1", password="g") as gate:
            for size in (64 * 1024 + 1, 5 * 1024 * 1024):
                assert not gate.publish("sc/gate-1/event", b"x" * size).is_failure
        wait_until(lambda: len(bridge.messages) == 2, what="both messages")
        assert [len(payload) for _topic, payload in bridge.messages] == [65_537, 5_242_880]


def test_beyond_the_brokers_limit_the_client_is_cut_off_and_not_acknowledged(
    broker: Mosquitto,
) -> None:
    gate = TestClient(username="gate-1", password="g", mqtt5=False)
    gate.connect(broker.port)
    info = gate.paho.publish("sc/gate-1/event", b"x" * (9 * 1024 * 1024), qos=1)
    assert gate.ended.wait(20)
    gate.paho.loop_stop()
    assert not info.is_published()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate with openssl")
def test_over_tls_no_device_takes_over_the_bridges_session(
    directory: Path, ports: dict[str, int]
) -> None:
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(directory / "server.key"), "-out", str(directory / "server.crt")),
        ],
        check=True,
        capture_output=True,
    )
    broker = start_mosquitto(
        directory, port=ports["platform"], config=adapted(directory, ports, tls=True)
    )
    try:
        with connected(ports["platform"], "the-bridge", username="bridge", password="b") as bridge:
            thief = TestClient("the-bridge", username="gate-1", password="g", mqtt5=False)
            context = ssl.create_default_context(cafile=str(directory / "server.crt"))
            thief.paho.tls_set_context(context)
            assert not thief.connect(ports["devices"], host="localhost").is_failure
            assert not thief.publish("sc/gate-1/event", "x").is_failure
            assert not bridge.ended.is_set()
            thief.disconnect()
        assert re.search(r"as gate-1 \(", broker.child.output())
    finally:
        broker.child.stop()
