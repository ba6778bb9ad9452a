"""REST: recordings, decisions and minutes of conferences."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import override
from ninja import Query, Router, Status

from command_center.accounts.policy import Permission
from command_center.accounts.scope import scopes_of
from command_center.api.auth import address_of, require, user_of
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from conferencing.archive import folders, plays, selectors, services
from conferencing.archive.minutes import minutes_of
from conferencing.archive.models import Decision, Recording
from conferencing.archive.shown import (
    CorrectedDecision,
    Decisions,
    NewDecision,
    Play,
    PlayRequest,
    RecordingData,
    RecordingState,
)
from conferencing.archive.streaming import file_response
from conferencing.conferences import selectors as conferences
from conferencing.conferences.models import Conference

router = Router(tags=["conferences"])


class MinutesFormat(StrEnum):
    """As what the minutes are given."""

    HTML = "html"
    """a page to be printed"""
    MARKDOWN = "md"


class MinutesLanguage(StrEnum):
    """The language of the minutes' own words."""

    CHINESE = "zh-Hans"
    ENGLISH = "en"


def _conference(request: HttpRequest, conference_id: int) -> Conference:
    held = scopes_of(request.user)
    if not {Permission.CONFERENCES_VIEW, Permission.CONFERENCES_JOIN} & held.keys():
        raise Problem(
            ProblemCode.FORBIDDEN, "needs a post with conferences.view or conferences.join"
        )
    return get_object_or_404(conferences.seen_by(user_of(request)), pk=conference_id)


def _recording(request: HttpRequest, recording_id: int) -> Recording:
    require(request, Permission.CONFERENCES_RECORDINGS)
    rows = selectors.recordings_seen_by(user_of(request)).select_related("conference")
    return get_object_or_404(rows, pk=recording_id)


# -- recordings --------------------------------------------------------------------------------------


@router.get("/conferences/{int:conference_id}/recordings", response=list[RecordingData])
def list_recordings(request: HttpRequest, conference_id: int) -> list[RecordingData]:
    """The recordings of a conference, for whom it exists and who holds the right to see recordings."""
    require(request, Permission.CONFERENCES_RECORDINGS)
    row = _conference(request, conference_id)
    return [selectors.recording_data(one) for one in row.recordings.all()]


@router.post("/recordings/{int:recording_id}/plays", response=Play)
def play_recording(request: HttpRequest, recording_id: int, wanted: PlayRequest) -> Play:
    """Ask to see a recording: it is put on record who, when and why; the answer says where the film is."""
    row = _recording(request, recording_id)
    if row.state != RecordingState.READY:
        raise Problem(ProblemCode.CONFLICT, f"the recording is {row.state}")
    user = user_of(request)
    services.played(recording=row, user=user, reason=wanted.reason, address=address_of(request))
    return plays.play_of(row, user=user, now=timezone.now())


@router.post("/recordings/{int:recording_id}/film", response=RecordingData)
def retry_film(request: HttpRequest, recording_id: int) -> RecordingData:
    """Have the film made again that could not be made."""
    row = _recording(request, recording_id)
    if not selectors.may_write_decisions(user_of(request), row.conference):
        raise Problem(ProblemCode.FORBIDDEN, "needs a post that chairs the conference")
    services.retry(recording=row)
    row.refresh_from_db()
    return selectors.recording_data(row)


@router.get("/recordings/{int:recording_id}/film", response={200: None})
def get_film(
    request: HttpRequest, recording_id: int, ticket: Annotated[str, Query(max_length=200)]
) -> HttpResponseBase:
    """The film (MP4), or a range of it; at the address that `plays` has given to the same person."""
    row = _recording(request, recording_id)
    if not plays.is_valid(ticket, recording_id=row.pk, user=user_of(request)):
        raise Problem(ProblemCode.FORBIDDEN, "this address is not valid any more; ask for another")
    try:
        answer = file_response(
            folders.film_of(row.name),
            request.headers.get("Range", ""),
            content_type="video/mp4",
        )
    except FileNotFoundError as error:
        raise Http404 from error
    answer["Content-Disposition"] = "inline"
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


# -- decisions ---------------------------------------------------------------------------------------


def _decisions(request: HttpRequest, row: Conference) -> Decisions:
    return Decisions(
        items=selectors.decisions_of(row.pk),
        may_write=selectors.may_write_decisions(user_of(request), row),
    )


def _require_writer(request: HttpRequest, row: Conference) -> None:
    if not selectors.may_write_decisions(user_of(request), row):
        raise Problem(ProblemCode.FORBIDDEN, "needs a post that chairs the conference")


@router.get("/conferences/{int:conference_id}/decisions", response=Decisions)
def list_decisions(request: HttpRequest, conference_id: int) -> Decisions:
    """What was decided, line by line, with former wordings."""
    return _decisions(request, _conference(request, conference_id))


@router.post("/conferences/{int:conference_id}/decisions", response={201: Decisions})
def write_decision(
    request: HttpRequest, conference_id: int, wanted: NewDecision
) -> Status[Decisions]:
    """Write a decision down, during the conference or after; who commands where it was opened, or above."""
    row = _conference(request, conference_id)
    _require_writer(request, row)
    try:
        services.decide(conference=row, user=user_of(request), text=wanted.text)
    except services.ArchiveError as error:
        raise Problem(ProblemCode.CONFLICT, str(error)) from error
    return Status(201, _decisions(request, row))


@router.put("/conferences/{int:conference_id}/decisions/{int:line}", response=Decisions)
def correct_decision(
    request: HttpRequest, conference_id: int, line: int, wanted: CorrectedDecision
) -> Decisions:
    """Word a decision anew, or strike it out; what it was before stays on record."""
    row = _conference(request, conference_id)
    _require_writer(request, row)
    try:
        services.correct(
            conference=row,
            line=line,
            revision=wanted.revision,
            user=user_of(request),
            text=wanted.text,
        )
    except Decision.DoesNotExist as error:
        raise Http404 from error
    except services.StaleDecisionError as error:
        problem = FieldProblem(field="revision", message=str(error), code="stale")
        raise Problem(ProblemCode.CONFLICT, str(error), [problem]) from error
    return _decisions(request, row)


# -- minutes -----------------------------------------------------------------------------------------


@router.get("/conferences/{int:conference_id}/minutes", response={200: None})
def get_minutes(
    request: HttpRequest,
    conference_id: int,
    language: Annotated[MinutesLanguage, Query()] = MinutesLanguage.CHINESE,
    as_: Annotated[MinutesFormat, Query(alias="format")] = MinutesFormat.HTML,
) -> HttpResponse:
    """The minutes: who, when, roll calls, decisions, what happened and what was written; made anew each time."""
    row = _conference(request, conference_id)
    with override(language.value):
        text = render_to_string(
            f"archive/minutes.{as_.value}",
            {"minutes": minutes_of(row), "language": language.value, "made": timezone.localtime()},
        )
    kind = "text/html" if as_ is MinutesFormat.HTML else "text/markdown"
    answer = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    if as_ is MinutesFormat.MARKDOWN:
        name = f"{row.number}.md"
        answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer["Cache-Control"] = "private, no-store"
    return answer
