"""REST: the quality of the lines."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Annotated

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import override
from ninja import Query, Router, Status

from command_center.accounts.policy import Permission
from command_center.accounts.scope import scope_of
from command_center.api.auth import require, user_of
from command_center.api.parameters import CodePrefix, under
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from command_center.jurisdictions.codes import level_of, parent_of
from command_center.jurisdictions.selectors import names_of
from conferencing.conferences.selectors import seen_by
from conferencing.policy.conference import LEVELS
from conferencing.quality import export, selectors, services
from conferencing.quality.figures import Figures, Line, by_site, figures_of
from conferencing.quality.line import LineReport
from conferencing.quality.schemas import (
    ConferenceQuality,
    LineFigures,
    QualityReport,
    SeatQuality,
    SiteQuality,
)

router = Router(tags=["conferences"])

LONGEST = timedelta(days=366)
Day = Annotated[date, Query(description="a local day, YYYY-MM-DD")]


@router.get("/conference-quality", response=QualityReport)
def get_quality(
    request: HttpRequest, since: Day, until: Day, code: CodePrefix = None
) -> QualityReport:
    """How good the lines of the sites were in a period, the worst first: those of one's jurisdictions."""
    return _report(request, since, until, code)


@router.get("/conference-quality/export")
def export_quality(
    request: HttpRequest,
    since: Day,
    until: Day,
    code: CodePrefix = None,
    language: Annotated[str, Query(pattern="^(zh-Hans|en)$")] = "zh-Hans",
) -> HttpResponse:
    """The same as CSV."""
    report = _report(request, since, until, code)
    with override(language.lower()):
        body = export.as_csv(report)
    name = f"conference-quality-{since}-{until}.csv"
    return HttpResponse(
        body,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _report(request: HttpRequest, since: date, until: date, code: str | None) -> QualityReport:
    scope = require(request, Permission.CONFERENCES_VIEW)
    if until < since or until - since > LONGEST:
        problem = FieldProblem(
            field="until", message="from `since` on, a year at most", code="bad_period"
        )
        raise Problem(ProblemCode.VALIDATION_ERROR, "wrong: until", [problem])
    condition = scope.condition() if code is None else scope.condition() & under(code)
    lines = selectors.lines_between(
        condition, since=_midnight(since), until=_midnight(until + timedelta(days=1))
    )
    return QualityReport(since=since, until=until, sites=_sites(lines))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.get_default_timezone())


def _sites(lines: list[Line]) -> list[SiteQuality]:
    found = by_site(lines)
    above = {code: parent_of(code) or "" for code in found}
    names = names_of({*found, *above.values()})
    return [
        SiteQuality(
            code=code,
            name=names.get(code, code),
            above=names.get(above[code], ""),
            site_level=LEVELS[level_of(code)],
            figures=_data(figures),
        )
        for code, figures in found.items()
    ]


def _data(figures: Figures) -> LineFigures:
    return LineFigures(**asdict(figures))


@router.get("/conferences/{int:conference_id}/quality", response=ConferenceQuality)
def get_conference_quality(request: HttpRequest, conference_id: int) -> ConferenceQuality:
    """The lines of a conference's seats: all of one's own conferences, of others those of one's jurisdictions."""
    require(request, Permission.CONFERENCES_VIEW)
    user = user_of(request)
    row = get_object_or_404(seen_by(user), pk=conference_id)
    scope = scope_of(user, Permission.CONFERENCES_VIEW)
    condition = Q() if scope.covers(row.code) else scope.condition()
    lines = selectors.lines_of(row.pk, condition)
    return ConferenceQuality(
        seats=[SeatQuality(seat=seat, figures=_data(figures_of([line]))) for seat, line in lines]
    )


@router.post("/conferences/{int:conference_id}/line", response={204: None})
def report_line(request: HttpRequest, conference_id: int, wanted: LineReport) -> Status[None]:
    """The last report of one's own line, where the socket is closed already; nothing if it comes too late."""
    require(request, Permission.CONFERENCES_JOIN)
    user = user_of(request)
    if not seen_by(user).filter(pk=conference_id).exists():
        raise Http404
    services.record_last(conference_id=conference_id, user_id=user.pk, report=wanted)
    return Status(204, None)
