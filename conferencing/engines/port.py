"""The port: what conferencing asks of whatever moves the media."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol, runtime_checkable

from conferencing.engines.messages import (
    CameraFacts,
    EngineProblem,
    Feed,
    Joined,
    NodeEvent,
    NodeState,
    OpenTrunk,
    RoomStats,
    SetAudiences,
    SetMuted,
    SetSlots,
    TrunkOpened,
)


class EngineError(Exception):
    """The node refused, or did not answer. `problem` is stable; the text says what and how to mend it."""

    def __init__(self, problem: EngineProblem, detail: str) -> None:
        super().__init__(detail)
        self.problem = problem


class Engine(Protocol):
    """One media node. Every call raises EngineError; all are idempotent but `join`."""

    async def close(self) -> None:
        """Give the connections back; nothing is asked after it."""

    async def state(self) -> NodeState:
        """How the node is; also how one sees that it lives."""

    async def open_room(self, room: str) -> None:
        """Make a room, unless it is there."""

    async def close_room(self, room: str) -> None:
        """End a room for everybody in it."""

    async def join(self, room: str, peer: str, offer: str) -> Joined:
        """Answer a browser's offer; a second time for the same peer restarts ICE, or replaces it."""

    async def accept(self, room: str, peer: str, answer: str) -> None:
        """The browser's answer to `Joined.offer`, where an engine has made one."""

    async def feed(self, room: str, peer: str, camera: Feed) -> None:
        """Have the node fetch a camera and show it as a peer; `leave` ends it."""

    async def look_at(self, camera: Feed) -> CameraFacts:
        """What a camera sends, looked at from the node for a moment."""

    async def leave(self, room: str, peer: str) -> None:
        """Disconnect a peer."""

    async def set_slots(self, room: str, peer: str, wanted: SetSlots) -> None:
        """What a receiver's video slots show."""

    async def set_muted(self, room: str, peer: str, wanted: SetMuted) -> None:
        """Drop what a peer sends of these sources, at the node."""

    async def set_audiences(self, room: str, wanted: SetAudiences) -> None:
        """Who gets whose media at all; one that is older than what the node knows changes nothing."""

    async def stats(self, room: str) -> RoomStats:
        """How everybody's line is."""

    async def start_recording(self, room: str, name: str) -> None:
        """Write what the room sends, until `stop_recording`, the room's end or a `RecordingFailed`.

        Refuses with CANNOT_RECORD where the engine cannot.
        """

    async def stop_recording(self, room: str) -> None:
        """Write no more; `RecordingStopped` follows when all is on the disk. One that is over already is no error."""

    def events(self) -> AsyncIterator[NodeEvent]:
        """What happens at the node, until the connection breaks (EngineError)."""


@runtime_checkable
class Cascading(Protocol):
    """What an engine may do beside: have its rooms go on at other nodes. One that does not keeps a room on one node.

    Nodes are named by their boot. Every call raises EngineError, and is idempotent.
    """

    async def open_trunk(self, boot: str, wanted: OpenTrunk) -> TrunkOpened:
        """A trunk to another node; again, with what is new in the question."""

    async def close_trunk(self, boot: str) -> None:
        """No trunk to that node any more."""

    async def link(self, room: str, boot: str) -> None:
        """A room goes on at the other end of a trunk."""

    async def unlink(self, room: str, boot: str) -> None:
        """It does not any more."""


def cascading(engine: object) -> Cascading | None:
    """The same engine as one whose rooms can go on at others, if it is one."""
    return engine if isinstance(engine, Cascading) else None
