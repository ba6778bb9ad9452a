"""The bridge's line to the broker. paho's thread only enqueues; everything else is the bridge's."""

from __future__ import annotations

import logging
import queue
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from iot_bridge.intake.decoding import Received
from iot_bridge.runner.broker import BrokerLogin

logger = logging.getLogger(__name__)

RECEIVE_MAXIMUM = 1000
SESSION_S = 7 * 24 * 3600
KEEPALIVE_S = 20


@dataclass(frozen=True, slots=True)
class Delivery:
    """A received message with what is needed to acknowledge it. `line` counts the connections."""

    received: Received
    line: int
    mid: int
    qos: int


class BrokerLink:
    """A persistent session: QoS 1, fixed client id, acknowledged by hand after the commit.

    `arrivals` is where messages come out. Acknowledgements must be given in the order of arrival.
    """

    def __init__(self, *, login: BrokerLogin, client_id: str, filters: Sequence[str]) -> None:
        self.arrivals: queue.SimpleQueue[Delivery] = queue.SimpleQueue()
        self.connected_since_ms: int | None = None
        self.problem = "connecting"
        self._login = login
        self._filters = filters
        self._line = 0
        self._client = self._make_client(client_id)

    def _make_client(self, client_id: str) -> mqtt.Client:
        mqtt5 = self._login.mqtt5
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if mqtt5 else False,
            protocol=MQTTProtocolVersion.MQTTv5 if mqtt5 else MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        if self._login.username is not None:
            client.username_pw_set(self._login.username, self._login.password)
        if self._login.tls:
            client.tls_set_context(ssl.create_default_context())
        client.reconnect_delay_set(min_delay=1, max_delay=5)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def start(self) -> None:
        """Connect in the background, and again whenever the line is lost."""
        properties, clean_start = None, False
        if self._login.mqtt5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = SESSION_S
            properties.ReceiveMaximum = RECEIVE_MAXIMUM
            self._client.connect_async(
                self._login.host,
                self._login.port,
                keepalive=KEEPALIVE_S,
                clean_start=clean_start,
                properties=properties,
            )
        else:
            self._client.connect_async(self._login.host, self._login.port, keepalive=KEEPALIVE_S)
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect; the broker keeps the session and what is unacknowledged."""
        self._client.disconnect()
        self._client.loop_stop()

    def alive(self) -> bool:
        """Whether paho's thread still runs. If not, nothing will ever arrive again."""
        thread: threading.Thread | None = self._client._thread  # noqa: SLF001  # paho tells it nowhere else
        return thread is not None and thread.is_alive()

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker that these are committed. Those of a lost line come again and are recognised."""
        for delivery in deliveries:
            if delivery.qos and delivery.line == self._line:
                self._client.ack(delivery.mid, delivery.qos)

    def publish(self, topic: str, payload: bytes) -> None:
        """Send at QoS 0, if there is a line."""
        if self.connected_since_ms is not None:
            self._client.publish(topic, payload, qos=0)

    # -- on paho's thread: enqueue, note, nothing else ---------------------------------------------

    def _on_message(self, _client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "(not UTF-8)"
        received = Received(
            topic=topic,
            payload=bytes(message.payload),
            at_ms=time.time_ns() // 1_000_000,
            retained=message.retain,
        )
        self.arrivals.put(Delivery(received, self._line, message.mid, message.qos))

    def _on_connect(
        self,
        client: mqtt.Client,
        _userdata: Any,
        _flags: mqtt.ConnectFlags,
        reason: Any,
        _properties: Any,
    ) -> None:
        if reason.is_failure:
            self.problem = f"the broker refuses: {reason}"
            logger.error("%s", self.problem)
            return
        self._line += 1
        self.connected_since_ms = time.time_ns() // 1_000_000
        self.problem = ""
        client.subscribe([(topic, 1) for topic in self._filters])
        logger.info("connected to %s:%s", self._login.host, self._login.port)

    def _on_connect_fail(self, _client: mqtt.Client, _userdata: Any) -> None:
        self.problem = f"no broker at {self._login.host}:{self._login.port}"

    def _on_disconnect(
        self, _client: mqtt.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        self._line += 1
        self.connected_since_ms = None
        self.problem = f"line to the broker lost: {reason}"
        logger.warning("%s", self.problem)
