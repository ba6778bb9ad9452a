"""When a stage is due: from the tables of allowances and calendars to times on the case."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, time

from django.utils import timezone

from dispatch.incidents import models
from dispatch.incidents.deadlines import (
    YELLOW,
    Budget,
    Calendar,
    DeadlineError,
    due_at,
    elapsed,
)
from dispatch.incidents.lifecycle import OWED, Stage
from dispatch.incidents.models import Allowance, Incident

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Allowed:
    """How long a stage may take, in the seconds of a calendar."""

    seconds: int
    calendar: Calendar


def allowed_for(incident: Incident, stage: Stage) -> Allowed | None:
    """The nearest allowance: of the category, else of its group, else of any; the same for severity."""
    rows = Allowance.objects.filter(stage=stage).select_related("calendar")
    near = {incident.category_id: 2, incident.category.parent_id or "": 1, None: 0}
    fitting = [
        (near[row.category_id], row.severity is not None, row)
        for row in rows
        if row.category_id in near and row.severity in (None, incident.severity)
    ]
    if not fitting:
        return None
    row = max(fitting, key=lambda found: found[:2])[2]
    return Allowed(row.minutes * 60, calendar_of(row.calendar))


def calendar_of(row: models.Calendar | None) -> Calendar:
    """A row as the arithmetic takes it; None is around the clock."""
    zone = timezone.get_default_timezone()
    if row is None:
        return Calendar(zone)
    days = list(row.days.all())
    return Calendar(
        zone,
        hours=tuple(
            (time.fromisoformat(begin), time.fromisoformat(end)) for begin, end in row.hours
        ),
        weekdays=frozenset(row.weekdays),
        holidays=frozenset(day.day for day in days if not day.works),
        workdays=frozenset(day.day for day in days if day.works),
    )


def start_clock(incident: Incident, now: datetime) -> None:
    """A stage begins: set since when, and when it turns yellow and red, by what is left. Nothing is saved."""
    incident.stage_since = now
    incident.warn_at = incident.due_at = None
    allowed = _clocked(incident)
    if allowed is not None:
        budget = _budget(incident, allowed)
        _set(incident, now, budget.until_yellow, budget.left, allowed.calendar)


def stop_clock(incident: Incident, now: datetime) -> None:
    """A stage ends: what it used of its time is kept, and whether it was late. Nothing is saved."""
    _count_if_late(incident, now)
    allowed = _clocked(incident)
    if allowed is not None:
        budget = _budget(incident, allowed)
        stay = elapsed(incident.stage_since, now, allowed.calendar)
        _keep(incident, replace(budget, spent=budget.spent + stay))


def forget(incident: Incident) -> None:
    """A case begins anew: every stage has all of its time again. Nothing is saved."""
    incident.clock = {}


def extend(incident: Incident, minutes: int, now: datetime) -> None:
    """More time from the present due time on, or from now if that has passed. Nothing is saved."""
    if incident.due_at is None:
        return
    _count_if_late(incident, now)
    allowed, more = _clocked(incident), minutes * 60
    calendar = allowed.calendar if allowed else calendar_of(None)
    if allowed is not None:
        budget = _budget(incident, allowed)
        late = elapsed(incident.due_at, now, calendar)
        _keep(incident, replace(budget, granted=budget.granted + late + more))
    _set(incident, max(incident.due_at, now), YELLOW * more, more, calendar)


def _count_if_late(incident: Incident, now: datetime) -> None:
    """By the times alone, whether or not anybody looked while it was late."""
    if incident.due_at is not None and now > incident.due_at:
        incident.overdue += 1


def _clocked(incident: Incident) -> Allowed | None:
    """What the table allows for the present stage, if a clock runs in it."""
    stage = Stage(incident.stage)
    return allowed_for(incident, stage) if stage in OWED - {Stage.SUSPENDED} else None


def _budget(incident: Incident, allowed: Allowed) -> Budget:
    spent, granted = incident.clock.get(incident.stage, (0.0, 0.0))
    return Budget(allowed.seconds, granted=granted, spent=spent)


def _keep(incident: Incident, budget: Budget) -> None:
    used = [round(budget.spent, 3), round(budget.granted, 3)]
    incident.clock = {**incident.clock, incident.stage: used}


def _set(
    incident: Incident, start: datetime, yellow_s: float, seconds: float, calendar: Calendar
) -> None:
    """A calendar without working hours has no deadlines: a case must not stand still for a bad table."""
    try:
        incident.warn_at = due_at(start, yellow_s, calendar)
        incident.due_at = due_at(start, seconds, calendar)
    except DeadlineError:
        logger.exception("calendar of %s, stage %s", incident.number, incident.stage)
        incident.warn_at = incident.due_at = None
