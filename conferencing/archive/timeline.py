"""When what was sent lies in a recording, over all of its parts. Pure: cues in, clips out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from conferencing.engines.cues import (
    Cue,
    CueBegin,
    CueEnd,
    CueSpeaking,
    CueSync,
    CueTrack,
    CueTrackEnd,
)
from conferencing.engines.messages import SourceKind

MOST_SHIFT_S = 5.0
"""A sender whose reports are further off than this has a clock that cannot be trusted: then arrival counts."""


@dataclass(frozen=True, slots=True)
class Part:
    """A folder's cues. `folder` is where it lies, as the caller knows it."""

    folder: str
    cues: tuple[Cue, ...]

    @property
    def wall(self) -> float | None:
        """When it began; None if its first line is missing."""
        return next((cue.wall for cue in self.cues if isinstance(cue, CueBegin)), None)

    @property
    def is_over(self) -> bool:
        """Whether its last line is there."""
        return any(isinstance(cue, CueEnd) for cue in self.cues)


@dataclass(frozen=True, slots=True)
class Clip:
    """A track in the recording, in seconds from its beginning. `end` None: the recorder was killed, the file tells."""

    folder: str
    file: str
    peer: str
    source: SourceKind
    at: float
    end: float | None

    @property
    def is_picture(self) -> bool:
        """A camera or a screen."""
        return self.source is not SourceKind.MICROPHONE


@dataclass(frozen=True, slots=True)
class Speech:
    """Who speaks from a time on, the loudest first."""

    at: float
    peers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """All clips, who spoke, and how long it is in seconds as far as the cues know."""

    clips: tuple[Clip, ...]
    speech: tuple[Speech, ...]
    length: float


def timeline_of(parts: Sequence[Part]) -> Timeline:
    """Bring the parts of a recording onto one time: the first part's beginning is 0."""
    known = sorted(
        ((wall, part) for part in parts if (wall := part.wall) is not None),
        key=lambda one: one[0],
    )
    clips: list[Clip] = []
    speech: list[Speech] = []
    length = 0.0
    for wall, part in known:
        offset = wall - known[0][0]
        found = [_moved(clip, offset) for clip in _clips(part)]
        clips += found
        speech += [
            Speech(cue.at + offset, tuple(cue.peers))
            for cue in part.cues
            if isinstance(cue, CueSpeaking)
        ]
        last = max((_at(cue) for cue in part.cues), default=0.0)
        speech.append(Speech(last + offset, ()))
        length = max(length, last + offset)
    return Timeline(tuple(clips), tuple(speech), length)


def _clips(part: Part) -> list[Clip]:
    ends = {cue.track: cue.at for cue in part.cues if isinstance(cue, CueTrackEnd)}
    synced = {cue.track: cue.at for cue in part.cues if isinstance(cue, CueSync)}
    clips = []
    for cue in part.cues:
        if isinstance(cue, CueTrack):
            at = synced.get(cue.track, cue.at)
            at = at if abs(at - cue.at) <= MOST_SHIFT_S else cue.at
            clips.append(Clip(part.folder, cue.file, cue.peer, cue.source, at, ends.get(cue.track)))
    return clips


def _moved(clip: Clip, offset: float) -> Clip:
    end = None if clip.end is None else clip.end + offset
    return replace(clip, at=clip.at + offset, end=end)


def _at(cue: Cue) -> float:
    """When a cue was written; where a sender says that a track lies is another matter."""
    return 0.0 if isinstance(cue, CueBegin | CueSync) else max(0.0, cue.at)
