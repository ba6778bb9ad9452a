"""The cue file of a recording: what its tracks are and where they lie in time, as lines of JSON.

Written by whatever records (one folder for each recording, in it `cue.jsonl` and a file for each track), read by whoever
makes a film of it. `at` is seconds since the recording's beginning, by the recorder's clock. A recorder that was killed
leaves a file without its last lines; what is there counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from conferencing.engines.messages import EngineModel, SourceKind

CUE_FILE = "cue.jsonl"


class CueBegin(EngineModel):
    """The first line. `wall` is the recorder's time of day at its beginning, in seconds since 1970."""

    type: Literal["begin"] = "begin"
    form: Literal[1] = 1
    room: str
    name: str
    wall: float


class CueTrack(EngineModel):
    """A file begins. Its timestamp 0 lies at `at`, by when its first packet came."""

    type: Literal["track"] = "track"
    track: int
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,160}$")]
    peer: str
    source: SourceKind
    codec: str
    at: float
    width: int | None = None
    height: int | None = None


class CueSync(EngineModel):
    """Where a track's timestamp 0 lies by its sender's reports: better than `CueTrack.at`, the last one counts."""

    type: Literal["sync"] = "sync"
    track: int
    at: float


class CueTrackEnd(EngineModel):
    """A track is over. `missing`: packets that never came; `dropped`: frames that the disk was too slow for."""

    type: Literal["track_end"] = "track_end"
    track: int
    at: float
    frames: int
    missing: int
    dropped: int


class CueSpeaking(EngineModel):
    """Who speaks from now on, the loudest first: whose picture is to be large."""

    type: Literal["speaking"] = "speaking"
    at: float
    peers: list[str]


class CueEnd(EngineModel):
    """The last line."""

    type: Literal["end"] = "end"
    at: float


Cue = Annotated[
    CueBegin | CueTrack | CueSync | CueTrackEnd | CueSpeaking | CueEnd,
    Field(discriminator="type"),
]
_CUE: TypeAdapter[Cue] = TypeAdapter(Cue)


def read_cues(lines: Iterable[str]) -> Iterator[Cue]:
    """The cues of a file, in its order; a line that cannot be read (cut off, most likely) is left out."""
    for line in lines:
        try:
            yield _CUE.validate_json(line)
        except ValidationError:
            continue


def recording_name(*, conference: int, number: int, since: datetime) -> str:
    """What a recording of a conference is called at the node, and its folders begin with.

    `since` tells conferences apart whose database was made anew.
    """
    return f"c{conference}.r{number}.{int(since.timestamp())}"
