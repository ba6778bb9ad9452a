"""Questions about other systems and what became of their reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dispatch.external.models import ExternalReport, ExternalSystem
from dispatch.incidents.lifecycle import OWED, Action, Stage
from dispatch.incidents.models import Entry, Incident


class Outcome(StrEnum):
    """How a case ended."""

    CLOSED = "closed"
    REJECTED = "rejected"
    MERGED = "merged"


_OUTCOME = {
    Action.CLOSE: Outcome.CLOSED,
    Action.REJECT: Outcome.REJECTED,
    Action.MERGE: Outcome.MERGED,
}


@dataclass(frozen=True, slots=True)
class Result:
    """How a case ended; `feedback` is what who handled it wrote, `text` what who ended it wrote."""

    outcome: Outcome
    text: str
    feedback: str
    score: int | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a report has come. `case` is the one it became, or the one that took that in (`main`)."""

    report: ExternalReport
    case: Incident
    main: Incident | None
    reached: tuple[tuple[Stage, datetime], ...]
    result: Result | None


def system_of(prefix: str) -> ExternalSystem | None:
    """The system in use whose key begins so."""
    return ExternalSystem.objects.filter(key_prefix=prefix, in_use=True).first()


def report_of(system: ExternalSystem, reference: str) -> ExternalReport | None:
    """What a system has reported under a number of its own."""
    rows = ExternalReport.objects.filter(system=system, reference=reference)
    return rows.select_related("incident__merged_into").first()


def progress_of(report: ExternalReport, system: ExternalSystem) -> Progress:
    """How far a report has come. A case that took it in is told of where it lies with the system."""
    main = report.incident.merged_into
    if main is not None and not main.code.startswith(system.jurisdiction_id):
        main = None
    case = main or report.incident
    moves = [row for row in Entry.objects.filter(incident=case) if row.kind in set(Action)]
    changes = [row for row in moves if row.detail.get("from") != row.stage]
    return Progress(
        report=report,
        case=case,
        main=main,
        reached=tuple((Stage(row.stage), row.at) for row in changes),
        result=_result(case, moves),
    )


def _result(case: Incident, moves: list[Entry]) -> Result | None:
    if case.stage in OWED:
        return None
    last = next((row for row in reversed(moves) if row.kind in _OUTCOME), None)
    if last is None:
        return None
    handled = (row.text for row in reversed(moves) if row.kind == Action.HANDLE)
    return Result(_OUTCOME[Action(last.kind)], last.text, next(handled, ""), case.score)
