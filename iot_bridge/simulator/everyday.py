"""The gentle life between the stories: people pass, lanes fill and empty, probes count. Pure.

`moment` is a device's next small happening, as steps; what it does depends on the hour of the day.
"""

from __future__ import annotations

import random
from bisect import bisect

from iot_bridge.protocol.topics import Kind
from iot_bridge.simulator.cast import Player
from iot_bridge.simulator.makers import ESP_PROBE
from iot_bridge.simulator.stories import Say, Step

# (hour, how busy the city is, 1 = busiest), straight lines in between.
_DAY = (
    (0.0, 0.06),
    (4.5, 0.03),
    (6.0, 0.25),
    (7.5, 1.0),
    (9.0, 0.7),
    (11.5, 0.9),
    (13.5, 0.5),
    (17.0, 0.8),
    (18.5, 1.0),
    (20.5, 0.7),
    (22.0, 0.3),
    (24.0, 0.06),
)
PASSES_PER_HOUR = 40
VEHICLES_PER_HOUR = 3
MOTIONS_PER_HOUR = 4
COUNT_EVERY_S = 120
BATCH_EVERY_S = 50  # a sniffer's silence is noticed after 120 s
FULLEST = 0.72
"""Of a probe's threshold: an ordinary day never crowds a place (80 % of it would keep a crowd on)."""


def activity(hour: float) -> float:
    """How busy the city is at an hour of the local day (0 to 24), above 0 and up to 1."""
    hour %= 24
    index = bisect(_DAY, (hour, 2.0))
    (hour_a, level_a), (hour_b, level_b) = _DAY[index - 1], _DAY[index]
    return level_a + (level_b - level_a) * (hour - hour_a) / (hour_b - hour_a)


def moment(player: Player, chance: random.Random, hour: float) -> tuple[Step, ...]:
    """What a device does next, and after how long; nothing for kinds that only speak up in trouble."""
    busy = activity(hour)
    match player.kind:
        case Kind.FACE_GATE:
            denied = chance.random() < 0.02
            act = Say("denied", {"reason": "not_registered"}) if denied else Say("pass")
            return (Step(_gap(chance, PASSES_PER_HOUR * busy), player.id, act),)
        case Kind.FIRE_LANE:
            stay_s = chance.uniform(0.2, 0.7) * player.thresholds.lane_hold_s
            return (
                Step(
                    _gap(chance, VEHICLES_PER_HOUR * busy),
                    player.id,
                    Say("occupied", {"occupied": True}),
                ),
                Step(stay_s, player.id, Say("vacated", {"occupied": False})),
            )
        case Kind.WIFI_PROBE:
            return (_count(player, chance, busy),)
        case Kind.CAMERA:
            return (Step(_gap(chance, MOTIONS_PER_HOUR * busy), player.id, Say("motion")),)
        case Kind.PANIC_BUTTON | Kind.SMOKE | Kind.PATROL_TERMINAL:
            return ()


def _count(player: Player, chance: random.Random, busy: float) -> Step:
    every_s = BATCH_EVERY_S if player.codec == ESP_PROBE else COUNT_EVERY_S
    level = min(FULLEST, 0.6 * busy * chance.uniform(0.75, 1.25))
    count = max(1, int(player.thresholds.crowd_threshold * level))
    return Step(
        every_s * chance.uniform(0.85, 1.15),
        player.id,
        Say("count", {"count": count, "window_s": 300}),
    )


def _gap(chance: random.Random, per_hour: float) -> float:
    """Seconds to the next of events that come by chance, bounded to two hours."""
    return min(chance.expovariate(per_hour / 3600), 7200)
