"""A real MQTT client for tests: connects, subscribes and publishes, each returning when it is done."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from tests.support.waiting import wait_until


class TestClient:
    """One connection. `messages` is everything received, as (topic, payload)."""

    __test__ = False

    def __init__(
        self,
        client_id: str = "",
        *,
        username: str | None = None,
        password: str | None = None,
        will: tuple[str, bytes] | None = None,
        mqtt5: bool = True,
        clean: bool | None = None,
    ) -> None:
        """`clean` False asks for a session that lasts (MQTT 3.1.1)."""
        protocol = MQTTProtocolVersion.MQTTv5 if mqtt5 else MQTTProtocolVersion.MQTTv311
        self.paho = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id, clean_session=clean, protocol=protocol
        )
        self.messages: list[tuple[str, bytes]] = []
        self.answer: ReasonCode | None = None
        self.ended = threading.Event()
        self._published: dict[int, ReasonCode] = {}
        self._subscribed: dict[int, list[ReasonCode]] = {}
        if username is not None:
            self.paho.username_pw_set(username, password)
        if will is not None:
            self.paho.will_set(will[0], will[1], qos=1, retain=True)
        self.paho.on_connect = self._on_connect
        self.paho.on_disconnect = self._on_disconnect
        self.paho.on_message = self._on_message
        self.paho.on_publish = self._on_publish
        self.paho.on_subscribe = self._on_subscribe

    def connect(self, port: int, host: str = "127.0.0.1") -> ReasonCode:
        """Connect; returns what the broker answered, which may be a refusal."""
        self.paho.connect(host, port, keepalive=60)
        self.paho.loop_start()
        return wait_until(lambda: self.answer, what="CONNACK")

    def subscribe(self, *filters: str, qos: int = 1) -> list[ReasonCode]:
        """Subscribe; returns the answers."""
        _result, mid = self.paho.subscribe([(topic, qos) for topic in filters])
        assert mid is not None
        return wait_until(lambda: self._subscribed.get(mid), what="SUBACK")

    def publish(
        self, topic: str, payload: bytes | str, *, qos: int = 1, retain: bool = False
    ) -> ReasonCode:
        """Publish with QoS 1; returns the reason of the PUBACK (MQTT 5 says a refusal)."""
        info = self.paho.publish(topic, payload, qos=qos, retain=retain)
        return wait_until(lambda: self._published.get(info.mid), what="PUBACK")

    def payloads(self, topic: str) -> list[bytes]:
        """What has come on one topic."""
        return [payload for name, payload in list(self.messages) if name == topic]

    def wait_for(self, topic: str, payload: bytes | None = None) -> None:
        """Wait for a message on a topic, or for that very one."""
        wait_until(
            lambda: (
                bool(self.payloads(topic)) if payload is None else payload in self.payloads(topic)
            ),
            what=f"a message on {topic}",
        )

    def disconnect(self) -> None:
        """Leave in good order."""
        self.paho.disconnect()
        self.paho.loop_stop()

    def _on_connect(
        self,
        client: mqtt.Client,
        userdata: Any,
        flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self.answer = reason

    def _on_disconnect(
        self,
        client: mqtt.Client,
        userdata: Any,
        flags: mqtt.DisconnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self.ended.set()

    def _on_message(self, client: mqtt.Client, userdata: Any, message: mqtt.MQTTMessage) -> None:
        self.messages.append((message.topic, bytes(message.payload)))

    def _on_publish(
        self,
        client: mqtt.Client,
        userdata: Any,
        mid: int,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self._published[mid] = reason

    def _on_subscribe(
        self,
        client: mqtt.Client,
        userdata: Any,
        mid: int,
        reasons: list[ReasonCode],
        properties: Properties | None,
    ) -> None:
        self._subscribed[mid] = reasons


@contextmanager
def connected(
    port: int,
    client_id: str = "",
    *,
    username: str | None = None,
    password: str | None = None,
    will: tuple[str, bytes] | None = None,
    mqtt5: bool = True,
) -> Iterator[TestClient]:
    """A client that is connected for the time of a block. Raises AssertionError if refused."""
    client = TestClient(client_id, username=username, password=password, will=will, mqtt5=mqtt5)
    answer = client.connect(port)
    assert not answer.is_failure, str(answer)
    try:
        yield client
    finally:
        client.disconnect()
