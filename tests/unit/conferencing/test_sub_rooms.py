"""Townships' sub-rooms: who may divide the room, who is brought up, and what each ear gets of it."""

from conferencing.policy.audience import perceives
from conferencing.policy.commands import (
    Announce,
    BringUp,
    Caller,
    CloseSubRoom,
    GrantFloor,
    Hand,
    MuteAll,
    OpenSubRoom,
    SendBack,
    Spotlight,
)
from conferencing.policy.conference import FloorRule, Presence
from conferencing.policy.rights import is_heard
from conferencing.policy.subrooms import divisible
from conferencing.policy.verdict import Note, Noted, Refusal
from tests.support.city import EAST, SOUTH
from tests.support.rooms import (
    CHAIR,
    CHAIR2,
    GUEST,
    NEWCOMER,
    OTHER,
    PATROL,
    TOWN,
    TOWN2,
    VILLAGE,
    VILLAGE_B,
    Room,
    full_room,
)


def hears(room: Room, who: Caller) -> set[int]:
    """The seats whose pictures and voices somebody gets."""
    receiver = room.seat(who)
    return {seat.number for seat in room.value.seats if perceives(room.value, receiver, seat)}


def test_a_sub_room_is_its_townships_and_the_whole_goes_on_without_it() -> None:
    room = full_room()
    assert divisible(room.value, room.seat(CHAIR)) == (EAST.code, SOUTH.code)
    assert divisible(room.value, room.seat(TOWN)) == (EAST.code,)
    assert divisible(room.value, room.seat(PATROL)) == ()
    assert room.refusal(OpenSubRoom(code=SOUTH.code), TOWN) is Refusal.NOT_RULED
    assert room.refusal(OpenSubRoom(code=EAST.code), VILLAGE) is Refusal.NOT_ALLOWED
    room.do(OpenSubRoom(code=EAST.code), TOWN)
    assert hears(room, VILLAGE) == {3, 6, 8}
    assert hears(room, TOWN) == {5, 6, 8}
    assert hears(room, CHAIR) == {2, 4, 7}
    room.do(CloseSubRoom(code=None), CHAIR)
    assert hears(room, VILLAGE) == {1, 2, 3, 4, 6, 7, 8}


def test_who_is_brought_up_is_heard_by_both_and_hears_the_whole() -> None:
    room = full_room()
    room.do(OpenSubRoom(code=None), CHAIR)
    assert room.refusal(BringUp(seat=5), TOWN) is Refusal.NOT_ALLOWED
    room.do(Hand(up=True), VILLAGE)
    room.do(BringUp(seat=5), CHAIR)
    assert hears(room, CHAIR2) == {1, 5}
    assert hears(room, VILLAGE) == {1, 2}
    assert 5 in hears(room, TOWN)
    assert is_heard(room.value, room.seat(VILLAGE))  # it had asked
    assert room.refusal(SendBack(seat=5), TOWN2) is Refusal.NOT_RULED
    room.do(SendBack(seat=5), VILLAGE)
    assert hears(room, CHAIR) == {2}
    assert not room.seat(VILLAGE).floor


def test_who_did_not_ask_to_be_brought_up_is_not_overheard() -> None:
    room = full_room()
    room.do(OpenSubRoom(code=EAST.code), CHAIR)
    assert is_heard(room.value, room.seat(TOWN))
    room.do(BringUp(seat=3), CHAIR)
    assert not is_heard(room.value, room.seat(TOWN))
    assert (
        room.refusal(BringUp(seat=7), CHAIR) is Refusal.WRONG_STATE
    )  # its township is not divided off


def test_a_chair_announces_into_every_sub_room_and_hears_none() -> None:
    room = full_room()
    assert room.refusal(Announce(on=True), CHAIR) is Refusal.WRONG_STATE
    room.do(OpenSubRoom(code=None), CHAIR)
    room.do(Announce(on=True), CHAIR)
    assert 1 in hears(room, VILLAGE)
    assert 1 in hears(room, OTHER)
    assert hears(room, CHAIR) == {2}
    room.do(CloseSubRoom(code=None), CHAIR)
    assert room.value.announcing is None


def test_who_comes_late_is_in_the_sub_room_and_a_guest_in_the_whole() -> None:
    room = full_room(lobby=True)
    room.do(OpenSubRoom(code=SOUTH.code), CHAIR)
    room.enter(GUEST, lobby=False)
    assert hears(room, GUEST) == {1, 2, 3, 5, 6, 8}
    room.enter(NEWCOMER)
    assert room.seat(NEWCOMER).presence is Presence.WAITING


def test_floor_spotlight_and_mute_all_stay_in_their_room() -> None:
    room = full_room(floor=FloorRule.SINGLE)
    room.do(OpenSubRoom(code=EAST.code), CHAIR)
    room.do(GrantFloor(seat=5), TOWN)
    room.do(GrantFloor(seat=7), CHAIR)
    assert [seat.number for seat in room.value.seats if seat.floor] == [5, 7]
    room.do(Spotlight(seat=6), TOWN)
    assert room.value.spotlight is None
    assert room.refusal(Spotlight(seat=6), CHAIR) is Refusal.ELSEWHERE
    room.do(MuteAll(), CHAIR)
    assert {seat.number for seat in room.value.seats if seat.muted_by} == {4, 7}
    room.do(CloseSubRoom(code=EAST.code), TOWN)
    assert [seat.number for seat in room.value.seats if seat.floor] == []
    notes = [one.what for one in room.outcomes if isinstance(one, Note) and one.place]
    assert notes == [Noted.SUB_ROOM_OPENED, Noted.SUB_ROOM_CLOSED]
    assert room.seat(VILLAGE_B).raised is False
