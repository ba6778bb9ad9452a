"""The bridge's line to the broker. paho's thread only enqueues; everything else is the bridge's."""

from __future__ import annotations

import logging
import queue
import ssl
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MessageType
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from iot_bridge.intake.decoding import Received
from iot_bridge.runner.broker import MAX_IN_FLIGHT, BrokerLogin
from iot_bridge.runner.buffered import BufferedClient
from iot_bridge.runner.packets import Publish, pubacks, publish_once, publishes

logger = logging.getLogger(__name__)

RECEIVE_MAXIMUM = 1000
SESSION_S = 7 * 24 * 3600
KEEPALIVE_S = 20
_MIDS = 0x7FFF
"""Packet identifiers of our own are the upper half; paho counts its subscriptions from below."""


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
        self._mid = 0
        # What is queued for a line is queued while it stands: paho forgets its queue between lines.
        self._line_lock = threading.Lock()
        self._client = self._make_client(client_id)

    def _make_client(self, client_id: str) -> mqtt.Client:
        mqtt5 = self._login.mqtt5
        client = BufferedClient(
            client_id=client_id,
            clean_session=None if mqtt5 else False,
            mqtt5=mqtt5,
            take=self._on_publish,
        )
        if self._login.username is not None:
            client.username_pw_set(self._login.username, self._login.password)
        if self._login.tls:
            client.tls_set_context(ssl.create_default_context())
        client.reconnect_delay_set(min_delay=1, max_delay=5)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
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

    @property
    def window(self) -> int:
        """How many unacknowledged messages the broker sends at most; then it waits for us."""
        return RECEIVE_MAXIMUM if self._login.mqtt5 else MAX_IN_FLIGHT

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker that these are committed. Those of a lost line come again and are recognised."""
        with self._line_lock:
            self._write(pubacks(d.mid for d in deliveries if d.qos and d.line == self._line))

    def publish(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """Send (topic, payload) each at QoS 0, if there is a line."""
        packets = publishes(messages, mqtt5=self._login.mqtt5)
        with self._line_lock:
            if self.connected_since_ms is not None:
                self._write(packets)

    def publish_once(self, topic: str, payload: bytes, *, expiry_s: int) -> bool:
        """Send one message at QoS 1, and never again whatever becomes of the line; False if there is none.

        It goes past paho's own queue, which would publish it once more after a reconnect.
        """
        with self._line_lock:
            if self.connected_since_ms is None:
                return False
            self._mid = self._mid % _MIDS + 1
            packet = publish_once(
                topic,
                payload,
                mid=_MIDS + self._mid,
                expiry_s=expiry_s,
                mqtt5=self._login.mqtt5,
            )
            self._write(packet)
            return True

    def _write(self, packets: bytes) -> None:
        """Hand whole packets to paho's thread as one; to paho it looks like a single PUBACK."""
        if packets:
            self._client._packet_queue(  # noqa: SLF001  # its one way out
                MessageType.PUBACK, packets, mid=0, qos=1
            )

    # -- on paho's thread: enqueue, note, nothing else ---------------------------------------------

    def _on_publish(self, publish: Publish) -> None:
        try:
            topic = publish.topic.decode()
        except UnicodeDecodeError:
            topic = "(not UTF-8)"
        received = Received(
            topic, publish.payload, time.time_ns() // 1_000_000, retained=publish.retained
        )
        self.arrivals.put(Delivery(received, self._line, publish.mid, publish.qos))

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
        with self._line_lock:
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
        with self._line_lock:
            self._line += 1
            self.connected_since_ms = None
        self.problem = f"line to the broker lost: {reason}"
        logger.warning("%s", self.problem)
