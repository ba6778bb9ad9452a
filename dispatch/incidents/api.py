"""REST: incidents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import File, Form, Query, Router, Status
from ninja.files import UploadedFile

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.api.auth import require, user_of
from command_center.api.pagination import CursorText, Limit, Page, page
from command_center.api.parameters import Latitude, Longitude, under
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from command_center.attachments import pictures
from command_center.attachments.answer import content_answer
from command_center.feed.selectors import consistent_read
from dispatch.incidents import attachments, correcting, distinct, reporting, selectors, services
from dispatch.incidents.access import (
    as_problems,
    incident_in_scope,
    incident_within_reach,
    position_of,
    require_any,
)
from dispatch.incidents.detail import attachment_data, detail_of
from dispatch.incidents.duplicates import Likeness
from dispatch.incidents.feed import IncidentData, incident_data, with_related
from dispatch.incidents.lifecycle import OWED, Action, Stage
from dispatch.incidents.models import Attachment, Incident, Source
from dispatch.incidents.schemas import (
    ActionRequest,
    AlarmIds,
    AttachmentData,
    CallerData,
    CategoryData,
    CommentText,
    IncidentChange,
    IncidentDetail,
    IncidentFilter,
    LikelyDuplicate,
    MoreAlarms,
    NewIncident,
    OtherIncident,
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
    require_any(request, Permission.INCIDENTS_VIEW, Permission.INCIDENTS_REPORT)
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


def _filtered(rows: QuerySet[Incident], wanted: IncidentFilter) -> QuerySet[Incident]:
    exact = {
        "severity": wanted.severity,
        "source": wanted.source,
        "alarms__alarm_id": wanted.alarm,
        "reported_at__gte": wanted.since,
        "reported_at__lt": wanted.until,
    }
    rows = rows.filter(**{field: value for field, value in exact.items() if value is not None})
    if wanted.category is not None:
        rows = rows.filter(selectors.in_category(wanted.category))
    if wanted.number is not None:
        rows = rows.filter(selectors.numbered(wanted.number) or Q(pk__in=[]))
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
        rows = rows.filter(selectors.about(wanted.text))
    if wanted.unit is not None:
        rows = rows.filter(selectors.sent_unit(wanted.unit))
    if wanted.callback is not None:
        owed = selectors.to_call_back()
        rows = rows.filter(owed if wanted.callback else ~owed)
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
) -> list[LikelyDuplicate]:
    """Open cases that a new one of this category and place may repeat, nearest first."""
    scope = require(request, Permission.INCIDENTS_VIEW)
    place = (lng, lat) if lng is not None and lat is not None else None
    return _likely(
        selectors.likely_duplicates(scope=scope, category=category, code=code, place=place)
    )


@router.get("/incidents/{int:incident_id}/likely-duplicates", response=list[LikelyDuplicate])
def list_duplicates_of(request: HttpRequest, incident_id: int) -> list[LikelyDuplicate]:
    """Open cases that may be the same as this one, nearest first; not those it was told apart from."""
    scope = require(request, Permission.INCIDENTS_VIEW)
    incident = incident_in_scope(request, incident_id, Permission.INCIDENTS_VIEW)
    return _likely(selectors.duplicates_of(incident, scope))


def _likely(found: list[tuple[Incident, Likeness]]) -> list[LikelyDuplicate]:
    return [
        LikelyDuplicate(
            incident=incident_data(row), metres=like.metres, apart_s=like.apart.total_seconds()
        )
        for row, like in found
    ]


@router.post("/incidents/{int:incident_id}/not-duplicate", response=IncidentData)
def tell_apart(request: HttpRequest, incident_id: int, wanted: OtherIncident) -> IncidentData:
    """Say that a case is not the same as another that looks like it; it is no longer offered for merging."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    with as_problems(scope):
        return incident_data(
            distinct.tell_apart(
                incident_id=incident_id, other_id=wanted.other, scope=scope, user=user_of(request)
            )
        )


@router.get("/incidents/{int:incident_id}", response=IncidentDetail)
def get_incident(request: HttpRequest, incident_id: int) -> IncidentDetail:
    """One case, its history, and what one may do with it now. For who was sent and who reported it, too."""
    with consistent_read():
        case = incident_within_reach(request, incident_id, Permission.INCIDENTS_VIEW)
        return detail_of(case, user_of(request))


# -- changing --------------------------------------------------------------------------------------


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
        position=position_of(wanted.lat, wanted.lng),
        place=wanted.place,
        caller=reporting.CallerFacts(caller.name, caller.phone, caller.address, caller.callback),
    )
    with as_problems(scope):
        return Status(
            201, incident_data(reporting.report(wanted=facts, scope=scope, user=user_of(request)))
        )


@router.post("/incidents/from-alarms", response={201: IncidentData})
def promote(request: HttpRequest, wanted: AlarmIds) -> Status[IncidentData]:
    """Make one case of one alarm or several. 409 if one belongs to a case already."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    with as_problems(scope):
        return Status(
            201,
            incident_data(
                reporting.promote(alarm_ids=wanted.alarms, scope=scope, user=user_of(request))
            ),
        )


@router.post("/incidents/{int:incident_id}/alarms", response=IncidentData)
def link_alarms(request: HttpRequest, incident_id: int, wanted: MoreAlarms) -> IncidentData:
    """Take more alarms into a case."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    with as_problems(scope):
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
    incident_in_scope(request, incident_id, Permission.INCIDENTS_HANDLE)
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
    with as_problems(scope):
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
    correction = correcting.Correction(
        title=wanted.title,
        description=wanted.description,
        category=wanted.category,
        severity=wanted.severity,
        place=wanted.place,
        position=position_of(wanted.lat, wanted.lng),
    )
    with as_problems(scope):
        return incident_data(
            correcting.correct(
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
    incident_within_reach(request, incident_id, Permission.INCIDENTS_HANDLE)
    with as_problems():
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
    incident_within_reach(request, incident_id, Permission.INCIDENTS_HANDLE)
    position = position_of(taken.lat, taken.lng)
    if (file.size or 0) > pictures.MOST_BYTES:
        problem = FieldProblem(field="file", message="at most 10 MiB", code="too_large")
        raise Problem(ProblemCode.VALIDATION_ERROR, "wrong: file", [problem])
    with as_problems():
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
    require_any(request, Permission.INCIDENTS_VIEW, Permission.INCIDENTS_REPORT)
    cases = Incident.objects.filter(selectors.reach(user_of(request), Permission.INCIDENTS_VIEW))
    where = Q(incident__in=cases) | Q(incident__merged_into__in=cases)
    row = get_object_or_404(Attachment.objects.filter(where), pk=attachment_id)
    return _content(request, row)


def _content(request: HttpRequest, row: Attachment) -> HttpResponse:
    return content_answer(
        request,
        tag=row.sha256,
        name=row.name,
        type_=row.type,
        read=lambda: attachments.content_of(row),
    )
