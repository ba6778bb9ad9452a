"""Guests: links that a chair gives to somebody without an account, each for one browser and one conference."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils import timezone

from command_center.audit import services as audit
from command_center.feed import services as feed
from command_center.jurisdictions.codes import level_of
from conferencing.conferences import selectors, services
from conferencing.conferences.feed import value_of
from conferencing.conferences.models import Conference, GuestLink
from conferencing.conferences.services import NotThereError, RefusedError, Seated
from conferencing.policy.commands import Act, Caller, Remove
from conferencing.policy.conference import LEVELS, OUT, PRESENT, Presence, SeatKind, SeatRole
from conferencing.policy.conference import Conference as Value
from conferencing.policy.rights import role_of
from conferencing.policy.verdict import Refusal

if TYPE_CHECKING:
    from command_center.accounts.models import User

MOST_LINKS = 50
"""Of one conference."""
TOKEN_BYTES = 24
COOKIE = "lingdun_guest"
"""What binds a browser to the link that it used."""


class GuestProblem(StrEnum):
    """Why a link does not lead in."""

    UNKNOWN = "unknown"
    USED = "used"
    """opened in another browser"""
    EXPIRED = "expired"
    REVOKED = "revoked"
    OVER = "over"
    """the conference is"""


class GuestError(Exception):
    """A link does not lead in."""

    def __init__(self, problem: GuestProblem) -> None:
        super().__init__(problem)
        self.problem = problem


def digest(secret: str) -> str:
    """What is kept of a token: it has 192 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


# -- by a chair --------------------------------------------------------------------------------------


def create(
    *, user: User, conference_id: int, label: str, valid_for: timedelta, lobby: bool
) -> tuple[GuestLink, str]:
    """A new link, and its token, which is known to nobody afterwards. Raises NotThereError, RefusedError."""
    token, now = secrets.token_urlsafe(TOKEN_BYTES), timezone.now()
    with feed.transaction():
        row = _chaired(user, conference_id)
        if row.guest_links.count() >= MOST_LINKS:
            raise RefusedError(Refusal.FULL)
        link = GuestLink.objects.create(
            conference=row,
            label=label,
            lobby=lobby,
            token=digest(token),
            created_by=user,
            created_by_name=user.display_name,
            created_at=now,
            expires_at=now + valid_for,
        )
        minutes = int(valid_for.total_seconds() // 60)
        detail = {"label": label, "minutes": minutes, "lobby": lobby}
        _audit(audit.Action.GUEST_INVITED, row, user, detail)
    return link, token


def links_of(*, user: User, conference_id: int) -> list[GuestLink]:
    """The links of a conference that one chairs. Raises NotThereError, RefusedError."""
    with feed.transaction():
        row = _chaired(user, conference_id, ended=True)
    return list(row.guest_links.all())


def revoke(*, user: User, conference_id: int, link_id: int) -> None:
    """The link leads nowhere any more, and its guest is put out. Raises NotThereError, RefusedError."""
    with feed.transaction():
        row = _chaired(user, conference_id)
        link = row.guest_links.select_for_update().filter(pk=link_id).first()
        if link is None:
            raise NotThereError(str(link_id))
        if link.revoked_at is not None:
            return
        link.revoked_at = timezone.now()
        link.save(update_fields=["revoked_at"])
        _audit(audit.Action.GUEST_REVOKED, row, user, {"label": link.label})
        seat = value_of(row).seat_of_guest(link.pk)
    if seat is not None and (seat.presence in PRESENT or seat.presence is Presence.WAITING):
        services.act(conference_id=conference_id, user=user, command=Remove(seat=seat.number))


def _chaired(user: User, conference_id: int, *, ended: bool = False) -> Conference:
    """The conference, locked, if one chairs it."""
    rows = Conference.objects.select_for_update(of=("self",))
    row = rows.filter(selectors.within_sight(user), pk=conference_id).first()
    if row is None:
        raise NotThereError(str(conference_id))
    value = value_of(row)
    seat = selectors.seat_held(value, user)
    if seat is None or seat.presence in OUT:
        raise RefusedError(Refusal.NOT_SEATED)
    if role_of(value, seat) is not SeatRole.CHAIR:
        raise RefusedError(Refusal.NOT_ALLOWED)
    if value.ended_at is not None and not ended:
        raise RefusedError(Refusal.ENDED)
    return row


# -- by whoever has the link -------------------------------------------------------------------------


def look(*, token: str, browser: str) -> GuestLink:
    """The link of a token, if this browser may use it; looking does not use it up. Raises GuestError."""
    link = GuestLink.objects.select_related("conference").filter(token=digest(token)).first()
    return _usable(link, browser, timezone.now())


def claim(*, token: str, browser: str) -> tuple[GuestLink, str]:
    """Use a link: from now on it is this browser's, which is known by the secret. Raises GuestError."""
    now = timezone.now()
    with feed.transaction():
        rows = GuestLink.objects.select_for_update(of=("self",)).select_related("conference")
        link = _usable(rows.filter(token=digest(token)).first(), browser, now)
        if link.used_at is not None:
            return link, browser
        secret = secrets.token_urlsafe(TOKEN_BYTES)
        link.used_at, link.browser = now, digest(secret)
        link.save(update_fields=["used_at", "browser"])
        _audit(audit.Action.GUEST_ENTERED, link.conference, None, {"label": link.label})
    return link, secret


def of_browser(browser: str) -> GuestLink:
    """The link that a browser has used. Raises GuestError."""
    link = None
    if browser:
        rows = GuestLink.objects.select_related("conference")
        link = rows.filter(browser=digest(browser)).first()
    return _usable(link, browser, timezone.now())


def _usable(link: GuestLink | None, browser: str, now: datetime) -> GuestLink:
    if link is None:
        raise GuestError(GuestProblem.UNKNOWN)
    if link.revoked_at is not None:
        raise GuestError(GuestProblem.REVOKED)
    if link.conference.ended_at is not None:
        raise GuestError(GuestProblem.OVER)
    if link.used_at is None and link.expires_at <= now:
        raise GuestError(GuestProblem.EXPIRED)
    if link.used_at is not None and (not browser or link.browser != digest(browser)):
        raise GuestError(GuestProblem.USED)
    return link


@dataclass(frozen=True, slots=True)
class Guest:
    """Whoever has used a link, as a seat's socket knows them (`sitting.Sitter`)."""

    link: int
    conference: int

    def join(self) -> Seated:
        """Take the seat. A link that was revoked meanwhile is none. Raises NotThereError, RefusedError."""
        link = GuestLink.objects.select_related("conference").filter(pk=self.link).first()
        if link is None or link.revoked_at is not None:
            raise NotThereError(str(self.conference))
        who = _caller(link, value_of(link.conference))
        after, connection = services.enter_as(
            conference_id=self.conference, who=who, lobby=link.lobby
        )
        seat = after.seat_of_guest(self.link)
        assert seat is not None  # noqa: S101 - it was taken above
        return Seated(self.conference, seat.number, connection)

    def act(self, command: Act, version: int | None) -> Conference:
        """One command. Raises NotThereError, RefusedError, StaleError."""
        row = Conference.objects.filter(pk=self.conference).first()
        seat = None if row is None else value_of(row).seat_of_guest(self.link)
        if seat is None:
            raise RefusedError(Refusal.NOT_SEATED)
        return services.act_as(
            conference_id=self.conference, seat=seat.number, command=command, version=version
        )


def _caller(link: GuestLink, value: Value) -> Caller:
    """A guest sits beside the chair's own post, and commands nobody."""
    return Caller(
        kind=SeatKind.GUEST,
        user=None,
        guest=link.pk,
        name=link.label,
        code=value.code,
        level=LEVELS[level_of(value.code)],
        commands=False,
    )


def _audit(
    action: audit.Action, row: Conference, user: User | None, detail: dict[str, object]
) -> None:
    audit.record(action=action, actor=user, subject=row.number, code=row.code, detail=detail)
