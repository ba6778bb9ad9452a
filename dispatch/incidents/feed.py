"""Incidents on the live feed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.feed.messages import iso
from command_center.feed.sections import FeedModel, RemovedById, Section
from dispatch.incidents.deadlines import yellow_between
from dispatch.incidents.lifecycle import GONE, Stage
from dispatch.incidents.models import Incident, Source, Supervision


class IncidentData(FeedModel):
    """A case as the console keeps it.

    Its light is yellow from `warn_at` or `order_warn_at`, red from `due_at` or `order_due_at`, whichever
    comes first: the one pair is of its stage, the other of the most urgent order from above in force.
    `code` is where it belongs, `owner` the jurisdiction responsible now, `alarms` the ids of its alarms,
    `overdue` how many stages ended late, `supervised` how many orders from above are in force,
    `extension` whether more time is asked for, `help` the jurisdiction that is asked for help, or null,
    `redispatch` since when a unit that did not come has no other in its place,
    `repeats` the id of a case that this one seemed to repeat when it was reported.
    """

    id: int
    number: str
    title: str
    category: str
    severity: int
    source: Source
    code: str
    owner: str
    lat: float | None
    lng: float | None
    place: str
    stage: Stage
    stage_since: str
    warn_at: str | None
    due_at: str | None
    order_warn_at: str | None
    order_due_at: str | None
    suspended_until: str | None
    version: int
    reported_at: str
    closed_at: str | None
    score: int | None
    returned: int
    reopened: int
    overdue: int
    supervised: int
    extension: bool
    help: str | None
    redispatch: str | None
    repeats: int | None
    alarms: tuple[int, ...]


def incident_data(incident: Incident) -> IncidentData:
    """A row as the feed and the API show it. Read with `RELATED` prefetched where there are many."""
    orders = [row for row in incident.supervisions.all() if row.lifted_at is None]
    order_warn_at, order_due_at = _times_of(orders)
    return IncidentData(
        id=incident.id,
        number=incident.number,
        title=incident.title,
        category=incident.category_id,
        severity=incident.severity,
        source=Source(incident.source),
        code=incident.code,
        owner=incident.owner,
        lat=incident.latitude,
        lng=incident.longitude,
        place=incident.place,
        stage=Stage(incident.stage),
        stage_since=iso(incident.stage_since),
        warn_at=_iso(incident.warn_at),
        due_at=_iso(incident.due_at),
        order_warn_at=order_warn_at,
        order_due_at=order_due_at,
        suspended_until=_iso(incident.suspended_until),
        version=incident.version,
        reported_at=iso(incident.reported_at),
        closed_at=_iso(incident.closed_at),
        score=incident.score,
        returned=incident.returned,
        reopened=incident.reopened,
        overdue=incident.overdue,
        supervised=len(orders),
        extension=any(row.granted is None for row in incident.extensions.all()),
        help=incident.help_from or None,
        redispatch=_iso(incident.redispatch_since),
        repeats=incident.repeats_id,
        alarms=tuple(sorted(row.alarm_id for row in incident.alarms.all())),
    )


def _times_of(orders: Iterable[Supervision]) -> tuple[str | None, str | None]:
    """When the order that is due first turns yellow, and red."""
    dated = [(row.due_at, row.at) for row in orders if row.due_at is not None]
    if not dated:
        return None, None
    due, given = min(dated)
    return iso(yellow_between(given, due)), iso(due)


def _iso(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None


RELATED = ("supervisions", "extensions", "alarms")


def with_related(rows: QuerySet[Incident]) -> QuerySet[Incident]:
    """The rows with what `incident_data` reads beside them, in one query for each."""
    return rows.prefetch_related(*RELATED)


def is_shown(incident: Mapping[str, Any]) -> bool:
    """A case stays on the consoles until it is archived or merged."""
    return incident["stage"] not in GONE


def _read(scope: Scope) -> Iterator[IncidentData]:
    rows = Incident.objects.filter(scope.condition()).exclude(stage__in=GONE).order_by("id")
    return map(incident_data, with_related(rows))


SECTION = Section(
    name="incidents",
    item=IncidentData,
    key="id",
    permission=Permission.INCIDENTS_VIEW,
    read=_read,
    belongs=is_shown,
    upserts=frozenset({"incident.changed"}),
    removals={"incident.removed": RemovedById},
)
