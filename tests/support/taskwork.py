"""Random work with units' tasks, by the services that do it: a step of the walks."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from django.utils import timezone

from command_center.accounts.models import User
from command_center.accounts.policy import Permission
from command_center.accounts.scope import NOWHERE, Scope
from dispatch.incidents.models import Incident
from dispatch.tasks import services
from dispatch.tasks.lifecycle import Step
from dispatch.tasks.models import Task
from dispatch.units import duty
from dispatch.units.models import Unit, UnitMember

REFUSALS = (
    services.TaskRefusedError,
    duty.NoMemberError,
    duty.NotOnDutyError,
    Task.DoesNotExist,
)
"""Beside those of cases: what a service refuses in words."""


def work(rng: Random, user: User, scopes: dict[Permission, Scope]) -> None:
    """Send units, take a step, let time pass, or go on duty and about."""
    match rng.randint(0, 9):
        case 0 | 1 | 2:
            _send(rng, user, scopes)
        case 3 | 4 | 5 | 6:
            _step(rng, user)
        case 7:
            services.sweep(now=timezone.now() + timedelta(seconds=rng.choice((0, 100, 400))))
        case _:
            _duty(rng, user)


def _send(rng: Random, user: User, scopes: dict[Permission, Scope]) -> None:
    cases = list(Incident.objects.order_by("-id").values_list("id", flat=True)[:6])
    units = list(Unit.objects.order_by("id").values_list("id", flat=True))
    if cases and units:
        services.send(
            incident_id=rng.choice(cases),
            scope=scopes.get(Permission.INCIDENTS_HANDLE, NOWHERE),
            units_scope=scopes.get(Permission.UNITS_VIEW, NOWHERE),
            user=user,
            version=None,
            units=rng.sample(units, min(len(units), rng.randint(1, 2))),
            order="去",
        )


def _step(rng: Random, user: User) -> None:
    tasks = list(Task.objects.order_by("-id").values_list("id", flat=True)[:8])
    if tasks:
        step, text = rng.choice(list(Step)), rng.choice(("", "话", "话"))
        services.take_step(task_id=rng.choice(tasks), user=user, step=step, text=text)


def _duty(rng: Random, user: User) -> None:
    units = list(Unit.objects.order_by("id"))
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
