"""Changing conferences: every command goes through here, whoever asks and by whichever way.

A change locks the row, asks the policy, saves the new value as the next version, writes the minutes and
publishes, in one transaction. Web processes hear of it by a hint on the feed and read the row again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from django.db.models import F, Q
from django.utils import timezone

from command_center.accounts.policy import ROLE_PERMISSIONS, Permission
from command_center.accounts.selectors import PostHeld, posts_of
from command_center.audit import services as audit
from command_center.feed import services as feed
from command_center.jurisdictions.codes import level_of, within
from command_center.jurisdictions.selectors import exists, names_of
from conferencing.conferences import recording, selectors
from conferencing.conferences.feed import value_of
from conferencing.conferences.models import Conference, Consent, DayCount, Reachable, Seat
from conferencing.conferences.shown import About
from conferencing.policy.commands import (
    Act,
    AddCameras,
    CallAway,
    Caller,
    Command,
    Enter,
    Equipment,
    Invite,
    Join,
    Leave,
    Lose,
    Rang,
    RecordingFailed,
    Tick,
)
from conferencing.policy.conference import LEVELS, FloorRule, Presence, RecordingTrouble
from conferencing.policy.conference import Conference as Value
from conferencing.policy.conference import Seat as SeatValue
from conferencing.policy.deciding import SYSTEM, decide, opened
from conferencing.policy.rights import leads
from conferencing.policy.verdict import Decided, Refusal, Refused

if TYPE_CHECKING:
    from command_center.accounts.models import User

SILENT_AFTER = timedelta(seconds=30)


class ConferenceError(Exception):
    """A change of a conference that cannot be made; nothing has been changed."""


class RefusedError(ConferenceError):
    """The policy refuses; `refusal` is stable."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


class StaleError(ConferenceError):
    """The conference is no longer at the version it was seen at."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the conference is at version {version}")


class UnknownError(ConferenceError):
    """A thing that a request names does not exist for this person. `field` is where it was named."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotThereError(ConferenceError):
    """There is no such conference for this person."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a new conference is to be. `invite`: people as (user, code of their post)."""

    title: str = ""
    severity: int = 3
    about: About = field(default_factory=About)
    invite: Sequence[tuple[int, str]] = ()
    automatic: bool = False
    floor: FloorRule = FloorRule.ASKED
    lobby: bool = False


@dataclass(frozen=True, slots=True)
class Seated:
    """A seat that somebody has taken by a connection."""

    conference: int
    seat: int
    connection: str


# -- opening -----------------------------------------------------------------------------------------


def open_conference(*, user: User, wanted: Opening, rings: bool = False) -> Conference:
    """Open a conference and call people; `rings`: the opener too, who is not at a page that opens it.

    Raises UnknownError and RefusedError.
    """
    post = _opening_post(user, wanted.about.code)
    names = selectors.place_names([post.code, wanted.about.code])
    now = timezone.now()
    value = opened(
        code=post.code,
        severity=wanted.severity,
        opener=selectors.caller_of(post, names),
        floor=wanted.floor,
        lobby=wanted.lobby,
        now=now,
    )
    if rings:
        value = value.with_seat(1, called_by=None)
    with feed.transaction() as publication:
        people = _people(value, wanted.invite, automatic=wanted.automatic)
        row = Conference.objects.create(
            number=_next_number(now),
            title=wanted.title or wanted.about.label or names.get(post.code, ""),
            about_kind=wanted.about.kind,
            about_id=wanted.about.id,
            about_label=wanted.about.label,
            about_code=wanted.about.code,
            severity=wanted.severity,
            code=post.code,
            opened_by=user,
            opened_by_name=user.display_name,
            opened_at=now,
            state={},
        )
        decided = Decided(value)
        if people:
            decided = _decided(decide(value, Invite(people=people), 1, now))
        recording.opened(publication, row, decided, user=user, now=now)
    return row


def _opening_post(user: User, about: str) -> PostHeld:
    """The post by which somebody opens a conference: the nearest over what it is about, else the highest."""
    if about and not exists(about):
        raise UnknownError("about.code", "there is no such jurisdiction")
    posts = [
        PostHeld(user.pk, user.display_name, role, code)
        for role, code in posts_of(user)
        if Permission.CONFERENCES_OPEN in ROLE_PERMISSIONS[role]
        and (about or code).startswith(code)
    ]
    if not posts:
        raise UnknownError("about.code", "there is no such jurisdiction")
    lengths = sorted(posts, key=lambda post: len(post.code), reverse=bool(about))
    return lengths[0]


def _people(
    value: Value, wanted: Sequence[tuple[int, str]], *, automatic: bool, by: str = ""
) -> tuple[Caller, ...]:
    """Who is to be called. Whether there is such a person is only said of who may be called at all."""
    reach = by or value.code
    for _user, code in wanted:
        if not (within(code, [reach]) or value.code.startswith(code)):
            raise RefusedError(Refusal.OUTSIDE)
    found = selectors.callers_at(wanted, automatic=automatic, severity=value.severity)
    missing = [key for key in wanted if key not in found]
    if missing:
        raise UnknownError("invite", f"nobody such has a post at {missing[0][1]}")
    return tuple(found[key] for key in dict.fromkeys(wanted))


def _next_number(now: datetime) -> str:
    """The next number of the local day, `HS20261122-0001`; the row's lock is held to the commit."""
    day = timezone.localdate(now)
    DayCount.objects.get_or_create(day=day)
    DayCount.objects.filter(day=day).update(last=F("last") + 1)
    last = DayCount.objects.values_list("last", flat=True).get(day=day)
    return f"HS{day:%Y%m%d}-{last:04d}"


# -- by a person -------------------------------------------------------------------------------------


def _seated(
    conference_id: int, user: User, version: int | None
) -> tuple[Conference, Value, SeatValue]:
    """The conference, locked and as the caller knows it, and the seat that they hold."""
    row = _lock(conference_id, selectors.within_sight(user))
    value = _checked(row, version)
    seat = selectors.seat_held(value, user)
    if seat is None:
        raise RefusedError(Refusal.NOT_SEATED)
    return row, value, seat


def act(*, conference_id: int, user: User, command: Act, version: int | None = None) -> Conference:
    """One command. Raises NotThereError, RefusedError, StaleError."""
    with feed.transaction() as publication:
        row, value, seat = _seated(conference_id, user, version)
        _carry_out(publication, row, value, command, by=seat.number, user=user)
    return row


def invite(
    *,
    conference_id: int,
    user: User,
    people: Sequence[tuple[int, str]],
    automatic: bool = False,
    version: int | None = None,
) -> Conference:
    """Call more people. Raises as `act`, and UnknownError."""
    with feed.transaction() as publication:
        row, value, seat = _seated(conference_id, user, version)
        called = _people(value, people, automatic=automatic, by=seat.code)
        _carry_out(publication, row, value, Invite(people=called), by=seat.number, user=user)
    return row


def add_cameras(
    *, conference_id: int, user: User, devices: Sequence[str], version: int | None = None
) -> Conference:
    """Have cameras be shown. Raises as `act`, and UnknownError for one that one may not know of."""
    with feed.transaction() as publication:
        row, value, seat = _seated(conference_id, user, version)
        if not leads(value, seat):
            raise RefusedError(Refusal.NOT_ALLOWED)
        known = {one.id: one for one in selectors.cameras_for(value, seat)}
        names = names_of({one.code for one in known.values()})
        for device in devices:
            if device not in known:
                raise UnknownError("devices", f"there is no camera {device} with an address")
        wanted = AddCameras(
            cameras=tuple(
                Equipment(
                    device=one.id,
                    name=one.name,
                    place=names.get(one.code, ""),
                    code=one.code,
                    level=LEVELS[level_of(one.code)],
                )
                for one in (known[device] for device in dict.fromkeys(devices))
            )
        )
        _carry_out(publication, row, value, wanted, by=seat.number, user=user)
    return row


def cameras_changed(publication: feed.Publication, devices: Collection[str]) -> None:
    """The way to these cameras is another: whoever shows one of them looks again."""
    for row in selectors.open_conferences():
        value = value_of(row)
        if any(value.camera(device) is not None for device in devices):
            recording.hint(publication, row)


def join(*, conference_id: int, user: User) -> Seated:
    """Take one's seat, or a new one, by a connection that is made here.

    Whatever other conference the person is in is left. Raises NotThereError, RefusedError.
    """
    connection = uuid4().hex
    with feed.transaction() as publication:
        row = _lock(conference_id, selectors.within_sight(user))
        value = value_of(row)
        seat = selectors.seat_held(value, user)
        usable = seat is not None and seat.presence not in (Presence.DECLINED, Presence.RECALLED)
        who = None if usable else selectors.entering_as(row, value, user)
        if seat is not None and who is None:
            after = _carry_out(
                publication, row, value, Join(connection=connection), by=seat.number, user=user
            )
        elif who is not None:
            entering = Enter(who=who, connection=connection)
            after = _carry_out(publication, row, value, entering, by=SYSTEM, user=user)
        else:
            raise RefusedError(Refusal.NOT_SEATED)
    taken = after.seat_of(user.pk)
    assert taken is not None  # noqa: S101 - it was taken above
    for other, number in selectors.now_in(user.pk, apart_from=conference_id):
        _by_system(other, CallAway(seat=number))
    return Seated(conference_id, taken.number, connection)


def act_as(
    *, conference_id: int, seat: int, command: Act, version: int | None = None
) -> Conference:
    """A command of a seat that no person holds; whoever calls has seen to it who asks. Raises as `act`."""
    with feed.transaction() as publication:
        row = _lock(conference_id, Q())
        value = _checked(row, version)
        _carry_out(publication, row, value, command, by=seat)
    return row


def enter_as(*, conference_id: int, who: Caller, lobby: bool) -> tuple[Value, str]:
    """Somebody without an account takes a seat, by a connection that is made here: the conference, and that.

    Raises NotThereError, RefusedError.
    """
    connection = uuid4().hex
    with feed.transaction() as publication:
        row = _lock(conference_id, Q())
        entering = Enter(who=who, connection=connection, lobby=lobby)
        after = _carry_out(publication, row, value_of(row), entering, by=SYSTEM)
    return after, connection


def leave(*, seated: Seated) -> None:
    """Leave the room for good; nothing if another connection has the seat."""
    with feed.transaction() as publication:
        row = _lock(seated.conference, Q())
        value = value_of(row)
        if value.ended_at is None and value.seat(seated.seat) is not None:
            command = Leave(connection=seated.connection)
            _carry_out(publication, row, value, command, by=seated.seat)


# -- by the system -----------------------------------------------------------------------------------


def lose(*, seated: Seated) -> None:
    """A connection is lost; the seat is kept for a while."""
    _by_system(seated.conference, Lose(seat=seated.seat, connection=seated.connection))


def rang(*, conference_id: int, seat: int) -> None:
    """A page of the person rings."""
    _by_system(conference_id, Rang(seat=seat))


def recording_failed(*, conference_id: int, number: int, trouble: RecordingTrouble) -> None:
    """A media node cannot record, or no more: the chair is told, and the conference goes on."""
    _by_system(conference_id, RecordingFailed(number=number, trouble=trouble))


def tend(*, now: datetime) -> int:
    """What time does to open conferences, and to connections whose web process is gone; how many changed."""
    changed = 0
    for conference, seat, connection in selectors.silent_connections(before=now - SILENT_AFTER):
        changed += _by_system(conference, Lose(seat=seat, connection=connection), now=now)
    for row in selectors.open_conferences():
        value = value_of(row)
        due = decide(value, Tick(), SYSTEM, now)
        if isinstance(due, Decided) and due.conference != value:  # else nothing has to be locked
            changed += _by_system(row.pk, Tick(), now=now)
    return changed


def _by_system(conference_id: int, command: Command, *, now: datetime | None = None) -> bool:
    with feed.transaction() as publication:
        row = Conference.objects.select_for_update().filter(pk=conference_id, ended_at=None).first()
        if row is None:
            return False
        before = row.version
        _carry_out(publication, row, value_of(row), command, by=SYSTEM, now=now)
        return row.version != before


# -- helpers -----------------------------------------------------------------------------------------


def _lock(conference_id: int, condition: Q) -> Conference:
    rows = Conference.objects.select_for_update(of=("self",))
    row = rows.filter(condition, pk=conference_id).first()
    if row is None:
        raise NotThereError(str(conference_id))
    return row


def _checked(row: Conference, version: int | None) -> Value:
    if version is not None and version != row.version:
        raise StaleError(row.version)
    return value_of(row)


def _decided(verdict: Decided | Refused) -> Decided:
    if isinstance(verdict, Refused):
        raise RefusedError(verdict.refusal)
    return verdict


def _carry_out(
    publication: feed.Publication,
    row: Conference,
    value: Value,
    command: Command,
    *,
    by: int,
    user: User | None = None,
    now: datetime | None = None,
) -> Value:
    """Decide about a locked conference and put on record what follows; the value after it."""
    at = now or timezone.now()
    decided = _decided(decide(value, command, by, at))
    recording.changed(publication, row, value, decided, user=user, now=at)
    return decided.conference


# -- where the media is ------------------------------------------------------------------------------


def place(*, conference_id: int, epoch: int, node: str, boot: str) -> Conference | None:
    """Say where the media of a conference is from now on, unless somebody else has said so since `epoch`.

    Returns the conference as it is then; None if it is over.
    """
    with feed.transaction() as publication:
        row = Conference.objects.select_for_update().filter(pk=conference_id, ended_at=None).first()
        if row is not None and row.epoch == epoch:
            row.node, row.boot, row.epoch = node, boot, epoch + 1
            row.save(update_fields=["node", "boot", "epoch"])
            recording.hint(publication, row)
    return row


# -- who is there ------------------------------------------------------------------------------------


def alive(*, connections: Sequence[str], users: Sequence[int], now: datetime) -> None:
    """These connections and these people's pages are open."""
    if connections:
        Seat.objects.filter(connection__in=connections).update(seen_at=now)
    Reachable.objects.bulk_create(
        [Reachable(user_id=user, seen_at=now) for user in users],
        update_conflicts=True,
        unique_fields=["user"],
        update_fields=["seen_at"],
    )


def page_closed(*, user_id: int) -> None:
    """No page of this person is open in the process that says so; another one says its own again soon."""
    Reachable.objects.filter(user_id=user_id).delete()


def consent(*, user: User, automatic: bool) -> None:
    """Whether one's duty room may be joined without an answer."""
    with feed.transaction():
        rows = Consent.objects.filter(user=user)
        if rows.exists() is automatic:
            return
        if automatic:
            Consent.objects.create(user=user, since=timezone.now())
        else:
            rows.delete()
        posts = selectors.joining_posts(user)
        audit.record(
            action=audit.Action.CONFERENCE_CONSENT,
            actor=user,
            subject=user.display_name,
            code=posts[0][1] if posts else "",
            detail={"automatic": automatic},
        )
