"""VP8 for receivers that cannot decode what the camera sends: decoded and encoded in a thread, while somebody looks."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from conferencing.media.wire.pictures import Codec, Picture

if TYPE_CHECKING:
    import av
    from av import VideoFrame

MOST_LINES = 720
MOST_RATE = 15
"""Pictures a second: a place is looked at, not a face that speaks; half the work of 25."""
_CLOCK = 90_000
_NAMES = {"h264": "h264", "h265": "hevc"}
_WAITING = 120
"""Pictures that wait for a slow machine; then it goes on with the next key picture."""

Emit = Callable[[bytes, int], None]
"""A VP8 frame and its timestamp at 90 kHz."""


def size_within(width: int, height: int) -> tuple[int, int]:
    """As large as it may be made, in even numbers."""
    if height > MOST_LINES:
        width, height = width * MOST_LINES // height, MOST_LINES
    return max(2, width - width % 2), max(2, height - height % 2)


def bitrate_for(height: int) -> int:
    """Bits per second of a picture so tall."""
    return 1_200_000 if height > 400 else 500_000


def decoded_size(codec: Codec, picture: Picture) -> tuple[int, int]:
    """Width and height of a key picture, by decoding it; (0, 0) where that fails."""
    import av

    decoder = av.CodecContext.create(_NAMES[codec.name], "r")
    assert isinstance(decoder, av.VideoCodecContext)  # noqa: S101 - of these names
    try:
        frames = [*decoder.decode(av.Packet(picture.annex_b())), *decoder.decode(None)]
    except av.FFmpegError:
        return 0, 0
    return (frames[0].width, frames[0].height) if frames else (0, 0)


class Maker:
    """One thread. `feed` and `key` come from the loop; `emit` is called in the thread."""

    def __init__(self, codec: Codec, begin: Sequence[Picture], emit: Emit) -> None:
        """`begin` is what has come since the last key picture, so that one need not wait for the next."""
        self._codec = codec
        self._emit = emit
        self._pictures: queue.Queue[Picture | None] = queue.Queue(_WAITING)
        self._key = threading.Event()
        self._skips = False
        self._begin = tuple(begin)
        self._thread = threading.Thread(target=self._run, name="camera-maker", daemon=True)
        self._thread.start()

    def feed(self, picture: Picture) -> None:
        """The next picture."""
        if self._skips and not picture.key:
            return
        try:
            self._pictures.put_nowait(picture)
            self._skips = False
        except queue.Full:
            self._skips = True

    def key(self) -> None:
        """Begin with a key frame as soon as may be."""
        self._key.set()

    def stop(self) -> None:
        """End the thread."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._pictures.get_nowait()
        self._pictures.put_nowait(None)
        self._thread.join(2)

    def _run(self) -> None:
        work = _Work(self._codec, self._emit, self._key)
        for number, picture in enumerate(self._begin):
            work.take(picture, shown=number == len(self._begin) - 1)
        while (next_one := self._pictures.get()) is not None:
            work.take(next_one)


class _Work:
    """Decoder and encoder of one thread."""

    def __init__(self, codec: Codec, emit: Emit, key: threading.Event) -> None:
        # Only here: who passes pictures on needs no decoder in memory.
        import av

        av.logging.set_level(av.logging.PANIC)
        self._av = av
        self._emit = emit
        self._key = key
        decoder = av.CodecContext.create(_NAMES[codec.name], "r")
        assert isinstance(decoder, av.VideoCodecContext)  # noqa: S101 - of these names
        self._decoder = decoder
        self._decoder.thread_type = "SLICE"
        self._encoder: av.VideoCodecContext | None = None
        self._shown_at: int | None = None
        self._at = 0

    def take(self, picture: Picture, *, shown: bool = True) -> None:
        """Decode a picture and, unless it comes too soon after the one before, encode it."""
        self._at += ((picture.timestamp - self._at + 2**31) & 0xFFFFFFFF) - 2**31
        packet = self._av.Packet(picture.annex_b())
        packet.pts = self._at
        packet.time_base = Fraction(1, _CLOCK)
        try:
            frames = self._decoder.decode(packet)
        except self._av.FFmpegError:
            return  # damaged: the next key picture mends it
        for frame in frames:
            if shown and self._is_due(frame):
                self._encode(frame)

    def _is_due(self, frame: VideoFrame) -> bool:
        at = frame.pts or 0
        soonest = 0.9 * _CLOCK / MOST_RATE
        if self._shown_at is not None and 0 <= at - self._shown_at < soonest:
            return False
        self._shown_at = at
        return True

    def _encode(self, frame: VideoFrame) -> None:
        width, height = size_within(frame.width, frame.height)
        encoder = self._encoder
        if encoder is None or (encoder.width, encoder.height) != (width, height):
            self._encoder = encoder = self._new_encoder(width, height)
        at = frame.pts or 0
        small = frame.reformat(width, height, "yuv420p")
        small.pts, small.time_base = at, Fraction(1, _CLOCK)
        small.pict_type = self._av.video.frame.PictureType.NONE
        if self._key.is_set():
            self._key.clear()
            small.pict_type = self._av.video.frame.PictureType.I
        for packet in encoder.encode(small):
            self._emit(bytes(packet), at & 0xFFFFFFFF)

    def _new_encoder(self, width: int, height: int) -> av.VideoCodecContext:
        encoder = self._av.CodecContext.create("libvpx", "w")
        encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
        encoder.time_base, encoder.framerate = Fraction(1, _CLOCK), Fraction(MOST_RATE)
        encoder.bit_rate = bitrate_for(height)
        encoder.gop_size = 20 * MOST_RATE
        encoder.options = {
            "deadline": "realtime",
            "cpu-used": "8",
            "lag-in-frames": "0",
            "error-resilient": "1",
        }
        return encoder
