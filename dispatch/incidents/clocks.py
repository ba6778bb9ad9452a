"""When a stage is due: from the tables of allowances and calendars to times on the case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from django.utils import timezone

from dispatch.incidents import models
from dispatch.incidents.deadlines import YELLOW, Calendar, DeadlineError, due_at
from dispatch.incidents.lifecycle import OWED, Stage
from dispatch.incidents.models import Allowance, Incident


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
    if allowed is None:
        incident.warn_at = incident.due_at = None
        return
    try:
        incident.warn_at = due_at(now, YELLOW * allowed.seconds, allowed.calendar)
        incident.due_at = due_at(now, allowed.seconds, allowed.calendar)
    except DeadlineError:
        incident.warn_at = incident.due_at = None


def extend(incident: Incident, minutes: int) -> None:
    """More time from the present due time on, in the calendar of the stage. Nothing is saved."""
    if incident.due_at is None:
        return
    allowed = allowed_for(incident, Stage(incident.stage))
    calendar = allowed.calendar if allowed else calendar_of(None)
    start = max(incident.due_at, timezone.now())
    incident.warn_at = due_at(start, YELLOW * minutes * 60, calendar)
    incident.due_at = due_at(start, minutes * 60, calendar)


def run_down(incident: Incident, seconds: int, now: datetime) -> None:
    """The stage goes on with what was left of its time. Nothing is saved."""
    allowed = allowed_for(incident, Stage(incident.stage))
    if allowed is None:
        return
    yellow = max(seconds - (1 - YELLOW) * allowed.seconds, 0)
    incident.warn_at = due_at(now, yellow, allowed.calendar)
    incident.due_at = due_at(now, seconds, allowed.calendar)
