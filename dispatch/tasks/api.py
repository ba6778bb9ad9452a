"""REST: tasks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from command_center.accounts.policy import Permission
from command_center.accounts.scope import scopes_of
from command_center.api.auth import require, user_of
from command_center.api.pagination import CursorText, Limit, Page, page
from command_center.api.parameters import AgoMs, Id, Latitude, Longitude
from command_center.api.problems import FieldProblem, Problem, ProblemCode, missing
from dispatch.incidents import reporting
from dispatch.incidents import services as incidents
from dispatch.incidents.feed import IncidentData, incident_data
from dispatch.incidents.lifecycle import Refusal
from dispatch.incidents.models import Incident
from dispatch.tasks import checkins, reports, selectors, services, signs, stepping
from dispatch.tasks.feed import TaskData, task_data
from dispatch.tasks.lifecycle import Step, TaskNeed, TaskRefusal, TaskState, needs_of
from dispatch.tasks.models import Task
from dispatch.tasks.recommendation import ReasonCode

router = Router(tags=["tasks"])

Key = Annotated[
    str,
    Field(max_length=64, description="made by the client; the same request with it counts once"),
]


CheckInMinutes = Annotated[
    int,
    Field(
        ge=checkins.SHORTEST_MINUTES,
        le=checkins.LONGEST_MINUTES,
        description="a sign of life is due so often while the unit is out there",
    ),
]


class NewTasks(Schema):
    """Which units are sent, with what order; `version` is the one at which the case was seen."""

    version: Annotated[int, Field(ge=1, lt=2**31)]
    units: list[Id] = Field(min_length=1, max_length=50)
    order: str = Field(default="", max_length=1000)
    check_in_minutes: CheckInMinutes | None = None
    key: Key = ""


class SignOfLife(Schema):
    """That all is well."""

    ago_ms: AgoMs = 0
    key: Key = ""


class CheckInWanted(Schema):
    """How often a sign of life is asked for; null: not at all."""

    minutes: CheckInMinutes | None


class StepWords(Schema):
    """What a step wants: feedback to be done, a reason to decline or to cancel."""

    feedback: str = Field(default="", max_length=2000)
    reason: str = Field(default="", max_length=1000)
    ago_ms: AgoMs = 0
    key: Key = ""


class ReasonData(Schema):
    """Why a unit stands where it stands.

    The value: metres of near and far, tasks in hand of busy, seconds of a stale position, the skill's name,
    the code of the home jurisdiction; null of the others.
    """

    code: ReasonCode
    value: float | str | None


class SuggestionData(Schema):
    """A unit that could be sent, `metres` away (null where a place is unknown); best first."""

    unit: int
    metres: float | None
    reasons: list[ReasonData]


class AllowedStep(Schema):
    """A step that this person may take now, and the fields it wants."""

    step: Step
    needs: list[TaskNeed]


class TaskDetail(Schema):
    """A task with the case that it serves, as a phone shows it."""

    task: TaskData
    unit_name: str
    incident: IncidentData
    description: str
    category_name: str
    category_name_en: str
    steps: list[AllowedStep]


class Place(Schema):
    """A position in degrees WGS-84."""

    lat: Latitude
    lng: Longitude


class PatrolReport(Schema):
    """Something that a patrol or a village has seen. Without a code and a position it is filed where they belong."""

    title: str = Field(default="", max_length=120)
    description: str = Field(default="", max_length=4000)
    category: str = Field(max_length=8)
    code: str = Field(default="", pattern=r"^[0-9]{0,15}$")
    place: str = Field(default="", max_length=200)
    position: Place | None = None
    key: Key = ""


@contextmanager
def as_problems() -> Iterator[None]:
    """What a service refuses, as a problem that names what is wrong."""
    try:
        yield
    except (Incident.DoesNotExist, Task.DoesNotExist) as error:
        raise Http404 from error
    except incidents.ConflictError as error:
        raise Problem(ProblemCode.CONFLICT, str(error)) from error
    except incidents.RefusedError as error:
        raise Problem(_CODES.get(error.refusal, ProblemCode.FORBIDDEN), str(error)) from error
    except stepping.TaskRefusedError as error:
        raise _refused(error) from error
    except incidents.UnknownError as error:
        problem = FieldProblem(field=error.field, message=str(error), code="unknown")
        raise Problem(ProblemCode.VALIDATION_ERROR, str(error), [problem]) from error


_CODES = {
    Refusal.WRONG_STAGE: ProblemCode.CONFLICT,
    Refusal.MISSING: ProblemCode.VALIDATION_ERROR,
}
_FIELD_OF_NEED = {TaskNeed.PHOTO: "attachments"}


def _refused(error: stepping.TaskRefusedError) -> Problem:
    match error.refusal:
        case TaskRefusal.WRONG_STATE | TaskRefusal.CASE_RESTS:
            return Problem(ProblemCode.CONFLICT, str(error))
        case TaskRefusal.NOT_ALLOWED:
            return Problem(ProblemCode.FORBIDDEN, str(error))
        case TaskRefusal.MISSING:
            return missing(str(error), error.missing, _FIELD_OF_NEED)


@router.post("/incidents/{int:incident_id}/tasks", response={201: list[TaskData]})
def send_units(request: HttpRequest, incident_id: int, wanted: NewTasks) -> Status[list[TaskData]]:
    """Send units to a case. 409 if somebody was first, or if a unit is out for it already."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    units_scope = require(request, Permission.UNITS_VIEW)
    with as_problems():
        return Status(
            201,
            services.send(
                incident_id=incident_id,
                scope=scope,
                units_scope=units_scope,
                user=user_of(request),
                version=wanted.version,
                units=wanted.units,
                order=wanted.order,
                check_in_minutes=wanted.check_in_minutes,
                key=wanted.key,
            ),
        )


@router.get("/incidents/{int:incident_id}/recommendation", response=list[SuggestionData])
def recommend(request: HttpRequest, incident_id: int) -> list[SuggestionData]:
    """The units that could be sent to a case, best first, each with its reasons."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    units_scope = require(request, Permission.UNITS_VIEW)
    incident = get_object_or_404(Incident.objects.filter(scope.condition()), pk=incident_id)
    return [
        SuggestionData(
            unit=found.unit,
            metres=found.metres,
            reasons=[ReasonData(code=r.code, value=r.value) for r in found.reasons],
        )
        for found in selectors.recommendation(incident, units_scope, now=timezone.now())
    ]


class TaskFilter(Schema):
    """Which tasks. `mine`: of one's own units only."""

    mine: bool = False
    state: TaskState | None = None
    unit: Id | None = None
    incident: Id | None = None


def _require_any(request: HttpRequest) -> None:
    if not {Permission.TASKS_VIEW, Permission.TASKS_CARRY} & scopes_of(request.user).keys():
        raise Problem(ProblemCode.FORBIDDEN, f"needs a post with {Permission.TASKS_VIEW}")


@router.get("/tasks", response=Page[TaskData])
def list_tasks(
    request: HttpRequest,
    wanted: Annotated[TaskFilter, Query()],
    limit: Limit = 50,
    cursor: CursorText = None,
) -> dict[str, Any]:
    """Tasks of the cases in one's scope and of one's own units, newest first."""
    _require_any(request)
    user = user_of(request)
    rows = selectors.mine(user) if wanted.mine else selectors.visible(user)
    exact = {"state": wanted.state, "unit_id": wanted.unit, "incident_id": wanted.incident}
    rows = rows.filter(**{field: value for field, value in exact.items() if value is not None})
    return page(rows, show=task_data, limit=limit, cursor=cursor, descending=True)


@router.get("/me/tasks", response=list[TaskDetail])
def my_tasks(request: HttpRequest) -> list[TaskDetail]:
    """What one's units owe, and what they ended within a day, newest first: a phone's inbox."""
    require(request, Permission.TASKS_CARRY)
    user = user_of(request)
    rows = selectors.on_phone(user, now=timezone.now())[:100]
    return [_detail(request, task) for task in rows]


@router.post("/me/reports", response={201: IncidentData, 200: IncidentData})
def report(request: HttpRequest, wanted: PatrolReport) -> Status[IncidentData]:
    """Report from the field. With a `key`, the same again is answered as the first time (200), and makes nothing."""
    scope = require(request, Permission.INCIDENTS_REPORT)
    at = wanted.position
    facts = reporting.Report(
        title=wanted.title,
        description=wanted.description,
        category=wanted.category,
        source=reports.source_of(user_of(request)),
        code=wanted.code,
        position=(at.lng, at.lat) if at else None,
        place=wanted.place,
    )
    with as_problems():
        made, is_new = reports.report_once(
            wanted=facts, key=wanted.key, scope=scope, user=user_of(request)
        )
    return Status(201 if is_new else 200, made)


@router.get("/tasks/{int:task_id}", response=TaskDetail)
def get_task(request: HttpRequest, task_id: int) -> TaskDetail:
    """One task, the case that it serves, and what one may do with it now."""
    _require_any(request)
    rows = selectors.visible(user_of(request)).select_related("unit", "incident__category")
    return _detail(request, get_object_or_404(rows, pk=task_id))


def _detail(request: HttpRequest, task: Task) -> TaskDetail:
    incident, order = task.incident, selectors.order_of(task, task.incident)
    return TaskDetail(
        task=task_data(task),
        unit_name=task.unit.name,
        incident=incident_data(incident),
        description=incident.description,
        category_name=incident.category.name,
        category_name_en=incident.category.name_en,
        steps=[
            AllowedStep(step=rule.step, needs=sorted(needs_of(order, rule)))
            for rule in selectors.steps_for(task, user_of(request))
        ],
    )


@router.post("/tasks/{int:task_id}/check-in", response=TaskData)
def check_in(request: HttpRequest, task_id: int, sign: SignOfLife) -> TaskData:
    """A sign of life by the unit: the next one is due as long after it."""
    require(request, Permission.TASKS_CARRY)
    with as_problems():
        return signs.check_in(
            task_id=task_id, user=user_of(request), ago_ms=sign.ago_ms, key=sign.key
        )


@router.post("/tasks/{int:task_id}/check-in-timer", response=TaskData)
def set_check_in(request: HttpRequest, task_id: int, wanted: CheckInWanted) -> TaskData:
    """Ask the unit for a sign of life every so many minutes, or no more. 409 when the task is over."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    with as_problems():
        return signs.set_check_in(
            task_id=task_id, scope=scope, user=user_of(request), minutes=wanted.minutes
        )


@router.post("/tasks/{int:task_id}/{step}", response=TaskData)
def take_step(request: HttpRequest, task_id: int, step: Step, words: StepWords) -> TaskData:
    """One step. With a `key`, the same request again is answered as the first time and changes nothing.

    What was done earlier says so by `ago_ms`: its time is that of the act, within the last 72 hours and never
    before what was done with the task last. An answer that was given before the task expired still counts.
    """
    _require_any(request)
    text = words.feedback if step is Step.DONE else words.reason
    with as_problems():
        return services.take_step(
            task_id=task_id,
            user=user_of(request),
            step=step,
            text=text,
            ago_ms=words.ago_ms,
            key=words.key,
        )
