"""The load generator's device side: events at an even rate over all devices."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iot_bridge.protocol.topics import Kind
from iot_bridge.simulator.cast import Player
from iot_bridge.simulator.figures import Figures
from iot_bridge.simulator.loop import Loop
from iot_bridge.simulator.voices import CanonicalVoice

TICK_S = 0.004
_AT_ONCE = 500
MALFORMED = b'{"event_id": "x", "ts": "now"'


@dataclass(frozen=True, slots=True)
class Mix:
    """Which part of the messages raises or clears an alarm, repeats an event, or is malformed."""

    alarms: float = 0.0
    duplicates: float = 0.0
    bad: float = 0.0


def parse_mix(text: str) -> Mix:
    """Read `alarms=0.02,bad=0.001`. Raises ValueError with a sentence."""
    parts: dict[str, float] = {}
    for word in filter(None, text.split(",")):
        name, _equals, value = word.partition("=")
        try:
            parts[name.strip()] = float(value)
        except ValueError:
            raise ValueError(f"--mix takes name=part, not {word!r}") from None
    try:
        mix = Mix(**parts)
    except TypeError:
        raise ValueError("--mix knows alarms, duplicates and bad") from None
    if any(part < 0 for part in parts.values()) or sum(parts.values()) > 1:
        raise ValueError("--mix: each part is from 0 to 1, and all together at most 1")
    return mix


def ordinary(player: Player) -> Iterator[tuple[str, dict[str, Any]]]:
    """A device's events when nothing is wrong, for ever."""
    while True:
        match player.kind:
            case Kind.FACE_GATE:
                yield "pass", {}
            case Kind.WIFI_PROBE:
                yield "count", {"count": player.thresholds.crowd_threshold // 3, "window_s": 300}
            case Kind.FIRE_LANE:
                yield "occupied", {"occupied": True}
                yield "vacated", {"occupied": False}
            case Kind.CAMERA:
                yield "motion", {}
            case Kind.PANIC_BUTTON | Kind.SMOKE | Kind.PATROL_TERMINAL:
                yield "battery", {"battery": 80}


def trouble(player: Player) -> Iterator[tuple[str, dict[str, Any]]]:
    """A device's events that raise an alarm and clear it in turn, for ever."""
    while True:
        match player.kind:
            case Kind.FACE_GATE:
                yield "forced_open", {"active": True}
                yield "forced_open", {"active": False}
            case Kind.WIFI_PROBE:
                limit = player.thresholds.crowd_threshold
                yield "count", {"count": 2 * limit, "window_s": 300}
                yield "count", {"count": limit // 3, "window_s": 300}
            case Kind.FIRE_LANE | Kind.CAMERA:
                yield "tamper", {"active": True}
                yield "tamper", {"active": False}
            case Kind.SMOKE:
                yield "alarm", {}
                yield "normal", {}
            case Kind.PANIC_BUTTON:
                yield "pressed", {}
            case Kind.PATROL_TERMINAL:
                yield "sos", {}


class Load:
    """Publishes message number k at the start plus k / rate seconds, by device k modulo their number."""

    def __init__(
        self,
        loop: Loop,
        voices: Sequence[CanonicalVoice],
        *,
        rate: float,
        mix: Mix,
        seed: int,
        figures: Figures,
    ) -> None:
        self._loop = loop
        self._voices = voices
        self._rate = rate
        self._mix = mix
        self._figures = figures
        self._chance = random.Random(f"{seed} load")  # noqa: S311 - a simulation
        self._plain = [ordinary(voice.player) for voice in voices]
        self._trouble = [trouble(voice.player) for voice in voices]
        self._began = 0.0
        self._number = 0
        self._until = float("inf")

    def connect(self) -> None:
        """Let every device connect."""
        for voice in self._voices:
            voice.start()

    @property
    def connected(self) -> bool:
        """Whether every device is."""
        return all(voice.up for voice in self._voices)

    @property
    def outstanding(self) -> int:
        """Events not acknowledged yet, and messages that the broker still owes a PUBACK."""
        return sum(voice.outstanding for voice in self._voices)

    def begin(self, seconds: float | None) -> None:
        """Publish from now on."""
        self._began = time.monotonic()
        if seconds is not None:
            self._until = self._began + seconds
        self._loop.call_later(0, self._tick)

    @property
    def over(self) -> bool:
        """Whether its time is up."""
        return time.monotonic() >= self._until

    def end(self) -> None:
        """Publish no more."""
        self._until = 0.0
        self._figures.seconds = time.monotonic() - self._began

    def close(self) -> None:
        """Let every device leave in good order."""
        for voice in self._voices:
            voice.close()

    def _tick(self) -> None:
        now = time.monotonic()
        if now >= self._until:
            return
        due = int((now - self._began) * self._rate) + 1
        for _ in range(min(due - self._number, _AT_ONCE)):
            self._publish(self._number)
            self._number += 1
        behind_ms = int((now - self._began - self._number / self._rate) * 1000)
        counts = self._figures.counts
        counts["behind_ms_max"] = max(counts["behind_ms_max"], behind_ms)
        self._loop.call_at(now + TICK_S, self._tick)

    def _publish(self, number: int) -> None:
        index = number % len(self._voices)
        voice, roll = self._voices[index], self._chance.random()
        if roll < self._mix.bad:
            voice.say_raw(MALFORMED)
            return
        roll -= self._mix.bad
        if roll < self._mix.duplicates and voice.say_again():
            return
        alarms = self._mix.duplicates <= roll < self._mix.duplicates + self._mix.alarms
        event: tuple[str, Mapping[str, Any]] = next(
            (self._trouble if alarms else self._plain)[index]
        )
        voice.say(*event)
