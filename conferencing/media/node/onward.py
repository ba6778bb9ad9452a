"""What a node asks of its ways to other nodes; conferencing/media/trunk has them."""

from __future__ import annotations

from typing import Protocol

from conferencing.engines.messages import OpenTrunk, TrunkEnd, TrunkOpened, TrunkStats
from conferencing.media.node.gathering import Gathering
from conferencing.media.node.room import Room


class Cascade(Protocol):
    """The ways to other nodes. Calls by boot and room raise EngineError."""

    @property
    def port(self) -> Gathering:
        """What other nodes send to."""

    def open(self, boot: str, wanted: OpenTrunk) -> TrunkOpened:
        """A trunk to a node."""

    def close_trunk(self, boot: str) -> None:
        """Close one with its links."""

    def link(self, room: Room, boot: str) -> None:
        """Have a room go on at the other end."""

    def unlink(self, room: Room, boot: str) -> None:
        """Have it not go on there any more."""

    def end(self) -> TrunkEnd:
        """Where this node takes trunks."""

    def stats(self, now: float) -> list[TrunkStats]:
        """How each trunk is."""

    def often(self, now: float) -> None:
        """Each 20 ms."""

    def tell_levels(self, now: float) -> None:
        """Each 60 ms."""

    def second(self, now: float) -> None:
        """Each second."""

    def room_closed(self, room: Room) -> None:
        """A room is over."""

    def close(self) -> None:
        """The node ends."""
