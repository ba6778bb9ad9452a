"""Planned conferences on the live feed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from command_center.accounts.policy import Permission, Role
from command_center.accounts.scope import Scope
from command_center.feed.messages import iso
from command_center.feed.sections import FeedModel, Section
from conferencing.schedules.models import Run, Schedule
from conferencing.schedules.recurrence import Repeats, RunState

CHANGED = "schedule.changed"


class ScheduledPost(FeedModel):
    """Whom a planned conference calls: who holds a post of `role` (null: any) at `code` itself."""

    code: str
    role: Role | None


class RunData(FeedModel):
    """What became of the last time of which there is anything to say."""

    at: str
    state: RunState
    conference: int | None


class ScheduleData(FeedModel):
    """A planned conference, until it is ended (`ended_at`). It is chaired by the posts at `code` that may open one.
    Places are named by who shows them: a name may change, and the plan does not with it.

    Days and the time of the day are the installation's; `weekdays` are ISO weekdays of a weekly one. `by_itself`: it is
    opened at its time without being asked for.
    """

    id: int
    title: str
    code: str
    severity: int
    repeats: Repeats
    weekdays: tuple[int, ...]
    first_day: str
    at: str
    until: str | None
    lead_minutes: int
    by_itself: bool
    automatic: bool
    lobby: bool
    invite: tuple[ScheduledPost, ...]
    planned_by: str
    next_at: str | None
    run: RunData | None
    ended_at: str | None


def schedule_data(row: Schedule) -> ScheduleData:
    """A row as the feed shows it."""
    (data,) = shown([row])
    return data


def shown(rows: Iterable[Schedule]) -> Iterator[ScheduleData]:
    """Rows as the feed shows them, with two queries for all."""
    found = list(rows)
    last: dict[int, Run] = {}
    for run in Run.objects.filter(schedule__in=found).order_by("at"):
        last[run.schedule_id] = run
    return (_data(row, last.get(row.pk)) for row in found)


def _data(row: Schedule, run: Run | None) -> ScheduleData:
    return ScheduleData(
        id=row.pk,
        title=row.title,
        code=row.code,
        severity=row.severity,
        repeats=Repeats(row.repeats),
        weekdays=tuple(row.weekdays),
        first_day=row.first_day.isoformat(),
        at=f"{row.at:%H:%M}",
        until=None if row.until is None else row.until.isoformat(),
        lead_minutes=row.lead_minutes,
        by_itself=row.by_itself,
        automatic=row.automatic,
        lobby=row.lobby,
        invite=tuple(
            ScheduledPost(code=code, role=Role(role) if role else None) for code, role in row.invite
        ),
        planned_by=row.created_by_name,
        next_at=None if row.next_at is None else iso(row.next_at),
        run=None
        if run is None
        else RunData(at=iso(run.at), state=RunState(run.state), conference=run.conference_id),
        ended_at=None if row.ended_at is None else iso(row.ended_at),
    )


def is_shown(schedule: Mapping[str, Any]) -> bool:
    """A planned conference stays on the consoles until it is ended."""
    return schedule["ended_at"] is None


def _read(scope: Scope) -> Iterator[ScheduleData]:
    return shown(Schedule.objects.filter(scope.condition(), ended_at=None).order_by("id"))


SECTION = Section(
    name="schedules",
    item=ScheduleData,
    key="id",
    permission=Permission.CONFERENCES_VIEW,
    read=_read,
    belongs=is_shown,
    upserts=frozenset({CHANGED}),
)
