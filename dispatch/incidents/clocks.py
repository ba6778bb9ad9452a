"""When a stage is due: from the tables of allowances and calendars to times on the case."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, time

from django.utils import timezone

from dispatch.incidents import models
from dispatch.incidents.deadlines import YELLOW, Calendar, DeadlineError, due_at
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
    """A stage begins: set since when, and when it turns yellow and red. Nothing is saved."""
    incident.stage_since = now
    stage = Stage(incident.stage)
    allowed = allowed_for(incident, stage) if stage in OWED - {Stage.SUSPENDED} else None
    incident.warn_at = incident.due_at = None
    if allowed is not None:
        _set(incident, now, YELLOW * allowed.seconds, allowed.seconds, allowed.calendar)


def extend(incident: Incident, minutes: int) -> None:
    """More time from the present due time on, or from now if that has passed. Nothing is saved."""
    if incident.due_at is not None:
        _add(incident, max(incident.due_at, timezone.now()), minutes)


def lengthen(incident: Incident, minutes: int) -> None:
    """More time from the present due time on, whether or not that has passed. Nothing is saved."""
    if incident.due_at is not None:
        _add(incident, incident.due_at, minutes)


def run_down(incident: Incident, seconds: int, now: datetime) -> None:
    """The stage goes on with what was left of its time. Nothing is saved."""
    allowed = allowed_for(incident, Stage(incident.stage))
    if allowed is not None:
        yellow = max(seconds - (1 - YELLOW) * allowed.seconds, 0)
        _set(incident, now, yellow, seconds, allowed.calendar)


def _add(incident: Incident, start: datetime, minutes: int) -> None:
    allowed = allowed_for(incident, Stage(incident.stage))
    calendar = allowed.calendar if allowed else calendar_of(None)
    _set(incident, start, YELLOW * minutes * 60, minutes * 60, calendar)


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
