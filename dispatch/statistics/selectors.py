"""Reading cases as the figures take them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Min, Q

from command_center.accounts.scope import Scope
from dispatch.incidents.lifecycle import Action, Stage
from dispatch.incidents.models import Entry, Incident, IncidentAlarm
from dispatch.incidents.selectors import degrees_of
from dispatch.statistics.figures import CaseFacts
from dispatch.tasks.selectors import sent_to
from iot_bridge.alarms.selectors import raised_times


def cases_in(scope: Scope, *, since: datetime, until: datetime, now: datetime) -> list[CaseFacts]:
    """The cases of a scope reported in `since` ≤ t < `until`, without those merged into others."""
    rows = (
        Incident.objects.filter(scope.condition(), reported_at__gte=since, reported_at__lt=until)
        .exclude(stage=Stage.MERGED)
        .annotate(supervised=Count("supervisions"))
        .order_by("id")
    )
    incidents = list(rows)
    ids = [incident.id for incident in incidents]
    accepted, raised, sent, satisfied = _accepted(ids), _raised(ids), sent_to(ids), degrees_of(ids)
    return [
        CaseFacts(
            code=row.code,
            owner=row.owner,
            category=row.category_id,
            severity=row.severity,
            stage=Stage(row.stage),
            reported_at=row.reported_at,
            raised_at=raised.get(row.id),
            accepted_at=accepted.get(row.id),
            closed_at=row.closed_at,
            returned=row.returned,
            reopened=row.reopened,
            overdue=row.overdue + (row.due_at is not None and row.due_at < now),
            supervised=row.supervised,
            score=row.score,
            satisfied=satisfied.get(row.id, ()),
            sent=sent.get(row.id, ()),
        )
        for row in incidents
    ]


def _accepted(ids: Iterable[int]) -> dict[int, datetime]:
    """When each was first accepted: by itself, by being dispatched, or by who took the report."""
    taken = Q(kind__in=[Action.ACCEPT, Action.DISPATCH]) | Q(kind="report", stage=Stage.ACCEPTED)
    rows = Entry.objects.filter(taken, incident__in=ids).values("incident_id")
    return dict(rows.annotate(first=Min("at")).values_list("incident_id", "first").order_by())


def _raised(ids: Iterable[int]) -> dict[int, datetime]:
    """When the first of its alarms was raised, of those that came from alarms."""
    links = list(
        IncidentAlarm.objects.filter(incident__in=ids).values_list("incident_id", "alarm_id")
    )
    times = raised_times([alarm for _incident, alarm in links])
    found: dict[int, datetime] = {}
    for incident, alarm in links:
        at = times.get(alarm)
        if at is not None and (incident not in found or at < found[incident]):
            found[incident] = at
    return found
