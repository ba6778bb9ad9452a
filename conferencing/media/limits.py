"""How many fit, whatever moves the media."""

from __future__ import annotations

from dataclasses import dataclass

from conferencing.engines.messages import EngineProblem
from conferencing.engines.port import EngineError


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many peers a node takes, and how many of them one room."""

    on_node: int
    in_room: int

    def require_place(self, *, on_node: int, in_room: int) -> None:
        """Whether one more peer fits beside those that are there. Raises EngineError."""
        if on_node >= self.on_node:
            raise EngineError(
                EngineProblem.NODE_FULL, f"this node takes {self.on_node} peers (MEDIA_MAX_PEERS)"
            )
        if in_room >= self.in_room:
            raise EngineError(
                EngineProblem.ROOM_FULL, f"a room takes {self.in_room} peers (MEDIA_ROOM_PEERS)"
            )
