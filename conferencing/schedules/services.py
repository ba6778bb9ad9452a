"""Planning conferences, and doing at their times what is due."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.utils import timezone

from command_center.accounts.policy import Role
from command_center.audit import services as audit
from command_center.feed import services as feed
from command_center.jurisdictions.codes import within
from command_center.jurisdictions.selectors import known_codes
from conferencing.conferences import services as conferences
from conferencing.conferences.models import Conference
from conferencing.conferences.selectors import online
from conferencing.conferences.services import ConferenceError, Opening
from conferencing.conferences.shown import About
from conferencing.schedules import selectors
from conferencing.schedules.feed import CHANGED, schedule_data
from conferencing.schedules.models import Run, Schedule
from conferencing.schedules.recurrence import (
    OPENABLE,
    Repeats,
    RunState,
    Step,
    is_over,
    next_time,
    step,
)
from conferencing.schedules.reminding import Reminder, remind

if TYPE_CHECKING:
    from command_center.accounts.models import User

logger = logging.getLogger(__name__)

MOST_MISSED = 20
"""So many times that nothing ran at are put on record at once; older ones leave no trace."""


class PlanError(Exception):
    """The plan cannot be: `field` is where, `code` is for programs."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field, self.code = field, code


class NotTheirsError(Exception):
    """There is no such planned conference that this person chairs."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a planned conference is to be; see `models.Schedule`."""

    title: str
    code: str
    repeats: Repeats
    first_day: date
    at: time
    weekdays: frozenset[int] = frozenset()
    until: date | None = None
    severity: int = 3
    lead_minutes: int = 0
    by_itself: bool = False
    automatic: bool = False
    lobby: bool = False
    invite: Sequence[tuple[str, Role | None]] = ()


def create(*, user: User, plan: Plan) -> Schedule:
    """Plan a conference that a post of one's own chairs. Raises PlanError."""
    now = timezone.now()
    row = Schedule(created_by=user, created_by_name=user.display_name, created_at=now)
    with feed.transaction() as publication:
        _write(row, plan, user=user, now=now)
        _tell(publication, row)
        _record(audit.Action.CONFERENCE_PLANNED, row, user)
    return row


def change(*, schedule_id: int, user: User, plan: Plan) -> Schedule:
    """Plan it anew; what has been stays on record. Raises NotTheirsError, PlanError."""
    now = timezone.now()
    with feed.transaction() as publication:
        row = _lock(schedule_id, user)
        _write(row, plan, user=user, now=now)
        row.runs.filter(state=RunState.COMING).delete()
        _tell(publication, row)
        _record(audit.Action.CONFERENCE_PLANNED, row, user)
    return row


def end(*, schedule_id: int, user: User) -> None:
    """It is not to be any more. Raises NotTheirsError."""
    with feed.transaction() as publication:
        row = _lock(schedule_id, user)
        _end(publication, row, timezone.now())
        _record(audit.Action.CONFERENCE_UNPLANNED, row, user)


def skip(*, schedule_id: int, user: User, at: datetime) -> Schedule:
    """One time is not to be: the next one, or the one that is due. Raises NotTheirsError, PlanError."""
    now = timezone.now()
    with feed.transaction() as publication:
        row = _lock(schedule_id, user)
        run = row.runs.filter(at=at).first()
        if run is None and at != row.next_at:
            raise PlanError("at", "no_such_time", "there is no such time to skip")
        if run is not None and run.state not in OPENABLE:
            raise PlanError("at", "wrong_state", f"it is {run.state}")
        Run.objects.update_or_create(schedule=row, at=at, defaults={"state": RunState.SKIPPED})
        _advance(row, now)
        _tell(publication, row)
        _record(audit.Action.CONFERENCE_SKIPPED, row, user, at=timezone.localtime(at).isoformat())
    return row


def open_now(*, schedule_id: int, user: User, at: datetime) -> Conference:
    """Open one time of it, everybody called; who comes second gets the conference that is there already.

    Raises NotTheirsError, PlanError, and what opening raises.
    """
    now = timezone.now()
    with feed.transaction() as publication:
        row = _lock(schedule_id, user)
        run = row.runs.filter(at=at).first()
        if run is not None and run.conference is not None:
            return run.conference
        if run is None and at != row.next_at:
            raise PlanError("at", "no_such_time", "there is no such time to open")
        if run is not None and run.state not in OPENABLE:
            raise PlanError("at", "wrong_state", f"it is {run.state}")
        opened = _open(row, user)
        _settle(publication, row, at, RunState.OPENED, now, conference=opened)
    return opened


# -- by time -----------------------------------------------------------------------------------------


def tend(*, now: datetime) -> int:
    """Remind, ask, open and give up, whatever is due; how many have changed."""
    return sum(_tend(schedule_id, now) for schedule_id in selectors.due_before(now))


def _tend(schedule_id: int, now: datetime) -> bool:
    with feed.transaction() as publication:
        row = Schedule.objects.select_for_update().filter(pk=schedule_id, ended_at=None).first()
        if row is None:
            return False
        changed = _give_up(row, now)
        for _time in range(MOST_MISSED):
            if row.next_at is None or not _step(publication, row, now):
                break
            changed = True
        if changed:
            _tell(publication, row)
        return changed


def _give_up(row: Schedule, now: datetime) -> bool:
    """What was due and has waited long enough is missed."""
    waiting = [
        run.pk
        for run in row.runs.filter(state=RunState.DUE)
        if is_over(RunState.DUE, at=run.at, now=now)
    ]
    return bool(Run.objects.filter(pk__in=waiting).update(state=RunState.MISSED))


def _step(publication: feed.Publication, row: Schedule, now: datetime) -> bool:
    """Do what is due about the next time; whether anything was."""
    at = row.next_at
    assert at is not None  # noqa: S101 - the caller has looked
    wanted = step(
        at=at,
        lead=timedelta(minutes=row.lead_minutes),
        by_itself=row.by_itself,
        reminded=row.runs.filter(at=at).exists(),
        now=now,
    )
    match wanted:
        case Step.WAIT:
            return False
        case Step.REMIND:
            Run.objects.create(schedule=row, at=at, state=RunState.COMING)
            _remind(row, at, due=False)
        case Step.ASK:
            _ask(row, at, now)
        case Step.OPEN:
            _open_by_itself(publication, row, at, now)
        case Step.MISS:
            _set(row, at, RunState.MISSED)
            _advance(row, max(at, now - timedelta(days=MOST_MISSED)))
    return True


def _ask(row: Schedule, at: datetime, now: datetime) -> None:
    _set(row, at, RunState.DUE)
    _advance(row, now)
    _remind(row, at, due=True)


def _open_by_itself(
    publication: feed.Publication, row: Schedule, at: datetime, now: datetime
) -> None:
    """Open it for the post that chairs; where nobody holds that, or nobody can be called, somebody is asked."""
    chair = _chair(row, now)
    if chair is None:
        _ask(row, at, now)
        return
    try:
        with feed.transaction():
            opened = _open(row, chair, rings=True)
    except ConferenceError as error:
        logger.warning("%s could not be opened by itself: %s", row.title, error)
        _ask(row, at, now)
        return
    _settle(publication, row, at, RunState.OPENED, now, conference=opened)
    _remind(row, at, due=True)


def _chair(row: Schedule, now: datetime) -> User | None:
    """Who opens it: of those who hold the post somebody whose page is open, and who planned it before others."""
    ids = selectors.chairs_at(row.code)
    there = online(ids, now=now)
    ids.sort(key=lambda pk: (pk not in there, pk != row.created_by_id))
    return get_user_model().objects.get(pk=ids[0]) if ids else None


def _open(row: Schedule, user: User, *, rings: bool = False) -> Conference:
    held = selectors.holders_of(selectors.posts_in(row))
    wanted = Opening(
        title=row.title,
        severity=row.severity,
        about=About(code=row.code),
        invite=[(post.user_id, post.code) for post in held if post.user_id != user.pk],
        automatic=row.automatic,
        lobby=row.lobby,
    )
    return conferences.open_conference(user=user, wanted=wanted, rings=rings)


def _remind(row: Schedule, at: datetime, *, due: bool) -> None:
    people = tuple(selectors.chairs_at(row.code))
    remind(Reminder(row.pk, row.title, row.code, at=at, due=due, people=people))


# -- helpers -----------------------------------------------------------------------------------------


def _lock(schedule_id: int, user: User) -> Schedule:
    rows = Schedule.objects.select_for_update().filter(pk=schedule_id, ended_at=None)
    row = rows.filter(code__in=selectors.chair_codes(user)).first()
    if row is None:
        raise NotTheirsError(str(schedule_id))
    return row


def _write(row: Schedule, plan: Plan, *, user: User, now: datetime) -> None:
    _check(plan, user)
    row.title, row.code, row.severity = plan.title, plan.code, plan.severity
    row.repeats, row.first_day, row.at = plan.repeats, plan.first_day, plan.at
    row.weekdays = sorted(plan.weekdays) if plan.repeats is Repeats.WEEKLY else []
    row.until = None if plan.repeats is Repeats.ONCE else plan.until
    row.lead_minutes, row.by_itself = plan.lead_minutes, plan.by_itself
    row.automatic, row.lobby = plan.automatic, plan.lobby
    row.invite = [[code, role or ""] for code, role in dict.fromkeys(plan.invite)]
    row.save()
    _advance(row, now)
    if row.next_at is None:
        raise PlanError("first_day", "over", "that time has gone by")


def _check(plan: Plan, user: User) -> None:
    if plan.code not in selectors.chair_codes(user):
        raise PlanError("code", "unknown", "no post of yours there may open conferences")
    if plan.repeats is Repeats.WEEKLY and not plan.weekdays:
        raise PlanError("weekdays", "missing", "a weekly one is on at least one day")
    known = known_codes()
    for code, _role in plan.invite:
        if code not in known or not (within(code, [plan.code]) or plan.code.startswith(code)):
            raise PlanError("invite", "unknown", "there is no such jurisdiction")


def _advance(row: Schedule, after: datetime) -> None:
    """The next time after a moment that is neither skipped nor settled already."""
    zone = timezone.get_default_timezone()
    settled = row.runs.exclude(state=RunState.COMING).values_list("at", flat=True)
    rule = selectors.rule_of(row)
    row.next_at = next_time(rule, after=after, zone=zone, skipped=set(settled))
    row.save(update_fields=["next_at"])


def _set(
    row: Schedule, at: datetime, state: RunState, *, conference: Conference | None = None
) -> None:
    facts = {"state": state, "conference": conference}
    Run.objects.update_or_create(schedule=row, at=at, defaults=facts)


def _settle(
    publication: feed.Publication,
    row: Schedule,
    at: datetime,
    state: RunState,
    now: datetime,
    *,
    conference: Conference,
) -> None:
    """One time was opened; a plan that has no further one is done."""
    _set(row, at, state, conference=conference)
    _advance(row, max(now, at) if at == row.next_at else now)
    if row.next_at is None and row.repeats == Repeats.ONCE:
        _end(publication, row, now)
    else:
        _tell(publication, row)


def _end(publication: feed.Publication, row: Schedule, now: datetime) -> None:
    row.ended_at, row.next_at = now, None
    row.save(update_fields=["ended_at", "next_at"])
    _tell(publication, row)


def _tell(publication: feed.Publication, row: Schedule) -> None:
    publication.emit(CHANGED, code=row.code, data=schedule_data(row))


def _record(action: audit.Action, row: Schedule, user: User, **detail: object) -> None:
    audit.record(action=action, actor=user, subject=row.title, code=row.code, detail=detail)
