"""Hands, the floor, microphones and the spotlight."""

from __future__ import annotations

from conferencing.policy.audience import (
    WHOLE,
    heard_room,
    reached_rooms,
    rooms_of,
    spotlight_in,
    with_spotlight,
)
from conferencing.policy.case import Case, require
from conferencing.policy.commands import (
    GrantFloor,
    Hand,
    Microphone,
    Mute,
    PermitMicrophone,
    RevokeFloor,
    Spotlight,
)
from conferencing.policy.conference import PRESENT, Conference, FloorRule, Seat, SeatRole
from conferencing.policy.rights import RANK, may_speak
from conferencing.policy.verdict import Decided, Noted, Refusal


def put_hand(case: Case, command: Hand) -> Decided:
    """The first time counts: who put the hand up earlier stays before."""
    case.require_joined()
    if command.up is (case.actor.hand_at is not None):
        return case.unchanged()
    return case.seat_changed(case.actor, hand_at=case.now if command.up else None)


def grant(case: Case, command: GrantFloor) -> Decided:
    """One at a time: who had the floor gives it up, unless the one who grants has no say over them."""
    case.require_joined()
    seat = case.ruled_present(command.seat)
    if seat.floor and seat.hand_at is None and seat.muted_by is None:
        return case.unchanged()
    if seat.muted_by is not None:
        require(RANK[seat.muted_by] <= case.rank, Refusal.MUTED)
    before = _holders(case, seat) if case.conference.floor is FloorRule.SINGLE else ()
    require(all(case.rules(other) for other in before), Refusal.FLOOR_TAKEN)
    given = seat.model_copy(
        update={
            "floor": True,
            "hand_at": None,
            "muted_by": None,
            # Who did not ask is not put on the air: the person switches the microphone on.
            "microphone": seat.microphone and seat.hand_at is not None and seat.muted_by is None,
        }
    )
    taken = [other.model_copy(update={"floor": False}) for other in before]
    notes = [case.note(Noted.FLOOR_REVOKED, other) for other in before]
    conference = case.conference.with_seats([*taken, given])
    return case.changed(conference, *notes, case.note(Noted.FLOOR_GRANTED, seat))


def _holders(case: Case, apart_from: Seat) -> tuple[Seat, ...]:
    """Who else has the floor in the same room."""
    rooms = rooms_of(case.conference, apart_from)
    return tuple(
        seat
        for seat in case.conference.seats
        if seat.floor
        and seat.number != apart_from.number
        and rooms & rooms_of(case.conference, seat)
    )


def one_floor_in_each_room(conference: Conference) -> Conference:
    """The same with the floor left to one holder in each room, the first seat."""
    taken: frozenset[str] = frozenset()
    for seat in conference.seats:
        if seat.floor:
            rooms = rooms_of(conference, seat)
            if rooms & taken:
                conference = conference.with_seat(seat.number, floor=False)
            else:
                taken |= rooms
    return conference


def revoke(case: Case, command: RevokeFloor) -> Decided:
    """Anybody may give the floor back."""
    case.require_joined()
    own = command.seat == case.actor.number
    seat = case.actor if own else case.ruled(command.seat)
    if not seat.floor:
        return case.unchanged()
    return case.seat_changed(seat, case.note(Noted.FLOOR_REVOKED, seat), floor=False)


def mute(case: Case, command: Mute) -> Decided:
    """The floor goes with it. A mute by a higher role stays that role's."""
    case.require_joined()
    seat = case.ruled_present(command.seat)
    if seat.muted_by is not None and RANK[seat.muted_by] >= case.rank:
        return case.unchanged()
    return case.changed(
        case.conference.with_seats([_muted(case, seat)]), case.note(Noted.MUTED, seat)
    )


def mute_all(case: Case) -> Decided:
    """Every seat in the room that the one who asks rules; a chair does not reach into the sub-rooms with it."""
    case.require_joined()
    case.require_lead()
    is_chair = case.role is SeatRole.CHAIR
    meant = [
        seat
        for seat in case.conference.people()
        if seat.presence in PRESENT
        and case.rules(seat)
        and (seat.muted_by is None or RANK[seat.muted_by] < case.rank)
        and not (is_chair and WHOLE not in rooms_of(case.conference, seat))
    ]
    if not meant:
        return case.unchanged()
    conference = case.conference.with_seats(_muted(case, seat) for seat in meant)
    return case.changed(conference, *(case.note(Noted.MUTED, seat) for seat in meant))


def _muted(case: Case, seat: Seat) -> Seat:
    return seat.model_copy(update={"muted_by": case.role, "floor": False, "microphone": False})


def permit(case: Case, command: PermitMicrophone) -> Decided:
    """The microphone stays off until the person switches it on."""
    case.require_joined()
    seat = case.ruled_present(command.seat)
    if seat.muted_by is None:
        return case.unchanged()
    require(RANK[seat.muted_by] <= case.rank, Refusal.NOT_RULED)
    return case.seat_changed(seat, muted_by=None, microphone=False)


def switch_microphone(case: Case, command: Microphone) -> Decided:
    """Off is always possible; on only where one would be heard."""
    case.require_joined()
    if command.on:
        require(case.actor.muted_by is None, Refusal.MUTED)
        require(may_speak(case.conference, case.actor), Refusal.FLOOR_NEEDED)
    if case.actor.microphone is command.on:
        return case.unchanged()
    return case.seat_changed(case.actor, microphone=command.on)


def spotlight(case: Case, command: Spotlight) -> Decided:
    """A chair shows anybody; a moderator the seats it rules, and only in the place of one of them.

    It is that of the room in which the one who asks is, and shows who is seen there.
    """
    case.require_joined()
    case.require_lead()
    room = heard_room(case.conference, case.actor)
    before = spotlight_in(case.conference, room)
    if command.seat == before:
        return case.unchanged()
    present = case.conference.seat(before or 0)
    is_chair = case.role is SeatRole.CHAIR
    require(is_chair or present is None or case.rules(present), Refusal.NOT_RULED)
    if command.seat is not None:
        seat = case.found(command.seat) if is_chair else case.ruled(command.seat)
        require(seat.presence in PRESENT, Refusal.NOT_PRESENT)
        require(room in reached_rooms(case.conference, seat), Refusal.ELSEWHERE)
    return case.changed(with_spotlight(case.conference, room, command.seat))
