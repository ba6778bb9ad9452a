"""What is shown of a conference: to a seat in it, to a console, to who is called. Values to frames."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from command_center.feed.messages import iso
from command_center.feed.sections import FeedModel
from conferencing.policy.audience import home_of
from conferencing.policy.conference import (
    Conference,
    FloorRule,
    Presence,
    RollCall,
    Seat,
    SeatKind,
    SeatLevel,
    SeatRole,
)
from conferencing.policy.rights import is_heard, role_of, sees
from conferencing.policy.rollcall import LATE_AFTER, attendance_of
from conferencing.policy.verdict import Attendance


class AboutKind(StrEnum):
    """What a conference is about."""

    NONE = "none"
    INCIDENT = "incident"
    ALARM = "alarm"
    PLACE = "place"


class About(FeedModel):
    """What a conference is about; `id` and `label` are of whoever opened it, and mean nothing here."""

    kind: AboutKind = AboutKind.NONE
    id: Annotated[str, Field(max_length=40)] = ""
    label: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] = ""
    code: Annotated[str, Field(pattern=r"^([0-9]{4}([0-9]{2}([0-9]{3}){0,3})?)?$")] = ""
    """the jurisdiction of the thing, if it has one"""


class SeatData(FeedModel):
    """A seat as consoles and lists show it."""

    number: int
    kind: SeatKind
    name: str
    place: str
    level: SeatLevel
    code: str
    role: SeatRole
    presence: Presence
    since: str
    automatic: bool
    device: str
    """which camera; "" for a person"""


class ConferenceData(FeedModel):
    """A conference as the console keeps it; gone from there when it is over (`ended_at`)."""

    id: int
    number: str
    title: str
    about: About
    severity: int
    code: str
    opened_by: str
    opened_at: str
    ended_at: str | None
    seats: tuple[SeatData, ...]


class SeatView(SeatData):
    """A seat as those in the room see it."""

    called_at: str | None
    hand_at: str | None
    floor: bool
    microphone: bool
    heard: bool
    """the node forwards its microphone, if the browser sends it"""
    muted_by: SeatRole | None
    """muted from above, and by whom"""
    township: str
    """what the township is called that the jurisdiction is or lies in"""
    room: str
    """the township whose sub-room it is in; empty: the whole"""
    raised: bool
    """brought up out of its sub-room: the whole sees and hears it, and it hears the whole"""


class AnswerData(FeedModel):
    """A seat's answer to the roll call."""

    seat: int
    at: str
    attendance: Attendance


class SubRoomView(FeedModel):
    """A township's sub-room that is open; `spotlight` is shown large in it."""

    code: str
    name: str
    opened_at: str
    spotlight: int | None


class RollCallView(FeedModel):
    """The roll call under way; after `late_at` an answer counts as late."""

    number: int
    by: int
    started_at: str
    late_at: str
    expected: tuple[int, ...]
    answers: tuple[AnswerData, ...]


class RecordingView(FeedModel):
    """A recording under way, and who started it."""

    number: int
    by: int
    since: str


class ConferenceView(FeedModel):
    """A conference as a seat in it sees it. Who waits in the lobby is shown to who can let them in."""

    id: int
    number: str
    title: str
    about: About
    severity: int
    code: str
    opened_at: str
    ended_at: str | None
    floor: FloorRule
    locked: bool
    lobby: bool
    spotlight: int | None
    """shown large in the whole"""
    sub_rooms: tuple[SubRoomView, ...]
    announcing: int | None
    """the chair that speaks into every sub-room as well"""
    seats: tuple[SeatView, ...]
    roll_call: RollCallView | None
    recording: RecordingView | None


class FileData(FeedModel):
    """A file that came with a message; `type` is its media type, `size` in bytes."""

    id: int
    name: str
    type: str
    size: int


class MessageData(FeedModel):
    """Something written in the room. With a `file`, `text` is its name."""

    id: int
    seat: int
    name: str
    text: str
    at: str
    file: FileData | None


class Preempted(FeedModel):
    """The less grave conference that one would leave."""

    id: int
    number: str
    title: str


class InvitationData(FeedModel):
    """An open conference in which one has a seat. It rings while `presence` is invited or ringing.

    `automatic`: one's duty room consented, and the page joins by itself. `preempts`: this one is graver than
    the conference that one is in.
    """

    conference: int
    number: str
    title: str
    about: About
    severity: int
    seat: int
    presence: Presence
    called_by: str
    called_place: str
    called_at: str | None
    no_answer_at: str | None
    automatic: bool
    preempts: Preempted | None


class Facts(FeedModel):
    """What of a conference is not policy."""

    id: int
    number: str
    title: str
    about: About
    opened_by: str
    version: int


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)


def seat_data(conference: Conference, seat: Seat) -> SeatData:
    """A seat as a console shows it."""
    return SeatData(
        number=seat.number,
        kind=seat.kind,
        name=seat.name,
        place=seat.place,
        level=seat.level,
        code=seat.code,
        role=role_of(conference, seat),
        presence=seat.presence,
        since=iso(seat.since),
        automatic=seat.automatic,
        device=seat.device,
    )


def conference_data(facts: Facts, conference: Conference) -> ConferenceData:
    """A conference as a console shows it; the lobby is the room's own affair."""
    return ConferenceData(
        id=facts.id,
        number=facts.number,
        title=facts.title,
        about=facts.about,
        severity=conference.severity,
        code=conference.code,
        opened_by=facts.opened_by,
        opened_at=iso(conference.opened_at),
        ended_at=_iso(conference.ended_at),
        seats=tuple(
            seat_data(conference, seat)
            for seat in conference.seats
            if seat.presence is not Presence.WAITING
        ),
    )


def seat_view(conference: Conference, seat: Seat) -> SeatView:
    """A seat as the room sees it."""
    return SeatView(
        **dict(seat_data(conference, seat)),
        called_at=_iso(seat.called_at),
        hand_at=_iso(seat.hand_at),
        floor=seat.floor,
        microphone=seat.microphone,
        heard=is_heard(conference, seat),
        muted_by=seat.muted_by,
        township=seat.township,
        room=home_of(conference, seat),
        raised=seat.raised,
    )


def roll_call_view(call: RollCall) -> RollCallView:
    """A roll call under way."""
    return RollCallView(
        number=call.number,
        by=call.by,
        started_at=iso(call.started_at),
        late_at=iso(call.started_at + LATE_AFTER),
        expected=call.expected,
        answers=tuple(
            AnswerData(seat=seat, at=iso(at), attendance=attendance_of(call, seat))
            for seat, at in call.answers
        ),
    )


def _recording_view(conference: Conference) -> RecordingView | None:
    recording = conference.recording
    if recording is None:
        return None
    return RecordingView(number=recording.number, by=recording.by, since=iso(recording.since))


def conference_view(facts: Facts, conference: Conference, viewer: Seat) -> ConferenceView:
    """A conference as one of its seats may see it."""
    return ConferenceView(
        id=facts.id,
        number=facts.number,
        title=facts.title,
        about=facts.about,
        severity=conference.severity,
        code=conference.code,
        opened_at=iso(conference.opened_at),
        ended_at=_iso(conference.ended_at),
        floor=conference.floor,
        locked=conference.locked,
        lobby=conference.lobby,
        spotlight=conference.spotlight,
        sub_rooms=tuple(
            SubRoomView(
                code=room.code,
                name=room.name,
                opened_at=iso(room.opened_at),
                spotlight=room.spotlight,
            )
            for room in conference.sub_rooms
        ),
        announcing=conference.announcing,
        seats=tuple(
            seat_view(conference, seat)
            for seat in conference.seats
            if sees(conference, viewer, seat)
        ),
        roll_call=roll_call_view(conference.roll_call) if conference.roll_call else None,
        recording=_recording_view(conference),
    )
