"""REST: incidents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import condition
from ninja import File, Form, Query, Router, Status
from ninja.files import UploadedFile

from command_center.accounts.policy import Permission
from command_center.accounts.scope import NOWHERE, Scope, scopes_of
from command_center.api.auth import require, user_of
from command_center.api.pagination import CursorText, Limit, Page, page
from command_center.api.parameters import Latitude, Longitude, under
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from command_center.audit import services as audit
from command_center.feed.selectors import consistent_read
from dispatch.incidents import (
    attachments,
    pictures,
    redispatch,
    reporting,
    selectors,
    services,
    supervision,
)
from dispatch.incidents import help as helping
from dispatch.incidents.detail import attachment_data, detail_of
from dispatch.incidents.feed import IncidentData, incident_data, with_related
from dispatch.incidents.lifecycle import (
    OWED,
    Action,
    Need,
    Refusal,
    Stage,
)
from dispatch.incidents.models import Attachment, Caller, Incident, Source
from dispatch.incidents.schemas import (
    ActionRequest,
    AlarmIds,
    AttachmentData,
    CallerData,
    CategoryData,
    CommentText,
    ExtensionDecision,
    ExtensionWish,
    IncidentChange,
    IncidentDetail,
    IncidentFilter,
    LikelyDuplicate,
    NewIncident,
    SupervisionOrder,
    TakenAt,
)

router = Router(tags=["incidents"])
Scopes = Mapping[Permission, Scope]

BY_TASKS = frozenset(
    {Action.DISPATCH, Action.REINFORCE, Action.START, Action.HANDLE, Action.SEND_BACK}
)
"""Transitions that follow from tasks: they have their own routes."""


# -- reading ---------------------------------------------------------------------------------------


@router.get("/incident-categories", response=list[CategoryData])
def list_categories(request: HttpRequest) -> list[CategoryData]:
    """The category tree, those in use."""
    _require_any(request, Permission.INCIDENTS_VIEW, Permission.INCIDENTS_REPORT)
    return [
        CategoryData(
            code=row.code,
            parent=row.parent_id,
            name=row.name,
            name_en=row.name_en,
            severity=row.severity,
            photo_required=row.photo_required,
        )
        for row in selectors.category_tree()
    ]


def _require_any(request: HttpRequest, *permissions: Permission) -> None:
    held = scopes_of(request.user)
    if not any(permission in held for permission in permissions):
        raise Problem(ProblemCode.FORBIDDEN, f"needs a post with {' or '.join(permissions)}")


def _filtered(rows: QuerySet[Incident], wanted: IncidentFilter) -> QuerySet[Incident]:
    exact = {
        "severity": wanted.severity,
        "source": wanted.source,
        "category_id__startswith": wanted.category,
        "alarms__alarm_id": wanted.alarm,
        "reported_at__gte": wanted.since,
        "reported_at__lt": wanted.until,
    }
    rows = rows.filter(**{field: value for field, value in exact.items() if value is not None})
    if wanted.code is not None:
        rows = rows.filter(under(wanted.code))
    if wanted.stage is not None:
        rows = rows.filter(stage__in=_stages(wanted.stage))
    if wanted.owed is not None:
        rows = rows.filter(Q(stage__in=OWED) if wanted.owed else ~Q(stage__in=OWED))
    if wanted.supervised is not None:
        rows = rows.filter(selectors.under_supervision(wanted.supervised))
    if wanted.redispatch is not None:
        rows = rows.filter(redispatch_since__isnull=not wanted.redispatch)
    if wanted.text:
        rows = rows.filter(
            Q(number__icontains=wanted.text)
            | Q(title__icontains=wanted.text)
            | Q(place__icontains=wanted.text)
        )
    return rows


def _stages(text: str) -> list[Stage]:
    try:
        return [Stage(part) for part in text.split(",")]
    except ValueError as error:
        names = ", ".join(Stage)
        problem = FieldProblem(field="stage", message=f"of {names}", code="bad_stage")
        raise Problem(ProblemCode.VALIDATION_ERROR, "wrong: stage", [problem]) from error


@router.get("/incidents", response=Page[IncidentData])
def list_incidents(
    request: HttpRequest,
    wanted: Annotated[IncidentFilter, Query()],
    limit: Limit = 50,
    cursor: CursorText = None,
) -> dict[str, Any]:
    """Incidents in one's scope, newest first; archived ones too."""
    scope = require(request, Permission.INCIDENTS_VIEW)
    rows = _filtered(with_related(Incident.objects.filter(scope.condition())), wanted)
    return page(rows, show=incident_data, limit=limit, cursor=cursor, descending=True)


@router.get("/incidents/likely-duplicates", response=list[LikelyDuplicate])
def list_likely_duplicates(
    request: HttpRequest,
    category: Annotated[str, Query(pattern=r"^[0-9]{2,8}$")],
    code: Annotated[str, Query(pattern=r"^[0-9]{0,15}$")] = "",
    lat: Latitude | None = None,
    lng: Longitude | None = None,
    incident: Annotated[int, Query(ge=0, lt=2**63)] = 0,
) -> list[LikelyDuplicate]:
    """Open cases that a new one of this category and place may repeat, nearest first."""
    scope = require(request, Permission.INCIDENTS_VIEW)
    place = (lng, lat) if lng is not None and lat is not None else None
    known = Incident.objects.filter(scope.condition(), pk=incident).first() if incident else None
    found = selectors.likely_duplicates(
        scope=scope,
        category=category,
        code=code,
        place=place,
        at=known.reported_at if known else None,
        apart_from=incident,
    )
    return [
        LikelyDuplicate(
            incident=incident_data(row), metres=like.metres, apart_s=like.apart.total_seconds()
        )
        for row, like in found
    ]


def _incident(request: HttpRequest, incident_id: int, permission: Permission) -> Incident:
    scope = require(request, permission)
    rows = Incident.objects.filter(scope.condition()).select_related("category", "reported_by")
    return get_object_or_404(rows, pk=incident_id)


def _within_reach(request: HttpRequest, incident_id: int, permission: Permission) -> Incident:
    """A case in scope, or one that this person was sent to or reported."""
    _require_any(request, permission, Permission.INCIDENTS_REPORT)
    rows = Incident.objects.select_related("category", "reported_by", "merged_into")
    return get_object_or_404(rows, selectors.reach(user_of(request), permission), pk=incident_id)


@router.get("/incidents/{int:incident_id}", response=IncidentDetail)
def get_incident(request: HttpRequest, incident_id: int) -> IncidentDetail:
    """One case, its history, and what one may do with it now. For who was sent and who reported it, too."""
    with consistent_read():
        case = _within_reach(request, incident_id, Permission.INCIDENTS_VIEW)
        return detail_of(case, user_of(request))


@router.get("/incidents/{int:incident_id}/caller", response=CallerData)
def get_caller(request: HttpRequest, incident_id: int) -> CallerData:
    """Who called. Only for who may call back, and every look is put on record."""
    incident = _incident(request, incident_id, Permission.INCIDENTS_CALLERS)
    caller = get_object_or_404(Caller, incident=incident)
    audit.record(
        action=audit.Action.CALLER_SEEN,
        actor=user_of(request),
        subject=incident.number,
        code=incident.code,
    )
    return CallerData(
        name=caller.name, phone=caller.phone, address=caller.address, callback=caller.callback
    )


# -- changing --------------------------------------------------------------------------------------


@contextmanager
def _problems(scope: Scope = NOWHERE) -> Iterator[None]:
    """What a service refuses, as a problem that names what is wrong."""
    try:
        yield
    except Incident.DoesNotExist as error:
        raise Http404 from error
    except reporting.TakenError as error:
        known = scope.covers(error.incident.code)
        raise Problem(ProblemCode.CONFLICT, str(error) if known else "") from error
    except services.ConflictError as error:
        raise Problem(ProblemCode.CONFLICT, str(error)) from error
    except pictures.BadAttachmentError as error:
        problem = FieldProblem(field="file", message=str(error), code=error.code)
        raise Problem(ProblemCode.VALIDATION_ERROR, str(error), [problem]) from error
    except services.RefusedError as error:
        raise _refused(error) from error
    except services.UnknownError as error:
        problem = FieldProblem(field=error.field, message=str(error), code="unknown")
        raise Problem(ProblemCode.VALIDATION_ERROR, str(error), [problem]) from error
    except services.NotAllowedError as error:
        raise Problem(ProblemCode.FORBIDDEN, str(error)) from error


_FIELD_OF_NEED = {Need.REASON: "text", Need.FEEDBACK: "text", Need.PHOTO: "attachments"}


def _refused(error: services.RefusedError) -> Problem:
    match error.refusal:
        case Refusal.WRONG_STAGE:
            return Problem(ProblemCode.CONFLICT, str(error))
        case Refusal.MISSING:
            fields = [
                FieldProblem(
                    field=_FIELD_OF_NEED.get(need, str(need)),
                    message=f"give {need}",
                    code="missing",
                )
                for need in error.missing
            ]
            return Problem(ProblemCode.VALIDATION_ERROR, str(error), fields)
        case Refusal.BAD_TARGET:
            problem = FieldProblem(field="target", message=str(error), code="bad_target")
            return Problem(ProblemCode.VALIDATION_ERROR, str(error), [problem])
        case Refusal.NOT_ALLOWED | Refusal.HANDLER_CANNOT_VERIFY | Refusal.TOP_LEVEL:
            return Problem(ProblemCode.FORBIDDEN, str(error))


def _position(lat: float | None, lng: float | None) -> tuple[float, float] | None:
    if (lat is None) != (lng is None):
        problem = FieldProblem(
            field="lng" if lng is None else "lat", message="give both or neither", code="missing"
        )
        raise Problem(ProblemCode.VALIDATION_ERROR, "a position is lat and lng", [problem])
    return (lng, lat) if lng is not None and lat is not None else None


@router.post("/incidents", response={201: IncidentData})
def report(request: HttpRequest, wanted: NewIncident) -> Status[IncidentData]:
    """Take a report: a call, something seen, something entered by hand."""
    scope = require(request, Permission.INCIDENTS_REPORT)
    if wanted.source in (Source.ALARM, Source.SYSTEM):
        problem = FieldProblem(field="source", message="has a route of its own", code="bad_source")
        raise Problem(ProblemCode.VALIDATION_ERROR, "wrong: source", [problem])
    caller = wanted.caller or CallerData()
    facts = reporting.Report(
        title=wanted.title,
        description=wanted.description,
        category=wanted.category,
        severity=wanted.severity,
        source=wanted.source,
        code=wanted.code,
        position=_position(wanted.lat, wanted.lng),
        place=wanted.place,
        caller=reporting.CallerFacts(caller.name, caller.phone, caller.address, caller.callback),
    )
    with _problems(scope):
        return Status(
            201, incident_data(reporting.report(wanted=facts, scope=scope, user=user_of(request)))
        )


@router.post("/incidents/from-alarms", response={201: IncidentData})
def promote(request: HttpRequest, wanted: AlarmIds) -> Status[IncidentData]:
    """Make one case of one alarm or several. 409 if one belongs to a case already."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    with _problems(scope):
        return Status(
            201,
            incident_data(
                reporting.promote(alarm_ids=wanted.alarms, scope=scope, user=user_of(request))
            ),
        )


@router.post("/incidents/{int:incident_id}/alarms", response=IncidentData)
def link_alarms(request: HttpRequest, incident_id: int, wanted: AlarmIds) -> IncidentData:
    """Take more alarms into a case."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    with _problems(scope):
        return incident_data(
            reporting.link(
                incident_id=incident_id,
                alarm_ids=wanted.alarms,
                version=wanted.version,
                scope=scope,
                user=user_of(request),
            )
        )


@router.post("/incidents/{int:incident_id}/actions/{action}", response=IncidentData)
def act(
    request: HttpRequest, incident_id: int, action: Action, wanted: ActionRequest
) -> IncidentData:
    """One transition. 409 if somebody was first: the answer says who, and what they did."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    _incident(request, incident_id, Permission.INCIDENTS_HANDLE)
    if action in BY_TASKS:
        raise Problem(
            ProblemCode.VALIDATION_ERROR, f"{action} follows from tasks; see their routes"
        )
    words = services.Words(
        text=wanted.text,
        target=wanted.target,
        until=wanted.until,
        score=wanted.score,
        into=wanted.into,
    )
    with _problems(scope):
        return incident_data(
            services.act(
                incident_id=incident_id,
                scope=scope,
                user=user_of(request),
                action=action,
                version=wanted.version,
                words=words,
            )
        )


@router.patch("/incidents/{int:incident_id}", response=IncidentData)
def correct(request: HttpRequest, incident_id: int, wanted: IncidentChange) -> IncidentData:
    """Correct the facts of a case."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    correction = services.Correction(
        title=wanted.title,
        description=wanted.description,
        category=wanted.category,
        severity=wanted.severity,
        place=wanted.place,
        position=_position(wanted.lat, wanted.lng),
    )
    with _problems(scope):
        return incident_data(
            services.correct(
                incident_id=incident_id,
                scope=scope,
                user=user_of(request),
                version=wanted.version,
                correction=correction,
            )
        )


@router.post("/incidents/{int:incident_id}/comments", response=IncidentData)
def comment(request: HttpRequest, incident_id: int, wanted: CommentText) -> IncidentData:
    """Say something about a case; who was sent and who reported it may, too."""
    _within_reach(request, incident_id, Permission.INCIDENTS_HANDLE)
    with _problems():
        return incident_data(
            services.comment(incident_id=incident_id, user=user_of(request), text=wanted.text)
        )


@router.post(
    "/incidents/{int:incident_id}/attachments",
    response={201: AttachmentData, 200: AttachmentData},
)
def attach(
    request: HttpRequest,
    incident_id: int,
    file: File[UploadedFile],
    taken: Form[TakenAt],
) -> Status[AttachmentData]:
    """Attach a JPEG, PNG or WebP picture or a PDF of at most 10 MiB; 200 if one had attached it already.

    What it is, its content says. A picture is made anew: at most 2560 pixels long, and without what the
    camera wrote beside it; when, where and whether it was taken on the spot is given here or not known. Where
    is kept of people on duty and of one's own report only.
    """
    _within_reach(request, incident_id, Permission.INCIDENTS_HANDLE)
    position = _position(taken.lat, taken.lng)
    if (file.size or 0) > pictures.MOST_BYTES:
        problem = FieldProblem(field="file", message="at most 10 MiB", code="too_large")
        raise Problem(ProblemCode.VALIDATION_ERROR, "wrong: file", [problem])
    with _problems():
        attached = attachments.attach(
            incident_id=incident_id,
            user=user_of(request),
            data=file.read(),
            name=file.name or "",
            text=taken.text,
            taken=attachments.Taken(taken.taken_ago_ms, position, taken.on_spot),
        )
    return Status(201 if attached.new else 200, attachment_data(attached.row))


@router.get("/attachments/{int:attachment_id}", response={200: None})
def get_attachment(request: HttpRequest, attachment_id: int) -> HttpResponse:
    """The content of an attachment, for whom its case exists. A browser keeps it, and asks each time."""
    _require_any(request, Permission.INCIDENTS_VIEW, Permission.INCIDENTS_REPORT)
    cases = Incident.objects.filter(selectors.reach(user_of(request), Permission.INCIDENTS_VIEW))
    where = Q(incident__in=cases) | Q(incident__merged_into__in=cases)
    row = get_object_or_404(Attachment.objects.filter(where), pk=attachment_id)
    return _content(request, row)


def _content(request: HttpRequest, row: Attachment) -> HttpResponse:
    @condition(etag_func=lambda _request: f'"{row.sha256}"')
    def answer(_request: HttpRequest) -> HttpResponse:
        try:
            content = attachments.content_of(row)
        except FileNotFoundError as error:
            raise Http404 from error
        return HttpResponse(content, content_type=row.type)

    response: HttpResponse = answer(request)
    as_file = row.type == pictures.PDF
    response["Content-Disposition"] = content_disposition_header(as_file, row.name) or "inline"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-cache"
    return response


@router.post("/incidents/{int:incident_id}/supervisions", response=IncidentData)
def supervise(request: HttpRequest, incident_id: int, wanted: SupervisionOrder) -> IncidentData:
    """Order a case to be finished, from above."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    with _problems(scope):
        return incident_data(
            supervision.supervise(
                incident_id=incident_id,
                scope=scope,
                user=user_of(request),
                text=wanted.text,
                due_at=wanted.due_at,
            )
        )


@router.post("/incidents/{int:incident_id}/extensions", response=IncidentData)
def ask_extension(request: HttpRequest, incident_id: int, wanted: ExtensionWish) -> IncidentData:
    """Ask for more time; who was sent may, too."""
    _within_reach(request, incident_id, Permission.INCIDENTS_HANDLE)
    with _problems():
        return incident_data(
            supervision.ask_extension(
                incident_id=incident_id,
                user=user_of(request),
                minutes=wanted.minutes,
                reason=wanted.reason,
            )
        )


@router.post("/incidents/{int:incident_id}/extensions/decision", response=IncidentData)
def decide_extension(
    request: HttpRequest, incident_id: int, wanted: ExtensionDecision
) -> IncidentData:
    """Grant or refuse more time."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    with _problems(scope):
        return incident_data(
            supervision.decide_extension(
                incident_id=incident_id,
                scope=scope,
                user=user_of(request),
                granted=wanted.granted,
                note=wanted.note,
            )
        )


@router.post("/incidents/{int:incident_id}/redispatch/dismiss", response=IncidentData)
def dismiss_redispatch(request: HttpRequest, incident_id: int) -> IncidentData:
    """Say that nobody has to be sent in the place of a unit that did not come. 409 if none is missed."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    with _problems(scope):
        return incident_data(
            redispatch.dismiss(incident_id=incident_id, scope=scope, user=user_of(request))
        )


@router.post("/incidents/{int:incident_id}/help", response=IncidentData)
def ask_help(request: HttpRequest, incident_id: int, wanted: CommentText) -> IncidentData:
    """Ask the level above for help; who was sent asks who is responsible. 409 while help is asked for."""
    _within_reach(request, incident_id, Permission.INCIDENTS_HANDLE)
    with _problems():
        return incident_data(
            helping.ask(incident_id=incident_id, user=user_of(request), text=wanted.text)
        )


@router.post("/incidents/{int:incident_id}/help/answer", response=IncidentData)
def answer_help(request: HttpRequest, incident_id: int, wanted: CommentText) -> IncidentData:
    """Say what help there is, from the level that was asked or one above it."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    with _problems(scope):
        return incident_data(
            helping.answer(
                incident_id=incident_id, scope=scope, user=user_of(request), text=wanted.text
            )
        )
