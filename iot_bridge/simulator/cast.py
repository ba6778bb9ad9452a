"""The devices that are simulated, as values. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from iot_bridge.protocol.topics import Channel, Kind
from iot_bridge.rules.thresholds import Thresholds

CANONICAL = "canonical"


@dataclass(frozen=True, slots=True)
class Player:
    """One device. `base` is its topic up to the channel, `reference` its id in its maker's messages."""

    id: str
    kind: Kind
    base: str
    codec: str = CANONICAL
    reference: str = ""
    name: str = ""
    thresholds: Thresholds = field(default_factory=Thresholds)

    def topic(self, channel: Channel) -> str:
        """Its topic on a channel."""
        return f"{self.base}/{channel}"

    @property
    def canonical(self) -> bool:
        """Whether it speaks the protocol itself."""
        return self.codec == CANONICAL

    def chance(self, seed: int, use: str) -> random.Random:
        """Its own dice, the same for the same seed whatever the others do."""
        return random.Random(f"{seed} {use} {self.id}")  # noqa: S311 - a simulation, no secret


def mqtt_base(topic: str) -> tuple[Kind, str]:
    """Kind and device id of a topic up to the channel. Raises ValueError for another."""
    parts = topic.split("/")
    if len(parts) != 7 or parts[:2] != ["sc", "v1"]:
        raise ValueError(f"not a device's topic: {topic!r}")
    return Kind(parts[5]), parts[6]
