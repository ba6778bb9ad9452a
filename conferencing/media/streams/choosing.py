"""Which layer each slot of a receiver gets: by the tile's height, and by what the line takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ENOUGH = 0.7
"""A layer of this share of the tile's height is good enough: scaling up by a third is not seen on a wall."""
HYSTERESIS = 1.15
"""Going up needs this much more room than staying."""


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """A layer that flows; `height` in pixels or 0 while unknown, `bitrate` in bits per second."""

    rid: str
    height: int
    bitrate: int


@dataclass(frozen=True, slots=True)
class Want:
    """A slot: the height of its tile, what flows of its source, best last, and what it gets now."""

    height: int
    layers: Sequence[LayerFacts]
    current: str | None = None


def order(layers: Sequence[LayerFacts]) -> list[LayerFacts]:
    """From the smallest picture to the largest."""
    return sorted(layers, key=lambda layer: (layer.height, layer.bitrate))


def fitting(height: int, layers: Sequence[LayerFacts]) -> int:
    """The number of the smallest layer that is good enough for a tile; else of the largest."""
    for number, layer in enumerate(layers):
        if layer.height >= ENOUGH * height:
            return number
    return len(layers) - 1


def choose(wants: Sequence[Want], limit: int | None) -> list[str | None]:
    """A rid for each slot, None where nothing flows. Nobody goes without a picture for want of room.

    Where all together are too much, the slot that frees most steps down first; larger tiles hold out longer
    among equals.
    """
    chosen = [fitting(want.height, want.layers) if want.layers else -1 for want in wants]
    if limit is not None:
        while _total(wants, chosen) > limit:
            steps = [
                (want.layers[at].bitrate - want.layers[at - 1].bitrate, -want.height, number)
                for number, (want, at) in enumerate(zip(wants, chosen, strict=True))
                if at > 0
            ]
            if not steps:
                break
            chosen[max(steps)[2]] -= 1
    return [
        want.layers[at].rid if at >= 0 else None for want, at in zip(wants, chosen, strict=True)
    ]


def hoped(want: Want, unseen: Iterable[str]) -> tuple[str, ...]:
    """Layers that never flowed and are wanted all the same, while none that did is good enough for the tile.

    A browser begins with the smallest and adds the others as its line allows; told to pause what nobody has seen
    yet, it would never show more.
    """
    best = want.layers[fitting(want.height, want.layers)].height if want.layers else 0
    return () if best >= ENOUGH * want.height else tuple(unseen)


def wanted_bitrate(wants: Sequence[Want]) -> int:
    """What all slots would take at their best."""
    return sum(
        want.layers[fitting(want.height, want.layers)].bitrate for want in wants if want.layers
    )


def _total(wants: Sequence[Want], chosen: Sequence[int]) -> float:
    return sum(
        want.layers[at].bitrate * (HYSTERESIS if _goes_up(want, at) else 1)
        for want, at in zip(wants, chosen, strict=True)
        if at >= 0
    )


def _goes_up(want: Want, at: int) -> bool:
    rids = [layer.rid for layer in want.layers]
    return want.current in rids and at > rids.index(want.current)
