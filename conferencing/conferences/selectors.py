"""Questions about conferences: which exist for somebody, who could be seated, who is called where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from command_center.accounts.policy import ROLE_PERMISSIONS, Permission, Role
from command_center.accounts.scope import NOWHERE, scopes_of
from command_center.accounts.selectors import PostHeld, posts_at, posts_of
from command_center.feed.messages import iso
from command_center.jurisdictions.codes import level_of, parent_of
from command_center.jurisdictions.selectors import children_of, names_of
from conferencing.conferences.equipment import Camera, equipment
from conferencing.conferences.feed import about_of, value_of
from conferencing.conferences.models import (
    ChatMessage,
    Conference,
    Consent,
    Reachable,
    Seat,
)
from conferencing.conferences.shown import (
    AboutKind,
    FileData,
    InvitationData,
    MessageData,
    Preempted,
)
from conferencing.policy.commands import Caller
from conferencing.policy.conference import CALLED, LEVELS, OUT, PRESENT, Presence, SeatRole
from conferencing.policy.conference import Conference as Value
from conferencing.policy.conference import Seat as SeatValue
from conferencing.policy.rights import leads, preempts, role_of
from conferencing.policy.seating import ANSWER_WITHIN
from conferencing.policy.subrooms import township_of

if TYPE_CHECKING:
    from command_center.accounts.models import User

COMMANDING = frozenset({Role.DISPATCHER, Role.TOWNSHIP_OFFICER})
ONLINE_WITHIN = timedelta(seconds=30)
"""Web processes say every ten seconds who is there."""
LAST_MESSAGES = 50
_UNSEEN = (Presence.RECALLED, Presence.REMOVED)


# -- which exist -------------------------------------------------------------------------------------


def within_sight(user: User) -> Q:
    """The conferences that exist for a person: of their jurisdictions, and those they have a seat in."""
    scopes = scopes_of(user)
    condition = scopes.get(Permission.CONFERENCES_VIEW, NOWHERE).condition()
    if Permission.CONFERENCES_JOIN not in scopes:
        return condition
    seated = Seat.objects.filter(user=user).exclude(presence__in=_UNSEEN)
    condition |= Q(pk__in=seated.values("conference_id"))
    return condition | Q(about_kind=AboutKind.INCIDENT, about_id__in=sent_out_for(user))


def sent_out_for(user: User) -> frozenset[str]:
    """The incidents that a person is out for now, as whoever sends people knows (`settings.CONFERENCE_SENT_OUT`)."""
    asked: Callable[[User], Iterable[str]] = import_string(settings.CONFERENCE_SENT_OUT)
    return frozenset(asked(user))


def seen_by(user: User) -> QuerySet[Conference]:
    """The same as rows."""
    return Conference.objects.filter(within_sight(user))


# -- who somebody is ---------------------------------------------------------------------------------


def joining_posts(user: User) -> list[tuple[Role, str]]:
    """The posts by which a person can have a seat."""
    return [
        (role, code)
        for role, code in posts_of(user)
        if Permission.CONFERENCES_JOIN in ROLE_PERMISSIONS[role]
    ]


def seat_held(value: Value, user: User) -> SeatValue | None:
    """A person's seat, if they still hold the post that it was given to."""
    seat = value.seat_of(user.pk)
    if seat is None:
        return None
    codes = {code for role, code in joining_posts(user) if (role in COMMANDING) >= seat.commands}
    return seat if seat.code in codes else None


def entering_as(row: Conference, value: Value, user: User) -> Caller | None:
    """As whom a person may come in without a call: by a post at or above the room's jurisdiction, or by any of
    theirs while they are out for the incident that it is about.
    """
    held = joining_posts(user)
    posts = [(role, code) for role, code in held if value.code.startswith(code)]
    if not posts and row.about_kind == AboutKind.INCIDENT and row.about_id in sent_out_for(user):
        posts = held
    if not posts:
        return None
    role, code = max(posts, key=lambda post: (post[0] in COMMANDING, len(post[1])))
    return caller_of(PostHeld(user.pk, user.display_name, role, code), place_names([code]))


def place_names(codes: Iterable[str]) -> dict[str, str]:
    """What these places and their townships are called."""
    return names_of({*codes, *(township_of(code) for code in codes)})


def caller_of(held: PostHeld, names: dict[str, str], *, automatic: bool = False) -> Caller:
    """Somebody at a post, as the policy takes them."""
    return Caller(
        user=held.user_id,
        name=held.name,
        place=names.get(held.code, ""),
        township=names.get(township_of(held.code), ""),
        code=held.code,
        level=LEVELS[level_of(held.code)],
        commands=held.role in COMMANDING,
        automatic=automatic,
    )


def callers_at(
    wanted: Iterable[tuple[int, str]], *, automatic: bool, severity: int
) -> dict[tuple[int, str], Caller]:
    """Those of these people who hold such a post at that very code, by user and code.

    A duty room joins by itself if it consented, and is not in a conference that is as grave.
    """
    pairs = set(wanted)
    codes = {code for _, code in pairs}
    users = {user for user, _ in pairs}
    ready = consenting(users) if automatic else set()
    busy = busy_in(users)
    names = place_names(codes)
    found: dict[tuple[int, str], Caller] = {}
    for held in posts_at(codes, Permission.CONFERENCES_JOIN):
        key = (held.user_id, held.code)
        known = found.get(key)
        if key not in pairs or (known is not None and known.commands):
            continue
        free = held.user_id not in busy or preempts(severity, busy[held.user_id])
        found[key] = caller_of(held, names, automatic=held.user_id in ready and free)
    return found


# -- who could be called -----------------------------------------------------------------------------


def chain_of(code: str) -> list[str]:
    """The codes from a jurisdiction up to the city's, the lowest first."""
    chain, at = [], code
    while at and len(at) >= 6:
        chain.append(at)
        at = parent_of(at) or ""
    return chain


def places_for(code: str) -> list[str]:
    """Whose posts are shown for a place: its chain, and what lies next below it."""
    return [*chain_of(code), *children_of(code)]


def people_at(codes: Iterable[str]) -> dict[str, list[PostHeld]]:
    """Who holds posts there, once for each person and code, who commands first."""
    found: dict[str, dict[int, PostHeld]] = defaultdict(dict)
    for held in posts_at(codes, Permission.CONFERENCES_JOIN):
        known = found[held.code].get(held.user_id)
        if known is None or held.role in COMMANDING:
            found[held.code][held.user_id] = held
    return {
        code: sorted(people.values(), key=lambda held: (held.role not in COMMANDING, held.user_id))
        for code, people in found.items()
    }


def online(users: Iterable[int], *, now: datetime) -> set[int]:
    """Those of these people who have a page open that would ring."""
    rows = Reachable.objects.filter(user_id__in=list(users), seen_at__gt=now - ONLINE_WITHIN)
    return set(rows.values_list("user_id", flat=True))


def consenting(users: Iterable[int]) -> set[int]:
    """Those whose duty room consented to be joined without an answer."""
    return set(Consent.objects.filter(user_id__in=list(users)).values_list("user_id", flat=True))


def busy_in(users: Iterable[int]) -> dict[int, int]:
    """The severity of the conference that each of these people is in, where they are in one."""
    rows = Seat.objects.filter(
        user_id__in=list(users), presence__in=PRESENT, conference__ended_at=None
    )
    found: dict[int, int] = {}
    for user, severity in rows.values_list("user_id", "conference__severity"):
        if user is not None:
            found[user] = min(severity, found.get(user, severity))
    return found


# -- which cameras could be shown ---------------------------------------------------------------------


def cameras_for(value: Value, seat: SeatValue) -> list[Camera]:
    """Those that a seat may add: of its own subtree, and to a chair of the room's."""
    if not leads(value, seat):
        return []
    prefixes = {seat.code}
    if role_of(value, seat) is SeatRole.CHAIR:
        prefixes.add(value.code)
    return equipment().cameras(prefixes=prefixes)


# -- who is called -----------------------------------------------------------------------------------


def invitations_of(user_id: int) -> tuple[InvitationData, ...]:
    """The open conferences in which a person has a seat that still gives a right, the gravest first."""
    rows = Conference.objects.filter(ended_at=None, seats__user_id=user_id).exclude(
        seats__in=Seat.objects.filter(user_id=user_id, presence__in=OUT)
    )
    found = sorted(rows.distinct(), key=lambda row: (row.severity, row.pk))
    present = next((row for row in found if _is_in(row, user_id)), None)
    return tuple(item for row in found if (item := _invitation(row, user_id, present)) is not None)


def _is_in(row: Conference, user_id: int) -> bool:
    seat = value_of(row).seat_of(user_id)
    return seat is not None and seat.presence in PRESENT


def _invitation(row: Conference, user_id: int, present: Conference | None) -> InvitationData | None:
    value = value_of(row)
    seat = value.seat_of(user_id)
    if seat is None or (seat.presence in CALLED and seat.called_by == seat.number):
        return None
    by = value.seat(seat.called_by or 0)
    called_at = seat.called_at if seat.presence in CALLED else None
    left = present if present is not None and present.pk != row.pk else None
    graver = left is not None and preempts(row.severity, left.severity)
    return InvitationData(
        conference=row.pk,
        number=row.number,
        title=row.title,
        about=about_of(row),
        severity=row.severity,
        seat=seat.number,
        presence=seat.presence,
        called_by="" if by is None else by.name,
        called_place="" if by is None else by.place,
        called_at=None if called_at is None else iso(called_at),
        no_answer_at=None if called_at is None else iso(called_at + ANSWER_WITHIN),
        automatic=seat.automatic,
        preempts=Preempted(id=left.pk, number=left.number, title=left.title)
        if left is not None and graver
        else None,
    )


def now_in(user_id: int, *, apart_from: int) -> list[tuple[int, int]]:
    """The other open conferences that a person is in, as (conference, seat)."""
    rows = Seat.objects.filter(
        user_id=user_id,
        presence__in=[*PRESENT, Presence.WAITING],
        conference__ended_at=None,
    ).exclude(conference_id=apart_from)
    return list(rows.order_by("conference_id").values_list("conference_id", "number"))


# -- in the room -------------------------------------------------------------------------------------


def messages_after(conference_id: int, after: int) -> tuple[MessageData, ...]:
    """What was written since, oldest first; at most the last fifty."""
    rows = ChatMessage.objects.filter(conference_id=conference_id, pk__gt=after)
    rows = rows.select_related("file").order_by("-id")
    return tuple(message_data(row) for row in reversed(rows[:LAST_MESSAGES]))


def message_data(row: ChatMessage) -> MessageData:
    """A row as it is shown."""
    file = getattr(row, "file", None)  # conferencing.files, which builds on this, has the model
    return MessageData(
        id=row.pk,
        seat=row.seat,
        name=row.name,
        text=row.text,
        at=iso(row.at),
        file=None
        if file is None
        else FileData(id=file.pk, name=file.name, type=file.type, size=file.size),
    )


def open_conferences() -> list[Conference]:
    """Those that are not over."""
    return list(Conference.objects.filter(ended_at=None).order_by("id"))


def silent_connections(*, before: datetime) -> list[tuple[int, int, str]]:
    """Connections of whose web process nothing was heard since: (conference, seat, connection)."""
    rows = Seat.objects.filter(
        presence__in=[Presence.JOINED, Presence.WAITING],
        seen_at__lt=before,
        conference__ended_at=None,
    )
    return list(rows.order_by("id").values_list("conference_id", "number", "connection"))
