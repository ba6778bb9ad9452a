"""A track's pictures and sound in the order of time, decoded."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.audio.resampler import AudioResampler

RATE = 48000
Samples = npt.NDArray[np.int16]

logger = logging.getLogger(__name__)


def length_of(path: Path) -> float:
    """How long a track is, in seconds, by its last packet; of a file that was never closed too."""
    last = 0.0
    try:
        with av.open(str(path)) as container:
            for packet in container.demux(container.streams[0]):
                if packet.pts is not None and packet.time_base is not None:
                    last = float((packet.pts + (packet.duration or 0)) * packet.time_base)
    except (av.FFmpegError, OSError, IndexError) as error:
        logger.info("%s ends early: %s", path, error)
    return last


def _decoded(path: Path) -> Iterator[av.VideoFrame | av.AudioFrame]:
    """All that can be decoded; a broken packet is left out, a broken end is the end."""
    try:
        with av.open(str(path)) as container:
            stream = container.streams[0]
            stream.codec_context.thread_count = 1
            for packet in container.demux(stream):
                try:
                    for frame in packet.decode():
                        if isinstance(frame, av.VideoFrame | av.AudioFrame):
                            yield frame
                except av.InvalidDataError:
                    continue
    except (av.FFmpegError, OSError, IndexError) as error:
        logger.info("%s ends early: %s", path, error)


class Pictures:
    """The pictures of a clip that begins at `at` seconds."""

    def __init__(self, path: Path, at: float) -> None:
        self._frames = _decoded(path)
        self._at = at
        self._shown: av.VideoFrame | None = None
        self._next: av.VideoFrame | None = None

    def at(self, time: float) -> av.VideoFrame | None:
        """The picture at a time, never before that of the call before; None before the first."""
        while True:
            if self._next is None:
                found = next(self._frames, None)
                if not isinstance(found, av.VideoFrame):
                    return self._shown
                self._next = found
            if self._at + (self._next.time or 0.0) > time:
                return self._shown
            self._shown, self._next = self._next, None


class Sound:
    """The samples of a clip that begins at `at` seconds: one channel of 48 kHz."""

    def __init__(self, path: Path, at: float) -> None:
        self._frames = _decoded(path)
        self._at = at
        self._resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        self._held: deque[tuple[int, Samples]] = deque()
        self._is_over = False

    def block(self, first: int, count: int) -> Samples | None:
        """So many samples from one on, with silence where nothing was sent; None if nothing was at all."""
        while not self._is_over and (not self._held or self._end() < first + count):
            self._read()
        block: Samples | None = None
        while self._held and self._held[0][0] < first + count:
            begin, samples = self._held[0]
            start, stop = max(begin, first), min(begin + len(samples), first + count)
            if start < stop:
                if block is None:
                    block = np.zeros(count, np.int16)
                block[start - first : stop - first] = samples[start - begin : stop - begin]
            if begin + len(samples) > first + count:
                break
            self._held.popleft()
        return block

    def _end(self) -> int:
        begin, samples = self._held[-1]
        return begin + len(samples)

    def _read(self) -> None:
        frame = next(self._frames, None)
        if not isinstance(frame, av.AudioFrame):
            self._is_over = True
            return
        begin = round((self._at + (frame.time or 0.0)) * RATE)
        frame.pts = None
        for plain in self._resampler.resample(frame):
            samples = np.asarray(plain.to_ndarray(), np.int16).reshape(-1)
            self._held.append((begin, samples))
            begin += len(samples)
