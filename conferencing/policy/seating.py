"""Coming and going: calls, answers, the lobby, lost connections, time that runs out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from conferencing.policy.audience import dimmed
from conferencing.policy.case import Case, NoError, require
from conferencing.policy.commands import Admit, Caller, Enter, Invite, Recall, Remove, RingAgain
from conferencing.policy.conference import (
    CALLED,
    MOST_SEATS,
    PRESENT,
    Conference,
    Presence,
    Seat,
    SeatKind,
    SeatRole,
)
from conferencing.policy.rights import RANK
from conferencing.policy.verdict import (
    Called,
    Closed,
    Decided,
    EndReason,
    Note,
    Noted,
    Outcome,
    Quieted,
    Refusal,
)

ANSWER_WITHIN = timedelta(seconds=45)
KEPT_AWAY = timedelta(minutes=5)
EMPTY_FOR = timedelta(minutes=2)

_KEEPING = PRESENT | CALLED | {Presence.WAITING}
"""A person in one of these states keeps the conference open; a camera never does."""
_CALL_IS_OVER = frozenset({Presence.DECLINED, Presence.RECALLED})
_NOT_IN: dict[str, Any] = {"floor": False, "hand_at": None, "connection": "", "raised": False}


def seat_for(number: int, who: Caller, presence: Presence, now: datetime) -> Seat:
    """A new seat."""
    return Seat(
        number=number,
        kind=who.kind,
        user=who.user,
        guest=who.guest,
        name=who.name,
        place=who.place,
        township=who.township,
        code=who.code,
        level=who.level,
        commands=who.commands,
        presence=presence,
        since=now,
        automatic=who.automatic,
    )


def gone(conference: Conference, seat: Seat, presence: Presence, now: datetime) -> Conference:
    """The conference without this seat in the room; a mute from above stays with it."""
    changed = conference.with_seat(seat.number, presence=presence, since=now, **_NOT_IN)
    if changed.announcing == seat.number:
        changed = changed.changed(announcing=None)
    return dimmed(changed)


# -- calling -----------------------------------------------------------------------------------------


def invite(case: Case, command: Invite) -> Decided:
    """Call people: a chair those below the room's jurisdiction and above it, a moderator its own subtree."""
    case.require_lead()
    conference, numbers = case.conference, []
    for person in command.people:
        require(may_call(case, person.code), Refusal.OUTSIDE)
        known = _seat_like(conference, person)
        if known is None:
            require(len(conference.seats) < MOST_SEATS, Refusal.FULL)
            number = max((seat.number for seat in conference.seats), default=0) + 1
            seat = seat_for(number, person, Presence.INVITED, case.now)
        elif known.presence in PRESENT | CALLED or known.presence is Presence.WAITING:
            continue
        else:
            check_recallable(case, known)
            seat = seat_for(known.number, person, Presence.INVITED, case.now)
            seat = seat.model_copy(update={"muted_by": known.muted_by})
        conference = conference.with_seats([_call(case, seat)])
        numbers.append(seat.number)
    return _all_called(case, conference, numbers)


def _seat_like(conference: Conference, who: Caller) -> Seat | None:
    """The seat that somebody has already."""
    if who.guest is not None:
        return conference.seat_of_guest(who.guest)
    return None if who.user is None else conference.seat_of(who.user)


def may_call(case: Case, code: str) -> bool:
    """Whether a code is one that the one who asks can call from."""
    if code.startswith(case.actor.code):
        return True
    room = case.conference.code
    return case.role is SeatRole.CHAIR and (code.startswith(room) or room.startswith(code))


def check_recallable(case: Case, seat: Seat) -> None:
    """Refuse to bring back whom a higher role has put out."""
    if seat.removed_by is not None:
        require(RANK[seat.removed_by] <= case.rank, Refusal.NOT_RULED)


def _call(case: Case, seat: Seat) -> Seat:
    called = {
        "presence": Presence.INVITED,
        "since": case.now,
        "called_at": case.now,
        "called_by": case.actor.number,
        "removed_by": None,
    }
    return seat.model_copy(update=called)


def _all_called(case: Case, conference: Conference, numbers: list[int]) -> Decided:
    if not numbers:
        return case.unchanged()
    notes = [Note(Noted.INVITED, case.actor.number, number) for number in numbers]
    return case.changed(conference.changed(empty_since=None), Called(tuple(numbers)), *notes)


def ring_again(case: Case, command: RingAgain) -> Decided:
    """Call somebody anew who did not answer, declined, left or was put out."""
    seat = _callable(case, command.seat)
    if seat.presence in CALLED:
        return case.unchanged()
    require(
        seat.presence not in PRESENT and seat.presence is not Presence.WAITING,
        Refusal.WRONG_STATE,
    )
    check_recallable(case, seat)
    return _all_called(case, case.conference.with_seats([_call(case, seat)]), [seat.number])


def recall(case: Case, command: Recall) -> Decided:
    """Take a call back."""
    seat = _callable(case, command.seat)
    if seat.presence is Presence.RECALLED:
        return case.unchanged()
    require(seat.presence in CALLED, Refusal.WRONG_STATE)
    conference = gone(case.conference, seat, Presence.RECALLED, case.now)
    return case.changed(conference, Quieted((seat.number,)), case.note(Noted.RECALLED, seat))


def _callable(case: Case, number: int) -> Seat:
    """A seat that the one who asks could call: a chair anybody else, a moderator its own subtree."""
    seat = case.found(number)
    case.require_lead()
    require(seat.kind is not SeatKind.CAMERA, Refusal.WRONG_STATE)
    own = seat.number != case.actor.number
    require(own and may_call(case, seat.code), Refusal.NOT_RULED)
    require(seat.kind is not SeatKind.GUEST, Refusal.WRONG_STATE)  # nothing of theirs rings
    return seat


def decline(case: Case) -> Decided:
    """Not come, or not come back."""
    seat = case.actor
    if seat.presence is Presence.DECLINED:
        return case.unchanged()
    require(seat.presence in CALLED | {Presence.NO_ANSWER, Presence.LEFT}, Refusal.WRONG_STATE)
    conference = gone(case.conference, seat, Presence.DECLINED, case.now)
    return case.changed(conference, Quieted((seat.number,)), case.note(Noted.DECLINED, seat))


# -- coming ------------------------------------------------------------------------------------------


def join(case: Case, connection: str) -> Decided:
    """Take one's seat. One that is in the room already goes over to the new connection."""
    seat = case.actor
    if seat.presence in PRESENT or seat.presence is Presence.WAITING:
        back = seat.presence is Presence.AWAY
        notes = [case.note(Noted.RETURNED, seat)] if back else []
        presence = Presence.JOINED if back else seat.presence
        since = case.now if back else seat.since
        return case.seat_changed(
            seat, *notes, connection=connection, presence=presence, since=since
        )
    if seat.presence in CALLED | {Presence.NO_ANSWER}:
        return _come_in(case, seat, connection)
    return _pass_the_door(case, connection, lobby=None)


def _pass_the_door(case: Case, connection: str, *, lobby: bool | None) -> Decided:
    """Whoever is not called waits if there is a lobby; if there is none, a lock keeps them out. Chairs pass.

    A guest whose link leads straight in waits too while the room is locked.
    """
    seat, conference = case.actor, case.conference
    waits = conference.lobby if lobby is None else lobby or conference.locked
    if case.role is not SeatRole.CHAIR and waits:
        waiting = {"presence": Presence.WAITING, "since": case.now, "connection": connection}
        return case.seat_changed(seat, **waiting)
    require(case.role is SeatRole.CHAIR or not conference.locked, Refusal.LOCKED)
    return _come_in(case, seat, connection)


def _come_in(case: Case, seat: Seat, connection: str) -> Decided:
    joined = {
        "presence": Presence.JOINED,
        "since": case.now,
        "connection": connection,
        "microphone": seat.microphone and seat.muted_by is None,
    }
    conference = case.conference.with_seat(seat.number, **joined).changed(empty_since=None)
    return case.changed(conference, Quieted((seat.number,)), case.note(Noted.JOINED, seat))


def enter(conference: Conference, command: Enter, now: datetime) -> Decided:
    """Come in without a call. Who chairs by their post passes the lock and the lobby."""
    known = _seat_like(conference, command.who)
    if known is not None and known.presence is Presence.REMOVED:
        raise NoError(Refusal.NOT_SEATED)
    if known is None:
        require(len(conference.seats) < MOST_SEATS, Refusal.FULL)
        number = max((seat.number for seat in conference.seats), default=0) + 1
        seat = seat_for(number, command.who, Presence.LEFT, now)
    else:
        seat = known
    case = Case(conference.with_seats([seat]), seat, now)
    guest_at_the_door = seat.guest is not None and seat.presence is Presence.LEFT
    if known is not None and not guest_at_the_door and known.presence not in _CALL_IS_OVER:
        return join(case, command.connection)
    return _pass_the_door(case, command.connection, lobby=command.lobby)


def admit(case: Case, command: Admit) -> Decided:
    """Let somebody in from the lobby."""
    seat = case.ruled(command.seat)
    if seat.presence in PRESENT:
        return case.unchanged()
    require(seat.presence is Presence.WAITING, Refusal.WRONG_STATE)
    return case.seat_changed(
        seat, case.note(Noted.ADMITTED, seat), presence=Presence.JOINED, since=case.now
    )


# -- going -------------------------------------------------------------------------------------------


def leave(case: Case, connection: str | None) -> Decided:
    """Leave; a connection that has lost the seat to another changes nothing."""
    seat = case.actor
    is_in = seat.presence in PRESENT or seat.presence is Presence.WAITING
    if not is_in or (connection is not None and connection != seat.connection):
        return case.unchanged()
    return case.changed(
        gone(case.conference, seat, Presence.LEFT, case.now), case.note(Noted.LEFT, seat)
    )


def remove(case: Case, command: Remove) -> Decided:
    """Put a seat out; it comes back only when it is called again."""
    seat = case.ruled(command.seat)
    if seat.presence is Presence.REMOVED:
        return case.unchanged()
    conference = gone(case.conference, seat, Presence.REMOVED, case.now)
    conference = conference.with_seat(seat.number, removed_by=case.role)
    outcomes: tuple[Outcome, ...] = (case.note(Noted.REMOVED, seat),)
    if seat.presence in CALLED:
        outcomes = (Quieted((seat.number,)), *outcomes)
    return case.changed(conference, *outcomes)


def lose(conference: Conference, number: int, connection: str, now: datetime) -> Decided:
    """A connection is lost: the seat is kept for a while, with its floor and its hand."""
    seat = conference.seat(number)
    if seat is None or seat.connection != connection:
        return Decided(conference)
    if seat.presence is Presence.WAITING:
        return Decided(gone(conference, seat, Presence.LEFT, now))
    if seat.presence is not Presence.JOINED:
        return Decided(conference)
    away = conference.with_seat(number, presence=Presence.AWAY, since=now, connection="")
    return Decided(away, (Note(Noted.LOST, None, number),))


def rang(conference: Conference, number: int) -> Decided:
    """A page rings."""
    seat = conference.seat(number)
    if seat is None or seat.presence is not Presence.INVITED:
        return Decided(conference)
    return Decided(conference.with_seat(number, presence=Presence.RINGING))


def call_away(conference: Conference, number: int, now: datetime) -> Decided:
    """Another conference has the person."""
    seat = conference.seat(number)
    if seat is None or not (seat.presence in PRESENT or seat.presence is Presence.WAITING):
        return Decided(conference)
    left = gone(conference, seat, Presence.LEFT, now)
    return Decided(left, (Note(Noted.CALLED_AWAY, None, number),))


# -- time --------------------------------------------------------------------------------------------


def tick(conference: Conference, now: datetime) -> Decided:
    """Calls that nobody answered, seats that nobody came back to, a room that nobody is in."""
    after, outcomes = conference, list[Outcome]()
    for seat in conference.seats:
        if seat.presence in CALLED and (seat.called_at or seat.since) + ANSWER_WITHIN <= now:
            after = gone(after, seat, Presence.NO_ANSWER, now)
            outcomes += [Quieted((seat.number,)), Note(Noted.NO_ANSWER, None, seat.number)]
        elif seat.presence is Presence.AWAY and seat.since + KEPT_AWAY <= now:
            after = gone(after, seat, Presence.LEFT, now)
            outcomes.append(Note(Noted.LEFT, None, seat.number))
    if any(seat.presence in _KEEPING for seat in after.people()):
        return Decided(after, tuple(outcomes))
    if after.empty_since is None:
        return Decided(after.changed(empty_since=now), tuple(outcomes))
    if after.empty_since + EMPTY_FOR > now:
        return Decided(after, tuple(outcomes))
    return Decided(
        closed(after, now), (*outcomes, Note(Noted.ENDED, None), Closed(EndReason.EMPTY))
    )


def closed(conference: Conference, now: datetime) -> Conference:
    """The conference when it is over: nobody is in it, nothing rings."""
    for seat in conference.seats:
        if seat.presence in CALLED:
            conference = gone(conference, seat, Presence.RECALLED, now)
        elif seat.presence in PRESENT or seat.presence is Presence.WAITING:
            conference = gone(conference, seat, Presence.LEFT, now)
    return conference.changed(
        ended_at=now,
        spotlight=None,
        sub_rooms=(),
        announcing=None,
        roll_call=None,
        recording=None,
    )
