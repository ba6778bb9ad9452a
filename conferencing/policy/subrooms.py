"""The townships' sub-rooms (分会场): opening and closing them, bringing a seat up (上送) and sending it back."""

from __future__ import annotations

from conferencing.policy import speaking
from conferencing.policy.audience import WHOLE, dimmed, home_of
from conferencing.policy.case import Case, require
from conferencing.policy.commands import (
    Announce,
    BringUp,
    CloseSubRoom,
    GrantFloor,
    OpenSubRoom,
    SendBack,
)
from conferencing.policy.conference import (
    OUT,
    PRESENT,
    Conference,
    Seat,
    SeatKind,
    SeatRole,
    SubRoom,
)
from conferencing.policy.rights import role_of
from conferencing.policy.verdict import Decided, Note, Noted, Refusal

TOWNSHIP_DIGITS = 9


def township_of(code: str) -> str:
    """The township's code that a jurisdiction is or lies in; empty above townships."""
    return code[:TOWNSHIP_DIGITS] if len(code) >= TOWNSHIP_DIGITS else ""


def townships(conference: Conference) -> tuple[str, ...]:
    """The townships below the room's jurisdiction that have a seat in it, or an open sub-room."""
    if len(conference.code) >= TOWNSHIP_DIGITS:
        return ()
    seated = {township_of(seat.code) for seat in conference.seats if seat.presence not in OUT} - {
        ""
    }
    return tuple(sorted(seated | {room.code for room in conference.sub_rooms}))


def divisible(conference: Conference, seat: Seat) -> tuple[str, ...]:
    """The townships whose sub-room a seat may open and close: a chair any, a moderator its own."""
    match role_of(conference, seat):
        case SeatRole.CHAIR:
            return townships(conference)
        case SeatRole.MODERATOR:
            return tuple(code for code in townships(conference) if code == seat.code)
        case SeatRole.PARTICIPANT:
            return ()


def open_(case: Case, command: OpenSubRoom) -> Decided:
    """Who is in it from now on has no floor there yet, nor in the whole any more."""
    conference = case.conference
    already = {room.code for room in conference.sub_rooms}
    fresh = [
        SubRoom(code=code, name=_name_of(conference, code), opened_at=case.now)
        for code in _meant(case, command.code)
        if code not in already
    ]
    if not fresh:
        return case.unchanged()
    after = conference.changed(sub_rooms=(*conference.sub_rooms, *fresh))
    after = _without_floor(after, {room.code for room in fresh})
    return case.changed(dimmed(after), *_notes(case, Noted.SUB_ROOM_OPENED, fresh))


def close(case: Case, command: CloseSubRoom) -> Decided:
    """Everybody in it is in the whole again, without the floor."""
    meant = _meant(case, command.code)
    conference = case.conference
    over = [room for room in conference.sub_rooms if room.code in meant]
    if not over:
        return case.unchanged()
    after = _without_floor(conference, {room.code for room in over})
    kept = tuple(room for room in conference.sub_rooms if room not in over)
    after = after.changed(sub_rooms=kept, announcing=conference.announcing if kept else None)
    return case.changed(dimmed(after), *_notes(case, Noted.SUB_ROOM_CLOSED, over))


def _meant(case: Case, code: str | None) -> tuple[str, ...]:
    case.require_joined()
    case.require_lead()
    own = divisible(case.conference, case.actor)
    require(code is None or code in own, Refusal.NOT_RULED)
    return own if code is None else (code,)


def _without_floor(conference: Conference, codes: set[str]) -> Conference:
    """The floor is given in one room, and is not taken along into another."""
    return conference.with_seats(
        seat.model_copy(update={"floor": False, "raised": False})
        for seat in conference.seats
        if (seat.floor or seat.raised) and home_of(conference, seat) in codes
    )


def _name_of(conference: Conference, code: str) -> str:
    names = (seat.township for seat in conference.seats if seat.code.startswith(code))
    return next((name for name in names if name), code)


def _notes(case: Case, what: Noted, rooms: list[SubRoom]) -> list[Note]:
    return [Note(what, case.actor.number, place=room.name) for room in rooms]


def bring_up(case: Case, command: BringUp) -> Decided:
    """By a chair. It has the floor there; who did not ask switches the microphone on, and is not overheard.

    Of a camera the picture alone is brought up.
    """
    case.require_joined()
    case.require_chair()
    seat = case.ruled(command.seat)
    require(seat.presence in PRESENT, Refusal.NOT_PRESENT)
    if seat.raised:
        return case.unchanged()
    require(home_of(case.conference, seat) != WHOLE, Refusal.WRONG_STATE)
    raised = case.conference.with_seat(seat.number, raised=True, floor=False)
    if seat.kind is SeatKind.CAMERA:
        return case.changed(raised, case.note(Noted.BROUGHT_UP, seat))
    granted = speaking.grant(case.later(Decided(raised)), GrantFloor(seat=seat.number))
    note = case.note(Noted.BROUGHT_UP, seat)
    return case.changed(granted.conference, note, *granted.outcomes)


def send_back(case: Case, command: SendBack) -> Decided:
    """By whoever rules the seat, or by itself. The floor stays behind."""
    case.require_joined()
    own = command.seat == case.actor.number
    seat = case.actor if own else case.ruled(command.seat)
    if not seat.raised:
        return case.unchanged()
    after = case.conference.with_seat(seat.number, raised=False, floor=False)
    return case.changed(dimmed(after), case.note(Noted.SENT_BACK, seat))


def announce(case: Case, command: Announce) -> Decided:
    """One chair at a time; another that begins takes it over, and any of them ends it."""
    case.require_joined()
    case.require_chair()
    before = case.conference.announcing
    if not command.on:
        if before is None:
            return case.unchanged()
        return case.changed(dimmed(case.conference.changed(announcing=None)))
    require(bool(case.conference.sub_rooms), Refusal.WRONG_STATE)
    if before == case.actor.number:
        return case.unchanged()
    after = dimmed(case.conference.changed(announcing=case.actor.number))
    return case.changed(after, case.note(Noted.ANNOUNCED))
