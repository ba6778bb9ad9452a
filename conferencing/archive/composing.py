"""The film of a recording: H.264 and AAC in MP4, of a moderate size, so that any player shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

from conferencing.archive.framing import HEIGHT, WIDTH, Film, Scene, Tile, scenes_of
from conferencing.archive.naming import Names
from conferencing.archive.reading import RATE, Pictures, Sound, length_of
from conferencing.archive.timeline import Clip, Timeline

FRAMES_PER_S = Fraction(25, 2)
SAMPLES = int(RATE / FRAMES_PER_S)
ENCODERS = ("libopenh264", "libx264")
"""Of those that this FFmpeg has the first is taken: docs/adr/0018-recording.md says why in this order."""
_OPTIONS = {"libx264": {"preset": "veryfast", "crf": "27"}, "libopenh264": {"rc_mode": "quality"}}
SOUND_BITS_PER_S = 64_000
_DARK = 16

Canvas = npt.NDArray[np.uint8]


class CannotComposeError(Exception):
    """There is no film to be made; the text says why."""


def compose(
    timeline: Timeline, *, root: Path, target: Path, names: Names, tell: Callable[[float], None]
) -> Film | None:
    """Make the film; None if nothing was recorded. `tell` hears the share that is done, about once per second of film.

    Raises CannotComposeError, and OSError where the target cannot be written.
    """
    timeline, length = _ended(timeline, root)
    frames = int(length * FRAMES_PER_S)
    if frames == 0:
        return None
    scenes = scenes_of(timeline, length)
    with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as film:
        picture, sound = _picture(film), _sound(film)
        screen = _Screen(root, scenes, names)
        mixer = _Mixer(root, timeline.clips)
        for number in range(frames):
            at = float(number / FRAMES_PER_S)
            shown = av.VideoFrame.from_ndarray(screen.at(at), "yuv420p")
            shown.pts, shown.time_base = number, 1 / FRAMES_PER_S
            film.mux(picture.encode(shown))
            heard = av.AudioFrame.from_ndarray(mixer.block(number * SAMPLES), "s16", "mono")
            heard.sample_rate, heard.pts = RATE, number * SAMPLES
            heard.time_base = Fraction(1, RATE)
            film.mux(sound.encode(heard))
            if number % 12 == 0:
                tell(number / frames)
        film.mux(picture.encode(None))
        film.mux(sound.encode(None))
    return Film(float(frames / FRAMES_PER_S), scenes, has_names=names.are_drawn)


def _ended(timeline: Timeline, root: Path) -> tuple[Timeline, float]:
    """The same with an end for each clip, and the length; from the files where the recorder was killed."""
    clips = tuple(
        clip
        if clip.end is not None
        else replace(clip, end=clip.at + length_of(root / clip.folder / clip.file))
        for clip in timeline.clips
    )
    length = max((clip.end or 0.0 for clip in clips), default=0.0)
    length = max(length, timeline.length) if clips else 0.0
    return replace(timeline, clips=clips), length


def _encoder() -> str:
    for name in ENCODERS:
        if name in av.codecs_available:
            return name
    raise CannotComposeError(
        f"this FFmpeg has no encoder for H.264 ({' or '.join(ENCODERS)}); install PyAV's own wheel"
    )


def _picture(film: OutputContainer) -> VideoStream:
    name = _encoder()
    stream = film.add_stream(name, rate=FRAMES_PER_S, options=_OPTIONS[name])
    assert isinstance(stream, VideoStream)  # noqa: S101 - what the encoder makes
    stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    context = stream.codec_context
    context.time_base = 1 / FRAMES_PER_S
    context.gop_size = int(4 * FRAMES_PER_S)
    context.thread_count = 1
    if name == "libopenh264":
        context.bit_rate = 900_000
    return stream


def _sound(film: OutputContainer) -> AudioStream:
    stream = film.add_stream("aac", rate=RATE)
    assert isinstance(stream, AudioStream)  # noqa: S101 - what the encoder makes
    stream.codec_context.layout = "mono"
    stream.codec_context.bit_rate = SOUND_BITS_PER_S
    return stream


class _Screen:
    """The picture, drawn anew only where something changed."""

    def __init__(self, root: Path, scenes: Sequence[Scene], names: Names) -> None:
        self._root = root
        self._names = names
        self._scenes = list(scenes)
        self._tiles: tuple[Tile, ...] = ()
        self._readers: dict[Clip, Pictures] = {}
        self._drawn: dict[Tile, av.VideoFrame] = {}
        self._canvas: Canvas = np.empty((HEIGHT * 3 // 2, WIDTH), np.uint8)
        self._clear()

    def at(self, time: float) -> Canvas:
        """The picture at a time, never before that of the call before."""
        while self._scenes and self._scenes[0].at <= time:
            self._tiles = self._scenes.pop(0).tiles
            self._clear()
            seen = {tile.clip for tile in self._tiles}
            for clip in [clip for clip in self._readers if (clip.end or 0) <= time]:
                if clip not in seen:
                    del self._readers[clip]
        for tile in self._tiles:
            self._draw(tile, time)
        return self._canvas

    def _clear(self) -> None:
        self._canvas[:HEIGHT] = _DARK
        self._canvas[HEIGHT:] = 128
        self._drawn.clear()

    def _draw(self, tile: Tile, time: float) -> None:
        reader = self._readers.get(tile.clip)
        if reader is None:
            path = self._root / tile.clip.folder / tile.clip.file
            reader = self._readers[tile.clip] = Pictures(path, tile.clip.at)
        frame = reader.at(time)
        if frame is None or self._drawn.get(tile) is frame:
            return
        before = self._drawn.get(tile)
        if before is not None and (before.width, before.height) != (frame.width, frame.height):
            self._fill(tile)
        self._drawn[tile] = frame
        width, height = _fitted(frame.width, frame.height, tile)
        x, y = tile.x + (tile.width - width) // 2 & ~1, tile.y + (tile.height - height) // 2 & ~1
        scaled = frame.reformat(width=width, height=height, format="yuv420p").to_ndarray()
        self._put(np.asarray(scaled, np.uint8), x, y, width, height)
        self._name(tile)

    def _name(self, tile: Tile) -> None:
        label = self._names.label(tile.clip.peer, tile.width)
        if label is not None:
            height, width = label.shape
            grey = np.full((height // 2, width), 128, np.uint8)
            self._put(np.concatenate((label, grey)), tile.x & ~1, tile.y & ~1, width, height)

    def _fill(self, tile: Tile) -> None:
        dark = np.full((tile.height * 3 // 2, tile.width), _DARK, np.uint8)
        dark[tile.height :] = 128
        self._put(dark, tile.x, tile.y, tile.width, tile.height)

    def _put(self, picture: Canvas, x: int, y: int, width: int, height: int) -> None:
        """Luma, then the two planes of colour at half the size, as they lie in yuv420p."""
        self._canvas[y : y + height, x : x + width] = picture[:height]
        half, quarter = HEIGHT // 2, height * width // 4
        ours = self._canvas[HEIGHT:].reshape(2, half, WIDTH // 2)
        theirs = picture[height:].reshape(2, quarter)
        for plane in (0, 1):
            ours[plane, y // 2 : (y + height) // 2, x // 2 : (x + width) // 2] = theirs[
                plane
            ].reshape(height // 2, width // 2)


def _fitted(width: int, height: int, tile: Tile) -> tuple[int, int]:
    """As large as the tile lets a picture be, even in both ways."""
    scale = min(tile.width / max(1, width), tile.height / max(1, height))
    return max(4, int(width * scale) & ~3), max(4, int(height * scale) & ~3)


class _Mixer:
    """All voices in one."""

    def __init__(self, root: Path, clips: Sequence[Clip]) -> None:
        self._root = root
        self._waiting = sorted(
            (clip for clip in clips if not clip.is_picture), key=lambda clip: -clip.at
        )
        self._readers: list[tuple[float, Sound]] = []

    def block(self, first: int) -> npt.NDArray[np.int16]:
        """The next samples, as one row."""
        end = (first + SAMPLES) / RATE
        while self._waiting and self._waiting[-1].at < end:
            clip = self._waiting.pop()
            reader = Sound(self._root / clip.folder / clip.file, clip.at)
            self._readers.append(((clip.end or 0.0) + 1.0, reader))
        self._readers = [one for one in self._readers if one[0] > first / RATE]
        total = np.zeros(SAMPLES, np.int32)
        for _, reader in self._readers:
            samples = reader.block(first, SAMPLES)
            if samples is not None:
                total += samples
        return np.clip(total, -32768, 32767).astype(np.int16)[None, :]
