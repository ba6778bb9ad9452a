"""REST: guest links, for the chair that gives them and for whoever has one.

The second half needs no session and gives none: a browser that has used a link is known by a cookie that no other
route reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field, StringConstraints

from command_center.accounts.policy import Permission
from command_center.api.auth import require, user_of
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from command_center.feed.messages import iso
from conferencing.conferences import guests
from conferencing.conferences.api import problems
from conferencing.conferences.feed import value_of
from conferencing.conferences.guests import GuestProblem
from conferencing.conferences.models import GuestLink
from conferencing.policy.conference import Conference as Value
from conferencing.policy.conference import Presence

router = Router(tags=["guests"])

LONGEST_MINUTES = 7 * 24 * 60


class NewGuestLink(Schema):
    """A link for somebody without an account. `label` is all that is kept of them; `minutes`: to open it in.

    `lobby`: whoever opens it waits to be admitted, else comes straight in (unless the room is locked).
    """

    label: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
    minutes: Annotated[int, Field(ge=5, le=LONGEST_MINUTES)] = 120
    lobby: bool = True


class GuestLinkData(Schema):
    """A link as its conference's chairs see it. `presence` is the guest's, once there is a seat."""

    id: int
    label: str
    lobby: bool
    created_by: str
    created_at: str
    expires_at: str
    used_at: str | None
    revoked_at: str | None
    presence: Presence | None


class CreatedGuestLink(Schema):
    """A new link and its token, told this once: the address is `/guest/#<token>`."""

    link: GuestLinkData
    token: str


class Token(Schema):
    """What a link carries behind the `#`, where no server log sees it."""

    token: Annotated[str, Field(min_length=16, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class GuestInvitation(Schema):
    """What a guest is invited to. `used`: this browser has opened the link already."""

    conference: int
    title: str
    label: str
    invited_by: str
    lobby: bool
    expires_at: str
    used: bool


# -- for chairs --------------------------------------------------------------------------------------


@router.post("/conferences/{int:conference_id}/guest-links", response={201: CreatedGuestLink})
def create_link(
    request: HttpRequest, conference_id: int, wanted: NewGuestLink
) -> Status[CreatedGuestLink]:
    """Make a link for a guest."""
    require(request, Permission.CONFERENCES_JOIN)
    with problems():
        link, token = guests.create(
            user=user_of(request),
            conference_id=conference_id,
            label=wanted.label,
            valid_for=timedelta(minutes=wanted.minutes),
            lobby=wanted.lobby,
        )
    return Status(201, CreatedGuestLink(link=_shown(link, value_of(link.conference)), token=token))


@router.get("/conferences/{int:conference_id}/guest-links", response=list[GuestLinkData])
def list_links(request: HttpRequest, conference_id: int) -> list[GuestLinkData]:
    """The links of a conference that one chairs, the oldest first."""
    require(request, Permission.CONFERENCES_JOIN)
    with problems():
        links = guests.links_of(user=user_of(request), conference_id=conference_id)
    value = value_of(links[0].conference) if links else None
    return [] if value is None else [_shown(link, value) for link in links]


@router.delete("/conferences/{int:conference_id}/guest-links/{int:link_id}", response={204: None})
def revoke_link(request: HttpRequest, conference_id: int, link_id: int) -> Status[None]:
    """Revoke a link; its guest is put out."""
    require(request, Permission.CONFERENCES_JOIN)
    with problems():
        guests.revoke(user=user_of(request), conference_id=conference_id, link_id=link_id)
    return Status(204, None)


def _shown(link: GuestLink, value: Value) -> GuestLinkData:
    seat = value.seat_of_guest(link.pk)
    return GuestLinkData(
        id=link.pk,
        label=link.label,
        lobby=link.lobby,
        created_by=link.created_by_name,
        created_at=iso(link.created_at),
        expires_at=iso(link.expires_at),
        used_at=None if link.used_at is None else iso(link.used_at),
        revoked_at=None if link.revoked_at is None else iso(link.revoked_at),
        presence=None if seat is None else seat.presence,
    )


# -- for whoever has one -----------------------------------------------------------------------------


@router.post("/guest/look", auth=None, response=GuestInvitation)
def look(request: HttpRequest, wanted: Token) -> GuestInvitation:
    """What a link leads to. It can still be used afterwards; why it cannot, `errors[0].code` says."""
    with _guest_problems():
        return _invitation(guests.look(token=wanted.token, browser=_browser(request)))


@router.post("/guest", auth=None, response=GuestInvitation)
def use_link(request: HttpRequest, response: HttpResponse, wanted: Token) -> GuestInvitation:
    """Use a link: from now on it opens in this browser only, which gets a cookie for `/ws/guest`."""
    with _guest_problems():
        link, secret = guests.claim(token=wanted.token, browser=_browser(request))
    response.set_cookie(
        guests.COOKIE,
        secret,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return _invitation(link)


@router.get("/guest", auth=None, response=GuestInvitation)
def get_invitation(request: HttpRequest) -> GuestInvitation:
    """What this browser was invited to by the link that it used."""
    with _guest_problems():
        return _invitation(guests.of_browser(_browser(request)))


def _browser(request: HttpRequest) -> str:
    return request.COOKIES.get(guests.COOKIE, "")


def _invitation(link: GuestLink) -> GuestInvitation:
    return GuestInvitation(
        conference=link.conference_id,
        title=link.conference.title,
        label=link.label,
        invited_by=link.created_by_name,
        lobby=link.lobby,
        expires_at=iso(link.expires_at),
        used=link.used_at is not None,
    )


@contextmanager
def _guest_problems() -> Iterator[None]:
    """Why a link does not lead in, as a problem."""
    try:
        yield
    except guests.GuestError as error:
        unknown = error.problem is GuestProblem.UNKNOWN
        code = ProblemCode.NOT_FOUND if unknown else ProblemCode.CONFLICT
        reason = FieldProblem(field="token", message=error.problem, code=error.problem)
        raise Problem(code, f"the link is {error.problem}", [reason]) from error
