"""REST: statistics."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils.translation import override
from ninja import Query, Router, Schema

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.api.auth import require
from command_center.api.parameters import CodePrefix
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from dispatch.statistics import export
from dispatch.statistics.definitions import definitions
from dispatch.statistics.figures import Figures, Interval
from dispatch.statistics.report import GroupedBy, Report, report

router = Router(tags=["statistics"])

LONGEST = timedelta(days=3 * 366)

Day = Annotated[date, Query(description="a local day, YYYY-MM-DD")]


class ExportFormat(StrEnum):
    """What a report is exported as."""

    CSV = "csv"
    XLSX = "xlsx"


class ReportLanguage(StrEnum):
    """The language of names and definitions; without it the browser's."""

    CHINESE = "zh-Hans"
    ENGLISH = "en"


class StatisticsPercentiles(Schema):
    """Seconds that half and nine tenths of `count` cases do not exceed."""

    count: int
    p50: float
    p90: float


class StatisticsFigures(Schema):
    """The figures of a set of cases, each by its definition; a mean or share of nothing is null.

    `evaluation` is the mean of `scored` officers' scores, `satisfaction` of what `called_back` callers said.
    """

    reported: int
    accepted: int
    rejected: int
    closed: int
    closed_in_time: int
    rate: float | None
    returned: int
    reopened: int
    declined: int
    overdue: int
    supervised: int
    scored: int
    evaluation: float | None
    called_back: int
    satisfaction: float | None
    times: dict[Interval, StatisticsPercentiles]


class StatisticsLine(Schema):
    """One line of a report."""

    key: str
    name: str
    name_en: str
    figures: StatisticsFigures


class FigureDefinition(Schema):
    """What a figure is called and means; `key` is its field, a time's interval, or says what it is about."""

    key: str
    name: str
    meaning: str


class StatisticsReport(Schema):
    """A report over the local days `since` to `until`, both included, and what its figures mean."""

    by: GroupedBy
    since: date
    until: date
    total: StatisticsFigures
    lines: list[StatisticsLine]
    definitions: list[FigureDefinition]


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
        rate=figures.rate,
        returned=figures.returned,
        reopened=figures.reopened,
        declined=figures.declined,
        overdue=figures.overdue,
        supervised=figures.supervised,
        scored=figures.scored,
        evaluation=figures.evaluation,
        called_back=figures.called_back,
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
    language: ReportLanguage | None = None,
) -> StatisticsReport:
    """The figures of the closed loop in a period, by jurisdiction, category, unit or month."""
    found = _report(request, since, until, by, code)
    with _in(language):
        meanings = definitions()
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
        definitions=[
            FigureDefinition(key=one.key, name=one.name, meaning=one.meaning) for one in meanings
        ],
    )


_CSV = "text/csv; charset=utf-8"
_WRITERS = {
    ExportFormat.CSV: (export.as_csv, _CSV),
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
    language: ReportLanguage | None = None,
) -> HttpResponse:
    """The same report as a file for a spreadsheet.

    XLSX has the definitions of its figures on a sheet of their own; for CSV they are the file that
    `/statistics/definitions` answers.
    """
    write, content_type = _WRITERS[format]
    found = _report(request, since, until, by, code)
    with _in(language):
        body = write(found)
    return _file(body, content_type, f"statistics-{by}-{since}-{until}.{format}")


@router.get("/statistics/definitions")
def export_definitions(
    request: HttpRequest, language: ReportLanguage | None = None
) -> HttpResponse:
    """What the figures mean, as CSV: the companion of a report that was exported as CSV."""
    require(request, Permission.INCIDENTS_VIEW)
    with _in(language):
        body = export.definitions_as_csv()
    return _file(body, _CSV, "statistics-definitions.csv")


def _file(body: bytes, content_type: str, name: str) -> HttpResponse:
    return HttpResponse(
        body,
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _in(language: ReportLanguage | None) -> AbstractContextManager[None]:
    """In the language that is asked for, else in the browser's."""
    return nullcontext() if language is None else override(language.lower())
