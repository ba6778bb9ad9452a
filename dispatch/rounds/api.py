"""REST: rounds and the confirmation of their checkpoints."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from command_center.accounts.policy import Permission
from command_center.accounts.scope import scopes_of
from command_center.api.auth import user_of
from command_center.api.pagination import CursorText, Limit, Page, page
from command_center.api.parameters import AgoMs, Id, Latitude, Longitude
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from command_center.feed.messages import iso
from dispatch.rounds import selectors, services
from dispatch.rounds.checking import TOKEN_LENGTH, VAGUE_M, Fix, Method, Refusal
from dispatch.rounds.models import Round
from dispatch.rounds.schedule import RoundState

router = Router(tags=["rounds"])


class CheckpointData(Schema):
    """A checkpoint of a round; `lat`/`lng` in degrees WGS-84. Its code is told to nobody.

    `visited_at` is when it was confirmed by the phone's clock, null while it was not.
    """

    id: int
    number: int
    name: str
    lat: float | None
    lng: float | None
    radius_m: int
    visited_at: str | None
    method: Method | None


class RoundData(Schema):
    """A route to be walked by a unit in a window: `done` of `total` checkpoints are confirmed.

    `accuracy_limit_m`: a position that may be off by more proves nothing. `code_length`: of a sign's code.
    """

    id: int
    route: int
    name: str
    code: str
    unit: int
    ordered: bool
    state: RoundState
    due_from: str
    due_until: str
    done: int
    total: int
    accuracy_limit_m: int
    code_length: int
    checkpoints: list[CheckpointData]


def round_data(one: Round) -> RoundData:
    """A row as the API shows it: the checkpoints in use, and those that were confirmed."""
    visits = {visit.checkpoint_id: visit for visit in one.visits.all()}
    shown = [
        CheckpointData(
            id=point.id,
            number=point.position,
            name=point.name,
            lat=point.latitude,
            lng=point.longitude,
            radius_m=point.radius_m,
            visited_at=iso(visits[point.id].at) if point.id in visits else None,
            method=Method(visits[point.id].method) if point.id in visits else None,
        )
        for point in one.route.checkpoints.all()
        if point.in_use or point.id in visits
    ]
    return RoundData(
        id=one.id,
        route=one.route_id,
        name=one.route.name,
        code=one.route.jurisdiction_id,
        unit=one.unit_id,
        ordered=one.route.is_ordered,
        state=RoundState(one.state),
        due_from=iso(one.due_from),
        due_until=iso(one.due_until),
        done=one.done,
        total=one.total,
        accuracy_limit_m=VAGUE_M,
        code_length=TOKEN_LENGTH,
        checkpoints=shown,
    )


class RoundFilter(Schema):
    """Which rounds. `mine`: what a phone shows, of one's own units. `today`: of the present day only."""

    mine: bool = False
    today: bool = False
    unit: Id | None = None
    state: RoundState | None = None


class VisitReport(Schema):
    """A checkpoint is confirmed: by its code (`token`), or by where the phone is.

    With a code the checkpoint need not be named. The position is looked at and not kept.
    """

    key: str = Field(
        default="",
        max_length=64,
        description="made by the client; the same confirmation with it counts once",
    )
    checkpoint: Id | None = None
    method: Method
    token: str = Field(default="", max_length=200)
    ago_ms: AgoMs = 0
    lat: Latitude | None = None
    lng: Longitude | None = None
    accuracy_m: Annotated[float | None, Field(ge=0, allow_inf_nan=False)] = None


def _require_any(request: HttpRequest) -> None:
    if not {Permission.UNITS_VIEW, Permission.TASKS_CARRY} & scopes_of(request.user).keys():
        raise Problem(ProblemCode.FORBIDDEN, f"needs a post with {Permission.UNITS_VIEW}")


@router.get("/rounds", response=Page[RoundData])
def list_rounds(
    request: HttpRequest,
    wanted: Annotated[RoundFilter, Query()],
    limit: Limit = 50,
    cursor: CursorText = None,
) -> dict[str, Any]:
    """Rounds on the routes in one's scope and of one's own units, the latest made first."""
    _require_any(request)
    now, user = timezone.now(), user_of(request)
    rows = selectors.on_phone(user, now=now) if wanted.mine else selectors.visible(user)
    if wanted.today:
        rows = selectors.today(rows, now=now)
    exact = {"state": wanted.state, "unit_id": wanted.unit}
    rows = rows.filter(**{field: value for field, value in exact.items() if value is not None})
    return page(
        selectors.with_checkpoints(rows),
        show=round_data,
        limit=limit,
        cursor=cursor,
        descending=True,
    )


@router.get("/rounds/{int:round_id}", response=RoundData)
def get_round(request: HttpRequest, round_id: int) -> RoundData:
    """One round with its checkpoints."""
    _require_any(request)
    rows = selectors.with_checkpoints(selectors.visible(user_of(request)))
    return round_data(get_object_or_404(rows, pk=round_id))


@router.post("/rounds/{int:round_id}/visits", response={201: RoundData, 200: RoundData})
def confirm(request: HttpRequest, round_id: int, report: VisitReport) -> Status[RoundData]:
    """Confirm a checkpoint (201); what is confirmed already changes nothing (200).

    422 what proves nothing: too far away (with the metres), too vague, another code; 409 too early, too late,
    or out of order; 403 who is not of the unit that walks.
    """
    _require_any(request)
    user = user_of(request)
    try:
        one, is_new = services.confirm(
            round_id=round_id, wanted=_confirmation(report), user=user, now=timezone.now()
        )
    except (Round.DoesNotExist, services.UnknownCheckpointError) as error:
        raise Http404 from error
    except services.NotYoursError as error:
        raise Problem(ProblemCode.FORBIDDEN, "another unit walks this round") from error
    except services.KeyTakenError as error:
        raise Problem(ProblemCode.CONFLICT, "the key was given to another checkpoint") from error
    except services.RefusedError as error:
        raise _refused(error) from error
    found = selectors.with_checkpoints(Round.objects.all()).get(pk=one.pk)
    return Status(201 if is_new else 200, round_data(found))


def _confirmation(report: VisitReport) -> services.Confirmation:
    fix = None
    if report.lat is not None and report.lng is not None and report.accuracy_m is not None:
        fix = Fix((report.lng, report.lat), report.accuracy_m)
    is_code = report.method is Method.QR
    return services.Confirmation(
        checkpoint=report.checkpoint,
        token=report.token if is_code else "",
        fix=None if is_code else fix,
        ago_ms=report.ago_ms,
        key=report.key,
    )


def _refused(error: services.RefusedError) -> Problem:
    refusal, value = error.refusal, error.value
    match refusal:
        case Refusal.TOO_EARLY:
            return _problem(ProblemCode.CONFLICT, "ago_ms", refusal, "the round had not begun then")
        case Refusal.TOO_LATE:
            return _problem(ProblemCode.CONFLICT, "ago_ms", refusal, "the round was over then")
        case Refusal.OUT_OF_ORDER:
            message = f"in order: the next checkpoint is {value}"
            return _problem(ProblemCode.CONFLICT, "checkpoint", refusal, message)
        case Refusal.NO_PROOF:
            return _wrong("token", refusal, "give a code, or a position with its accuracy")
        case Refusal.UNKNOWN_CODE:
            return _wrong("token", refusal, "no checkpoint of this route has this code")
        case Refusal.OTHER_CHECKPOINT:
            return _wrong("token", refusal, f"this is the code of {value}")
        case Refusal.VAGUE:
            return _wrong("accuracy_m", refusal, f"off by up to {value} m; at most {VAGUE_M} m")
        case Refusal.TOO_FAR:
            return _wrong("lat", refusal, f"{value} m away from the checkpoint")


def _wrong(field: str, refusal: Refusal, message: str) -> Problem:
    return _problem(ProblemCode.VALIDATION_ERROR, field, refusal, message)


def _problem(code: ProblemCode, field: str, refusal: Refusal, message: str) -> Problem:
    return Problem(code, message, [FieldProblem(field=field, message=message, code=str(refusal))])
