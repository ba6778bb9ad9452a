"""Where recorded tracks lie in time, and who is where in the film."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conferencing.archive.framing import HEIGHT, HELD_S, WIDTH, scenes_of
from conferencing.archive.timeline import Clip, Part, Speech, Timeline, timeline_of
from conferencing.engines.cues import (
    CueBegin,
    CueEnd,
    CueSpeaking,
    CueSync,
    CueTrack,
    CueTrackEnd,
)
from conferencing.engines.messages import SourceKind

LENGTH = 60.0
PEERS = st.sampled_from([f"seat-{number}" for number in range(1, 10)])


def clip(peer: str, at: float, end: float | None, source: SourceKind = SourceKind.CAMERA) -> Clip:
    return Clip("part", f"{peer}-{source}-{at}.webm", peer, source, at, end)


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    clips = []
    for peer, source in draw(
        st.lists(st.tuples(PEERS, st.sampled_from(SourceKind)), max_size=14, unique=True)
    ):
        at = draw(st.floats(-0.5, 50))
        clips.append(clip(peer, at, at + draw(st.floats(0.1, 60)), source))
    times = sorted(draw(st.lists(st.floats(0, LENGTH), max_size=10)))
    speech = [Speech(at, tuple(draw(st.lists(PEERS, max_size=3, unique=True)))) for at in times]
    return Timeline(tuple(clips), tuple(speech), LENGTH)


@settings(max_examples=60, deadline=None)
@given(timelines())
def test_the_film_shows_whom_it_can_in_tiles_that_do_not_overlap(timeline: Timeline) -> None:
    scenes = scenes_of(timeline, LENGTH)
    assert [scene.at for scene in scenes] == sorted({scene.at for scene in scenes})
    for scene in scenes:
        covered: set[tuple[int, int]] = set()
        for tile in scene.tiles:
            assert tile.clip.is_picture
            assert tile.clip.at <= scene.at < (tile.clip.end or 0) or scene.at == 0
            assert tile.width % 2 == tile.height % 2 == tile.x % 2 == tile.y % 2 == 0
            assert 0 <= tile.x <= tile.x + tile.width <= WIDTH
            assert 0 <= tile.y <= tile.y + tile.height <= HEIGHT
            cells = {(x, y) for x in range(tile.x, tile.x + tile.width, 14)
                     for y in range(tile.y, tile.y + tile.height, 14)}  # fmt: skip
            assert not covered & cells
            covered |= cells
        there = [
            one for one in timeline.clips if one.is_picture and one.at <= scene.at < (one.end or 0)
        ]
        if there:
            assert scene.tiles
        if any(one.source is SourceKind.SCREEN for one in there):
            assert scene.tiles[0].clip.source is SourceKind.SCREEN


def test_who_speaks_is_large_and_an_interjection_waits() -> None:
    clips = (clip("a", 0, LENGTH), clip("b", 0, LENGTH))
    speech = (Speech(1, ("a",)), Speech(10, ("b",)), Speech(10.5, ("a",)), Speech(20, ("b",)))
    large = [
        (scene.at, scene.tiles[0].clip.peer)
        for scene in scenes_of(Timeline(clips, speech, LENGTH), LENGTH)
    ]
    assert large[0][1] == "a"
    changes = [
        at for (at, one), (_, before) in zip(large[1:], large, strict=False) if one != before
    ]
    assert all(after - at >= HELD_S for at, after in itertools.pairwise(changes))
    assert large[-1] == (20, "b")


def test_parts_lie_behind_one_another_and_senders_clocks_place_the_tracks() -> None:
    track = CueTrack(
        track=1, file="1.webm", peer="a", source=SourceKind.CAMERA, codec="vp8", at=0.4
    )
    first = Part("one", (CueBegin(room="r", name="n", wall=100), track, CueSync(track=1, at=0.1),
                         CueSpeaking(at=2, peers=["a"])))  # fmt: skip
    second = Part("two", (CueBegin(room="r", name="n", wall=110), track, CueSync(track=1, at=900),
                          CueTrackEnd(track=1, at=5, frames=1, missing=0, dropped=0), CueEnd(at=6)))  # fmt: skip
    timeline = timeline_of([second, Part("empty", ()), first])
    assert [(one.folder, one.at, one.end) for one in timeline.clips] == [
        ("one", 0.1, None),
        ("two", 10.4, 15),
    ]
    assert timeline.length == pytest.approx(16)
    assert timeline.speech[1] == Speech(2, ())  # what the killed part said last holds no longer
    assert (first.is_over, second.is_over) == (False, True)
