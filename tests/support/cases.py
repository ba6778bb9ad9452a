"""Incidents of a served demo city, put away between tests; run by a clerk."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from command_center.feed import services as feed
from command_center.feed.sections import RemovedById
from dispatch.incidents.feed import incident_data
from dispatch.incidents.lifecycle import GONE, Stage
from dispatch.incidents.models import Incident
from dispatch.notices import services as notices
from dispatch.tasks.lifecycle import LIVE, TaskState
from dispatch.tasks.models import Task
from dispatch.units.kinds import BUSY, UnitStatus
from dispatch.units.models import Unit
from dispatch.units.services import set_work

CASES = "tests.support.cases"


def clear_incidents() -> int:
    """Take every incident off the consoles with its tasks, and every unit home; returns how many."""
    with feed.transaction() as publication:
        tasks = Task.objects.exclude(incident__stage__in=GONE).select_related("incident")
        for task in tasks:
            publication.emit("task.removed", code=task.incident.code, data=RemovedById(id=task.id))
        Task.objects.filter(state__in=LIVE).update(
            state=TaskState.CANCELLED, answer_by=None, ended_at=timezone.now()
        )
        incidents = list(Incident.objects.select_for_update().exclude(stage__in=GONE))
        for incident in incidents:
            incident.stage, incident.warn_at, incident.due_at = Stage.ARCHIVED, None, None
            incident.version += 1
            incident.save()
            publication.emit("incident.changed", code=incident.code, data=incident_data(incident))
            notices.follow_incident(publication, incident, None, False)
        on_the_way_back = Q(status=UnitStatus.RETURNING, tasks__isnull=False)
        for unit in Unit.objects.filter(Q(status__in=BUSY) | on_the_way_back).distinct():
            set_work(publication, unit, UnitStatus.AVAILABLE)
    return len(incidents)
