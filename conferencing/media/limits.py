"""How many fit, whatever moves the media."""

from __future__ import annotations

from conferencing.engines.messages import EngineProblem
from conferencing.engines.port import EngineError

ROOM_PEERS = 400


def require_place(*, on_node: int, most: int, in_room: int) -> None:
    """Whether one more peer fits. Raises EngineError."""
    if on_node >= most:
        raise EngineError(
            EngineProblem.NODE_FULL, f"this node takes {most} peers (MEDIA_MAX_PEERS)"
        )
    if in_room >= ROOM_PEERS:
        raise EngineError(EngineProblem.ROOM_FULL, f"a room takes {ROOM_PEERS} peers")
