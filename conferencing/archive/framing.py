"""Who is where in the film of a recording: a screen or who speaks large, others small beside it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conferencing.archive.timeline import Clip, Speech, Timeline
from conferencing.engines.messages import SourceKind

WIDTH, HEIGHT = 1280, 720
MAIN = (1040, 584)
SMALL = (224, 126)
MOST_SMALL = 5
HELD_S = 2.0
"""Who speaks is shown large for so long at least, so that an interjection does not make the picture jump."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A clip's place in the picture, in pixels."""

    clip: Clip
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Scene:
    """What is shown from a time on, in seconds; the large picture first."""

    at: float
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Film:
    """What was made of a recording: its length in seconds, and who is where in it.

    `has_names`: they stand in the pictures, so that no page need lay them over.
    """

    seconds: float
    scenes: tuple[Scene, ...]
    has_names: bool = False


def scenes_of(timeline: Timeline, length: float) -> tuple[Scene, ...]:
    """The film, from 0 on; each clip with an end."""
    pictures = [clip for clip in timeline.clips if clip.is_picture]
    times = {0.0}
    times |= {max(0.0, clip.at) for clip in pictures}
    times |= {clip.end for clip in pictures if clip.end is not None}
    times |= {speech.at for speech in timeline.speech}
    scenes: list[Scene] = []
    heard: list[str] = []
    large: str | None = None
    since = -HELD_S
    wanted: str | None = None
    for at in _with_holds(sorted(time for time in times if time < length), length):
        speaking = _speaking(timeline.speech, at)
        heard = [*speaking, *(peer for peer in heard if peer not in speaking)]
        there = _there(pictures, at)
        wanted = next((peer for peer in heard if any(clip.peer == peer for clip in there)), None)
        gone = large is not None and all(clip.peer != large for clip in there)
        if wanted != large and (at - since >= HELD_S or gone or large is None):
            large, since = wanted, at
        tiles = _placed(_ranked(there, large, heard))
        if not scenes or scenes[-1].tiles != tiles:
            scenes.append(Scene(at, tiles))
    return tuple(scenes)


def _with_holds(times: Sequence[float], length: float) -> list[float]:
    """The times, and those at which a change that had to wait takes place."""
    return sorted({*times, *(at + HELD_S for at in times if at + HELD_S < length)})


def _speaking(speech: Iterable[Speech], at: float) -> tuple[str, ...]:
    now: tuple[str, ...] = ()
    for one in speech:
        if one.at > at:
            break
        now = one.peers
    return now


def _there(pictures: Iterable[Clip], at: float) -> list[Clip]:
    """What can be seen; of one source the clip that began last."""
    found: dict[tuple[str, SourceKind], Clip] = {}
    for clip in pictures:
        if max(0.0, clip.at) <= at and (clip.end is None or at < clip.end):
            key = clip.peer, clip.source
            if key not in found or found[key].at <= clip.at:
                found[key] = clip
    return list(found.values())


def _ranked(there: Sequence[Clip], large: str | None, heard: Sequence[str]) -> list[Clip]:
    """A screen first, then who is large, then who spoke last, then by name."""

    def rank(clip: Clip) -> tuple[bool, bool, int, str]:
        spoke = heard.index(clip.peer) if clip.peer in heard else len(heard)
        return clip.source is not SourceKind.SCREEN, clip.peer != large, spoke, clip.peer

    if not there:
        return []
    first, *rest = sorted(there, key=rank)
    # Small pictures keep their order whoever speaks, as far as there is room for all.
    if len(rest) <= MOST_SMALL:
        rest.sort(key=lambda clip: (clip.peer, clip.source))
    return [first, *rest]


def _placed(clips: Sequence[Clip]) -> tuple[Tile, ...]:
    if not clips:
        return ()
    if len(clips) == 1:
        return (Tile(clips[0], 0, 0, WIDTH, HEIGHT),)
    small = clips[1 : 1 + MOST_SMALL]
    width, height = SMALL
    gap = 12
    top = (HEIGHT - len(small) * height - (len(small) - 1) * gap) // 2 & ~1
    large, tall = MAIN
    left = large + (WIDTH - large - width) // 2 & ~1
    return (
        Tile(clips[0], 0, (HEIGHT - tall) // 2, large, tall),
        *(
            Tile(clip, left, top + number * (height + gap), width, height)
            for number, clip in enumerate(small)
        ),
    )
