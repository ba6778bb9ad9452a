"""The measure of the bridge: a subscriber of paho's own, persistent session, QoS 1, that only counts.

`python -m loadtests.bare_subscriber SETTINGS`; prints what it measured as a line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

CLIENT_ID = "load-bare-subscriber"


@dataclass(frozen=True, slots=True)
class Moment:
    """Where wall clock, CPU clock and count stand."""

    wall_s: float
    cpu_s: float
    count: int


class BareSubscriber:
    """Counts until it has what is expected (0: only makes the session)."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._expected: int = settings["expected"]
        self._count = 0
        self._first: Moment | None = None
        mqtt5 = settings["mqtt5"]
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=CLIENT_ID,
            clean_session=None if mqtt5 else False,
            protocol=MQTTProtocolVersion.MQTTv5 if mqtt5 else MQTTProtocolVersion.MQTTv311,
        )
        if settings["login"]:
            self._client.username_pw_set(*settings["login"])
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def run(self) -> None:
        """Connect and loop in this very thread, the cheapest way that paho has."""
        if self._settings["mqtt5"]:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = 3600
            properties.ReceiveMaximum = 1000
            self._client.connect(
                "127.0.0.1", self._settings["port"], clean_start=False, properties=properties
            )
        else:
            self._client.connect("127.0.0.1", self._settings["port"])
        self._client.loop_forever()

    def _on_connect(self, client: mqtt.Client, *_: Any) -> None:
        client.subscribe([(topic, 1) for topic in self._settings["filters"]])

    def _on_subscribe(self, client: mqtt.Client, *_: Any) -> None:
        if not self._expected:
            client.disconnect()

    def _on_message(self, client: mqtt.Client, _userdata: Any, _message: mqtt.MQTTMessage) -> None:
        self._count += 1
        if self._first is None:
            self._first = self._now()
        elif self._count == self._expected:
            last, first = self._now(), self._first
            measured = {
                "messages": last.count - first.count,
                "seconds": last.wall_s - first.wall_s,
                "cpu_s": last.cpu_s - first.cpu_s,
            }
            print(json.dumps(measured), flush=True)
            client.disconnect()

    def _now(self) -> Moment:
        return Moment(time.monotonic(), time.process_time(), self._count)


if __name__ == "__main__":
    BareSubscriber(json.loads(sys.argv[1])).run()
