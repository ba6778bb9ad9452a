"""A device as the contract describes it: MQTT, a login, a last will, an outbox that empties on `ack`."""

from __future__ import annotations

import json
import threading
import time
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.support.city import DeviceFacts
from tests.support.stack import Login, Stack
from tests.support.waiting import wait_until


class Publisher:
    """One MQTT client that publishes at QoS 1 and knows what the broker has taken."""

    def __init__(self, login: Login, client_id: str = "") -> None:
        self.paho = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv311
        )
        self.paho.username_pw_set(login.username, login.password)
        self.paho.reconnect_delay_set(min_delay=1, max_delay=1)
        self.paho.max_queued_messages_set(0)
        self.paho.on_connect = self._on_connect
        self.paho.on_message = self._on_message
        self.paho.on_disconnect = self._on_disconnect
        self.connected = threading.Event()
        self._login = login

    def connect(self) -> None:
        """Connect; returns when the broker has let it in."""
        self.paho.connect("127.0.0.1", self._login.port, keepalive=30)
        self.paho.loop_start()
        assert self.connected.wait(20), f"{self._login.username} was not let in"

    def publish(
        self, topic: str, payload: bytes | str | dict[str, Any], retain: bool = False
    ) -> None:
        """Publish; returns when the broker has taken it."""
        self.hand_over(topic, payload, retain=retain).wait_for_publish(20)

    def hand_over(
        self, topic: str, payload: bytes | str | dict[str, Any], *, retain: bool = False
    ) -> mqtt.MQTTMessageInfo:
        """Publish without waiting."""
        body = json.dumps(payload) if isinstance(payload, dict) else payload
        return self.paho.publish(topic, body, qos=1, retain=retain)

    def disconnect(self) -> None:
        """Leave in good order."""
        self.paho.disconnect()
        self.paho.loop_stop()

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(self, *_: object) -> None:
        self.disconnect()

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _props: Any) -> None:
        if not reason.is_failure:
            self.ready()
            self.connected.set()

    def _on_disconnect(self, *_: Any) -> None:
        self.connected.clear()

    def _on_message(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        self.received(message.topic, bytes(message.payload))

    def ready(self) -> None:
        """Called on the client's thread at every connection."""

    def received(self, topic: str, payload: bytes) -> None:
        """Called on the client's thread with every message."""


class DeviceClient(Publisher):
    """A registered device. `outbox` holds what the platform has not yet acknowledged, by event id."""

    def __init__(self, stack: Stack, facts: DeviceFacts, *, will: bool = False) -> None:
        super().__init__(stack.login_of(facts.id), f"device-{facts.id}")
        self.facts = facts
        self.outbox: dict[str, str] = {}
        self.acknowledged: list[str] = []
        self._lock = threading.Lock()
        self._subscribed = threading.Event()
        self._next = 0
        self.paho.on_subscribe = lambda *_: self._subscribed.set()
        if will:
            self.paho.will_set(f"{facts.topic}/state", '{"online": false}', qos=1, retain=True)

    def connect(self) -> None:
        """Connect and listen for acknowledgements."""
        super().connect()
        assert self._subscribed.wait(20), "the broker did not answer SUBSCRIBE"

    def report(
        self, type_: str, data: dict[str, Any] | None = None, *, event_id: str | None = None
    ) -> str:
        """Report an event; it stays in the outbox until acknowledged. Returns its id."""
        event_id = event_id or self._new_id()
        body = {
            "event_id": event_id,
            "ts": time.time_ns() // 1_000_000,
            "type": type_,
            "data": data or {},
        }
        text = json.dumps(body)
        with self._lock:
            self.outbox[event_id] = text
        self.hand_over(f"{self.facts.topic}/event", text)
        return event_id

    def send_again(self) -> int:
        """Publish everything unacknowledged once more; returns how much that was."""
        with self._lock:
            waiting = list(self.outbox.values())
        for text in waiting:
            self.hand_over(f"{self.facts.topic}/event", text)
        return len(waiting)

    def say(self, online: bool, **more: Any) -> None:
        """Publish the retained state."""
        body = {"online": online, "ts": time.time_ns() // 1_000_000, **more}
        self.publish(f"{self.facts.topic}/state", body, retain=True)

    def vanish(self) -> None:
        """Break the connection without a goodbye; the broker publishes the will."""
        self.paho.loop_stop()
        sock = self.paho.socket()
        if sock is not None:
            sock.close()

    def wait_for_ack(self, *event_ids: str) -> None:
        """Wait until these (or all) are acknowledged by the platform."""
        wait_until(
            lambda: not (self.outbox.keys() & set(event_ids) if event_ids else self.outbox),
            what=f"acknowledgement of {event_ids or len(self.outbox)} on {self.facts.topic}",
        )

    def ready(self) -> None:
        self.paho.subscribe(f"{self.facts.topic}/ack", qos=1)

    def received(self, topic: str, payload: bytes) -> None:
        for event_id in json.loads(payload)["event_ids"]:
            self.acknowledged.append(event_id)
            with self._lock:
                self.outbox.pop(event_id, None)

    def _new_id(self) -> str:
        self._next += 1
        return f"{self.facts.id}-{time.time_ns()}-{self._next}"
