"""Who plays which story when. Pure: times are seconds from the start, dice come from the seed."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from iot_bridge.simulator.cast import Player
from iot_bridge.simulator.stories import OPENING, STORIES, Step, Story

OPENING_S = (8.0, 14.0)
"""Pause between the first stories."""
PAUSE_S = (35.0, 95.0)
"""Pause between stories afterwards: a new alarm every one to three minutes."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A story about to be played by a device."""

    story: str
    player: Player
    steps: tuple[Step, ...]


class Director:
    """Picks stories by weight and devices at random, never a device that is busy."""

    def __init__(
        self, players: Iterable[Player], *, seed: int, stories: Sequence[str] | None = None
    ) -> None:
        chosen = [STORIES[name] for name in (stories if stories is not None else STORIES)]
        everyone = list(players)
        self._able: dict[str, list[Player]] = {
            story.name: [player for player in everyone if story.fits(player)] for story in chosen
        }
        self._stories = [story for story in chosen if self._able[story.name]]
        self._opening = [name for name in OPENING if self._able.get(name)]
        self._chance = random.Random(f"{seed} director")  # noqa: S311 - a simulation

    @property
    def idle(self) -> bool:
        """Whether no device can play any story."""
        return not self._stories

    def pause_s(self) -> float:
        """How long until the next story."""
        return self._chance.uniform(*(OPENING_S if self._opening else PAUSE_S))

    def next_scene(self, busy: Collection[str]) -> Scene | None:
        """The next story and its device; None when every able device is busy."""
        story = self._next_story()
        free = [player for player in self._able[story.name] if player.id not in busy]
        if not free:
            return None
        player = self._chance.choice(free)
        return Scene(story.name, player, tuple(story.tell(player, self._chance)))

    def _next_story(self) -> Story:
        if self._opening:
            return STORIES[self._opening.pop(0)]
        weights = [story.weight for story in self._stories]
        return self._chance.choices(self._stories, weights)[0]
