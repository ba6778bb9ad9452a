"""Questions about units."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import F, Q, QuerySet

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope, scope_of
from command_center.accounts.selectors import holding
from dispatch.units.kinds import UnitKind, is_on_duty
from dispatch.units.models import Shift, Unit, UnitMember

if TYPE_CHECKING:
    from command_center.accounts.models import User


ROSTER_KEPT_UP = timedelta(days=7)
"""A unit whose last shift ended longer ago is not on the roster any more."""

SHOWN_AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Force:
    """A unit, and whether it is on duty."""

    unit: Unit
    on_duty: bool


def forces(scope: Scope, *, now: datetime) -> list[Force]:
    """The units of a scope in order of id. Four queries, however many."""
    rows = list(Unit.objects.filter(scope.condition("jurisdiction_id")).order_by("id"))
    on_duty = duty_at([unit.pk for unit in rows], now=now)
    return [Force(unit, on_duty[unit.pk]) for unit in rows]


def duty_at(unit_ids: Collection[int], *, now: datetime) -> dict[int, bool]:
    """Whether each of these units is on duty."""
    members, members_on = set(), set()
    for unit_id, since in UnitMember.objects.values_list("unit_id", "on_duty_since"):
        members.add(unit_id)
        if since is not None:
            members_on.add(unit_id)
    shifts = Shift.objects.filter(ends_at__gt=now - ROSTER_KEPT_UP)
    rostered = set(shifts.values_list("unit_id", flat=True))
    in_shift = set(
        shifts.filter(starts_at__lte=now, ends_at__gt=now).values_list("unit_id", flat=True)
    )
    return {
        key: is_on_duty(
            members_on=int(key in members_on),
            in_shift=key in in_shift,
            is_known=key in members or key in rostered,
        )
        for key in unit_ids
    }


def otherwise_on_duty(*, now: datetime) -> list[int]:
    """Ids of the units of which it is no longer true whether they are on duty."""
    known = dict(Unit.objects.order_by("id").values_list("pk", "on_duty"))
    return [key for key, is_on in duty_at(known, now=now).items() if is_on != known[key]]


def members_of_unit(unit: Unit) -> QuerySet[UnitMember]:
    """Who belongs to a unit, who is on duty first."""
    rows = UnitMember.objects.filter(unit=unit).select_related("user")
    return rows.order_by(F("on_duty_since").asc(nulls_last=True), "id")


def coming_shifts(unit: Unit, *, now: datetime) -> QuerySet[Shift]:
    """The shifts under way and of the next two weeks, in order of time."""
    rows = Shift.objects.filter(unit=unit, ends_at__gt=now, starts_at__lt=now + SHOWN_AHEAD)
    return rows.order_by("starts_at", "id")


def candidates_for(unit: Unit, manager: Scope) -> list[User]:
    """Who could belong to a unit: with a post inside the manager's scope that carries tasks there."""
    known = UnitMember.objects.filter(unit=unit).values_list("user_id", flat=True)
    people = holding(Permission.TASKS_CARRY, over=unit.jurisdiction_id, within=manager)
    members = set(known)
    return [person for person in people if person.pk not in members]


def was_on_duty_at(unit_id: int, *, at: datetime, now: datetime) -> bool:
    """Whether a unit has been on duty from `at` till now, so that its position may be known.

    The members' own switches decide; only of a unit without members does a shift on the roster.
    """
    members = UnitMember.objects.filter(unit_id=unit_id)
    if members.exists():
        return members.filter(on_duty_since__lte=at).exists()
    return Shift.objects.filter(unit_id=unit_id, starts_at__lte=at, ends_at__gt=now).exists()


def seen_off_duty(*, now: datetime) -> list[int]:
    """Ids of the units with a position although they are not on duty, as `was_on_duty_at` has it."""
    members = UnitMember.objects.values("unit_id")
    shifts = Shift.objects.filter(starts_at__lte=now, ends_at__gt=now).values("unit_id")
    on_duty = Q(pk__in=members.filter(on_duty_since__lte=now)) | (
        Q(pk__in=shifts) & ~Q(pk__in=members)
    )
    rows = Unit.objects.filter(position_at__isnull=False).exclude(on_duty)
    return list(rows.values_list("pk", flat=True))


def unit_at(*, kind: UnitKind, code: str, name: str = "") -> Unit:
    """The first unit of a sort at a jurisdiction, or the one of this name. Raises Unit.DoesNotExist."""
    rows = Unit.objects.filter(kind=kind, jurisdiction_id=code)
    found = (rows.filter(name=name) if name else rows).order_by("id").first()
    if found is None:
        raise Unit.DoesNotExist(f"there is no {kind} at {code}")
    return found


def unit_names() -> dict[int, str]:
    """The name of every unit, by id."""
    return dict(Unit.objects.values_list("id", "name"))


def members_of(unit_ids: Iterable[int]) -> list[int]:
    """Ids of the people who belong to any of these units."""
    rows = UnitMember.objects.filter(unit_id__in=set(unit_ids)).order_by("user_id")
    return list(rows.values_list("user_id", flat=True).distinct())


def units_of(user: User) -> list[int]:
    """Ids of the units that a person belongs to and, by a post, carries tasks for."""
    scope = scope_of(user, Permission.TASKS_CARRY)
    rows = UnitMember.objects.filter(scope.condition("unit__jurisdiction_id"), user_id=user.pk)
    return list(rows.order_by("unit_id").values_list("unit_id", flat=True))


def memberships_of(user: User) -> list[int]:
    """Ids of the units that a person belongs to, whatever their posts."""
    rows = UnitMember.objects.filter(user_id=user.pk).order_by("unit_id")
    return list(rows.values_list("unit_id", flat=True))


def person_on_duty(user: User) -> bool:
    """Whether a person's own switch is on, in any unit."""
    return UnitMember.objects.filter(user_id=user.pk, on_duty_since__isnull=False).exists()


def duty_of(user: User) -> list[UnitMember]:
    """A person's memberships with their units, of those for which a post of theirs carries tasks."""
    rows = UnitMember.objects.filter(user_id=user.pk, unit_id__in=units_of(user))
    return list(rows.select_related("unit").order_by("unit_id"))
