"""REST: conferences."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Status

from command_center.accounts.policy import Permission
from command_center.accounts.scope import scopes_of
from command_center.accounts.selectors import PostHeld
from command_center.api.auth import require, user_of
from command_center.api.pagination import CursorText, Limit, Page, page
from command_center.api.parameters import under
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from command_center.feed.messages import iso
from command_center.jurisdictions.codes import level_of
from command_center.jurisdictions.selectors import exists, names_of
from conferencing.conferences import selectors, services
from conferencing.conferences.equipment import Camera
from conferencing.conferences.feed import data_of, value_of
from conferencing.conferences.models import Conference
from conferencing.conferences.schemas import (
    ActRequest,
    AddedCameras,
    AttendedData,
    CameraChoice,
    CameraChoices,
    CameraFilter,
    ChainPlace,
    Code,
    ConferenceDetail,
    ConferenceFilter,
    Consent,
    Invitations,
    Messages,
    NewConference,
    NoteData,
    PersonAtPost,
    Proposal,
    RollCallRecord,
)
from conferencing.conferences.shown import ConferenceData, InvitationData
from conferencing.policy.conference import LEVELS, PRESENT
from conferencing.policy.conference import Conference as Value
from conferencing.policy.rights import role_of
from conferencing.policy.verdict import Noted, Refusal

router = Router(tags=["conferences"])
MOST_CHOICES = 50


@contextmanager
def problems() -> Iterator[None]:
    """What a service refuses, as a problem; the stable reason is the `code` of its one error."""
    try:
        yield
    except services.NotThereError as error:
        raise Http404 from error
    except services.StaleError as error:
        raise _problem(ProblemCode.CONFLICT, "version", "stale", str(error)) from error
    except services.UnknownError as error:
        raise _problem(ProblemCode.VALIDATION_ERROR, error.field, "unknown", str(error)) from error
    except services.RefusedError as error:
        raise _problem(_CODES[error.refusal], "command", error.refusal, "") from error


_CODES = {
    **dict.fromkeys(Refusal, ProblemCode.CONFLICT),
    **dict.fromkeys(
        (Refusal.NOT_SEATED, Refusal.NOT_ALLOWED, Refusal.NOT_RULED, Refusal.OUTSIDE),
        ProblemCode.FORBIDDEN,
    ),
    Refusal.NO_SEAT: ProblemCode.NOT_FOUND,
}


def _problem(code: ProblemCode, field: str, reason: str, detail: str) -> Problem:
    problem = FieldProblem(field=field, message=detail or reason, code=reason)
    return Problem(code, detail or f"refused: {reason}", [problem])


def _require_any(request: HttpRequest) -> None:
    held = scopes_of(request.user)
    if not {Permission.CONFERENCES_VIEW, Permission.CONFERENCES_JOIN} & held.keys():
        raise Problem(
            ProblemCode.FORBIDDEN, "needs a post with conferences.view or conferences.join"
        )


def _conference(request: HttpRequest, conference_id: int) -> Conference:
    _require_any(request)
    return get_object_or_404(selectors.seen_by(user_of(request)), pk=conference_id)


# -- whom to call ------------------------------------------------------------------------------------


@router.get("/conferences/proposal", response=Proposal)
def propose(request: HttpRequest, code: Annotated[Code, Query()]) -> Proposal:
    """Whom to call about a place: its village, township and city, and what lies next below it."""
    scope = require(request, Permission.CONFERENCES_OPEN)
    if not scope.covers(code) or not exists(code):
        raise Http404
    chain = set(selectors.chain_of(code))
    places = selectors.places_for(code)
    people, names = selectors.people_at(places), names_of(places)
    facts = _Facts({held.user_id for there in people.values() for held in there})
    own = user_of(request).pk
    return Proposal(
        code=code,
        chain=[
            ChainPlace(
                code=place,
                name=names[place],
                level=LEVELS[level_of(place)],
                proposed=place in chain,
                people=[facts.of(held) for held in people.get(place, []) if held.user_id != own],
            )
            for place in places
            if place in names
        ],
    )


class _Facts:
    """What is known of people who could be called."""

    def __init__(self, users: set[int]) -> None:
        self._online = selectors.online(users, now=timezone.now())
        self._ready = selectors.consenting(users)
        self._busy = selectors.busy_in(users)

    def of(self, held: PostHeld) -> PersonAtPost:
        """One of them."""
        return PersonAtPost(
            user=held.user_id,
            name=held.name,
            code=held.code,
            online=held.user_id in self._online,
            automatic=held.user_id in self._ready,
            busy=self._busy.get(held.user_id),
        )


# -- opening and looking -----------------------------------------------------------------------------


@router.post("/conferences", response={201: ConferenceData})
def open_conference(request: HttpRequest, wanted: NewConference) -> Status[ConferenceData]:
    """Open a conference and call people. One's own post over what it is about chairs it."""
    require(request, Permission.CONFERENCES_OPEN)
    opening = services.Opening(
        title=wanted.title,
        severity=wanted.severity,
        about=wanted.about,
        invite=[(person.user, person.code) for person in wanted.invite],
        automatic=wanted.automatic,
        floor=wanted.floor,
        lobby=wanted.lobby,
    )
    with problems():
        row = services.open_conference(user=user_of(request), wanted=opening)
    return Status(201, data_of(row))


@router.get("/conferences", response=Page[ConferenceData])
def list_conferences(
    request: HttpRequest,
    wanted: Annotated[ConferenceFilter, Query()],
    limit: Limit = 50,
    cursor: CursorText = None,
) -> dict[str, object]:
    """Conferences, the newest first: of one's jurisdictions, and those one has or had a seat in."""
    _require_any(request)
    rows = selectors.seen_by(user_of(request))
    if wanted.open is not None:
        rows = rows.filter(ended_at__isnull=wanted.open)
    if wanted.about is not None:
        rows = rows.filter(about_kind=wanted.about)
    if wanted.about_id is not None:
        rows = rows.filter(about_id=wanted.about_id)
    if wanted.code is not None:
        rows = rows.filter(under(wanted.code) | under(wanted.code, field="about_code"))
    return page(rows, show=data_of, limit=limit, cursor=cursor, descending=True)


@router.get("/conferences/{int:conference_id}", response=ConferenceDetail)
def get_conference(request: HttpRequest, conference_id: int) -> ConferenceDetail:
    """One conference, what one is in it, its minutes and its roll calls."""
    row = _conference(request, conference_id)
    return _detail(row, request)


def _detail(row: Conference, request: HttpRequest) -> ConferenceDetail:
    value, user = value_of(row), user_of(request)
    seat = selectors.seat_held(value, user)
    return ConferenceDetail(
        conference=data_of(row),
        version=row.version,
        you=None if seat is None else seat.number,
        role=None if seat is None else role_of(value, seat),
        may_enter=seat is None and selectors.entering_as(row, value, user) is not None,
        minutes=[
            NoteData(
                at=iso(line.at),
                what=Noted(line.what),
                by=line.by_name or None,
                seat=line.seat,
                name=line.name or None,
            )
            for line in row.minutes.all()
        ],
        roll_calls=[
            RollCallRecord(
                number=call.number,
                by=call.by_name,
                started_at=iso(call.started_at),
                closed_at=iso(call.closed_at),
                lines=[AttendedData(**line) for line in call.lines],
            )
            for call in row.roll_calls.all()
        ],
    )


@router.get("/conferences/{int:conference_id}/messages", response=Messages)
def list_messages(
    request: HttpRequest,
    conference_id: int,
    after: Annotated[int, Query(ge=0, lt=2**63, description="the `id` of the last one known")] = 0,
) -> Messages:
    """What was written in the room: the last fifty after one."""
    row = _conference(request, conference_id)
    return Messages(items=list(selectors.messages_after(row.pk, after)))


# -- changing ----------------------------------------------------------------------------------------


@router.post("/conferences/{int:conference_id}/act", response=ConferenceDetail)
def act(request: HttpRequest, conference_id: int, wanted: ActRequest) -> ConferenceDetail:
    """Carry out a command of one's seat, as the socket's `act` frame does. The reason of a refusal is
    `errors[0].code`.
    """
    _require_any(request)
    with problems():
        row = services.act(
            conference_id=conference_id,
            user=user_of(request),
            command=wanted.command,
            version=wanted.version,
        )
    return _detail(row, request)


@router.post("/conferences/{int:conference_id}/invitations", response=ConferenceDetail)
def invite(request: HttpRequest, conference_id: int, wanted: Invitations) -> ConferenceDetail:
    """Call more people into a conference."""
    _require_any(request)
    with problems():
        row = services.invite(
            conference_id=conference_id,
            user=user_of(request),
            people=[(person.user, person.code) for person in wanted.invite],
            automatic=wanted.automatic,
            version=wanted.version,
        )
    return _detail(row, request)


# -- cameras -----------------------------------------------------------------------------------------


@router.get("/conferences/{int:conference_id}/cameras", response=CameraChoices)
def list_cameras(
    request: HttpRequest, conference_id: int, near: Annotated[CameraFilter, Query()]
) -> CameraChoices:
    """The cameras that one may add, the nearest to a place first. Where a camera's stream is, nobody is told."""
    row = _conference(request, conference_id)
    value = value_of(row)
    seat = selectors.seat_held(value, user_of(request))
    with problems():
        if seat is None:
            raise services.RefusedError(Refusal.NOT_SEATED)
    found = selectors.cameras_for(value, seat)
    names = names_of({camera.code for camera in found})
    choices = [_choice(value, camera, names, near) for camera in found]
    if near.q:
        words = near.q.strip().lower()
        choices = [
            one
            for one in choices
            if any(words in text.lower() for text in (one.device, one.name, one.site, one.place))
        ]
    if near.lat is not None:
        choices.sort(key=lambda one: math.inf if one.distance_m is None else one.distance_m)
    elif near.code:
        choices.sort(key=lambda one: -_shared(one.code, near.code or ""))
    return CameraChoices(items=choices[:MOST_CHOICES], more=len(choices) > MOST_CHOICES)


def _choice(
    value: Value, camera: Camera, names: dict[str, str], near: CameraFilter
) -> CameraChoice:
    seat = value.camera(camera.id)
    away = math.inf
    if near.lat is not None and near.lng is not None:
        away = camera.distance_m(near.lat, near.lng)
    return CameraChoice(
        device=camera.id,
        name=camera.name,
        site=camera.site,
        code=camera.code,
        place=names.get(camera.code, ""),
        lat=camera.latitude,
        lng=camera.longitude,
        distance_m=round(away) if math.isfinite(away) else None,
        seat=seat.number if seat is not None and seat.presence in PRESENT else None,
    )


def _shared(one: str, other: str) -> int:
    """How many digits two codes have in common: the more, the nearer."""
    return next(
        (at for at, pair in enumerate(zip(one, other, strict=False)) if len(set(pair)) > 1),
        min(len(one), len(other)),
    )


@router.post("/conferences/{int:conference_id}/cameras", response=ConferenceDetail)
def add_cameras(request: HttpRequest, conference_id: int, wanted: AddedCameras) -> ConferenceDetail:
    """Show cameras in a conference; the command `remove` takes one out again."""
    _require_any(request)
    with problems():
        row = services.add_cameras(
            conference_id=conference_id,
            user=user_of(request),
            devices=wanted.devices,
            version=wanted.version,
        )
    return _detail(row, request)


# -- oneself -----------------------------------------------------------------------------------------


@router.get("/me/invitations", response=list[InvitationData])
def list_invitations(request: HttpRequest) -> list[InvitationData]:
    """The open conferences in which one has a seat, as `/ws/invitations` tells them."""
    require(request, Permission.CONFERENCES_JOIN)
    return list(selectors.invitations_of(user_of(request).pk))


@router.get("/me/conference-consent", response=Consent)
def get_consent(request: HttpRequest) -> Consent:
    """Whether one's own page joins by itself when it is called so."""
    require(request, Permission.CONFERENCES_JOIN)
    user = user_of(request)
    return Consent(automatic=user.pk in selectors.consenting([user.pk]))


@router.put("/me/conference-consent", response=Consent)
def set_consent(request: HttpRequest, wanted: Consent) -> Consent:
    """Consent to be joined without an answer, or take that back."""
    require(request, Permission.CONFERENCES_JOIN)
    services.consent(user=user_of(request), automatic=wanted.automatic)
    return wanted
