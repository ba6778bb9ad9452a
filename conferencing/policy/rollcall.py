"""The roll call (点名): who answered in time, late, or not at all."""

from __future__ import annotations

from datetime import timedelta

from conferencing.policy.case import Case, NoError, require
from conferencing.policy.conference import Conference, Presence, RollCall, Seat
from conferencing.policy.rights import rules_over
from conferencing.policy.verdict import (
    Attendance,
    Attended,
    Decided,
    Noted,
    Refusal,
    RollCalled,
)

LATE_AFTER = timedelta(seconds=60)
NOT_EXPECTED = frozenset({Presence.REMOVED, Presence.RECALLED, Presence.WAITING})


def start(case: Case) -> Decided:
    """Expect every seat that the one who asks rules, whether it came or not."""
    case.require_joined()
    case.require_lead()
    require(case.conference.roll_call is None, Refusal.WRONG_STATE)
    expected = tuple(
        seat.number
        for seat in case.conference.people()
        if case.rules(seat) and seat.presence not in NOT_EXPECTED
    )
    number = case.conference.roll_calls + 1
    call = RollCall(number=number, by=case.actor.number, started_at=case.now, expected=expected)
    conference = case.conference.changed(roll_call=call, roll_calls=number)
    return case.changed(conference, case.note(Noted.ROLL_CALL_STARTED))


def answer(case: Case) -> Decided:
    """The first answer counts. Who came in since the start answers too."""
    case.require_joined()
    call = case.conference.roll_call
    if call is None:
        raise NoError(Refusal.WRONG_STATE)
    if call.answered(case.actor.number) is not None:
        return case.unchanged()
    require(_is_meant(case.conference, call, case.actor), Refusal.WRONG_STATE)
    answers = (*call.answers, (case.actor.number, case.now))
    return case.changed(
        case.conference.changed(roll_call=call.model_copy(update={"answers": answers}))
    )


def _is_meant(conference: Conference, call: RollCall, seat: Seat) -> bool:
    caller = conference.seat(call.by)
    newcomer = caller is not None and rules_over(conference, caller, seat)
    return seat.number in call.expected or newcomer


def close(case: Case) -> Decided:
    """By who called it, or who rules them."""
    call = case.conference.roll_call
    if call is None:
        raise NoError(Refusal.WRONG_STATE)
    if call.by != case.actor.number:
        case.ruled(call.by)
    conference = case.conference.changed(roll_call=None)
    return case.changed(
        conference,
        RollCalled(call, record_of(case.conference, call)),
        case.note(Noted.ROLL_CALL_CLOSED),
    )


def attendance_of(call: RollCall, seat: int) -> Attendance:
    """How a seat did so far."""
    at = call.answered(seat)
    if at is None:
        return Attendance.ABSENT
    return Attendance.LATE if at > call.started_at + LATE_AFTER else Attendance.PRESENT


def record_of(conference: Conference, call: RollCall) -> tuple[Attended, ...]:
    """The attendance record: a line for every seat that was expected or answered."""
    numbers = dict.fromkeys((*call.expected, *(seat for seat, _ in call.answers)))
    seats = [seat for number in numbers if (seat := conference.seat(number)) is not None]
    return tuple(
        Attended(
            seat=seat.number,
            name=seat.name,
            code=seat.code,
            attendance=attendance_of(call, seat.number),
            at=call.answered(seat.number),
        )
        for seat in seats
    )
