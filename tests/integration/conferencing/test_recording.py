"""A meeting of real peers, written as it was received; and what happens when it cannot be written."""

from __future__ import annotations

import asyncio
import errno
import itertools
import os
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest

from conferencing.archive.composing import compose
from conferencing.archive.naming import Names
from conferencing.archive.reading import length_of
from conferencing.archive.timeline import Part, timeline_of
from conferencing.engines.cues import (
    CUE_FILE,
    Cue,
    CueEnd,
    CueSpeaking,
    CueSync,
    CueTrack,
    CueTrackEnd,
    read_cues,
)
from conferencing.engines.messages import (
    EngineProblem,
    RecordingFailed,
    RecordingStopped,
    RecordingTrouble,
    SourceKind,
)
from conferencing.engines.port import EngineError
from conferencing.media.node import recorder
from conferencing.media.shell import writing
from conferencing.media.shell.tracks import TrackFile
from tests.support.media_room import ROOM, hall, until
from tests.support.taped import Taped, meet_and_record


@pytest.fixture(scope="module")
def taped(tmp_path_factory: pytest.TempPathFactory) -> Taped:
    """Four seconds of two people."""
    return asyncio.run(meet_and_record(tmp_path_factory.mktemp("recordings")))


def cues_of(taped: Taped) -> list[Cue]:
    return list(read_cues((taped.folder / CUE_FILE).read_text().splitlines()))


def timestamps(path: Path) -> list[float]:
    """Of a track's packets, in seconds; and all of it can be decoded."""
    with av.open(str(path)) as track:
        times = [
            float(packet.pts * packet.time_base)
            for packet in track.demux(track.streams[0])
            if packet.pts is not None and packet.time_base is not None
        ]
    with av.open(str(path)) as track:
        assert sum(1 for _ in track.decode(track.streams[0])) == len(times)
    return times


def test_what_was_sent_is_written_with_its_gaps(taped: Taped) -> None:
    cues = cues_of(taped)
    tracks = [cue for cue in cues if isinstance(cue, CueTrack)]
    assert {(one.peer, one.source, one.codec) for one in tracks} == {
        ("seat-1", SourceKind.CAMERA, "vp8"),
        ("seat-1", SourceKind.MICROPHONE, "opus"),
        ("seat-2", SourceKind.CAMERA, "vp8"),
        ("seat-2", SourceKind.MICROPHONE, "opus"),
    }
    assert sorted(taped.stopped.files) == sorted(one.file for one in tracks)
    by = {(one.peer, one.source): timestamps(taped.folder / one.file) for one in tracks}

    # The first camera is as long as the recording, in time and without holes.
    camera = by["seat-1", SourceKind.CAMERA]
    assert camera[0] == 0
    assert camera[-1] == pytest.approx(taped.seconds, abs=0.8)
    assert max(b - a for a, b in itertools.pairwise(camera)) < 0.4

    # The muted second is a gap in one track, not a shorter track.
    voice = by["seat-1", SourceKind.MICROPHONE]
    assert voice[-1] == pytest.approx(taped.seconds, abs=0.4)
    assert max(b - a for a, b in itertools.pairwise(voice)) == pytest.approx(1, abs=0.4)
    assert by["seat-2", SourceKind.MICROPHONE][-1] == pytest.approx(2.6, abs=0.4)

    # When the tracks lie, who spoke, and that it came to its end.
    assert all(0 <= one.at < 1 for one in tracks)
    assert {cue.track for cue in cues if isinstance(cue, CueSync)} == {one.track for one in tracks}
    assert all(abs(cue.at) < 1.2 for cue in cues if isinstance(cue, CueSync))
    assert any(cue.peers for cue in cues if isinstance(cue, CueSpeaking))
    ends = {cue.track: cue for cue in cues if isinstance(cue, CueTrackEnd)}
    assert all(cue.dropped == 0 and cue.frames > 0 for cue in ends.values())
    assert isinstance(cues[-1], CueEnd)
    assert cues[-1].at == pytest.approx(taped.seconds, abs=0.2)


def test_the_film_is_as_long_as_the_meeting_and_has_everybody_in_it(
    taped: Taped, tmp_path: Path
) -> None:
    timeline = timeline_of([Part(taped.folder.name, tuple(cues_of(taped)))])
    told: list[float] = []
    target = tmp_path / "film.mp4"
    names = Names({clip.peer: "城一村" for clip in timeline.clips})
    film = compose(timeline, root=taped.folder.parent, target=target, names=names, tell=told.append)
    assert film is not None
    assert film.has_names is names.are_drawn
    assert film.seconds == pytest.approx(taped.seconds, abs=0.3)
    assert told == sorted(told)
    with av.open(str(target)) as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        assert (picture.codec_context.name, sound.codec_context.name) == ("h264", "aac")
        assert (picture.width, picture.height) == (1280, 720)
        assert container.duration is not None
        assert container.duration / 1e6 == pytest.approx(taped.seconds, abs=0.4)
        frames = [frame.to_ndarray()[:720] for frame in container.decode(picture)]
    # Two people side by side while both are there, one over the whole picture when the other has left.
    assert len(film.scenes[-1].tiles) == 1
    assert any(len(scene.tiles) == 2 for scene in film.scenes)
    assert (frames[18][:, 1060:1270].std() > 10, frames[18][:, 200:900].std() > 10) == (True, True)
    assert frames[-5][:, 1060:1270].std() > 10  # the one picture is as wide as the film
    assert any((a != b).any() for a, b in itertools.pairwise(frames))
    # Both tones at first, only the second while the first is muted, only the first at the end.
    assert [
        [round(tone(target, hertz, at) > 0.05) for hertz in (440, 1000)] for at in (1.2, 2.2, 3.4)
    ] == [[1, 1], [0, 1], [1, 0]]


def test_a_file_of_a_killed_node_is_read_as_far_as_it_goes(taped: Taped, tmp_path: Path) -> None:
    tracks = [cue for cue in cues_of(taped) if isinstance(cue, CueTrack)]
    whole = taped.folder / next(one.file for one in tracks if one.source is SourceKind.CAMERA)
    cut = tmp_path / "cut.webm"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert 0.3 * length_of(whole) < length_of(cut) < 0.9 * length_of(whole)
    assert length_of(tmp_path / "missing.webm") == 0


def tone(film: Path, hertz: float, at: float) -> float:
    """How strong a tone is in a third of a second of a film, as a share of full scale."""
    with av.open(str(film)) as container:
        samples = np.concatenate(
            [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
        )
    part = samples[int(at * 48000) : int((at + 0.3) * 48000)]
    wave = np.exp(2j * np.pi * hertz * np.arange(len(part)) / 48000)
    return float(2 * abs((part * wave).mean()))


async def test_a_folder_that_cannot_be_written_and_a_node_without_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    async with hall(recordings=tmp_path / "file") as place:
        place.node.start_recording(ROOM, "one")
        await until(lambda: bool(_failures(place.events)), what="the failure")
        assert _failures(place.events)[0].trouble is RecordingTrouble.UNWRITABLE
    async with hall() as place:
        with pytest.raises(EngineError) as refused:
            place.node.start_recording(ROOM, "one")
        assert refused.value.problem is EngineProblem.CANNOT_RECORD


async def test_an_empty_room_is_recorded_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "EMPTY_S", 0.1)
    async with hall(recordings=tmp_path) as place:
        place.node.start_recording(ROOM, "one")
        for times in (1, 2):
            await until(
                lambda: sum(isinstance(one, RecordingStopped) for one in place.events) == times,  # noqa: B023 - awaited
                what="the end",
            )
            place.node.start_recording(ROOM, "one")  # somebody came back: a further part
    assert {"one", "one.2"} <= set(await asyncio.to_thread(os.listdir, tmp_path))


async def test_a_full_disk_ends_the_recording_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hall(recordings=tmp_path) as place:
        await place.enter("speaker")
        listener = await place.enter("listener")
        place.node.start_recording(ROOM, "one")
        microphone = place.microphone("speaker")
        room = place.node.rooms[ROOM]
        await until(
            lambda: room.recorder is not None and room.recorder.writer.octets > 0,
            what="something to be written",
            meanwhile=microphone.say,
        )

        def full(*_: object, **__: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(TrackFile, "write", full)
        await until(lambda: bool(_failures(place.events)), what="failure", meanwhile=microphone.say)
        assert _failures(place.events)[0].trouble is RecordingTrouble.DISK_FULL
        before = listener.total
        await until(lambda: listener.total > before + 5, what="voices", meanwhile=microphone.say)
        place.node.stop_recording(ROOM)


async def test_a_slow_disk_drops_frames_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "MOST_WAITING", -1)
    async with hall(recordings=tmp_path) as place:
        await place.enter("speaker")
        place.node.start_recording(ROOM, "one")
        microphone = place.microphone("speaker")
        await until(
            lambda: (told := place.node.stats(ROOM).recording) is not None and told.dropped > 3,
            what="frames to be dropped",
            meanwhile=microphone.say,
        )


def _failures(events: Sequence[object]) -> list[RecordingFailed]:
    return [one for one in events if isinstance(one, RecordingFailed)]
