"""Attendance: who answered a roll call, in time, late, or not at all."""

from __future__ import annotations

from datetime import timedelta

from conferencing.policy.conference import Conference, RollCall
from conferencing.policy.refusals import Attendance, Attended

LATE_AFTER = timedelta(seconds=60)


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
