"""The minutes of a conference (会商纪要): a value out of what is on record, and its text in Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from command_center.jurisdictions.selectors import names_of
from conferencing.archive.models import Recording
from conferencing.archive.selectors import decisions_of
from conferencing.archive.shown import DecisionData, RecordingState
from conferencing.conferences.feed import value_of
from conferencing.conferences.models import ChatMessage, Conference, Entry, Seat
from conferencing.policy.conference import SeatLevel, SeatRole
from conferencing.policy.rights import role_of
from conferencing.policy.verdict import Attendance, Noted

_OFFICES = ("村委会", "居委会", "委会", "街道", "市", "镇", "乡")
"""What a place's name may end with that the names of its posts leave out."""


@dataclass(frozen=True, slots=True)
class Attendee:
    """Who had a seat; never joined where `joined` is None. `name` with the place, unless it begins with it."""

    level: str
    name: str
    role: str
    joined: datetime | None
    left: datetime | None


@dataclass(frozen=True, slots=True)
class Called:
    """A line of a roll call."""

    name: str
    attendance: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class RollCallDone:
    """A roll call."""

    number: int
    by: str
    at: datetime
    present: int
    lines: tuple[Called, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What happened, in words."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Minutes:
    """All of it, in the language that is active now; times in local time."""

    title: str
    number: str
    about: str
    place: str
    chairs: tuple[str, ...]
    opened_by: str
    began: datetime
    ended: datetime | None
    attendees: tuple[Attendee, ...]
    decisions: tuple[DecisionData, ...]
    roll_calls: tuple[RollCallDone, ...]
    steps: tuple[Step, ...]
    messages: tuple[ChatMessage, ...]
    recordings: tuple[Recording, ...]

    @property
    def minutes(self) -> int | None:
        """How long it took, None while it goes on."""
        return None if self.ended is None else round((self.ended - self.began).total_seconds() / 60)

    @property
    def joined(self) -> tuple[Attendee, ...]:
        """Who came."""
        return tuple(one for one in self.attendees if one.joined is not None)

    @property
    def absent(self) -> tuple[Attendee, ...]:
        """Who was called and did not."""
        return tuple(one for one in self.attendees if one.joined is None)


def minutes_of(row: Conference) -> Minutes:
    """The minutes as they are now; decisions may still be added."""
    value = value_of(row)
    rows = {seat.number: seat for seat in Seat.objects.filter(conference=row)}
    attendees = tuple(
        _attendee(seat.level, seat.place, seat.name, role_of(value, seat), rows.get(seat.number))
        for seat in sorted(value.seats, key=lambda seat: (len(seat.code) > 6, seat.code))
    )
    return Minutes(
        title=row.title,
        number=row.number,
        about=row.about_label,
        place=names_of([row.code]).get(row.code, row.code),
        chairs=tuple(
            seat.name
            for seat in value.seats
            if role_of(value, seat) is SeatRole.CHAIR and rows[seat.number].joined_at is not None
        )
        or (row.opened_by_name,),
        opened_by=row.opened_by_name,
        began=timezone.localtime(row.opened_at),
        ended=None if row.ended_at is None else timezone.localtime(row.ended_at),
        attendees=attendees,
        decisions=tuple(decisions_of(row.pk)),
        roll_calls=tuple(_roll_call(call) for call in row.roll_calls.all()),
        steps=tuple(_step(entry) for entry in row.minutes.all()),
        messages=tuple(row.messages.all()),
        recordings=tuple(row.recordings.exclude(state=RecordingState.EMPTY)),
    )


def _attendee(
    level: SeatLevel, place: str, name: str, role: SeatRole, seat: Seat | None
) -> Attendee:
    return Attendee(
        level=_levels()[level],
        name=_named(place, name),
        role=_roles()[role],
        joined=_local(seat.joined_at if seat else None),
        left=_local(seat.left_at if seat else None),
    )


def _named(place: str, name: str) -> str:
    """A post is often named after its place already: then the place is not said twice."""
    office = next((one for one in _OFFICES if place.endswith(one)), "")
    stem = place.removesuffix(office)
    return name if not place or (stem and name.startswith(stem)) else f"{place} {name}"


def _local(at: datetime | None) -> datetime | None:
    return None if at is None else timezone.localtime(at)


def _roll_call(call: Any) -> RollCallDone:
    lines = tuple(
        Called(
            name=line["name"],
            attendance=_attendances()[Attendance(line["attendance"])],
            at=None if line["at"] is None else _local(datetime.fromisoformat(line["at"])),
        )
        for line in call.lines
    )
    present = sum(line["attendance"] != Attendance.ABSENT for line in call.lines)
    return RollCallDone(
        call.number, call.by_name, timezone.localtime(call.started_at), present, lines
    )


def _step(entry: Entry) -> Step:
    whom = entry.name or entry.by_name or _("the system")
    text = _("%(name)s: %(what)s") % {"name": whom, "what": _noted()[Noted(entry.what)]}
    if entry.by_name and entry.by_name != whom:
        text += _(" (by %(name)s)") % {"name": entry.by_name}
    return Step(timezone.localtime(entry.at), text)


def _levels() -> dict[SeatLevel, str]:
    return {
        SeatLevel.CITY: _("City"),
        SeatLevel.TOWNSHIP: _("Township"),
        SeatLevel.VILLAGE: _("Village"),
    }


def _roles() -> dict[SeatRole, str]:
    return {
        SeatRole.CHAIR: _("chair"),
        SeatRole.MODERATOR: _("moderator"),
        SeatRole.PARTICIPANT: _("participant"),
    }


def _attendances() -> dict[Attendance, str]:
    return {
        Attendance.PRESENT: _("present"),
        Attendance.LATE: _("late"),
        Attendance.ABSENT: _("absent"),
    }


def _noted() -> dict[Noted, str]:
    return {
        Noted.INVITED: _("called"),
        Noted.CAMERA_ADDED: _("shown in the conference"),
        Noted.JOINED: _("joined"),
        Noted.RETURNED: _("came back"),
        Noted.LOST: _("lost the connection"),
        Noted.LEFT: _("left"),
        Noted.CALLED_AWAY: _("called away to a graver conference"),
        Noted.DECLINED: _("declined"),
        Noted.NO_ANSWER: _("did not answer"),
        Noted.RECALLED: _("call taken back"),
        Noted.REMOVED: _("put out of the room"),
        Noted.ADMITTED: _("admitted"),
        Noted.FLOOR_GRANTED: _("given the floor"),
        Noted.FLOOR_REVOKED: _("floor taken back"),
        Noted.MUTED: _("muted"),
        Noted.RULES_SET: _("changed the room's rules"),
        Noted.SUB_ROOM_OPENED: _("divided off"),
        Noted.SUB_ROOM_CLOSED: _("brought a sub-room back"),
        Noted.BROUGHT_UP: _("brought up to the main room"),
        Noted.SENT_BACK: _("sent back to the sub-room"),
        Noted.ANNOUNCED: _("spoke to every sub-room"),
        Noted.ROLL_CALL_STARTED: _("began a roll call"),
        Noted.ROLL_CALL_CLOSED: _("closed the roll call"),
        Noted.RECORDING_STARTED: _("started the recording"),
        Noted.RECORDING_STOPPED: _("stopped the recording"),
        Noted.RECORDING_FAILED: _("recording broke off"),
        Noted.ENDED: _("ended the conference"),
    }
