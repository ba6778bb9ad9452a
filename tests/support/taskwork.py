"""Random work with units' tasks, by the services that do it: a step of the walks."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from random import Random

from django.db import transaction
from django.utils import timezone

from command_center.accounts.models import User
from command_center.accounts.policy import Permission
from command_center.accounts.scope import NOWHERE, Scope
from command_center.accounts.selectors import posts_of
from dispatch.incidents.lifecycle import Stage
from dispatch.incidents.models import Incident
from dispatch.incidents.services import IncidentError
from dispatch.tasks import selectors, services, stepping, sweeping
from dispatch.tasks.lifecycle import Step
from dispatch.tasks.models import Task
from dispatch.units import duty
from dispatch.units.models import Unit, UnitMember

REFUSALS = (
    stepping.TaskRefusedError,
    duty.NoMemberError,
    duty.NotOnDutyError,
    Task.DoesNotExist,
)
"""Beside those of cases: what a service refuses in words."""

NEARLY_ALWAYS = 0.9
_SENDABLE = (Stage.REPORTED, Stage.ACCEPTED, Stage.DISPATCHED, Stage.IN_PROGRESS)


def work(rng: Random, user: User, scopes: dict[Permission, Scope]) -> None:
    """Send units, take a step, let time pass, or go on duty and about."""
    match rng.randint(0, 9):
        case 0 | 1 | 2:
            _send(rng, user, scopes)
            for _ in range(rng.randint(0, 3)):
                _try_step(rng, user)
        case 3 | 4 | 5 | 6:
            _step(rng, user)
        case 7:
            sweeping.sweep(now=timezone.now() + timedelta(seconds=rng.choice((0, 100, 400))))
        case _:
            _duty(rng, user)


def _send(rng: Random, user: User, scopes: dict[Permission, Scope]) -> None:
    """Mostly what the person may do: a case and units of theirs; now and then any."""
    scope = scopes.get(Permission.INCIDENTS_HANDLE, NOWHERE)
    units_scope = scopes.get(Permission.UNITS_VIEW, NOWHERE)
    open_ones = Incident.objects.filter(stage__in=_SENDABLE).order_by("-id")
    units = Unit.objects.order_by("id")
    if rng.random() < NEARLY_ALWAYS:
        open_ones = open_ones.filter(scope.condition())
        units = units.filter(units_scope.condition("jurisdiction_id"))
    cases, ids = list(open_ones[:6]), list(units.values_list("id", flat=True))
    if cases and ids:
        case = rng.choice(cases)
        services.send(
            incident_id=case.id,
            scope=scope,
            units_scope=units_scope,
            user=user,
            version=case.version,
            units=rng.sample(ids, min(len(ids), rng.randint(1, 2))),
            order="去",
        )


def _try_step(rng: Random, user: User) -> None:
    """A step that may fail without undoing what was before it."""
    with suppress(*REFUSALS, IncidentError), transaction.atomic():
        _step(rng, user)


def _step(rng: Random, user: User) -> None:
    """Mostly a step that is allowed now; now and then any."""
    tasks = list(selectors.visible(user).select_related("incident__category").order_by("-id")[:8])
    if not tasks:
        return
    task = rng.choice(tasks)
    allowed = [rule.step for rule in selectors.steps_for(task, user)]
    is_sane = allowed and rng.random() < NEARLY_ALWAYS
    step = rng.choice(allowed if is_sane else list(Step))
    text = "话" if rng.random() < NEARLY_ALWAYS else ""
    services.take_step(task_id=task.id, user=user, step=step, text=text)


def _duty(rng: Random, user: User) -> None:
    # Nobody joins a unit outside their posts: their name would be a trace of their township there.
    held = [code for _role, code in posts_of(user)]
    units = [
        unit
        for unit in Unit.objects.order_by("id")
        if any(unit.jurisdiction_id.startswith(code) for code in held)
    ]
    if units and rng.random() < 0.4:
        unit = rng.choice(units)
        membership = UnitMember.objects.filter(unit=unit, user=user).first()
        if membership is not None:
            duty.remove_member(membership=membership, actor=None)
        else:
            duty.add_member(unit=unit, user=user, actor=None)
    duty.set_duty(user=user, on=rng.random() < 0.7)
    place = 106.0 + rng.random(), 38.0
    duty.set_position(user=user, place=place, at=None)
