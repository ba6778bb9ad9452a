"""REST: planned conferences. What there is, the live feed tells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Router, Status

from command_center.accounts.policy import Permission
from command_center.api.auth import require, user_of
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from command_center.feed.messages import iso
from command_center.jurisdictions.selectors import names_of
from conferencing.conferences import services as conferences
from conferencing.conferences.feed import data_of
from conferencing.conferences.shown import ConferenceData
from conferencing.schedules import selectors, services
from conferencing.schedules.feed import ScheduleData, schedule_data
from conferencing.schedules.schemas import (
    ComingConference,
    PlannedConference,
    PostHolders,
    Posts,
    TimeOf,
)

router = Router(tags=["conferences"])


@contextmanager
def _problems() -> Iterator[None]:
    try:
        yield
    except services.NotTheirsError as error:
        raise Http404 from error
    except services.PlanError as error:
        code = ProblemCode.CONFLICT if error.field == "at" else ProblemCode.VALIDATION_ERROR
        raise _problem(code, error.field, error.code, str(error)) from error
    except conferences.UnknownError as error:
        raise _problem(ProblemCode.VALIDATION_ERROR, error.field, "unknown", str(error)) from error
    except conferences.RefusedError as error:
        raise _problem(ProblemCode.CONFLICT, "invite", error.refusal, str(error)) from error


def _problem(code: ProblemCode, field: str, reason: str, detail: str) -> Problem:
    return Problem(code, detail, [FieldProblem(field=field, message=detail, code=reason)])


def _plan(wanted: PlannedConference) -> services.Plan:
    facts = wanted.dict(exclude={"invite", "weekdays"})
    posts = [(post.code, post.role) for post in wanted.invite]
    return services.Plan(**facts, weekdays=frozenset(wanted.weekdays), invite=posts)


@router.post("/conference-schedules", response={201: ScheduleData})
def plan_conference(request: HttpRequest, wanted: PlannedConference) -> Status[ScheduleData]:
    """Plan a conference: once, daily, or on some days of the week."""
    require(request, Permission.CONFERENCES_OPEN)
    with _problems():
        row = services.create(user=user_of(request), plan=_plan(wanted))
    return Status(201, schedule_data(row))


@router.put("/conference-schedules/{int:schedule_id}", response=ScheduleData)
def change_planned(
    request: HttpRequest, schedule_id: int, wanted: PlannedConference
) -> ScheduleData:
    """Plan it anew; for who chairs it."""
    require(request, Permission.CONFERENCES_OPEN)
    with _problems():
        row = services.change(schedule_id=schedule_id, user=user_of(request), plan=_plan(wanted))
    return schedule_data(row)


@router.delete("/conference-schedules/{int:schedule_id}", response={204: None})
def end_planned(request: HttpRequest, schedule_id: int) -> Status[None]:
    """It is not to be any more."""
    require(request, Permission.CONFERENCES_OPEN)
    with _problems():
        services.end(schedule_id=schedule_id, user=user_of(request))
    return Status(204, None)


@router.post("/conference-schedules/{int:schedule_id}/skip", response=ScheduleData)
def skip_planned(request: HttpRequest, schedule_id: int, wanted: TimeOf) -> ScheduleData:
    """One time is not to be: the next, or the one that is due."""
    require(request, Permission.CONFERENCES_OPEN)
    with _problems():
        row = services.skip(schedule_id=schedule_id, user=user_of(request), at=wanted.at)
    return schedule_data(row)


@router.post("/conference-schedules/{int:schedule_id}/open", response=ConferenceData)
def open_planned(request: HttpRequest, schedule_id: int, wanted: TimeOf) -> ConferenceData:
    """Open one time of it, everybody called: the next, one that is due, or one that was missed.

    Who comes second gets the conference that is there already.
    """
    require(request, Permission.CONFERENCES_OPEN)
    with _problems():
        row = services.open_now(schedule_id=schedule_id, user=user_of(request), at=wanted.at)
    return data_of(row)


@router.post("/conference-schedules/holders", response=list[PostHolders])
def count_holders(request: HttpRequest, wanted: Posts) -> list[PostHolders]:
    """How many people hold these posts now, within one's reach; of others nothing is said."""
    scope = require(request, Permission.CONFERENCES_OPEN)
    posts = [(post.code, post.role) for post in wanted.invite if scope.covers(post.code)]
    found = selectors.people_at(posts)
    return [PostHolders(code=code, role=role, people=n) for (code, role), n in found.items()]


@router.get("/me/coming-conferences", response=list[ComingConference])
def list_coming(request: HttpRequest) -> list[ComingConference]:
    """The planned conferences of the next days that call a post of one's own, the next first."""
    require(request, Permission.CONFERENCES_JOIN)
    rows = selectors.coming_for(user_of(request), now=timezone.now())
    names = names_of({row.code for row in rows})
    return [
        ComingConference(
            id=row.pk, title=row.title, place=names.get(row.code, ""), at=iso(row.next_at)
        )
        for row in rows
        if row.next_at is not None
    ]
