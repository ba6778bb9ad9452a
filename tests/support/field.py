"""The devices outside a served demo city, as the browser tests use them."""

from __future__ import annotations

import itertools
import time
from typing import Any

from tests.support.devices import Publisher
from tests.support.served import Served

CITY, EAST, SOUTH = "640181", "640181100", "640181101"
DEEDS = "tests.e2e.deeds"


class Field:
    """The devices outside: an MQTT connection, and devices that no other test has used."""

    def __init__(self, city: Served) -> None:
        self.city = city
        self._topics: dict[str, str] = {}
        self._used: set[str] = set()
        self._numbers = itertools.count(1)
        self._publisher: Publisher | None = None

    def device(self, kind: str, prefix: str = CITY, **parameters: int) -> str:
        """A device that has said nothing yet; silence does not put it offline."""
        rows = self.city.do(f"{DEEDS}.devices", kind=kind, prefix=prefix)
        free = [device for device, _name in rows if device not in self._used]
        assert free, f"no more {kind} in {prefix}"
        device: str = free[0]
        self._used.add(device)
        self.city.do(f"{DEEDS}.make_patient", device=device, **parameters)
        return device

    def topic(self, device: str) -> str:
        """Its topic up to the channel; the first time, its credential is asked for."""
        if device not in self._topics:
            login, self._topics[device] = self.city.login_of(device)
            if self._publisher is None:
                self._publisher = Publisher(login, "the-field")
                self._publisher.connect()
        return self._topics[device]

    def report(self, device: str, type_: str, **data: Any) -> float:
        """Publish an event and wait until the broker has it; returns when it was handed over."""
        topic = self.topic(device)
        assert self._publisher is not None
        at = time.time()
        event_id = f"e2e-{time.time_ns()}-{next(self._numbers)}"
        body = {"event_id": event_id, "ts": int(at * 1000), "type": type_, "data": data}
        self._publisher.publish(f"{topic}/event", body)
        return at

    def hand_over(self, topic: str, payload: dict[str, Any]) -> None:
        """Publish without waiting for the broker."""
        assert self._publisher is not None, "ask for a device's topic first"
        self._publisher.hand_over(topic, payload)

    def say(self, topic: str, payload: bytes | str | dict[str, Any]) -> None:
        """Publish anything anywhere."""
        assert self._publisher is not None, "ask for a device's topic first"
        self._publisher.publish(topic, payload)

    def close(self) -> None:
        """Leave."""
        if self._publisher is not None:
            self._publisher.disconnect()
