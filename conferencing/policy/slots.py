"""Which sources a receiver's video slots show: by layout, spotlight, screen share and who speaks.

A receiver has a fixed number of slots, however large the room is. Whoever is shown stays in the same slot
for as long as possible, and is replaced only by somebody who speaks (last-N): a swap costs a keyframe and
a moment of black.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

SMALL = 180
"""The height of a tile that the page has not said, in pixels."""
LARGE = 720


class Layout(StrEnum):
    """How a page arranges its tiles."""

    GRID = "grid"
    """all alike; the page says how many cells it has"""
    SPEAKER = "speaker"
    """who speaks is large"""
    CHAIR = "chair"
    """the chair is large"""
    PINNED = "pinned"
    """whom the viewer has chosen is large"""


class Picture(StrEnum):
    """What of a seat is shown."""

    CAMERA = "camera"
    SCREEN = "screen"


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A picture of a seat."""

    seat: int
    picture: Picture = Picture.CAMERA


@dataclass(frozen=True, slots=True)
class Tile:
    """A small tile that can be seen, and its height in pixels."""

    seat: int
    height: int = SMALL


@dataclass(frozen=True, slots=True)
class View:
    """What a receiver's page shows; the fields are those of the `view` frame."""

    layout: Layout = Layout.GRID
    pinned: int | None = None
    main_height: int = 0
    cells: int = 9
    tiles: tuple[Tile, ...] = ()


@dataclass(frozen=True, slots=True)
class Room:
    """What can be shown. `speakers`: who has spoken, the last one first; `screens`: the last begun first."""

    cameras: frozenset[int] = frozenset()
    screens: tuple[int, ...] = ()
    speakers: tuple[int, ...] = ()
    speaking: frozenset[int] = frozenset()
    chair: int | None = None
    spotlight: int | None = None
    order: tuple[int, ...] = ()
    """the seats in the room as the list of participants has them"""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a slot shows, and how tall its tile is."""

    source: Source
    height: int


Slots = tuple[Shown | None, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """Every slot of a receiver, and what its large tile shows."""

    slots: Slots
    main: Source | None


def fill(*, count: int, receiver: int, view: View, room: Room, before: Slots = ()) -> Filled:
    """Fill `count` slots for a receiver, changing as little as possible of what they showed before.

    Never shows the receiver's own pictures, nor one that does not arrive, nor one picture twice.
    """
    main = _main(receiver, view, room)
    large = [main] if main is not None else []
    small = _small(count - len(large), receiver, view, room, before, apart=set(large))
    heights = {tile.seat: tile.height for tile in view.tiles}
    wanted = {
        **{Source(seat): heights.get(seat, SMALL) for seat in small},
        **dict.fromkeys(large, view.main_height or LARGE),
    }
    return Filled(_placed(count, wanted, before), main if count > 0 else None)


def _main(receiver: int, view: View, room: Room) -> Source | None:
    """A screen comes first in every layout; in a grid only that, or the spotlight, is large."""
    if view.layout is Layout.PINNED and view.pinned is not None:
        own = _sources_of(view.pinned, receiver, room)
        if own:
            return own[0]
    for seat in room.screens:
        if seat != receiver:
            return Source(seat, Picture.SCREEN)
    return next(
        (Source(seat) for seat in _leading(view, room) if _is_shown(seat, receiver, room)), None
    )


def _sources_of(seat: int, receiver: int, room: Room) -> list[Source]:
    if seat == receiver:
        return []
    found = [Source(seat, Picture.SCREEN)] if seat in room.screens else []
    return [*found, Source(seat)] if seat in room.cameras else found


def _leading(view: View, room: Room) -> Iterable[int]:
    """Whose camera is large, in order of preference."""
    spotlight = () if room.spotlight is None else (room.spotlight,)
    chair = () if room.chair is None else (room.chair,)
    match view.layout:
        case Layout.GRID:
            return spotlight
        case Layout.CHAIR:
            return (*spotlight, *chair, *room.speakers)
        case Layout.SPEAKER | Layout.PINNED:
            return (*spotlight, *room.speakers, *chair, *room.order)


def _is_shown(seat: int, receiver: int, room: Room) -> bool:
    return seat != receiver and seat in room.cameras


def _small(
    most: int, receiver: int, view: View, room: Room, before: Slots, *, apart: set[Source]
) -> list[int]:
    """The seats of the small tiles: those that can be seen, or as many as there are cells."""
    named = [tile.seat for tile in view.tiles]
    candidates = [
        seat
        for seat in dict.fromkeys(named or (*room.order, *sorted(room.cameras)))
        if _is_shown(seat, receiver, room) and Source(seat) not in apart
    ]
    most = max(0, min(most, len(named) if named else view.cells))
    if len(candidates) <= most:
        return candidates
    return _last_n(most, candidates, room, before)


def _last_n(most: int, candidates: Sequence[int], room: Room, before: Slots) -> list[int]:
    """Who was shown stays; who speaks and is not shown takes the place of who has not spoken for longest."""
    spoke = {seat: -place for place, seat in enumerate(room.speakers, 1)}
    place = {seat: -index for index, seat in enumerate(candidates)}
    silent = -len(room.speakers) - 1

    def weight(seat: int) -> tuple[bool, int, int]:
        return seat in room.speaking, spoke.get(seat, silent), place[seat]

    shown = {
        item.source.seat
        for item in before
        if item is not None and item.source.picture is Picture.CAMERA and item.source.seat in place
    }
    kept = sorted(shown, key=weight, reverse=True)[:most]
    others = sorted(set(candidates) - set(kept), key=weight, reverse=True)
    kept += others[: most - len(kept)]
    for seat in others:
        if seat not in room.speaking or seat in kept or not kept:
            continue
        least = min(kept, key=weight)
        if least not in room.speaking:
            kept[kept.index(least)] = seat
    return kept


def _placed(count: int, wanted: dict[Source, int], before: Slots) -> Slots:
    """Each source where it was; new ones in the first free slots."""
    slots: list[Shown | None] = [None] * count
    waiting = dict(wanted)
    for index, item in enumerate(before[:count]):
        if item is not None and item.source in waiting:
            slots[index] = Shown(item.source, waiting.pop(item.source))
    free = (index for index, item in enumerate(slots) if item is None)
    for index, (source, height) in zip(free, list(waiting.items()), strict=False):
        slots[index] = Shown(source, height)
    return tuple(slots)
