"""What happens in a simulated city: scripted stories, each a list of steps. Pure and deterministic.

A step says how long after the one before it comes, which device acts, and what it does. A story ends as it
would in life: nearly always the trouble passes, and the alarm clears by itself.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from iot_bridge.protocol.topics import Kind
from iot_bridge.simulator.cast import CANONICAL, Player
from iot_bridge.simulator.makers import CHIRPSTACK, FACE_TERMINAL


@dataclass(frozen=True, slots=True)
class Say:
    """The device reports an event."""

    type: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drop:
    """The device vanishes without a word."""


@dataclass(frozen=True, slots=True)
class ComeBack:
    """The device is there again."""


Act = Say | Drop | ComeBack


@dataclass(frozen=True, slots=True)
class Step:
    """`delay_s` after the step before, a device acts."""

    delay_s: float
    device_id: str
    act: Act


Tell = Callable[[Player, random.Random], Iterator[Step]]


@dataclass(frozen=True, slots=True)
class Story:
    """A script and who can play it. `weight`: how often, beside the others."""

    name: str
    tell: Tell
    kinds: frozenset[Kind]
    codecs: frozenset[str] = frozenset({CANONICAL})
    weight: float = 1.0

    def fits(self, player: Player) -> bool:
        """Whether a device can play it."""
        return player.kind in self.kinds and player.codec in self.codecs


def _forced_open(player: Player, chance: random.Random) -> Iterator[Step]:
    yield Step(0, player.id, Say("forced_open", {"active": True}))
    if chance.random() < 0.3:
        yield Step(chance.uniform(8, 20), player.id, Say("forced_open", {"active": True}))
    yield Step(chance.uniform(40, 150), player.id, Say("forced_open", {"active": False}))


def _door_held(player: Player, chance: random.Random) -> Iterator[Step]:
    held_s = chance.randint(30, 60)
    yield Step(0, player.id, Say("pass"))
    yield Step(held_s, player.id, Say("door_held", {"active": True, "held_s": held_s}))
    yield Step(chance.uniform(45, 180), player.id, Say("pass"))


def _tailgating(player: Player, chance: random.Random) -> Iterator[Step]:
    yield Step(0, player.id, Say("pass"))
    yield Step(chance.uniform(1, 3), player.id, Say("tailgating", {"people": chance.randint(2, 4)}))


def _denied_burst(player: Player, chance: random.Random) -> Iterator[Step]:
    refusals, window_s = player.thresholds.denied_count, player.thresholds.denied_window_s
    pace = min(6.0, 0.8 * window_s / refusals)
    reasons = ("refused", "not_registered")
    for index in range(refusals + chance.randint(0, 2)):
        delay_s = chance.uniform(0.4, 1) * pace if index else 0
        yield Step(delay_s, player.id, Say("denied", {"reason": chance.choice(reasons)}))


def _tamper(player: Player, chance: random.Random) -> Iterator[Step]:
    yield Step(0, player.id, Say("tamper", {"active": True}))
    yield Step(chance.uniform(60, 200), player.id, Say("tamper", {"active": False}))


def _fault(player: Player, chance: random.Random) -> Iterator[Step]:
    code = chance.choice(("E04", "sensor", "power", "storage"))
    yield Step(0, player.id, Say("fault", {"active": True, "code": code}))
    yield Step(chance.uniform(90, 240), player.id, Say("fault", {"active": False}))


def _lane_blocked(player: Player, chance: random.Random) -> Iterator[Step]:
    hold_s = player.thresholds.lane_hold_s
    yield Step(0, player.id, Say("occupied", {"occupied": True}))
    yield Step(hold_s + chance.uniform(30, 150), player.id, Say("vacated", {"occupied": False}))


def _crowd(player: Player, chance: random.Random) -> Iterator[Step]:
    """A market fills up to above the threshold, and empties to below where it counts as over."""
    limit = player.thresholds.crowd_threshold
    parts = (0.7, 0.9, 1.1, 1.25, 1.15, 0.95, 0.75, 0.5)
    for index, part in enumerate(parts):
        count = max(1, round(limit * part * chance.uniform(0.98, 1.02)))
        yield Step(
            chance.uniform(12, 30) if index else 0,
            player.id,
            Say("count", {"count": count, "window_s": 300}),
        )


def _drop_off(player: Player, chance: random.Random) -> Iterator[Step]:
    yield Step(0, player.id, Drop())
    yield Step(chance.uniform(60, 180), player.id, ComeBack())


def _battery_low(player: Player, chance: random.Random) -> Iterator[Step]:
    """A blue alarm, until somebody changes the battery."""
    yield Step(0, player.id, Say("battery", {"battery": chance.randint(5, 14)}))
    yield Step(chance.uniform(300, 900), player.id, Say("battery", {"battery": 100}))


def _smoke(player: Player, chance: random.Random) -> Iterator[Step]:
    yield Step(0, player.id, Say("alarm"))
    yield Step(chance.uniform(60, 180), player.id, Say("normal"))


def _panic(player: Player, chance: random.Random) -> Iterator[Step]:
    """Ends when a dispatcher acknowledges it."""
    yield Step(chance.uniform(0, 1), player.id, Say("pressed"))


_GATE = frozenset({Kind.FACE_GATE})
_LANE = frozenset({Kind.FIRE_LANE})
_PROBE = frozenset({Kind.WIFI_PROBE})

STORIES: dict[str, Story] = {
    story.name: story
    for story in (
        Story("forced_open", _forced_open, _GATE, weight=1.2),
        Story("door_held", _door_held, _GATE, weight=2),
        Story("tailgating", _tailgating, _GATE, weight=1.5),
        Story("denied_burst", _denied_burst, _GATE, frozenset({CANONICAL, FACE_TERMINAL}), 2),
        Story("lane_blocked", _lane_blocked, _LANE, frozenset({CANONICAL, CHIRPSTACK}), 3),
        Story("crowd", _crowd, _PROBE, weight=1.5),
        Story("tamper", _tamper, frozenset({Kind.FACE_GATE, Kind.FIRE_LANE, Kind.CAMERA})),
        Story("drop_off", _drop_off, frozenset(Kind), frozenset({CANONICAL, FACE_TERMINAL}), 2),
        Story("fault", _fault, frozenset(Kind), weight=1.2),
        Story("battery_low", _battery_low, frozenset(Kind) - {Kind.PATROL_TERMINAL}, weight=1),
        Story("smoke", _smoke, frozenset({Kind.SMOKE}), weight=0.5),
        Story("panic", _panic, frozenset({Kind.PANIC_BUTTON}), weight=0.3),
    )
}

OPENING = ("denied_burst", "forced_open", "lane_blocked", "crowd", "drop_off")
"""What a watcher sees first: something within the first minute, of several severities."""
