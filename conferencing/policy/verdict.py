"""What comes of a command: a refusal with its reason, or the conference as it is then and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import AwareDatetime

from conferencing.policy.conference import (
    Conference,
    Recording,
    RecordingTrouble,
    RollCall,
    Value,
)


class Refusal(StrEnum):
    """Stable codes; the REST API and the socket say them as they are."""

    ENDED = "ended"
    NOT_SEATED = "not_seated"
    """who asks has no seat, or one that gives no right any more"""
    NOT_PRESENT = "not_present"
    """the seat that asks, or the one that is meant, is not in the room"""
    NO_SEAT = "no_seat"
    """there is no seat of that number, as far as one may know"""
    NOT_ALLOWED = "not_allowed"
    """the role does not allow it"""
    NOT_RULED = "not_ruled"
    """the seat lies outside one's subtree, or ranks as high"""
    OUTSIDE = "outside"
    """only one's own subtree, and the levels above it, can be called"""
    LOCKED = "locked"
    FULL = "full"
    MUTED = "muted"
    """muted from above; wait for the permission"""
    FLOOR_NEEDED = "floor_needed"
    """put the hand up, and wait for the floor"""
    FLOOR_TAKEN = "floor_taken"
    """somebody who is not ruled has the floor"""
    ELSEWHERE = "elsewhere"
    """the seat is in a sub-room: bring it up first"""
    WRONG_STATE = "wrong_state"
    """the seat, or the roll call, is not in the state for it"""


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that changes nothing."""

    refusal: Refusal


class EndReason(StrEnum):
    """Why a conference is over."""

    ENDED = "ended"
    """by a chair"""
    EMPTY = "empty"
    """nobody was in it any more"""


@dataclass(frozen=True, slots=True)
class Called:
    """Seats that are called now, by push too."""

    seats: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Quieted:
    """Seats for which nothing has to ring any more."""

    seats: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """Words for the record."""

    seat: int
    text: str


class Attendance(StrEnum):
    """How a seat did at a roll call."""

    PRESENT = "present"
    LATE = "late"
    ABSENT = "absent"


class Attended(Value):
    """A line of the attendance record."""

    seat: int
    name: str
    code: str
    attendance: Attendance
    at: AwareDatetime | None


@dataclass(frozen=True, slots=True)
class RollCalled:
    """A roll call is over."""

    call: RollCall
    lines: tuple[Attended, ...]


class Noted(StrEnum):
    """What the minutes say of a seat."""

    INVITED = "invited"
    CAMERA_ADDED = "camera_added"
    JOINED = "joined"
    RETURNED = "returned"
    LOST = "lost"
    LEFT = "left"
    CALLED_AWAY = "called_away"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    RECALLED = "recalled"
    REMOVED = "removed"
    ADMITTED = "admitted"
    FLOOR_GRANTED = "floor_granted"
    FLOOR_REVOKED = "floor_revoked"
    MUTED = "muted"
    RULES_SET = "rules_set"
    SUB_ROOM_OPENED = "sub_room_opened"
    SUB_ROOM_CLOSED = "sub_room_closed"
    BROUGHT_UP = "brought_up"
    SENT_BACK = "sent_back"
    ANNOUNCED = "announced"
    ROLL_CALL_STARTED = "roll_call_started"
    ROLL_CALL_CLOSED = "roll_call_closed"
    RECORDING_STARTED = "recording_started"
    RECORDING_STOPPED = "recording_stopped"
    RECORDING_FAILED = "recording_failed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Note:
    """A line of the minutes: `by` None is the system, `seat` whom it concerns, `place` which township."""

    what: Noted
    by: int | None
    seat: int | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """The conference is over."""

    reason: EndReason


@dataclass(frozen=True, slots=True)
class RecordingBegan:
    """A recording runs from now on."""

    recording: Recording


@dataclass(frozen=True, slots=True)
class RecordingOver:
    """A recording is over: by a chair, with the conference, or by a trouble."""

    number: int
    trouble: RecordingTrouble


Outcome = Called | Quieted | Said | RollCalled | RecordingBegan | RecordingOver | Note | Closed


@dataclass(frozen=True, slots=True)
class Decided:
    """The conference after a command, the same object if nothing changed, and what follows."""

    conference: Conference
    outcomes: tuple[Outcome, ...] = ()


Verdict = Decided | Refused
