"""REST: statistics."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.api.auth import require
from command_center.api.parameters import CodePrefix
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from dispatch.statistics import export
from dispatch.statistics.figures import Figures, Interval
from dispatch.statistics.report import GroupedBy, Report, report

router = Router(tags=["statistics"])

LONGEST = timedelta(days=3 * 366)

Day = Annotated[date, Query(description="a local day, YYYY-MM-DD")]


class ExportFormat(StrEnum):
    """What a report is exported as."""

    CSV = "csv"
    XLSX = "xlsx"


class StatisticsPercentiles(Schema):
    """Seconds that half and nine tenths of `count` cases do not exceed."""

    count: int
    p50: float
    p90: float


class StatisticsFigures(Schema):
    """The figures of a set of cases; `satisfaction` is the mean score of 1 to 5, null without scores."""

    reported: int
    accepted: int
    rejected: int
    closed: int
    closed_in_time: int
    returned: int
    overdue: int
    supervised: int
    scored: int
    satisfaction: float | None
    times: dict[Interval, StatisticsPercentiles]


class StatisticsLine(Schema):
    """One line of a report."""

    key: str
    name: str
    name_en: str
    figures: StatisticsFigures


class StatisticsReport(Schema):
    """A report over the local days `since` to `until`, both included."""

    by: GroupedBy
    since: date
    until: date
    total: StatisticsFigures
    lines: list[StatisticsLine]


def _report(
    request: HttpRequest, since: date, until: date, by: GroupedBy, code: str | None
) -> Report:
    scope = require(request, Permission.INCIDENTS_VIEW)
    if until < since or until - since > LONGEST:
        problem = FieldProblem(
            field="until", message="from `since` on, three years at most", code="bad_period"
        )
        raise Problem(ProblemCode.VALIDATION_ERROR, "wrong: until", [problem])
    return report(scope=_narrowed(scope, code), since=since, until=until, by=by)


def _narrowed(scope: Scope, code: str | None) -> Scope:
    """The part of a scope under a code; what lies outside does not exist."""
    if code is None:
        return scope
    if scope.covers(code):
        return Scope((code,))
    return Scope(tuple(prefix for prefix in scope.prefixes if prefix.startswith(code)))


def _data(figures: Figures) -> StatisticsFigures:
    return StatisticsFigures(
        reported=figures.reported,
        accepted=figures.accepted,
        rejected=figures.rejected,
        closed=figures.closed,
        closed_in_time=figures.closed_in_time,
        returned=figures.returned,
        overdue=figures.overdue,
        supervised=figures.supervised,
        scored=figures.scored,
        satisfaction=figures.satisfaction,
        times={
            interval: StatisticsPercentiles(count=found.count, p50=found.p50, p90=found.p90)
            for interval, found in figures.times.items()
        },
    )


@router.get("/statistics", response=StatisticsReport)
def get_statistics(
    request: HttpRequest,
    since: Day,
    until: Day,
    by: GroupedBy = GroupedBy.JURISDICTION,
    code: CodePrefix = None,
) -> StatisticsReport:
    """The figures of the closed loop in a period, by jurisdiction, category, unit or month."""
    found = _report(request, since, until, by, code)
    return StatisticsReport(
        by=found.by,
        since=found.since,
        until=found.until,
        total=_data(found.total),
        lines=[
            StatisticsLine(
                key=line.key, name=line.name, name_en=line.name_en, figures=_data(line.figures)
            )
            for line in found.lines
        ],
    )


_WRITERS = {
    ExportFormat.CSV: (export.as_csv, "text/csv; charset=utf-8"),
    ExportFormat.XLSX: (
        export.as_xlsx,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
}


@router.get("/statistics/export")
def export_statistics(
    request: HttpRequest,
    since: Day,
    until: Day,
    by: GroupedBy = GroupedBy.JURISDICTION,
    code: CodePrefix = None,
    format: ExportFormat = ExportFormat.XLSX,
) -> HttpResponse:
    """The same report as a file for a spreadsheet."""
    write, content_type = _WRITERS[format]
    body = write(_report(request, since, until, by, code))
    name = f"statistics-{by}-{since}-{until}.{format}"
    return HttpResponse(
        body,
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
