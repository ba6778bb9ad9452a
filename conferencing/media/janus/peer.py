"""One browser at Janus: a handle that it publishes on, and another that its receive slots are on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from conferencing.engines.messages import Assignment, SetSlots, SlotLine, SourceKind
from conferencing.media.description.offer import Line, Offer
from conferencing.media.streams.speakers import Voice

LAYER_HEIGHTS = (180, 360, 720)
"""Of the simulcast that pages of this system send (frontend/src/conference/media/encodings.ts)."""
ENOUGH = 0.7
"""A layer of this share of the tile's height is large enough."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A feed's line in a slot. `layer` of a simulcast, None where there is none."""

    feed: int
    mid: str
    layer: int | None = None


@dataclass(slots=True)
class Slots:
    """A receiver's handle. `answer` is the browser's; None until it has come."""

    handle: int
    video: list[SlotLine]
    audio: list[SlotLine]
    answer: str | None = None
    up: bool = False
    shown: dict[str, Shown | None] = field(default_factory=dict)
    """by mid; None is the placeholder"""
    paused: set[str] = field(default_factory=set)
    """mids that Janus sends nothing on"""


@dataclass(slots=True)
class JanusPeer:
    """Times are in seconds of the loop's clock."""

    name: str
    handle: int
    feed: int
    fingerprint: tuple[str, str]
    offered_at: float
    kinds: dict[str, SourceKind] = field(default_factory=dict)
    """by mid"""
    layered: frozenset[str] = frozenset()
    """mids that are sent in layers"""
    slots: Slots | None = None
    up: bool = False
    join_ms: int | None = None
    muted: frozenset[SourceKind] = frozenset()
    wanted: list[Assignment] = field(default_factory=list)
    heard: list[str | None] = field(default_factory=list)
    receiving: set[tuple[str, int]] = field(default_factory=set)
    """mids and layers that arrive"""
    flowing: tuple[SourceKind, ...] = ()
    voice: Voice = field(default_factory=Voice)

    @property
    def connected(self) -> bool:
        """Whether media can flow both ways, as far as both were agreed on."""
        return self.up and (self.slots is None or self.slots.up)

    def mid(self, kind: SourceKind) -> str | None:
        """The line that carries this kind."""
        return next((mid for mid, one in self.kinds.items() if one is kind), None)

    def flows(self) -> tuple[SourceKind, ...]:
        """What arrives and is not muted."""
        arriving = {mid for mid, _ in self.receiving}
        return tuple(
            kind for mid, kind in self.kinds.items() if mid in arriving and kind not in self.muted
        )

    def want(self, wanted: SetSlots) -> None:
        """What the slots are to show, and whom one may hear."""
        self.wanted = list(wanted.video)


def receiving_lines(offer: Offer, kind: str) -> list[Line]:
    """The receive slots of a kind."""
    return [line for line in offer.lines if line.receives and line.kind == kind]


def layer_for(height: int) -> int:
    """The smallest layer that is large enough for a tile."""
    fitting = (n for n, one in enumerate(LAYER_HEIGHTS) if one >= ENOUGH * height)
    return next(fitting, len(LAYER_HEIGHTS) - 1)


def targets(receiver: JanusPeer, peers: Mapping[str, JanusPeer]) -> dict[str, Shown | None]:
    """What each slot of a receiver is to show, by mid; a source that is not there yet leaves it empty."""
    if receiver.slots is None:
        return {}
    slots = receiver.slots
    found: dict[str, Shown | None] = {line.mid: None for line in (*slots.video, *slots.audio)}
    for one in receiver.wanted:
        found[slots.video[one.slot].mid] = _picture(one, peers.get(one.peer))
    for line, name in zip(slots.audio, receiver.heard, strict=False):
        found[line.mid] = None if name is None else _voice(peers.get(name))
    return found


def _picture(wanted: Assignment, peer: JanusPeer | None) -> Shown | None:
    mid = peer.mid(wanted.source) if peer is not None and peer.up else None
    if peer is None or mid is None:
        return None
    return Shown(peer.feed, mid, layer_for(wanted.height) if mid in peer.layered else None)


def _voice(peer: JanusPeer | None) -> Shown | None:
    mid = peer.mid(SourceKind.MICROPHONE) if peer is not None and peer.up else None
    return None if peer is None or mid is None else Shown(peer.feed, mid)


def changed(
    shown: Mapping[str, Shown | None], wanted: Mapping[str, Shown | None]
) -> tuple[list[str], list[str]]:
    """The mids that get another line, and those whose layer alone is another."""
    lines, layers = [], []
    for mid, one in wanted.items():
        before = shown.get(mid)
        if _line(before) != _line(one):
            lines.append(mid)
        if one is not None and one.layer is not None and one != before:
            layers.append(mid)
    return lines, layers


def _line(one: Shown | None) -> tuple[int, str] | None:
    return None if one is None else (one.feed, one.mid)


def slot_lines(mids: Sequence[str]) -> list[SlotLine]:
    """Slots, numbered in order."""
    return [SlotLine(index=index, mid=mid) for index, mid in enumerate(mids)]
