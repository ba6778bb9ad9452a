"""The frames of `/ws/console`, each a closed typed model. The protocol is told in docs/protocol/feed.md."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import IntEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from command_center.feed.sections import FeedModel


class Cursor(FeedModel):
    """A place in the feed. A new epoch means that the numbering began anew."""

    epoch: UUID
    seq: Annotated[int, Field(ge=0)]


class Hello(FeedModel):
    """The console's first word, and its word whenever it has lost its place."""

    type: Literal["hello"]
    cursor: Cursor | None = None


class Seen(FeedModel):
    """The console has applied every event up to `seq`."""

    type: Literal["seen"]
    seq: Annotated[int, Field(ge=0)]


ClientMessage = Annotated[Hello | Seen, Field(discriminator="type")]
CLIENT_MESSAGE: TypeAdapter[Hello | Seen] = TypeAdapter(ClientMessage)


class Snapshot(FeedModel):
    """The whole state in the console's scope, as of `cursor`."""

    type: Literal["snapshot"] = "snapshot"
    cursor: Cursor
    state: dict[str, list[dict[str, Any]]]


class Resumed(FeedModel):
    """The server follows from the console's own cursor."""

    type: Literal["resumed"] = "resumed"
    cursor: Cursor


class Event(FeedModel):
    """One change. `data` is the whole object after it, or the key of what is gone."""

    seq: int
    kind: str
    at: str
    code: str
    data: dict[str, Any]


class Events(FeedModel):
    """Changes in order. `prev` is the head of the frame before; `head` is the cursor after this one."""

    type: Literal["events"] = "events"
    prev: int
    head: int
    events: list[Event]


class Heartbeat(FeedModel):
    """Every 5 s. `head` is the cursor that this console should hold by now."""

    type: Literal["heartbeat"] = "heartbeat"
    head: int
    now: str


SERVER_FRAMES: tuple[type[FeedModel], ...] = (Snapshot, Resumed, Events, Heartbeat)


class CloseCode(IntEnum):
    """Why the server closes a console's socket. The close reason is the name in lower case."""

    GOING_AWAY = 1001
    BAD_MESSAGE = 4400
    UNAUTHENTICATED = 4401
    FORBIDDEN = 4403
    SLOW_CONSUMER = 4408
    TOO_MANY_MESSAGES = 4429

    @property
    def reason(self) -> str:
        """The word that goes with the code."""
        return self.name.lower()


def iso(moment: datetime) -> str:
    """A time as the API writes it: UTC, ISO 8601, milliseconds.

    >>> iso(datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC))
    '2026-01-02T03:04:05.678Z'
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
