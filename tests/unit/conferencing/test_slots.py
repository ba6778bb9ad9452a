"""Which pictures a receiver gets, and that they do not jump about."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from conferencing.policy.slots import Layout, Picture, Room, Slots, Source, Tile, View, fill

SEAT = st.integers(1, 14)
ROOMS = st.builds(
    Room,
    cameras=st.frozensets(SEAT),
    screens=st.lists(SEAT, max_size=2, unique=True).map(tuple),
    speakers=st.lists(SEAT, max_size=6, unique=True).map(tuple),
    speaking=st.frozensets(SEAT, max_size=2),
    chair=st.one_of(st.none(), SEAT),
    spotlight=st.one_of(st.none(), SEAT),
    order=st.lists(SEAT, unique=True).map(tuple),
)
VIEWS = st.builds(
    View,
    layout=st.sampled_from(Layout),
    pinned=st.one_of(st.none(), SEAT),
    main_height=st.sampled_from([0, 360, 1080]),
    cells=st.sampled_from([0, 4, 9, 16]),
    tiles=st.lists(
        st.builds(Tile, seat=SEAT, height=st.integers(1, 400)),
        max_size=12,
        unique_by=lambda t: t.seat,
    ).map(tuple),
)


def sources(slots: Slots) -> list[Source]:
    return [item.source for item in slots if item is not None]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 12), SEAT, VIEWS, ROOMS, ROOMS)
def test_the_laws_of_slots(
    count: int, receiver: int, view: View, earlier: Room, room: Room
) -> None:
    before = fill(count=count, receiver=receiver, view=view, room=earlier).slots
    filled = fill(count=count, receiver=receiver, view=view, room=room, before=before)
    shown = sources(filled.slots)
    assert len(filled.slots) == count
    assert len(shown) == len(set(shown)), "one picture twice"
    for source in shown:
        assert source.seat != receiver, "one's own picture"
        arriving = room.cameras if source.picture is Picture.CAMERA else room.screens
        assert source.seat in arriving, "a picture that does not arrive"
    if filled.main is not None:
        assert filled.main in shown
    for old, new in zip(before, filled.slots, strict=True):
        if old is not None and old.source in shown:
            assert new is not None
            assert new.source == old.source, "moved to another slot without need"
    again = fill(count=count, receiver=receiver, view=view, room=room, before=filled.slots)
    assert again == filled, "the same again changes nothing"


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 6), SEAT, ROOMS, st.sets(SEAT, min_size=1, max_size=1))
def test_only_who_speaks_displaces_anybody(
    count: int, receiver: int, room: Room, speaking: set[int]
) -> None:
    view = View(layout=Layout.GRID, cells=9)
    calm = replace(room, speaking=frozenset(), screens=(), spotlight=None)
    before = fill(count=count, receiver=receiver, view=view, room=calm).slots
    (speaker,) = speaking
    louder = replace(
        calm,
        speaking=frozenset(speaking),
        speakers=(speaker, *(seat for seat in calm.speakers if seat != speaker)),
    )
    after = fill(count=count, receiver=receiver, view=view, room=louder, before=before)
    came = set(sources(after.slots)) - set(sources(before))
    assert came <= {Source(speaker)}
    if speaker in room.cameras and speaker != receiver:
        assert Source(speaker) in sources(after.slots)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 6), SEAT, ROOMS, st.data())
def test_nobody_comes_or_goes_while_those_speak_who_are_shown(
    count: int, receiver: int, room: Room, data: st.DataObject
) -> None:
    calm = replace(room, speaking=frozenset(), screens=(), spotlight=None)
    before = fill(count=count, receiver=receiver, view=View(), room=calm).slots
    shown = sorted(source.seat for source in sources(before))
    heard = data.draw(st.lists(st.sampled_from(shown), unique=True) if shown else st.just([]))
    later = replace(calm, speaking=frozenset(heard), speakers=tuple(heard))
    after = fill(count=count, receiver=receiver, view=View(), room=later, before=before)
    assert after.slots == before


def everybody(**facts: object) -> Room:
    return replace(Room(cameras=frozenset(range(1, 8)), order=tuple(range(1, 8))), **facts)  # type: ignore[arg-type]  # facts of a Room


def test_layouts_and_what_is_large() -> None:
    def large(layout: Layout, room: Room, pinned: int | None = None) -> Source | None:
        return fill(count=9, receiver=1, view=View(layout, pinned), room=room).main

    room = everybody(chair=2, speakers=(1, 3), speaking=frozenset({1}))
    assert large(Layout.GRID, room) is None
    assert large(Layout.CHAIR, room) == Source(2)
    assert large(Layout.SPEAKER, room) == Source(3)  # the receiver itself speaks
    assert large(Layout.PINNED, room, 5) == Source(5)
    assert large(Layout.GRID, replace(room, spotlight=6)) == Source(6)
    assert large(Layout.CHAIR, replace(room, spotlight=6)) == Source(6)
    sharing = replace(room, screens=(4,), spotlight=6)
    assert large(Layout.SPEAKER, sharing) == Source(4, Picture.SCREEN)
    assert large(Layout.PINNED, sharing, 5) == Source(5)


def test_tiles_that_cannot_be_seen_cost_nothing_and_heights_are_passed_on() -> None:
    view = View(tiles=(Tile(3, 240), Tile(4, 90)))
    filled = fill(count=9, receiver=1, view=view, room=everybody())
    assert [(item.source.seat, item.height) for item in filled.slots if item] == [(3, 240), (4, 90)]


def test_a_grid_of_four_shows_four() -> None:
    filled = fill(count=9, receiver=1, view=View(cells=4), room=everybody())
    assert [source.seat for source in sources(filled.slots)] == [2, 3, 4, 5]
