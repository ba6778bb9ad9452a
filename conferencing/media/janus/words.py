"""What Janus says, as far as it is listened to: typed at the edge, everything else left out.

Janus API and videoroom of Janus 1.1 (https://janus.conf.meetecho.com/docs/): numbers of sessions, handles, rooms and
feeds are 64-bit integers, mids are text.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class JanusModel(BaseModel):
    """Open, since every version of Janus says a little more; immutable once made."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Jsep(JanusModel):
    """An offer or an answer."""

    type: str
    sdp: str


class FeedStream(JanusModel):
    """One media line of a publisher."""

    type: str
    mid: str
    codec: str = ""


class Feed(JanusModel):
    """A publisher. `dummy`: the placeholder that empty slots are subscribed to."""

    id: int
    dummy: bool = False
    streams: tuple[FeedStream, ...] = ()


class SubscribedStream(JanusModel):
    """One media line of a subscription, in the order it was asked for."""

    type: str
    mid: str


class Said(JanusModel):
    """The videoroom's part of an answer or an event."""

    videoroom: str = ""
    error_code: int = 0
    error: str = ""
    id: int = 0
    publishers: tuple[Feed, ...] = ()
    streams: tuple[SubscribedStream, ...] = ()
    rooms: tuple[RoomLine, ...] = Field(default=(), alias="list")
    level: float = Field(default=127.0, alias="audio-level-dBov-avg")
    """127 is silence, 0 as loud as it gets"""


class RoomLine(JanusModel):
    """A room in the list of all."""

    room: int
    description: str = ""


class PluginData(JanusModel):
    """Wraps what a plugin says."""

    data: Said = Said()


class Failure(JanusModel):
    """Why the core refuses."""

    code: int = 0
    reason: str = ""


class Given(JanusModel):
    """What was made: a session or a handle."""

    id: int = 0


class Heard(JanusModel):
    """A frame of Janus. `janus` says what kind of one."""

    janus: str
    transaction: str = ""
    session_id: int = 0
    sender: int = 0
    data: Given = Given()
    error: Failure = Failure()
    plugindata: PluginData = PluginData()
    jsep: Jsep | None = None
    # of `media`
    mid: str = ""
    substream: int = 0
    receiving: bool = False
    # of `hangup`
    reason: str = ""


class HandleInfo(JanusModel):
    """What the admin API knows of a handle; `info` is read where it is used, its shape being a debugging aid."""

    janus: str
    transaction: str = ""
    info: dict[str, Any] = {}
    error: Failure = Failure()
