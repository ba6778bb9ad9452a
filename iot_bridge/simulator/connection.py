"""A device's MQTT connection: one paho client, driven by the loop instead of a thread of its own."""

from __future__ import annotations

import random
import socket
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from iot_bridge.simulator.figures import Figures
from iot_bridge.simulator.loop import Loop

KEEPALIVE_S = 60
_MISC_S = 20.0
_CONNECT_TIMEOUT_S = 1.5  # connecting is the one thing paho does blocking; SIGTERM ends in 2 s
_IN_FLIGHT = 200
_RETRY_S = (0.5, 60.0)
_AWAY_S = (0.5, 5.0)


@dataclass(frozen=True, slots=True)
class Login:
    """Where a device connects, and as whom."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    tls: bool = False


class Listener(Protocol):
    """Whoever speaks over a connection."""

    def on_up(self) -> None: ...
    def on_down(self) -> None: ...
    def on_message(self, topic: str, payload: bytes) -> None: ...
    def on_published(self, mid: int) -> None: ...


class Connector:
    """Opens connections one after the other, and waits while the broker is away."""

    def __init__(
        self,
        loop: Loop,
        *,
        per_s: float,
        figures: Figures,
        say: Callable[[str], None],
        chance: random.Random,
    ) -> None:
        self.loop = loop
        self.figures = figures
        self.chance = chance
        self._say = say
        self._pause_s = 1 / per_s
        self._waiting: deque[Connection] = deque()
        self._ticking = False
        self._away_s = 0.0
        self._refused = False

    def enqueue(self, connection: Connection, delay_s: float = 0.0) -> None:
        """Have a connection opened when it is its turn."""
        self.loop.call_later(delay_s, lambda: self._join(connection))

    def came_up(self) -> None:
        """A connection was accepted."""
        if self._away_s:
            self._say("The broker is back.")
        self._away_s = 0.0
        self.figures.counts["connects"] += 1

    def refused(self, client_id: str, why: str) -> None:
        """A connection was refused; said once, counted always."""
        self.figures.counts["errors"] += 1
        if not self._refused:
            self._refused = True
            self._say(f"The broker refuses {client_id}: {why}. Trying again, ever more seldom.")

    def _join(self, connection: Connection) -> None:
        self._waiting.append(connection)
        if not self._ticking:
            self._ticking = True
            self._tick()

    def _tick(self) -> None:
        if not self._waiting:
            self._ticking = False
            return
        connection = self._waiting.popleft()
        pause_s = self._pause_s
        if connection.wanted and not connection.is_open:
            try:
                connection.open()
            except OSError as error:
                self._waiting.appendleft(connection)
                pause_s = self._stay_away(connection.login, error)
        self.loop.call_later(pause_s, self._tick)

    def _stay_away(self, login: Login, error: OSError) -> float:
        if not self._away_s:
            reason = error.strerror or str(error)
            self._say(
                f"The broker at {login.host}:{login.port} is away ({reason}); waiting for it."
            )
        self._away_s = min(max(_AWAY_S[0], 2 * self._away_s), _AWAY_S[1])
        return self._away_s * self.chance.uniform(0.8, 1.2)


class Connection:
    """One client. It reconnects by itself until `close`; `drop` is a cable pulled out."""

    def __init__(
        self,
        connector: Connector,
        login: Login,
        *,
        client_id: str,
        listener: Listener,
        will: tuple[str, bytes, bool] | None = None,
        filters: Sequence[str] = (),
    ) -> None:
        self.login = login
        self.client_id = client_id
        self.wanted = False
        self.up = False
        self._connector = connector
        self._loop = connector.loop
        self._listener = listener
        self._filters = [(topic, 1) for topic in filters]
        self._retry_s = _RETRY_S[0]
        self._writing = False
        self._client = self._make_client(will)

    @property
    def is_open(self) -> bool:
        """Whether there is a socket, accepted by the broker or not yet."""
        return self._client.socket() is not None

    def start(self) -> None:
        """Connect when it is its turn, and stay connected."""
        if not self.wanted:
            self.wanted = True
            self._connector.enqueue(self)

    def open(self) -> None:
        """Connect now. Raises OSError when nobody is there."""
        self._client.reconnect()
        self._loop.call_later(_MISC_S * self._connector.chance.uniform(0.5, 1), self._misc)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int:
        """Hand a message over at QoS 1; returns its number. Only while `up`."""
        return self._client.publish(topic, payload, qos=1, retain=retain).mid

    def drop(self) -> None:
        """End without a word, so that the broker speaks the will; `start` comes back."""
        self.wanted = False
        sock: Any = self._client.socket()
        if sock is not None:
            # paho then reads the end of the stream, as when a cable is pulled.
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Say goodbye (MQTT 3.1.1, 3.14: the broker discards the will) and stay away."""
        self.wanted = False
        if self.up:
            self._client.disconnect()
            self.flush()

    def on_readable(self) -> None:
        """The loop: there is something to read."""
        self._client.loop_read()
        sock = self._client.socket()
        while isinstance(sock, ssl.SSLSocket) and sock.fileno() >= 0 and sock.pending():
            if self._client.loop_read() is not MQTTErrorCode.MQTT_ERR_SUCCESS:
                return

    def on_writable(self) -> None:
        """The loop: there is room to write."""
        self.flush()

    def flush(self) -> None:
        """Write what is queued; if the socket is full, be told when it no longer is."""
        self._client.loop_write()
        sock: Any = self._client.socket()
        wanted = sock is not None and self._client.want_write()
        if wanted != self._writing and sock is not None:
            self._writing = wanted
            self._loop.watch(sock, self, writing=wanted)

    def _make_client(self, will: tuple[str, bytes, bool] | None) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.client_id,
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        client.connect_timeout = _CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(_IN_FLIGHT)
        if self.login.username is not None:
            client.username_pw_set(self.login.username, self.login.password)
        if self.login.tls:
            client.tls_set()
        if will is not None:
            client.will_set(will[0], will[1], qos=1, retain=will[2])
        client.on_socket_open = self._on_socket_open
        client.on_socket_close = self._on_socket_close
        client.on_socket_register_write = lambda *_: self._loop.flush_soon(self)
        client.on_socket_unregister_write = lambda *_: None  # `flush` sees for itself
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.connect_async(self.login.host, self.login.port, KEEPALIVE_S)
        return client

    def _misc(self) -> None:
        """Keep alive; ends by itself with the connection."""
        if self._client.socket() is not None:
            self._client.loop_misc()
            self._loop.call_later(_MISC_S, self._misc)

    def _on_socket_open(self, client: mqtt.Client, userdata: Any, sock: Any) -> None:
        self._writing = False
        self._loop.watch(sock, self)

    def _on_socket_close(self, client: mqtt.Client, userdata: Any, sock: Any) -> None:
        self._loop.unwatch(sock)

    def _on_connect(
        self,
        client: mqtt.Client,
        userdata: Any,
        flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._connector.refused(self.client_id, str(reason))
            return
        self.up = True
        self._retry_s = _RETRY_S[0]
        self._connector.came_up()
        if self._filters:
            client.subscribe(list(self._filters))
        self._listener.on_up()

    def _on_disconnect(
        self,
        client: mqtt.Client,
        userdata: Any,
        flags: mqtt.DisconnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        was_up, self.up = self.up, False
        if was_up:
            self._listener.on_down()
        if not self.wanted:
            return
        if was_up:
            self._connector.figures.counts["connections_lost"] += 1
        delay_s = self._retry_s * self._connector.chance.uniform(1, 3)
        self._retry_s = min(2 * self._retry_s, _RETRY_S[1])
        self._connector.enqueue(self, delay_s)

    def _on_message(self, client: mqtt.Client, userdata: Any, message: mqtt.MQTTMessage) -> None:
        self._listener.on_message(message.topic, bytes(message.payload))

    def _on_publish(
        self,
        client: mqtt.Client,
        userdata: Any,
        mid: int,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self._listener.on_published(mid)
