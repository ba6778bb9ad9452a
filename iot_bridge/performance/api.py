"""REST: alarm performance."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import override
from ninja import Query, Router

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.api.auth import require
from command_center.api.parameters import CodePrefix
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from command_center.spreadsheets import CSV_TYPE, XLSX_TYPE
from iot_bridge.performance import export
from iot_bridge.performance.report import Report, report
from iot_bridge.performance.schemas import PerformanceReport
from iot_bridge.performance.shown import shown

router = Router(tags=["alarms"])

LONGEST = timedelta(days=367)

Moment = Annotated[
    datetime, Query(description="ISO 8601; without an offset the installation's own time")
]


class PerformanceFormat(StrEnum):
    """What a report is exported as."""

    CSV = "csv"
    XLSX = "xlsx"


class PerformanceLanguage(StrEnum):
    """The language of names and definitions; without it the browser's."""

    CHINESE = "zh-Hans"
    ENGLISH = "en"


@router.get("/alarms/performance", response=PerformanceReport)
def alarm_performance(
    request: HttpRequest,
    since: Moment,
    until: Moment,
    code: CodePrefix = None,
    language: PerformanceLanguage | None = None,
) -> PerformanceReport:
    """How well the alarm system itself does, after ISA-18.2 clause 16 and EEMUA 191."""
    found = _report(request, since, until, code)
    with _in(language):
        return shown(found)


@router.get("/alarms/performance/export")
def export_alarm_performance(
    request: HttpRequest,
    since: Moment,
    until: Moment,
    code: CodePrefix = None,
    format: PerformanceFormat = PerformanceFormat.XLSX,
    language: PerformanceLanguage | None = None,
) -> HttpResponse:
    """The same report as a file for a spreadsheet: XLSX with a sheet for each table, or CSV as one long table."""
    found = _report(request, since, until, code)
    with _in(language):
        if format is PerformanceFormat.CSV:
            body, content_type = export.as_csv(found), CSV_TYPE
        else:
            body, content_type = export.as_xlsx(found), XLSX_TYPE
    name = f"alarm-performance-{timezone.localtime(found.since):%Y%m%d-%H%M}.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(body, content_type=content_type, headers=headers)


def _report(request: HttpRequest, since: datetime, until: datetime, code: str | None) -> Report:
    scope = require(request, Permission.ALARMS_VIEW)
    since, until = _aware(since), _aware(until)
    if until <= since or until - since > LONGEST:
        problem = FieldProblem(
            field="until", message="after `since`, a year later at most", code="bad_period"
        )
        raise Problem(ProblemCode.VALIDATION_ERROR, "wrong: until", [problem])
    return report(scope=_narrowed(scope, code), since=since, until=until, now=timezone.now())


def _aware(moment: datetime) -> datetime:
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def _narrowed(scope: Scope, code: str | None) -> Scope:
    """The part of a scope under a code; what lies outside does not exist."""
    if code is None:
        return scope
    if scope.covers(code):
        return Scope((code,))
    return Scope(tuple(prefix for prefix in scope.prefixes if prefix.startswith(code)))


def _in(language: PerformanceLanguage | None) -> AbstractContextManager[None]:
    """In the language that is asked for, else in the browser's."""
    return nullcontext() if language is None else override(language.lower())
