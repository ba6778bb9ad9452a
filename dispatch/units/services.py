"""Changing units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from command_center.audit.services import Action, record
from command_center.feed import services as feed
from command_center.feed.sections import RemovedById
from dispatch.units import selectors
from dispatch.units.feed import unit_data
from dispatch.units.kinds import RETURN_WITHIN, Skill, UnitKind, UnitStatus, member_may_set
from dispatch.units.models import Unit

if TYPE_CHECKING:
    from command_center.accounts.models import User


def set_status(*, unit_id: int, status: UnitStatus, actor: User) -> Unit:
    """Set what a unit is doing. Setting what it already does changes nothing."""
    with feed.transaction() as publication:
        unit = Unit.objects.select_for_update().get(pk=unit_id)
        _set_by_hand(publication, unit, status, "", actor)
    return unit


class NotNowError(Exception):
    """What a unit does follows from its task."""


def set_own_status(*, unit_id: int, status: UnitStatus, reason: str, user: User) -> Unit:
    """What one's own unit does, said by somebody of it: available again, or out of service and why.

    Raises Unit.DoesNotExist where it is not one's own, NotNowError while it has a task.
    """
    with feed.transaction() as publication:
        if unit_id not in selectors.units_of(user):
            raise Unit.DoesNotExist
        unit = lock_units([unit_id])[unit_id]
        if (unit.status, unit.status_reason) != (status, reason):
            if not member_may_set(UnitStatus(unit.status), status):
                raise NotNowError(f"{unit.name} is {unit.status}")
            _set_by_hand(publication, unit, status, reason, user)
    return unit


def _set_by_hand(
    publication: feed.Publication, unit: Unit, status: UnitStatus, reason: str, actor: User
) -> None:
    before = unit.status
    if set_work(publication, unit, status, reason=reason):
        record(
            action=Action.UNIT_STATUS,
            actor=actor,
            subject=unit.name,
            code=unit.jurisdiction_id,
            detail={"status": [before, status], **({"reason": reason} if reason else {})},
        )


def lock_units(ids: Iterable[int]) -> dict[int, Unit]:
    """The rows of these units by id, unchanged by others until the transaction ends; locked in order of id."""
    rows = Unit.objects.select_for_update(no_key=True).filter(pk__in=set(ids)).order_by("id")
    return {unit.id: unit for unit in rows}


def set_work(
    publication: feed.Publication, unit: Unit, status: UnitStatus, *, reason: str = ""
) -> bool:
    """What a locked unit does from now on, and whether that is new; inside the caller's transaction."""
    if (unit.status, unit.status_reason) == (status, reason):
        return False
    if unit.status == UnitStatus.OUT_OF_SERVICE == status and not reason:
        return False  # why it is, its people have said
    if unit.status != status:
        unit.updated_at = timezone.now()
    unit.status, unit.status_reason = status, reason
    unit.save(update_fields=["status", "status_reason", "updated_at"])
    publication.emit("unit.changed", code=unit.jurisdiction_id, data=unit_data(unit))
    return True


def end_returning(*, now: datetime) -> int:
    """Units that have been on their way back for long are back; how many."""
    late = Unit.objects.filter(status=UnitStatus.RETURNING, updated_at__lte=now - RETURN_WITHIN)
    ended = 0
    for key in list(late.values_list("pk", flat=True)):
        with feed.transaction() as publication:
            unit = lock_units([key]).get(key)
            if unit is not None and unit.status == UnitStatus.RETURNING:
                ended += set_work(publication, unit, UnitStatus.AVAILABLE)
    return ended


def save_unit(*, unit: Unit) -> Unit:
    """Create a unit or change it."""
    unit.full_clean()
    with feed.transaction() as publication:
        before = Unit.objects.filter(pk=unit.pk).first() if unit.pk else None
        if before is not None and before.status != unit.status:
            unit.status_reason = ""
        unit.save()
        if before is not None and before.jurisdiction_id != unit.jurisdiction_id:
            publication.emit(
                "unit.removed", code=before.jurisdiction_id, data=RemovedById(id=unit.id)
            )
        publication.emit("unit.changed", code=unit.jurisdiction_id, data=unit_data(unit))
    return unit


def remove_unit(*, unit: Unit) -> None:
    """Take a unit off the list."""
    with feed.transaction() as publication:
        code, key = unit.jurisdiction_id, unit.id
        for follow in settings.UNIT_FOLLOWERS:
            import_string(follow)(publication, unit)
        unit.delete()
        publication.emit("unit.removed", code=code, data=RemovedById(id=key))


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A unit to be created, its post in degrees WGS-84."""

    name: str
    kind: UnitKind
    code: str
    status: UnitStatus = UnitStatus.AVAILABLE
    longitude: float | None = None
    latitude: float | None = None
    skills: tuple[Skill, ...] = ()

    def with_status(self, status: UnitStatus) -> NewUnit:
        """The same unit, doing something else."""
        return replace(self, status=status)


def create_units(*, units: Iterable[NewUnit]) -> int:
    """Create several units; each appears on the feed."""
    created = 0
    with feed.transaction():
        for new in units:
            save_unit(
                unit=Unit(
                    name=new.name,
                    kind=new.kind,
                    jurisdiction_id=new.code,
                    status=new.status,
                    longitude=new.longitude,
                    latitude=new.latitude,
                    skills=[str(skill) for skill in new.skills],
                    updated_at=timezone.now(),
                )
            )
            created += 1
    return created
