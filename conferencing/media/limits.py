"""How many fit, whatever moves the media."""

from __future__ import annotations

from conferencing.engines.messages import EngineProblem
from conferencing.engines.port import EngineError
from conferencing.media.settings import MediaSettings


def require_place(settings: MediaSettings, *, on_node: int, in_room: int) -> None:
    """Whether one more peer fits. Raises EngineError."""
    if on_node >= settings.max_peers:
        raise EngineError(
            EngineProblem.NODE_FULL, f"this node takes {settings.max_peers} peers (MEDIA_MAX_PEERS)"
        )
    if in_room >= settings.room_peers:
        raise EngineError(
            EngineProblem.ROOM_FULL, f"a room takes {settings.room_peers} peers (MEDIA_ROOM_PEERS)"
        )
