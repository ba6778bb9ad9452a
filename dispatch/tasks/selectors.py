"""Questions about tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import F, Q, QuerySet

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope, scope_of
from dispatch.incidents import selectors as incidents
from dispatch.incidents.lifecycle import OFFICERS, Relation, Stage
from dispatch.incidents.models import Incident
from dispatch.tasks.lifecycle import LIVE, Order, Sent, Sibling, Standing, StepRule, TaskState
from dispatch.tasks.lifecycle import allowed_steps as steps_in
from dispatch.tasks.models import AnswerTime, DispatchRules, Task
from dispatch.tasks.policy import AnswerRule, Distances
from dispatch.tasks.policy import answer_rule as nearest_rule
from dispatch.tasks.recommendation import Candidate, Suggestion, Wanted, next_unit, recommend
from dispatch.units.kinds import Skill, UnitStatus
from dispatch.units.selectors import Force, forces, units_of

if TYPE_CHECKING:
    from command_center.accounts.models import User

SHOWN_AFTER = timedelta(hours=24)
"""So long does a phone still show a task that has ended."""


def visible(user: User) -> QuerySet[Task]:
    """The tasks that exist for a person: of the incidents in scope, and of their own units."""
    scope = scope_of(user, Permission.TASKS_VIEW)
    condition = scope.condition("incident__code") | Q(unit_id__in=units_of(user))
    return Task.objects.filter(condition).select_related("incident")


def mine(user: User) -> QuerySet[Task]:
    """The tasks of a person's units."""
    return Task.objects.filter(unit_id__in=units_of(user)).select_related("incident")


def on_phone(user: User, *, now: datetime) -> QuerySet[Task]:
    """What a person's phone shows: what is owed, and what has ended lately; newest first."""
    recent = Q(state__in=LIVE) | Q(ended_at__gte=now - SHOWN_AFTER)
    return mine(user).filter(recent).select_related("unit", "incident__category").order_by("-id")


def incidents_carried(user: User) -> list[str]:
    """The ids of the incidents that a person's units are out for now, as conferences name them."""
    rows = mine(user).filter(state__in=LIVE).values_list("incident_id", flat=True)
    return [str(id_) for id_ in rows]


def order_of(task: Task, incident: Incident, *, earlier: datetime | None = None) -> Order:
    """What of a task and its case its life depends on; `earlier` is when a step was taken, if before now."""
    return Order(
        state=TaskState(task.state),
        stage=Stage(incident.stage),
        photo_required=incident.category.photo_required,
        answered_in_time=earlier is not None and _is_in_time(task, earlier),
    )


def _is_in_time(task: Task, happened: datetime) -> bool:
    """Whether it was done before the task expired, and the unit has no newer order for the case."""
    if task.state != TaskState.EXPIRED or task.ended_at is None or happened >= task.ended_at:
        return False
    newer = Task.objects.filter(incident_id=task.incident_id, unit_id=task.unit_id, pk__gt=task.pk)
    return not newer.exists()


def last_act(task: Task) -> datetime:
    """When the last thing was done with a task that it has a time of; at the earliest when it was given."""
    times = (task.delivered_at, task.acknowledged_at, task.en_route_at, task.on_scene_at)
    return max(filter(None, times), default=task.created_at)


def standings_of(task: Task, incident: Incident, user: User) -> frozenset[Standing]:
    """How a person stands to a task."""
    found = set()
    if task.unit_id in units_of(user):
        found.add(Standing.MEMBER)
    case = incidents.case_of(incident)
    if incidents.actor_of(user).relations(case, OFFICERS) & {Relation.OWNER, Relation.ABOVE}:
        found.add(Standing.RUNNER)
    return frozenset(found)


def steps_for(task: Task, user: User) -> list[StepRule]:
    """What a person may do with a task now."""
    return steps_in(order_of(task, task.incident), standings_of(task, task.incident, user))


def siblings_of(task: Task, incident: Incident) -> list[Sibling]:
    """The other tasks of a case."""
    rows = Task.objects.filter(incident=incident).exclude(pk=task.pk)
    return [
        Sibling(TaskState(state), ended_at is not None and ended_at >= incident.stage_since)
        for state, ended_at in rows.values_list("state", "ended_at")
    ]


def last_feedback(incident: Incident) -> str:
    """What the last unit to finish has said."""
    done = Task.objects.filter(incident=incident, state=TaskState.DONE).order_by("-done_at", "-id")
    return done.values_list("feedback", flat=True).first() or ""


def sent_to(incident_ids: Collection[int]) -> dict[int, tuple[Sent, ...]]:
    """The tasks of these cases, by id; nothing of a case to which nobody was sent."""
    rows = Task.objects.filter(incident__in=incident_ids).order_by("id")
    fields = ("incident_id", "unit_id", "created_at", "acknowledged_at", "on_scene_at", "state")
    found: dict[int, list[Sent]] = {}
    for incident, unit, created, acknowledged, on_scene, state in rows.values_list(*fields):
        is_declined = state == TaskState.DECLINED
        sent = Sent(unit, created, acknowledged, on_scene, is_declined)
        found.setdefault(incident, []).append(sent)
    return {incident: tuple(tasks) for incident, tasks in found.items()}


def task_under_way(unit_id: int) -> Task | None:
    """The task that a unit is out for, with its case; the last one begun, if several."""
    rows = Task.objects.filter(unit_id=unit_id, state__in=LIVE).select_related("incident")
    return rows.order_by(F("en_route_at").desc(nulls_last=True), "-id").first()


def overdue_check_ins(*, now: datetime) -> dict[int, int]:
    """The units that owe a sign of life, each with the task for which it is overdue longest."""
    rows = Task.objects.filter(check_in_by__lte=now, state__in=LIVE).order_by("-check_in_by", "-id")
    return dict(rows.values_list("unit_id", "id"))


def live_units(incident: Incident) -> set[int]:
    """Ids of the units that are out for a case."""
    rows = Task.objects.filter(incident=incident, state__in=LIVE)
    return set(rows.values_list("unit_id", flat=True))


def asked_units(incident: Incident) -> set[int]:
    """Ids of the units that were ever sent to a case."""
    return set(Task.objects.filter(incident=incident).values_list("unit_id", flat=True))


def states_of_unit(unit_id: int) -> list[TaskState]:
    """The states of a unit's live tasks, of all cases."""
    rows = Task.objects.filter(unit_id=unit_id, state__in=LIVE)
    return [TaskState(state) for state in rows.values_list("state", flat=True)]


def recommendation(incident: Incident, scope: Scope, *, now: datetime) -> list[Suggestion]:
    """The units in scope that could be sent to a case and are not out for it, best first."""
    return recommend(_wanted(incident), _candidates(scope, live_units(incident), now))


def proposal(incident: Incident, *, now: datetime) -> int | None:
    """The best unit that was not asked yet, of those below who is responsible; None if none can come."""
    scope = Scope((incident.owner,))
    return next_unit(_wanted(incident), _candidates(scope, asked_units(incident), now))


def answer_rule(incident: Incident) -> AnswerRule:
    """How long a unit that is sent to a case now has to acknowledge, and how often it is reminded."""
    rules = (
        AnswerRule(
            within=timedelta(seconds=row.seconds),
            reminders=row.reminders,
            category=row.category_id or "",
            severity=row.severity,
        )
        for row in AnswerTime.objects.all()
    )
    return nearest_rule(rules, category=incident.category_id, severity=incident.severity)


def rules() -> DispatchRules:
    """What counts as near and far: as an administrator has it, else as it ships."""
    return DispatchRules.objects.first() or DispatchRules()


def distances() -> Distances:
    """The same as the recommendation takes it."""
    row = rules()
    return Distances(
        near_m=row.near_km * 1000,
        far_m=row.far_km * 1000,
        stale_after=timedelta(minutes=row.stale_minutes),
    )


def _wanted(incident: Incident) -> Wanted:
    place = None
    if incident.longitude is not None and incident.latitude is not None:
        place = incident.longitude, incident.latitude
    skills = incidents.skills_asked(incident.category)
    return Wanted(incident.code, place, skills, distances())


def _candidates(scope: Scope, without: Iterable[int], now: datetime) -> list[Candidate]:
    live = Task.objects.filter(state__in=LIVE)
    load = Counter(live.values_list("unit_id", flat=True))
    excluded = set(without)
    return [
        _candidate(force, load[force.unit.id], now)
        for force in forces(scope, now=now)
        if force.unit.id not in excluded
    ]


def _candidate(force: Force, load: int, now: datetime) -> Candidate:
    unit = force.unit
    is_seen = unit.position is not None and unit.position_at is not None
    return Candidate(
        id=unit.id,
        code=unit.jurisdiction_id,
        status=UnitStatus(unit.status),
        on_duty=force.on_duty,
        load=load,
        skills=frozenset(Skill(skill) for skill in unit.skills),
        place=unit.position or unit.post,
        age=now - unit.position_at if is_seen and unit.position_at else None,
    )
