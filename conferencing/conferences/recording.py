"""What a decision leaves behind: the next version, the rows of the seats, minutes, words, records, events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, assert_never

from command_center.audit import services as audit
from command_center.feed import services as feed
from conferencing.conferences import happenings
from conferencing.conferences.feed import (
    CHANGED,
    HINT,
    ConferenceHint,
    about_of,
    facts_of,
)
from conferencing.conferences.happenings import (
    Calls,
    CallsOver,
    Opened,
    Over,
    Recorded,
    RecordedUntil,
    Subject,
)
from conferencing.conferences.models import ChatMessage, Conference, Entry, RollCall, Seat
from conferencing.conferences.shown import conference_data
from conferencing.policy.conference import PRESENT, Presence, SeatKind
from conferencing.policy.conference import Conference as Value
from conferencing.policy.conference import Seat as SeatValue
from conferencing.policy.verdict import (
    Called,
    Closed,
    Decided,
    Note,
    Noted,
    Outcome,
    Quieted,
    RecordingBegan,
    RecordingOver,
    RollCalled,
    Said,
)

if TYPE_CHECKING:
    from command_center.accounts.models import User


def opened(
    publication: feed.Publication, row: Conference, decided: Decided, *, user: User, now: datetime
) -> None:
    """A conference has begun; its row was made just now."""
    nothing = decided.conference.changed(seats=())
    row.version = 0
    happenings.tell(publication, Opened(subject_of(row), by=user))
    changed(publication, row, nothing, decided, user=user, now=now)
    audit.record(
        action=audit.Action.CONFERENCE_OPENED,
        actor=user,
        subject=row.number,
        code=row.code,
        detail={
            "about": row.about_kind,
            "id": row.about_id,
            "seats": len(decided.conference.seats),
        },
    )


def changed(
    publication: feed.Publication,
    row: Conference,
    before: Value,
    decided: Decided,
    *,
    user: User | None,
    now: datetime,
) -> None:
    """Save and publish. Nothing at all if nothing has changed and nothing follows."""
    after = decided.conference
    if after == before and not decided.outcomes:
        return
    moved = _moved(before, after)
    if after != before:
        row.version += 1
        row.state = after.model_dump(mode="json")
        row.ended_at = after.ended_at
        _save_seats(row, moved, now)
    for outcome in decided.outcomes:
        _follow(publication, row, after, outcome, user=user, now=now)
    row.save()
    shown = conference_data(facts_of(row), after)
    if row.version == 1 or shown != conference_data(facts_of(row), before):
        publication.emit(CHANGED, code=row.code, data=shown)
    concerned = after.seats if after.ended_at is not None else moved
    hint(publication, row, (seat.user for seat in concerned))


def hint(publication: feed.Publication, row: Conference, users: Iterable[int | None] = ()) -> None:
    """Have every web process read this conference again."""
    known = sorted({user for user in users if user is not None})
    publication.hint(HINT, ConferenceHint(id=row.pk, users=tuple(known)))


def subject_of(row: Conference) -> Subject:
    """A conference, for those who follow."""
    return Subject(row.pk, row.number, row.title, row.code, about_of(row))


def _moved(before: Value, after: Value) -> list[SeatValue]:
    """The seats whose row or invitation is another now."""

    def facts(seat: SeatValue | None) -> object:
        if seat is None:
            return None
        return seat.user, seat.name, seat.code, seat.presence, seat.connection, seat.called_at

    return [seat for seat in after.seats if facts(before.seat(seat.number)) != facts(seat)]


def _save_seats(row: Conference, moved: Iterable[SeatValue], now: datetime) -> None:
    known = {seat.number: seat for seat in Seat.objects.filter(conference=row)}
    for value in moved:
        seat = known.get(value.number) or Seat(conference=row, number=value.number)
        was = seat.presence
        seat.user_id, seat.name, seat.code = value.user, value.name, value.code
        seat.presence = value.presence
        if seat.connection != value.connection:
            seat.connection = value.connection
            seat.seen_at = now if value.connection else None
        # A camera attends nothing.
        is_person = value.kind is not SeatKind.CAMERA
        if is_person and value.presence is Presence.JOINED and seat.joined_at is None:
            seat.joined_at = now
        if was in PRESENT and value.presence not in PRESENT:
            seat.left_at = now
        seat.save()


def _follow(
    publication: feed.Publication,
    row: Conference,
    after: Value,
    outcome: Outcome,
    *,
    user: User | None,
    now: datetime,
) -> None:
    match outcome:
        case Called():
            seats = [seat for seat in after.seats if seat.number in outcome.seats]
            people = tuple((seat.user, seat.code) for seat in seats if seat.user is not None)
            by = _name(after, seats[0].called_by)
            happenings.tell(publication, Calls(subject_of(row), people, by=by))
        case Quieted():
            users = _users(after, outcome.seats)
            happenings.tell(publication, CallsOver(subject_of(row), users))
        case Said():
            name = _name(after, outcome.seat)
            ChatMessage.objects.create(
                conference=row, at=now, seat=outcome.seat, name=name, text=outcome.text
            )
        case RollCalled():
            RollCall.objects.create(
                conference=row,
                number=outcome.call.number,
                by_name=_name(after, outcome.call.by),
                started_at=outcome.call.started_at,
                closed_at=now,
                lines=[line.model_dump(mode="json") for line in outcome.lines],
            )
        case RecordingBegan():
            begun = outcome.recording
            by = _name(after, begun.by)
            happenings.tell(
                publication, Recorded(subject_of(row), begun.number, by=by, since=begun.since)
            )
        case RecordingOver():
            over = RecordedUntil(subject_of(row), outcome.number, now, outcome.trouble)
            happenings.tell(publication, over)
        case Note():
            _write(row, after, outcome, user=user, now=now)
        case Closed():
            row.end_reason = outcome.reason
            happenings.tell(publication, _over(row, now))
        case _:
            assert_never(outcome)


def _users(value: Value, numbers: Iterable[int]) -> tuple[int, ...]:
    seats = (value.seat(number) for number in numbers)
    return tuple(seat.user for seat in seats if seat is not None and seat.user is not None)


def _name(value: Value, number: int | None) -> str:
    seat = value.seat(number or 0)
    return "" if seat is None else seat.name


_AUDITED = {
    Noted.CAMERA_ADDED: audit.Action.CONFERENCE_CAMERA,
    Noted.REMOVED: audit.Action.CONFERENCE_REMOVED,
    Noted.ENDED: audit.Action.CONFERENCE_ENDED,
    Noted.RECORDING_STARTED: audit.Action.RECORDING_STARTED,
    Noted.RECORDING_STOPPED: audit.Action.RECORDING_STOPPED,
    Noted.RECORDING_FAILED: audit.Action.RECORDING_FAILED,
}


def _write(row: Conference, value: Value, note: Note, *, user: User | None, now: datetime) -> None:
    Entry.objects.create(
        conference=row,
        at=now,
        what=note.what,
        by=note.by,
        by_name=_name(value, note.by),
        seat=note.seat,
        name=note.place or _name(value, note.seat),
    )
    action = _AUDITED.get(note.what)
    if action is not None:
        audit.record(
            action=action,
            actor=user,
            subject=row.number,
            code=row.code,
            detail=_detail(value, note.seat),
        )


def _detail(value: Value, number: int | None) -> dict[str, str]:
    seat = value.seat(number or 0)
    if seat is None:
        return {}
    return {"seat": seat.name, **({"device": seat.device} if seat.device else {})}


def _over(row: Conference, now: datetime) -> Over:
    joined = row.seats.exclude(joined_at=None).values_list("name", flat=True)
    minutes = round((now - row.opened_at).total_seconds() / 60)
    return Over(subject_of(row), minutes=minutes, joined=tuple(joined))
