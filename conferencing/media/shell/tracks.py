"""A track's file: packets as they were received, in WebM (VP8, Opus) or Matroska (H.264). Nothing is decoded."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import IO

import av
from av.container import OutputContainer
from av.stream import Stream

CLUSTER_MS = "1000"
"""So much of a track is lost at most when the node is killed."""
SUFFIX = {"h264": "mkv"}


@dataclass(frozen=True, slots=True)
class TrackFacts:
    """What a file must know of its track before the first frame."""

    file: str
    codec: str
    clock_rate: int
    size: tuple[int, int] | None
    first: bytes
    """the first frame: H.264 says in it how it is to be read"""


class TrackFile:
    """One file. Its methods raise OSError (av.FFmpegError among them), and belong to one thread."""

    def __init__(self, folder: Path, facts: TrackFacts) -> None:
        self.frames = 0
        self._base = Fraction(1, facts.clock_rate)
        self._last = -1
        self._handle: IO[bytes] = (folder / facts.file).open("xb")
        try:
            self._container = av.open(
                self._handle,
                "w",
                format="matroska" if facts.file.endswith(".mkv") else "webm",
                options={"cluster_time_limit": CLUSTER_MS},
            )
            self._stream = _stream(self._container, facts)
        except BaseException:
            self._handle.close()
            raise

    def write(self, timestamp: int, data: bytes, *, keyframe: bool) -> None:
        """A frame; `timestamp` in the track's clock, never before the one before."""
        timestamp = max(timestamp, self._last + 1)
        self._last = timestamp
        packet = av.Packet(data)
        packet.stream = self._stream
        packet.time_base = self._base
        packet.pts = packet.dts = timestamp
        packet.is_keyframe = keyframe
        self._container.mux_one(packet)
        self.frames += 1

    @property
    def octets(self) -> int:
        """Bytes so far."""
        return self._handle.tell()

    def close(self) -> None:
        """Write what a reader needs at the end."""
        try:
            self._container.close()
        finally:
            self._handle.close()


def suffix_of(codec: str) -> str:
    """What a track's file is called at its end."""
    return SUFFIX.get(codec, "webm")


def _stream(container: OutputContainer, facts: TrackFacts) -> Stream:
    match facts.codec:
        case "opus":
            # Opened for the header that it writes; it never gets anything to encode.
            sound = container.add_stream("libopus", rate=facts.clock_rate)
            sound.codec_context.layout = "stereo"
            return sound
        case "h264":
            with av.open(BytesIO(facts.first), format="h264") as seen:
                return container.add_stream_from_template(seen.streams.video[0], opaque=True)
        case _:
            width, height = facts.size or (0, 0)
            return container.add_mux_stream(facts.codec, width=width, height=height)
