"""Cameras as seats: who may have one shown, and that it is nobody who attends."""

from __future__ import annotations

import pytest

from conferencing.policy.audience import perceives
from conferencing.policy.commands import (
    AddCameras,
    BringUp,
    Equipment,
    GrantFloor,
    Leave,
    Mute,
    MuteAll,
    OpenSubRoom,
    Remove,
    RingAgain,
    SendBack,
    Spotlight,
    StartRollCall,
    Tick,
)
from conferencing.policy.conference import Presence, SeatKind, SeatLevel
from conferencing.policy.deciding import SYSTEM
from conferencing.policy.rights import may_speak
from conferencing.policy.verdict import Note, Noted, Refusal
from tests.support.city import EAST, SOUTH
from tests.support.rooms import CHAIR, PEOPLE, TOWN, TOWN2, VILLAGE, Room, full_room


def added(*codes: str) -> AddCameras:
    return AddCameras(
        cameras=tuple(
            Equipment(device=f"CAM-{code}", name="北门", code=code, level=SeatLevel.VILLAGE)
            for code in codes
        )
    )


EAST_CAMERA, SOUTH_CAMERA = EAST.villages[0], SOUTH.villages[0]


def test_a_chair_adds_any_camera_and_a_moderator_its_own() -> None:
    room = full_room()
    decided = room.do(added(EAST_CAMERA), TOWN)
    seat = room.value.camera(f"CAM-{EAST_CAMERA}")
    assert seat is not None
    assert (seat.kind, seat.presence, seat.user) == (SeatKind.CAMERA, Presence.JOINED, None)
    assert decided.outcomes == (Note(Noted.CAMERA_ADDED, room.number(TOWN), seat.number),)
    assert room.refusal(added(SOUTH_CAMERA), TOWN) is Refusal.OUTSIDE
    assert room.refusal(added(EAST_CAMERA), VILLAGE) is Refusal.NOT_ALLOWED
    room.do(added(SOUTH_CAMERA, EAST_CAMERA), CHAIR)
    assert len(room.value.seats) == len(PEOPLE) + 2, "what is shown already is not added again"


@pytest.mark.parametrize("kind", [GrantFloor, Mute, RingAgain])
def test_nothing_that_people_do_is_asked_of_a_camera(kind: type) -> None:
    room = full_room()
    room.do(added(EAST_CAMERA), CHAIR)
    number = room.value.seats[-1].number
    assert room.refusal(kind(seat=number), CHAIR) is Refusal.WRONG_STATE
    assert not may_speak(room.value, room.value.seats[-1])
    room.do(MuteAll(), CHAIR)
    assert room.value.seats[-1].muted_by is None
    room.do(StartRollCall(), CHAIR)
    call = room.value.roll_call
    assert call is not None
    assert number not in call.expected
    room.do(Spotlight(seat=number), CHAIR)
    assert room.value.spotlight == number


def test_who_was_put_out_by_the_chair_is_not_brought_back_by_a_moderator() -> None:
    room = full_room()
    room.do(added(EAST_CAMERA), TOWN)
    number = room.value.seats[-1].number
    assert room.refusal(Remove(seat=number), TOWN2) is Refusal.NOT_RULED
    room.do(Remove(seat=number), CHAIR)
    assert room.refusal(added(EAST_CAMERA), TOWN) is Refusal.NOT_RULED
    room.do(added(EAST_CAMERA), CHAIR)
    assert room.value.seats[-1].number == number


def test_a_camera_alone_keeps_no_conference_open() -> None:
    room = Room().join(CHAIR)
    room.do(added(EAST_CAMERA), CHAIR)
    room.do(Leave(), CHAIR)
    room.do(Tick(), SYSTEM)
    room.wait(minutes=3)
    room.do(Tick(), SYSTEM)
    assert room.value.ended_at is not None
    assert room.value.seats[-1].presence is Presence.LEFT


def test_the_picture_of_a_sub_rooms_camera_is_brought_up_and_sent_back() -> None:
    room = full_room()
    room.do(added(EAST_CAMERA), TOWN)
    number = room.value.seats[-1].number
    room.do(OpenSubRoom(code=EAST.code), CHAIR)
    chair = room.seat(CHAIR)
    assert not perceives(room.value, chair, room.value.seats[-1])
    room.do(BringUp(seat=number), CHAIR)
    camera = room.value.seats[-1]
    assert perceives(room.value, chair, camera)
    assert perceives(room.value, room.seat(VILLAGE), camera)
    assert not camera.floor
    room.do(SendBack(seat=number), TOWN)
    assert not perceives(room.value, chair, room.value.seats[-1])
