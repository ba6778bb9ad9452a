"""What this system's own node can do and Janus, as it is driven here, cannot: said plainly, each time."""

from __future__ import annotations

from typing import NoReturn

from conferencing.engines.messages import EngineProblem, Feed, OpenTrunk
from conferencing.engines.port import EngineError

_CAMERAS = "Janus fetches no cameras here; set CONFERENCE_ENGINE=aiortc for those"


class Lacking:
    """Every call but the ends of what never began raises EngineError."""

    def feed(self, _room_name: str, _name: str, _camera: Feed) -> NoReturn:
        """Cameras are this system's own node's to fetch."""
        raise EngineError(EngineProblem.UNSUPPORTED, _CAMERAS)

    async def look_at(self, _camera: Feed) -> NoReturn:
        """As `feed`."""
        raise EngineError(EngineProblem.UNSUPPORTED, _CAMERAS)

    def start_recording(self, _room_name: str, _name: str) -> NoReturn:
        """Nothing is recorded."""
        raise EngineError(
            EngineProblem.CANNOT_RECORD,
            "Janus does not record here; set CONFERENCE_ENGINE=aiortc to record",
        )

    def stop_recording(self, _room_name: str) -> None:
        """Nothing was."""

    def open_trunk(self, _boot: str, _wanted: OpenTrunk) -> NoReturn:
        """A room is on one Janus."""
        raise EngineError(EngineProblem.NO_TRUNK, "a room stays on one Janus")

    def close_trunk(self, _boot: str) -> None:
        """There is none."""

    def link(self, _room_name: str, boot: str) -> NoReturn:
        """There is no trunk."""
        raise EngineError(EngineProblem.NO_TRUNK, f"there is no trunk to {boot}")

    def unlink(self, _room_name: str, _boot: str) -> None:
        """There is none."""
