"""Questions about rounds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from command_center.accounts.policy import Permission
from command_center.accounts.scope import scope_of
from dispatch.rounds.models import Checkpoint, Round, Schedule
from dispatch.rounds.schedule import AHEAD, Wanted, day_of, windows
from dispatch.units.selectors import units_of

if TYPE_CHECKING:
    from command_center.accounts.models import User

SHOWN_AFTER = timedelta(hours=24)
"""So long does a phone still show a round that is over."""


def with_checkpoints(rows: QuerySet[Round]) -> QuerySet[Round]:
    """With all that a page shows of them; three queries more, however many rounds."""
    checkpoints = Checkpoint.objects.order_by("position", "id")
    return rows.select_related("route").prefetch_related(
        Prefetch("route__checkpoints", queryset=checkpoints), "visits"
    )


def visible(user: User) -> QuerySet[Round]:
    """The rounds that exist for a person: on the routes in scope, and of their own units."""
    scope = scope_of(user, Permission.UNITS_VIEW)
    condition = scope.condition("route__jurisdiction_id") | Q(unit_id__in=units_of(user))
    return Round.objects.filter(condition)


def on_phone(user: User, *, now: datetime) -> QuerySet[Round]:
    """Of a person's units: what is due or will be, and what was over lately."""
    return Round.objects.filter(unit_id__in=units_of(user), due_until__gt=now - SHOWN_AFTER)


def today(rows: QuerySet[Round], *, now: datetime) -> QuerySet[Round]:
    """Those of which a part lies in the installation's present day."""
    day = day_of(now, timezone.get_default_timezone())
    return rows.filter(due_from__lt=day.closes, due_until__gt=day.opens)


def wanted_rounds(*, now: datetime) -> list[Wanted]:
    """What the schedules of the routes in use ask for, from now on. A route needs a checkpoint."""
    zone = timezone.get_default_timezone()
    usable = Checkpoint.objects.filter(in_use=True).values("route_id")
    schedules = Schedule.objects.filter(route__in_use=True, route_id__in=usable)
    return [
        Wanted(schedule.id, schedule.route.unit_id, window)
        for schedule in schedules.select_related("route")
        for window in windows(schedule.timetable, since=now, until=now + AHEAD, zone=zone)
    ]
