"""What the figures of the closed loop mean, and how they are computed. Pure.

Every figure is over the cases *reported* in the period; a case that closes later counts as closed, in the
period it was reported in. Cases merged into another are that other's and are not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from dispatch.incidents.lifecycle import Stage
from dispatch.tasks.lifecycle import Sent

K = TypeVar("K", bound=Hashable)


class Interval(StrEnum):
    """A stretch of a case's life whose length is told in percentiles."""

    ALARM_TO_DISPATCH = "alarm_to_dispatch"
    """from the report (of an alarm: from when it was raised) to the first task"""
    DISPATCH_TO_ACKNOWLEDGE = "dispatch_to_acknowledge"
    """from the first task to the first acknowledgement of one"""
    DISPATCH_TO_SCENE = "dispatch_to_scene"
    """from the first task to the first arrival"""
    REPORT_TO_CLOSE = "report_to_close"
    """from the report to the evaluation that closed it"""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What of a case the figures are made of.

    `overdue` counts the stages that ended late, and the present one if that is late now. `satisfied` holds one
    degree, 1 to 5, for each caller who was reached.
    """

    code: str
    owner: str
    category: str
    severity: int
    stage: Stage
    reported_at: datetime
    raised_at: datetime | None = None
    accepted_at: datetime | None = None
    closed_at: datetime | None = None
    returned: int = 0
    reopened: int = 0
    overdue: int = 0
    supervised: int = 0
    score: int | None = None
    satisfied: tuple[int, ...] = ()
    sent: tuple[Sent, ...] = ()

    @property
    def units(self) -> tuple[int, ...]:
        """The ids of the units that were sent."""
        return tuple(sorted({task.unit for task in self.sent}))

    def as_of(self, unit: int) -> CaseFacts:
        """The same case with that unit's tasks alone: what it did and when, not what others did."""
        return replace(self, sent=tuple(task for task in self.sent if task.unit == unit))


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Seconds below which half, and nine tenths, of the cases stay; `count` is of how many."""

    count: int
    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a set of cases."""

    reported: int
    accepted: int
    rejected: int
    closed: int
    closed_in_time: int
    returned: int
    reopened: int
    declined: int
    overdue: int
    supervised: int
    scored: int
    evaluation: float | None
    called_back: int
    satisfaction: float | None
    times: Mapping[Interval, Percentiles]

    @property
    def rate(self) -> float | None:
        """Which part of the closed ones was closed in time; None where none was closed."""
        return self.closed_in_time / self.closed if self.closed else None


def figures_of(cases: Sequence[CaseFacts]) -> Figures:
    """The figures of these cases."""
    closed = [
        case for case in cases if case.stage in (Stage.CLOSED, Stage.ARCHIVED) and _done(case)
    ]
    scores = [case.score for case in closed if case.score is not None]
    degrees = [degree for case in cases for degree in case.satisfied]
    return Figures(
        reported=len(cases),
        accepted=sum(case.accepted_at is not None for case in cases),
        rejected=sum(_rejected(case) for case in cases),
        closed=len(closed),
        closed_in_time=sum(case.overdue == 0 for case in closed),
        returned=sum(case.returned > 0 for case in cases),
        reopened=sum(case.reopened > 0 for case in cases),
        declined=sum(any(task.declined for task in case.sent) for case in cases),
        overdue=sum(case.overdue > 0 for case in cases),
        supervised=sum(case.supervised > 0 for case in cases),
        scored=len(scores),
        evaluation=_mean(scores),
        called_back=len(degrees),
        satisfaction=_mean(degrees),
        times={
            interval: found
            for interval in Interval
            if (found := percentiles(_lengths(cases, interval))) is not None
        },
    )


def _mean(values: Sequence[int]) -> float | None:
    return sum(values) / len(values) if values else None


def _done(case: CaseFacts) -> bool:
    """Closed by its evaluation; one that was rejected and archived was never closed."""
    return case.score is not None


def _rejected(case: CaseFacts) -> bool:
    return case.stage is Stage.REJECTED or (case.stage is Stage.ARCHIVED and not _done(case))


def grouped(
    cases: Iterable[CaseFacts], parts: Callable[[CaseFacts], Iterable[tuple[K, CaseFacts]]]
) -> dict[K, Figures]:
    """The figures of each group. A case belongs to every group that `parts` names, as it is seen from there."""
    groups: dict[K, list[CaseFacts]] = {}
    for case in cases:
        for key, seen in parts(case):
            groups.setdefault(key, []).append(seen)
    return {key: figures_of(members) for key, members in groups.items()}


def percentiles(lengths: Sequence[timedelta]) -> Percentiles | None:
    """p50 and p90 by the nearest rank (the smallest value that so many do not exceed); None of nothing."""
    if not lengths:
        return None
    ordered = sorted(length.total_seconds() for length in lengths)
    return Percentiles(len(ordered), _rank(ordered, 50), _rank(ordered, 90))


def _rank(ordered: Sequence[float], percent: int) -> float:
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _lengths(cases: Iterable[CaseFacts], interval: Interval) -> list[timedelta]:
    return [
        end - start
        for case in cases
        for start, end in (_ends(case, interval),)
        if start is not None and end is not None and end >= start
    ]


def _ends(facts: CaseFacts, interval: Interval) -> tuple[datetime | None, datetime | None]:
    dispatched_at = _first(task.dispatched_at for task in facts.sent)
    match interval:
        case Interval.ALARM_TO_DISPATCH:
            return facts.raised_at or facts.reported_at, dispatched_at
        case Interval.DISPATCH_TO_ACKNOWLEDGE:
            return dispatched_at, _first(task.acknowledged_at for task in facts.sent)
        case Interval.DISPATCH_TO_SCENE:
            return dispatched_at, _first(task.on_scene_at for task in facts.sent)
        case Interval.REPORT_TO_CLOSE:
            return facts.reported_at, facts.closed_at


def _first(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
