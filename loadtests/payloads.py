"""What a city's devices say: a stream of telemetry with an alarm now and then, and probes among it."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# How often each kind says what; one message in some hundred raises or clears an alarm.
_WORDS: dict[str, list[tuple[int, str, dict[str, Any]]]] = {
    "face_gate": [
        (940, "pass", {}),
        (40, "denied", {"reason": "not_registered"}),
        (10, "forced_open", {}),
        (10, "battery", {"battery": 80}),
    ],
    "wifi_probe": [(1000, "count", {"count": 12, "window_s": 300})],
    "fire_lane": [
        (490, "occupied", {"occupied": True}),
        (490, "vacated", {"occupied": False}),
        (20, "battery", {"battery": 75}),
    ],
    "panic_button": [(1000, "battery", {"battery": 90})],
    "smoke": [(1000, "normal", {})],
    "patrol_terminal": [(1000, "battery", {"battery": 70})],
    "camera": [(1000, "motion", {})],
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A device as a publisher knows it: its id, kind and topic up to the channel."""

    id: str
    kind: str
    topic: str


def message(endpoint: Endpoint, type_: str, data: dict[str, Any], event_id: str) -> bytes:
    """An event's payload in the canonical format."""
    body = {"event_id": event_id, "ts": time.time_ns() // 1_000_000, "type": type_, "data": data}
    return json.dumps(body).encode()


def telemetry(endpoints: list[Endpoint], *, seed: int) -> Iterator[tuple[str, bytes]]:
    """An endless stream of (topic, payload), each event id used once; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    words = {kind: ([entry[0] for entry in entries], entries) for kind, entries in _WORDS.items()}
    number = 0
    while True:
        endpoint = chance.choice(endpoints)
        weights, entries = words[endpoint.kind]
        _weight, type_, data = chance.choices(entries, weights)[0]
        number += 1
        yield f"{endpoint.topic}/event", message(endpoint, type_, data, f"{seed}-{number}")


def probe_raise(endpoint: Endpoint, number: int) -> tuple[str, bytes]:
    """A message that raises `door_held` on a gate; its number is in the alarm's detail."""
    data = {"active": True, "held_s": float(number)}
    return f"{endpoint.topic}/event", message(endpoint, "door_held", data, f"raise-{number}")


def probe_clear(endpoint: Endpoint, number: int) -> tuple[str, bytes]:
    """A message that clears it."""
    return f"{endpoint.topic}/event", message(
        endpoint, "door_held", {"active": False}, f"clear-{number}"
    )
