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
from ninja import File, Form, Query, Router, Schema
from ninja.files import UploadedFile
from pydantic import AwareDatetime, Field, StringConstraints

from command_center.accounts.policy import Permission
from command_center.accounts.scope import NOWHERE, Scope, scopes_of
from command_center.api.auth import require, user_of
from command_center.api.pagination import CursorText, Limit, Page, page
from command_center.api.parameters import under
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from command_center.audit import services as audit
from command_center.feed.messages import iso
from command_center.feed.selectors import consistent_read
from dispatch.incidents import attachments, pictures, reporting, selectors, services, supervision
from dispatch.incidents.feed import IncidentData, incident_data, with_related
from dispatch.incidents.lifecycle import (
    OWED,
    Action,
    Need,
    Refusal,
    Stage,
    needs_of,
)
from dispatch.incidents.models import Attachment, Caller, Entry, Incident, Source

router = Router(tags=["incidents"])
Scopes = Mapping[Permission, Scope]

Id = Annotated[int, Field(ge=1, lt=2**63)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Severity = Annotated[int, Field(ge=1, le=4)]
Words = Annotated[str, StringConstraints(strip_whitespace=True)]
"""Text that a person writes; blanks around it are none of it."""
Version = Annotated[int | None, Field(ge=1, lt=2**31, description="the version it was seen at")]

BY_TASKS = frozenset(
    {Action.DISPATCH, Action.REINFORCE, Action.START, Action.HANDLE, Action.SEND_BACK}
)
"""Transitions that follow from tasks: they have their own routes."""


class IncidentFilter(Schema):
    """Which incidents. `owed`: somebody still owes something; `stage` a list such as `reported,accepted`."""

    stage: str | None = None
    owed: bool | None = None
    severity: Severity | None = None
    category: str | None = Field(default=None, pattern=r"^[0-9]{2,8}$")
    source: Source | None = None
    code: str | None = Field(default=None, pattern=r"^[0-9]{1,15}$")
    alarm: Id | None = None
    supervised: bool | None = None
    text: str | None = Field(default=None, max_length=60)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class CategoryData(Schema):
    """A node of the category tree; a group has no `parent`."""

    code: str
    parent: str | None
    name: str
    name_en: str
    severity: int
    photo_required: bool


class AttachmentData(Schema):
    """A picture or document of a case; its content is at `/attachments/{id}`."""

    id: int
    name: str
    type: str
    size: int
    at: str
    taken_at: str | None
    lat: float | None
    lng: float | None


class EntryData(Schema):
    """A line of the timeline. `of` is the number of the merged case that it comes from."""

    id: int
    at: str
    kind: str
    stage: Stage
    actor: str | None
    text: str
    detail: dict[str, Any]
    attachments: list[AttachmentData]
    of: str | None


class AllowedAction(Schema):
    """A transition that this person may make now, and the fields it wants."""

    action: Action
    needs: list[Need]


class SupervisionData(Schema):
    """An order from above. `by` is null for one that the system gave."""

    stage: Stage
    code: str
    at: str
    by: str | None
    text: str
    due_at: str | None
    lifted_at: str | None


class ExtensionData(Schema):
    """More time asked for; `granted` is null until it is decided."""

    stage: Stage
    minutes: int
    reason: str
    asked_at: str
    asked_by: str
    granted: bool | None


class PersonData(Schema):
    """A person who took part, and as what."""

    name: str
    part: str


class MergedData(Schema):
    """Another case that this one took in, or that took this one in."""

    id: int
    number: str
    title: str


class May(Schema):
    """What else this person may do with the case."""

    correct: bool
    supervise: bool
    ask_extension: bool
    decide_extension: bool
    see_caller: bool


class IncidentDetail(Schema):
    """A case with all that belongs to it."""

    incident: IncidentData
    description: str
    reported_by: str | None
    has_caller: bool
    timeline: list[EntryData]
    actions: list[AllowedAction]
    may: May
    people: list[PersonData]
    supervisions: list[SupervisionData]
    extensions: list[ExtensionData]
    merged: list[MergedData]
    merged_into: MergedData | None


class CallerData(Schema):
    """Who called."""

    name: str = Field(default="", max_length=40)
    phone: str = Field(default="", max_length=24, pattern=r"^[0-9+() -]*$")
    address: str = Field(default="", max_length=200)
    callback: bool = False


class NewIncident(Schema):
    """A report. Give a position, a code, or both; without a severity the category's holds."""

    title: str = Field(default="", max_length=120)
    description: str = Field(default="", max_length=4000)
    category: str = Field(max_length=8)
    severity: Severity | None = None
    source: Source = Source.MANUAL
    code: str = Field(default="", pattern=r"^[0-9]{0,15}$")
    lat: Latitude | None = None
    lng: Longitude | None = None
    place: str = Field(default="", max_length=200)
    caller: CallerData | None = None


class AlarmIds(Schema):
    """Alarms, by id."""

    alarms: list[Id] = Field(min_length=1, max_length=100)
    version: Version = None


class ActionRequest(Schema):
    """A transition. Which of the fields are wanted, `actions` of the case says."""

    version: Version
    text: Words = Field(default="", max_length=2000)
    target: str | None = Field(default=None, pattern=r"^[0-9]{4,15}$")
    until: AwareDatetime | None = None
    score: int | None = Field(default=None, ge=1, le=5)
    into: Id | None = None


class IncidentChange(Schema):
    """Facts to correct; what is left out stays."""

    version: Version
    title: Words | None = Field(default=None, min_length=1, max_length=120)
    description: str | None = Field(default=None, max_length=4000)
    category: str | None = Field(default=None, max_length=8)
    severity: Severity | None = None
    place: str | None = Field(default=None, max_length=200)
    lat: Latitude | None = None
    lng: Longitude | None = None


class CommentText(Schema):
    """What somebody has to say."""

    text: Words = Field(min_length=1, max_length=2000)


class SupervisionOrder(Schema):
    """An order to finish; `due_at` is after now."""

    text: Words = Field(min_length=1, max_length=500)
    due_at: AwareDatetime | None = None


class ExtensionWish(Schema):
    """More time, and why."""

    minutes: int = Field(ge=1, le=60 * 24 * 60)
    reason: Words = Field(min_length=1, max_length=500)


class ExtensionDecision(Schema):
    """Whether more time is granted."""

    granted: bool
    note: Words = Field(default="", max_length=500)


class TakenAt(Schema):
    """When and where a picture was taken, if that is known, and what there is to say of it."""

    text: Words = Field(default="", max_length=2000)
    taken_at: AwareDatetime | None = None
    lat: Latitude | None = None
    lng: Longitude | None = None


class LikelyDuplicate(Schema):
    """An open case that may be the same; `metres` is null where a place is unknown."""

    incident: IncidentData
    metres: float | None
    apart_s: float


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
    lat: Annotated[float | None, Query(ge=-90, le=90)] = None,
    lng: Annotated[float | None, Query(ge=-180, le=180)] = None,
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
        return _detail(request, _within_reach(request, incident_id, Permission.INCIDENTS_VIEW))


def _detail(request: HttpRequest, incident: Incident) -> IncidentDetail:
    user = user_of(request)
    case, actor = selectors.case_of(incident), selectors.actor_of(user)
    seen = scopes_of(user)
    has_caller = Caller.objects.filter(incident=incident).exists()
    supervises = supervision.may_supervise(incident, actor)
    rules = selectors.actions_for(incident, user)
    return IncidentDetail(
        incident=incident_data(incident),
        description=incident.description,
        reported_by=incident.reported_by.display_name if incident.reported_by else None,
        has_caller=has_caller,
        timeline=[_entry(row, incident, seen) for row in selectors.timeline(incident)],
        actions=[
            AllowedAction(action=rule.action, needs=sorted(needs_of(case, rule))) for rule in rules
        ],
        may=May(
            correct=selectors.may_correct(incident, actor),
            supervise=supervises,
            ask_extension=supervision.may_ask(incident, actor),
            decide_extension=supervises and supervision.wish_of_another(incident, user.pk),
            see_caller=has_caller and _covers(seen, Permission.INCIDENTS_CALLERS, incident.code),
        ),
        people=[PersonData(name=name, part=part) for name, part in selectors.people(incident)],
        supervisions=[_supervision(row) for row in incident.supervisions.all()],
        extensions=[_extension(row) for row in incident.extensions.select_related("asked_by")],
        merged=[_merged(row) for row in incident.merged.order_by("id")],
        merged_into=_merged_into(incident, seen),
    )


def _covers(scopes: Scopes, permission: Permission, code: str) -> bool:
    return scopes.get(permission, NOWHERE).covers(code)


def _merged_into(incident: Incident, seen: Scopes) -> MergedData | None:
    """The case that took this one in, where it exists for this person."""
    into = incident.merged_into
    if into is None or not _covers(seen, Permission.INCIDENTS_VIEW, into.code):
        return None
    return _merged(into)


def _told(row: Entry, seen: Scopes) -> dict[str, Any]:
    """An alarm from elsewhere that belongs to the case does, its device does not exist for this person."""
    code = row.detail.get("code", "")
    if row.kind == "alarm_linked" and not _covers(seen, Permission.ALARMS_VIEW, code):
        return {key: row.detail[key] for key in row.detail if key not in ("device", "code")}
    return dict(row.detail)


def _entry(row: Entry, shown: Incident, seen: Scopes) -> EntryData:
    return EntryData(
        id=row.id,
        at=iso(row.at),
        kind=row.kind,
        stage=Stage(row.stage),
        actor=row.actor_name or None,
        text=row.text,
        detail=_told(row, seen),
        attachments=[attachment_data(item) for item in row.attachments.all()],
        of=row.incident.number if row.incident_id != shown.id else None,
    )


def attachment_data(row: Any) -> AttachmentData:
    """A row as the API shows it."""
    return AttachmentData(
        id=row.id,
        name=row.name,
        type=row.type,
        size=row.size,
        at=iso(row.at),
        taken_at=iso(row.taken_at) if row.taken_at else None,
        lat=row.latitude,
        lng=row.longitude,
    )


def _supervision(row: Any) -> SupervisionData:
    return SupervisionData(
        stage=row.stage,
        code=row.code,
        at=iso(row.at),
        by=row.by_name or None,
        text=row.text,
        due_at=iso(row.due_at) if row.due_at else None,
        lifted_at=iso(row.lifted_at) if row.lifted_at else None,
    )


def _extension(row: Any) -> ExtensionData:
    return ExtensionData(
        stage=row.stage,
        minutes=row.minutes,
        reason=row.reason,
        asked_at=iso(row.asked_at),
        asked_by=row.asked_by.display_name,
        granted=row.granted,
    )


def _merged(row: Incident) -> MergedData:
    return MergedData(id=row.id, number=row.number, title=row.title)


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
def report(request: HttpRequest, wanted: NewIncident) -> tuple[int, IncidentData]:
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
        return 201, incident_data(
            reporting.report(wanted=facts, scope=scope, user=user_of(request))
        )


@router.post("/incidents/from-alarms", response={201: IncidentData})
def promote(request: HttpRequest, wanted: AlarmIds) -> tuple[int, IncidentData]:
    """Make one case of one alarm or several. 409 if one belongs to a case already."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    with _problems(scope):
        return 201, incident_data(
            reporting.promote(alarm_ids=wanted.alarms, scope=scope, user=user_of(request))
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
) -> tuple[int, AttachmentData]:
    """Attach a JPEG, PNG or WebP picture or a PDF of at most 10 MiB; 200 if one had attached it already.

    What it is, its content says. A picture is made anew: at most 2560 pixels long, and without what the
    camera wrote beside it; when and where it was taken is given here or not known.
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
            taken=attachments.Taken(taken.taken_at, position),
        )
    return 201 if attached.new else 200, attachment_data(attached.row)


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
