"""REST for other systems: report an incident with a key of one's own, and ask what became of it."""

from __future__ import annotations

from typing import Annotated

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Path, Router, Schema, Status
from ninja.security import HttpBearer
from pydantic import AwareDatetime, Field

from command_center.api.auth import address_of
from command_center.api.parameters import Latitude, Longitude
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from command_center.feed.messages import iso
from dispatch.external import selectors, services
from dispatch.external.models import ExternalSystem
from dispatch.external.selectors import Outcome, Progress
from dispatch.incidents import reporting
from dispatch.incidents.access import position_of
from dispatch.incidents.lifecycle import Stage
from dispatch.incidents.models import Source
from dispatch.incidents.schemas import CallerData, Severity, Words
from dispatch.incidents.services import UnknownError


class ExternalKey(HttpBearer):
    """`Authorization: Bearer <key>`: the key of another system, as the admin pages gave it once."""

    def authenticate(self, request: HttpRequest, token: str) -> ExternalSystem:
        """The system that asks."""
        try:
            return services.authenticate(key=token, now=timezone.now())
        except services.KeyRefusedError as error:
            raise Problem(
                ProblemCode.NOT_AUTHENTICATED, "send a key in force as Authorization: Bearer"
            ) from error
        except services.TooOftenError as error:
            raise Problem(
                ProblemCode.RATE_LIMITED, str(error), retry_after_s=error.after_s
            ) from error


router = Router(tags=["external"], auth=ExternalKey())

Reference = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=r"^[^\s/\\?#%\x00-\x1f\x7f]+$",
        description="the other system's own number; the same number is the same case",
    ),
]


class ExternalIncident(Schema):
    """What another system reports. The place is a code, or lat and lng, or both; without a severity the
    category's default holds."""

    reference: Reference
    category: str = Field(max_length=8)
    title: Annotated[Words, Field(min_length=1, max_length=120)]
    description: Words = Field(default="", max_length=4000)
    severity: Severity | None = None
    code: str = Field(default="", pattern=r"^[0-9]{0,15}$")
    lat: Latitude | None = None
    lng: Longitude | None = None
    place: Words = Field(default="", max_length=200)
    occurred_at: AwareDatetime | None = None
    caller: CallerData | None = None


class ExternalAnswer(Schema):
    """The case: its number here, and its stage now."""

    number: str
    stage: Stage


class ReachedData(Schema):
    """A stage that the case came to, and when."""

    stage: Stage
    at: str


class ResultData(Schema):
    """How it ended. `feedback`: what who handled it wrote; `text`: what who ended it wrote; `score` 1 to 5."""

    outcome: Outcome
    text: str
    feedback: str
    score: int | None


class ExternalProgress(ExternalAnswer):
    """How far a case has come. Merged into another, `main` is that one's number, and the rest is its."""

    reference: str
    main: str | None
    category: str
    severity: int
    reported_at: str
    stage_since: str
    due_at: str | None
    closed_at: str | None
    reached: list[ReachedData]
    result: ResultData | None


def _system_of(request: HttpRequest) -> ExternalSystem:
    system: ExternalSystem = request.auth  # type: ignore[attr-defined]  # ninja puts it there
    return system


@router.post("/external/incidents", response={201: ExternalAnswer, 200: ExternalAnswer})
def report_external(request: HttpRequest, wanted: ExternalIncident) -> Status[ExternalAnswer]:
    """Report an incident within the key's jurisdiction; 200 with the same case if it was reported before.

    422 names what is wrong; 429 says in `Retry-After` after how many seconds to try again.
    """
    try:
        incident, is_new = services.report(
            system=_system_of(request), wanted=_wish(wanted), address=address_of(request)
        )
    except UnknownError as error:
        problem = FieldProblem(field=error.field, message=str(error), code="unknown")
        raise Problem(ProblemCode.VALIDATION_ERROR, str(error), [problem]) from error
    answer = ExternalAnswer(number=incident.number, stage=Stage(incident.stage))
    return Status(201 if is_new else 200, answer)


def _wish(wanted: ExternalIncident) -> services.ExternalWish:
    caller = wanted.caller or CallerData()
    report = reporting.Report(
        title=wanted.title,
        description=wanted.description,
        category=wanted.category,
        severity=wanted.severity,
        source=Source.SYSTEM,
        code=wanted.code,
        position=position_of(wanted.lat, wanted.lng),
        place=wanted.place,
        caller=reporting.CallerFacts(caller.name, caller.phone, caller.address, caller.callback),
    )
    return services.ExternalWish(wanted.reference, report, wanted.occurred_at)


@router.get("/external/incidents/{reference}", response=ExternalProgress)
def get_external(request: HttpRequest, reference: Path[Reference]) -> ExternalProgress:
    """What became of a report of one's own: its stage, its times, and how it ended."""
    system = _system_of(request)
    report = selectors.report_of(system, reference)
    if report is None:
        raise Http404
    return _shown(selectors.progress_of(report, system))


def _shown(progress: Progress) -> ExternalProgress:
    case, result = progress.case, progress.result
    return ExternalProgress(
        reference=progress.report.reference,
        number=progress.report.incident.number,
        main=progress.main.number if progress.main else None,
        stage=Stage(case.stage),
        category=case.category_id,
        severity=case.severity,
        reported_at=iso(case.reported_at),
        stage_since=iso(case.stage_since),
        due_at=iso(case.due_at) if case.due_at else None,
        closed_at=iso(case.closed_at) if case.closed_at else None,
        reached=[ReachedData(stage=stage, at=iso(at)) for stage, at in progress.reached],
        result=None
        if result is None
        else ResultData(
            outcome=result.outcome,
            text=result.text,
            feedback=result.feedback,
            score=result.score,
        ),
    )
