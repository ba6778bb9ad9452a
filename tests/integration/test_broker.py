"""What the system relies on in the embedded broker, tried on a running one."""

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from command_center.env import Environment
from iot_bridge.runner.broker import (
    BRIDGE_USER,
    DEMO_USER,
    MAX_IN_FLIGHT,
    BrokerLogin,
    read_broker_settings,
)
from tests.support.ports import accepts, free_port
from tests.support.processes import running
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerLogin]:
    """The bridge's login at a running broker."""
    folder, port = tmp_path_factory.mktemp("broker"), free_port()
    command = [str(ROOT / ".venv/bin/python"), str(ROOT / "manage.py"), "broker"]
    variables = {"DATA_DIR": str(folder), "MQTT_PORT": str(port)}
    with running(
        command, log=folder / "log", ready=lambda: accepts(port), environment=variables, cwd=ROOT
    ):
        environment = Environment(data_dir=folder, mqtt_port=port)
        yield read_broker_settings(environment, variables=variables)


class Client:
    """A paho client that remembers what it got."""

    def __init__(
        self,
        login: BrokerLogin,
        name: str,
        *,
        clean: bool = True,
        will: tuple[str, bytes] | None = None,
    ) -> None:
        self.payloads: list[bytes] = []
        self.retained: list[bytes] = []
        self.unacknowledged: list[int] = []
        self.refused = threading.Event()
        self.session_present = False
        self._subscribed = threading.Event()
        self._connected = threading.Event()
        self.paho = mqtt.Client(
            CallbackAPIVersion.VERSION2, name, clean_session=clean, manual_ack=True
        )
        self.paho.username_pw_set(login.username, login.password)
        self.paho.max_inflight_messages_set(1000)
        if will is not None:
            self.paho.will_set(*will, qos=1, retain=True)
        self.paho.on_connect = self._on_connect
        self.paho.on_message = self._on_message
        self.paho.on_subscribe = lambda *_: self._subscribed.set()
        self.paho.on_disconnect = lambda *_: self.refused.set()
        self.paho.connect(login.host, login.port)
        self.paho.loop_start()

    def connected(self) -> "Client":
        assert self._connected.wait(10)
        return self

    def was_connected(self) -> bool:
        return self._connected.is_set()

    def subscribe(self, topic: str) -> "Client":
        self.connected().paho.subscribe(topic, qos=1)
        assert self._subscribed.wait(10)
        return self

    def publish(self, topic: str, *payloads: bytes, retain: bool = False) -> None:
        """Publishes and returns once the broker has all."""
        sent = [self.paho.publish(topic, payload, 1, retain) for payload in payloads]
        for one in sent:
            one.wait_for_publish(20)

    def acknowledge(self, count: int) -> None:
        for number in self.unacknowledged[:count]:
            self.paho.ack(number, 1)
        del self.unacknowledged[:count]

    def vanish(self) -> None:
        """Breaks off without a DISCONNECT, as a killed process does."""
        sock = self.paho.socket()
        assert isinstance(sock, socket.socket)
        self.paho.reconnect_delay_set(600, 600)
        sock.shutdown(socket.SHUT_RDWR)
        self.paho.loop_stop()

    def leave(self) -> None:
        self.paho.disconnect()
        self.paho.loop_stop()

    def _on_connect(
        self, _client: mqtt.Client, _data: object, flags: mqtt.ConnectFlags, *_rest: object
    ) -> None:
        self.session_present = flags.session_present
        self._connected.set()

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        (self.retained if message.retain else self.payloads).append(bytes(message.payload))
        self.unacknowledged.append(message.mid)


def numbers(start: int, end: int) -> list[bytes]:
    return [str(number).encode() for number in range(start, end)]


def test_what_was_not_acknowledged_comes_again_in_order(login: BrokerLogin) -> None:
    sender = Client(login, "sender").connected()
    first = Client(login, "again", clean=False).subscribe("again/#")
    sender.publish("again/x", *numbers(0, 300))
    wait_until(lambda: len(first.payloads) == MAX_IN_FLIGHT)
    first.acknowledge(40)
    wait_until(lambda: len(first.payloads) == MAX_IN_FLIGHT + 40)
    first.vanish()
    sender.publish("again/x", *numbers(300, 400))
    second = Client(login, "again", clean=False).connected()
    assert second.session_present

    def drained() -> bool:
        second.acknowledge(len(second.unacknowledged))
        return len(second.payloads) >= 360

    wait_until(drained)
    assert second.payloads == numbers(40, 400)
    second.leave()
    sender.leave()


def test_a_will_is_sent_and_kept_only_when_the_client_vanishes(login: BrokerLogin) -> None:
    watcher = Client(login, "watcher").subscribe("will/#")
    polite = Client(login, "polite", will=("will/polite", b"gone")).connected()
    polite.leave()
    rude = Client(login, "rude", will=("will/rude", b"gone")).connected()
    rude.vanish()
    wait_until(lambda: watcher.payloads == [b"gone"])
    late = Client(login, "late").subscribe("will/#")
    wait_until(lambda: late.retained == [b"gone"])
    watcher.leave()
    late.leave()


def test_a_retained_message_is_replaced_and_cleared(login: BrokerLogin) -> None:
    sender = Client(login, "keeps").connected()
    sender.publish("kept/a", b"old", b"new", retain=True)
    sender.publish("kept/b", b"other", retain=True)
    sender.publish("kept/b", b"", retain=True)
    late = Client(login, "reads").subscribe("kept/#")
    wait_until(lambda: late.retained)
    sender.publish("kept/end", b"end")
    wait_until(lambda: late.payloads == [b"end"])
    assert late.retained == [b"new"]
    sender.leave()
    late.leave()


def test_what_is_too_large_for_the_protocol_still_arrives(login: BrokerLogin) -> None:
    client = Client(login, "large").subscribe("large/#")
    client.publish("large/x", b"x" * (1024 * 1024))
    wait_until(lambda: [len(payload) for payload in client.payloads] == [1024 * 1024])
    client.leave()


@pytest.mark.parametrize("username", [BRIDGE_USER, DEMO_USER, "stranger", None])
def test_a_wrong_password_is_refused(login: BrokerLogin, username: str | None) -> None:
    wrong = replace(login, username=username, password="wrong" if username else None)
    client = Client(wrong, f"wrong-{username}")
    assert client.refused.wait(10)
    client.leave()
    assert not client.was_connected()


def connect_packet(login: BrokerLogin, name: str) -> bytes:
    """An MQTT 3.1.1 CONNECT with a clean session (section 3.1 of the standard)."""
    assert login.username is not None
    assert login.password is not None
    texts = [name.encode(), login.username.encode(), login.password.encode()]
    payload = b"".join(struct.pack("!H", len(text)) + text for text in texts)
    body = b"\x00\x04MQTT\x04" + bytes([0b11000010]) + struct.pack("!H", 60) + payload
    return bytes([0x10, len(body)]) + body


async def test_a_whole_fleet_connects_at_once(login: BrokerLogin) -> None:
    # Not with paho, whose loop waits with select(2) and so fails past descriptor 1023.
    async def connect(number: int) -> tuple[bytes, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(login.host, login.port)
        writer.write(connect_packet(login, f"fleet-{number}"))
        return await reader.readexactly(4), writer

    async with asyncio.timeout(60):
        fleet = await asyncio.gather(*(connect(number) for number in range(700)))
    for _, writer in fleet:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for _, writer in fleet))
    assert {answer for answer, _ in fleet} == {b"\x20\x02\x00\x00"}
