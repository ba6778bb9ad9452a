"""REST: files that are shared in conferences."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import File, Router, Status, UploadedFile

from command_center.accounts.policy import Permission
from command_center.api.auth import require, user_of
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from command_center.attachments import pictures
from command_center.attachments.answer import content_answer
from conferencing.conferences import guests
from conferencing.conferences.services import NotThereError, RefusedError
from conferencing.conferences.shown import FileData
from conferencing.files import selectors, services
from conferencing.files.models import SharedFile
from conferencing.policy.verdict import Refusal

router = Router(tags=["conferences"])

THUMBNAIL_SIDE = 480


@router.post("/conferences/{int:conference_id}/files", response={201: FileData})
def share_file(
    request: HttpRequest, conference_id: int, file: File[UploadedFile]
) -> Status[FileData]:
    """Share a JPEG, PNG or WebP picture or a PDF of at most 10 MiB in the room, as a message there.

    What it is, its content says; a picture is made anew, without what a camera wrote beside it.
    """
    require(request, Permission.CONFERENCES_JOIN)
    if (file.size or 0) > pictures.MOST_BYTES:
        raise _wrong("too_large", "at most 10 MiB")
    try:
        row = services.share(
            conference_id=conference_id,
            user=user_of(request),
            data=file.read(),
            name=file.name or "",
        )
    except NotThereError as error:
        raise Http404 from error
    except pictures.BadAttachmentError as error:
        raise _wrong(error.code, str(error)) from error
    except services.TooManyError as error:
        raise _refused("too_many", "the conference has too many files already") from error
    except RefusedError as error:
        raise _refused(error.refusal, f"refused: {error.refusal}") from error
    return Status(201, FileData(id=row.pk, name=row.name, type=row.type, size=row.size))


def _wrong(code: str, message: str) -> Problem:
    problem = FieldProblem(field="file", message=message, code=code)
    return Problem(ProblemCode.VALIDATION_ERROR, "wrong: file", [problem])


def _refused(code: str, message: str) -> Problem:
    kind = ProblemCode.FORBIDDEN if code == Refusal.NOT_SEATED else ProblemCode.CONFLICT
    return Problem(kind, message, [FieldProblem(field="file", message=message, code=code)])


@router.get("/conference-files/{int:file_id}", response={200: None})
def get_file(request: HttpRequest, file_id: int) -> HttpResponse:
    """The content of a file, for who is in its conference or was. A browser keeps it, and asks each time."""
    return _content(request, _file(request, file_id))


@router.get("/conference-files/{int:file_id}/thumbnail", response={200: None})
def get_thumbnail(request: HttpRequest, file_id: int) -> HttpResponse:
    """A picture of it as a small JPEG; nothing for a document."""
    return _thumbnail(request, _file(request, file_id))


@router.get("/guest/files/{int:file_id}", auth=None, response={200: None})
def get_guest_file(request: HttpRequest, file_id: int) -> HttpResponse:
    """The content of a file, for a guest by the link's cookie, while admitted and in the conference."""
    return _content(request, _guests_file(request, file_id))


@router.get("/guest/files/{int:file_id}/thumbnail", auth=None, response={200: None})
def get_guest_thumbnail(request: HttpRequest, file_id: int) -> HttpResponse:
    """A picture of it as a small JPEG, as above; nothing for a document."""
    return _thumbnail(request, _guests_file(request, file_id))


def _content(request: HttpRequest, row: SharedFile) -> HttpResponse:
    return content_answer(
        request,
        tag=row.sha256,
        name=row.name,
        type_=row.type,
        read=lambda: services.content_of(row),
    )


def _thumbnail(request: HttpRequest, row: SharedFile) -> HttpResponse:
    if row.type == pictures.PDF:
        raise Http404
    return content_answer(
        request,
        tag=f"{row.sha256}-{THUMBNAIL_SIDE}",
        name=row.name,
        type_="image/jpeg",
        read=lambda: pictures.thumbnail(services.content_of(row), side=THUMBNAIL_SIDE),
    )


def _file(request: HttpRequest, file_id: int) -> SharedFile:
    require(request, Permission.CONFERENCES_JOIN)
    return get_object_or_404(selectors.seen_by(user_of(request)), pk=file_id)


def _guests_file(request: HttpRequest, file_id: int) -> SharedFile:
    try:
        link = guests.of_browser(request.COOKIES.get(guests.COOKIE, ""))
    except guests.GuestError as error:
        raise Http404 from error
    return get_object_or_404(selectors.seen_by_guest(link), pk=file_id)
