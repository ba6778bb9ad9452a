"""Who sees and hears whom: the whole, the townships' sub-rooms, who is brought up (上送), an announcement.

A seat hears one room: its township's sub-room while that is open, else the whole. Chairs are always in the whole.
Who is brought up is seen and heard by the whole as well as by its own, and hears the whole alone: one ear.
A chair that announces reaches every sub-room, and hears none of them.
"""

from __future__ import annotations

from conferencing.policy.conference import PRESENT, Conference, Seat, SeatRole
from conferencing.policy.rights import role_of

WHOLE = ""
"""The room of everybody who is in no sub-room."""


def home_of(conference: Conference, seat: Seat) -> str:
    """The room that a seat belongs to: `WHOLE`, or the township's code."""
    if role_of(conference, seat) is SeatRole.CHAIR:
        return WHOLE
    codes = (room.code for room in conference.sub_rooms)
    return next((code for code in codes if seat.code.startswith(code)), WHOLE)


def heard_room(conference: Conference, seat: Seat) -> str:
    """The one room that a seat hears and sees."""
    return WHOLE if seat.raised else home_of(conference, seat)


def rooms_of(conference: Conference, seat: Seat) -> frozenset[str]:
    """The rooms that a seat takes part in: its own, and the whole while it is brought up."""
    home = home_of(conference, seat)
    return frozenset({home, WHOLE}) if seat.raised else frozenset({home})


def reached_rooms(conference: Conference, seat: Seat) -> frozenset[str]:
    """The rooms that see and hear a seat."""
    rooms = rooms_of(conference, seat)
    if conference.announcing != seat.number:
        return rooms
    return rooms | {room.code for room in conference.sub_rooms}


def seen_in(conference: Conference, room: str) -> frozenset[int]:
    """The seats that are seen and heard in a room."""
    present = conference.at(PRESENT)
    return frozenset(seat.number for seat in present if room in reached_rooms(conference, seat))


def perceives(conference: Conference, receiver: Seat, source: Seat) -> bool:
    """Whether one seat gets the pictures and the voice of another."""
    return receiver.number != source.number and heard_room(conference, receiver) in reached_rooms(
        conference, source
    )


# -- the spotlight of each room ----------------------------------------------------------------------


def spotlight_in(conference: Conference, room: str) -> int | None:
    """The seat that is shown large in a room."""
    if room == WHOLE:
        return conference.spotlight
    return next((one.spotlight for one in conference.sub_rooms if one.code == room), None)


def with_spotlight(conference: Conference, room: str, seat: int | None) -> Conference:
    """The same with another seat shown large in a room."""
    if room == WHOLE:
        return conference.changed(spotlight=seat)
    rooms = (
        one.model_copy(update={"spotlight": seat}) if one.code == room else one
        for one in conference.sub_rooms
    )
    return conference.changed(sub_rooms=tuple(rooms))


def dimmed(conference: Conference) -> Conference:
    """The same without a spotlight on who is not seen in that room (any more)."""
    for room in (WHOLE, *(one.code for one in conference.sub_rooms)):
        lit = spotlight_in(conference, room)
        if lit is not None and lit not in seen_in(conference, room):
            conference = with_spotlight(conference, room, None)
    return conference
