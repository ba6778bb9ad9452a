"""What is shown of a line in the room."""

from __future__ import annotations

from command_center.feed.sections import FeedModel
from conferencing.quality.line import LineLevel, Path


class SeatLineData(FeedModel):
    """How a seat's own page found its line at last. `loss` is the larger of the two ways, a share 0–1."""

    seat: int
    level: LineLevel
    loss: float | None
    round_trip_ms: int | None
    path: Path | None
