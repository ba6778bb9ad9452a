"""What each line of an offer carries. Pure."""

from __future__ import annotations

from conferencing.engines.messages import SourceKind
from conferencing.media.description.offer import BadOfferError, Offer

_VIDEO_KINDS = (SourceKind.CAMERA, SourceKind.SCREEN)


def kinds_of(offer: Offer) -> dict[str, SourceKind]:
    """Which source each send-only line is, by mid: of video the first is the camera, the second the screen.

    A line that a browser stopped (inactive) keeps its place among those of its kind. Raises BadOfferError.
    """
    kinds: dict[str, SourceKind] = {}
    video = 0
    for line in offer.lines:
        if line.receives:
            continue
        if line.kind == "audio":
            if SourceKind.MICROPHONE not in kinds.values():
                kinds[line.mid] = SourceKind.MICROPHONE
        elif video < len(_VIDEO_KINDS):
            kinds[line.mid] = _VIDEO_KINDS[video]
            video += 1
        if line.mid not in kinds and line.sends:
            raise BadOfferError("a peer sends at most a camera, a microphone and a screen")
    return kinds
