"""How codecs are numbered on every trunk: media, then repair."""

from __future__ import annotations

from conferencing.engines.messages import SourceKind
from conferencing.media.description.offer import Codec, Line

TYPES: dict[str, tuple[int, int | None]] = {
    "vp8": (96, 97),
    "h264": (98, 99),
    "h264-main": (98, 99),
    "h264-high": (98, 99),
    "opus": (111, None),
}


def line_of(kind: SourceKind, codec: str, rids: tuple[str, ...]) -> Line:
    """A source at another node as if it were a line of an offer."""
    media, rtx = TYPES[codec]
    video = kind is not SourceKind.MICROPHONE
    return Line(
        kind="video" if video else "audio",
        mid=kind.value,
        direction="sendonly",
        formats=(media,),
        codecs=(Codec(codec, codec, 90000 if video else 48000, media, rtx, ""),),
        extensions={},
        rids=rids if rids != ("",) else (),
    )
