"""What two nodes tell each other beside media: which sources there are, which are wanted, how loud voices are.

Each is JSON in an RTCP APP packet (RFC 3550, section 6.7) called LDTK, so that it is sealed as media are. Nothing is
acknowledged: what counts is told whole every two seconds, and what changed at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from conferencing.engines.messages import Name, SourceKind
from conferencing.media.wire import rtcp

NAME = b"LDTK"
MOST_BYTES = 1100
"""Of one message, so that a datagram passes every line whole."""
MAX_PARTS = 256
_Ssrc = Annotated[int, Field(ge=0, lt=2**32)]
_Rid = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,32}$")]


class TrunkModel(BaseModel):
    """Base of what crosses a trunk: closed, and immutable once made."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LayerTold(TrunkModel):
    """A layer of a source, and under which numbers it comes; `height` in pixels or 0, `bitrate` in bits per second."""

    rid: _Rid
    ssrc: _Ssrc
    rtx: _Ssrc
    height: int = Field(ge=0, le=65535)
    bitrate: int = Field(ge=0)


class SourceTold(TrunkModel):
    """A source that could be sent."""

    peer: Name
    source: SourceKind
    codec: Literal["vp8", "h264", "h264-main", "h264-high", "opus"]
    muted: bool
    flows: bool
    layers: tuple[LayerTold, ...] = Field(max_length=8)


class _Part(TrunkModel):
    room: Name
    round: int = Field(ge=0)
    part: int = Field(ge=0, lt=MAX_PARTS)
    parts: int = Field(ge=1, le=MAX_PARTS)


class Sources(_Part):
    """Those of a room that the sender has, but for those it has from the receiver. `whole`: there are no others."""

    type: Literal["sources"] = "sources"
    whole: bool
    sources: tuple[SourceTold, ...]


class Wants(_Part):
    """The layers that somebody at the sender sees or hears, or is about to; whole each time."""

    type: Literal["wants"] = "wants"
    ssrcs: tuple[_Ssrc, ...]


class Levels(TrunkModel):
    """How loud microphones are, 0 (silent) to 127; those that are not named are silent."""

    type: Literal["levels"] = "levels"
    room: Name
    levels: dict[Name, Annotated[int, Field(ge=0, le=127)]] = Field(max_length=32)


TrunkMessage = Annotated[Sources | Wants | Levels, Field(discriminator="type")]
_MESSAGE: TypeAdapter[Sources | Wants | Levels] = TypeAdapter(TrunkMessage)


def write(message: Sources | Wants | Levels, ssrc: int) -> bytes:
    """The APP packet of a message, signed as `ssrc`."""
    data = message.model_dump_json().encode()
    return rtcp.application(ssrc, NAME, data + b" " * (-len(data) % 4))


def read(packet: rtcp.Application) -> Sources | Wants | Levels | None:
    """The message of an APP packet; None for anything that is none."""
    if packet.name != NAME:
        return None
    try:
        return _MESSAGE.validate_json(packet.data)
    except ValidationError:
        return None


_Item = TypeVar("_Item")


def _parts(items: Sequence[_Item], sizes: Sequence[int]) -> Iterator[tuple[_Item, ...]]:
    """In order, as many at a time as fit."""
    part: list[_Item] = []
    used = 0
    for item, size in zip(items, sizes, strict=True):
        if part and used + size > MOST_BYTES:
            yield tuple(part)
            part, used = [], 0
        part.append(item)
        used += size
    yield tuple(part)


def sources(room: str, number: int, told: Sequence[SourceTold], *, whole: bool) -> list[Sources]:
    """The messages that tell sources, as many as it takes."""
    parts = list(_parts(told, [len(one.model_dump_json()) for one in told]))[:MAX_PARTS]
    return [
        Sources(room=room, round=number, part=at, parts=len(parts), whole=whole, sources=part)
        for at, part in enumerate(parts)
    ]


def wants(room: str, number: int, ssrcs: Sequence[int]) -> list[Wants]:
    """The messages that tell what is wanted."""
    parts = list(_parts(ssrcs, [11] * len(ssrcs)))[:MAX_PARTS]
    return [
        Wants(room=room, round=number, part=at, parts=len(parts), ssrcs=part)
        for at, part in enumerate(parts)
    ]
