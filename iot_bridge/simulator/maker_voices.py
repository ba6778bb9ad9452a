"""Devices of other makers: no outbox, no `ack`; what is said while the connection is down is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from iot_bridge.simulator.cast import Player
from iot_bridge.simulator.connection import Connection, Connector, Login
from iot_bridge.simulator.figures import Figures
from iot_bridge.simulator.loop import Timer
from iot_bridge.simulator.makers import (
    Said,
    Templates,
    face_event,
    face_presence,
    lora_status,
    lora_uplink,
    probe_batch,
)
from iot_bridge.simulator.voices import now_ms

FACE_HEARTBEAT_S = 60.0
LORA_HEARTBEAT_S = 3600.0  # the sensor's own is a day; an hour makes a demo show that it lives


class Link:
    """A connection that carries finished messages and counts what becomes of them."""

    def __init__(
        self,
        connector: Connector,
        login: Login,
        client_id: str,
        *,
        will: Said | None = None,
        came_up: Callable[[], None] = lambda: None,
        went_down: Callable[[], None] = lambda: None,
    ) -> None:
        self._figures: Figures = connector.figures
        self._handed: dict[int, float] = {}
        self._came_up = came_up
        self.on_down = went_down
        self.connection = Connection(
            connector,
            login,
            client_id=client_id,
            listener=self,
            will=None if will is None else (will.topic, will.payload, False),
        )

    def send(self, said: Said | None) -> None:
        """Publish, if connected and there is something to publish."""
        if said is not None and self.connection.up:
            mid = self.connection.publish(said.topic, said.payload)
            self._handed[mid] = time.monotonic()
            self._figures.counts["published_as_makers"] += 1

    def on_up(self) -> None:
        """Connected."""
        self._came_up()

    def on_message(self, topic: str, payload: bytes) -> None:
        """These devices subscribe to nothing."""

    def on_published(self, mid: int) -> None:
        """The broker's PUBACK."""
        sent = self._handed.pop(mid, None)
        if sent is not None:
            self._figures.to_broker.add((time.monotonic() - sent) * 1000)


class FaceTerminalVoice:
    """A face terminal: records, a heartbeat a minute, a Last Will."""

    def __init__(
        self,
        player: Player,
        connector: Connector,
        login: Login,
        *,
        templates: Templates,
        seed: int = 0,
    ) -> None:
        self.player = player
        self._templates = templates
        self._loop = connector.loop
        self._chance = player.chance(seed, "voice")
        # A record's number and second are its identity; a counter that a restart does not repeat.
        self._number = int(time.time()) % 10**8
        self._timer: Timer | None = None
        self._link = Link(
            connector,
            login,
            player.id,
            will=face_presence(templates, player, "offline", None),
            came_up=self._hello,
            went_down=self._rest,
        )

    def start(self) -> None:
        """Connect, or come back."""
        self._link.connection.start()

    def drop(self) -> None:
        """Vanish; the broker speaks the will."""
        self._link.connection.drop()

    def close(self) -> None:
        """Leave in good order."""
        self._link.connection.close()

    def say(self, type_: str, data: Mapping[str, Any]) -> None:
        """A record, a stranger, or nothing."""
        self._number += 1
        said = face_event(self._templates, self.player, type_, data, self._number, now_ms())
        self._link.send(said)

    def _hello(self) -> None:
        self._link.send(face_presence(self._templates, self.player, "online", now_ms()))
        self._beat()

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _beat(self) -> None:
        self._link.send(face_presence(self._templates, self.player, "heartbeat", now_ms()))
        delay_s = FACE_HEARTBEAT_S * self._chance.uniform(0.9, 1.1)
        self._timer = self._loop.call_later(delay_s, self._beat)


class EspProbeVoice:
    """A sniffer: batches of addresses, nothing else."""

    def __init__(
        self, player: Player, connector: Connector, login: Login, *, templates: Templates
    ) -> None:
        self.player = player
        self._templates = templates
        self._began = time.monotonic()
        self._link = Link(connector, login, player.id)

    def start(self) -> None:
        """Connect, or come back."""
        self._link.connection.start()

    def drop(self) -> None:
        """Vanish; it has no will."""
        self._link.connection.drop()

    def close(self) -> None:
        """Leave in good order."""
        self._link.connection.close()

    def say(self, type_: str, data: Mapping[str, Any]) -> None:
        """A count is a batch of as many addresses."""
        if type_ == "count":
            uptime_ms = int((time.monotonic() - self._began) * 1000)
            self._link.send(probe_batch(self._templates, self.player, data["count"], uptime_ms))


class LoraSensorVoice:
    """A sensor behind the network server, which speaks for all of them over one connection."""

    def __init__(
        self,
        player: Player,
        connector: Connector,
        server: Link,
        *,
        templates: Templates,
        seed: int = 0,
    ) -> None:
        self.player = player
        self._templates = templates
        self._loop = connector.loop
        self._server = server
        self._chance = player.chance(seed, "voice")
        self._counter = 0
        self._occupied = False
        self._battery = self._chance.randint(40, 100)
        self._reachable = True
        self._timer: Timer | None = None

    def start(self) -> None:
        """Be in range, with a first sign of life soon."""
        self._reachable = True
        self._server.connection.start()
        if self._timer is None:
            self._timer = self._loop.call_later(self._chance.uniform(15, 60), self._beat)

    def drop(self) -> None:
        """Out of range: nobody notices for a day."""
        self._reachable = False

    def close(self) -> None:
        """The network server leaves for all."""
        self._server.connection.close()

    def say(self, type_: str, data: Mapping[str, Any]) -> None:
        """An uplink about the lane, or a battery report of the server."""
        if type_ in {"occupied", "vacated"}:
            self._occupied = type_ == "occupied"
            self._uplink(type_)
        elif type_ == "battery":
            self._battery = data["battery"]
            self._status()

    def _beat(self) -> None:
        self._uplink("heartbeat")
        self._status()
        delay_s = LORA_HEARTBEAT_S * self._chance.uniform(0.9, 1.1)
        self._timer = self._loop.call_later(delay_s, self._beat)

    def _uplink(self, name: str) -> None:
        if self._reachable:
            self._counter += 1
            self._server.send(
                lora_uplink(
                    self._templates, self.player, name, self._occupied, self._counter, now_ms()
                )
            )

    def _status(self) -> None:
        if self._reachable:
            self._counter += 1
            self._server.send(
                lora_status(self._templates, self.player, self._battery, self._counter, now_ms())
            )
