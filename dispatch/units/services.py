"""Changing units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils import timezone

from command_center.audit.services import Action, record
from command_center.feed import services as feed
from command_center.feed.sections import RemovedById
from dispatch.units.feed import unit_data
from dispatch.units.kinds import Skill, UnitKind, UnitStatus
from dispatch.units.models import Unit

if TYPE_CHECKING:
    from command_center.accounts.models import User


def set_status(*, unit_id: int, status: UnitStatus, actor: User) -> Unit:
    """Set what a unit is doing. Setting what it already does changes nothing."""
    with feed.transaction() as publication:
        unit = Unit.objects.select_for_update().get(pk=unit_id)
        if unit.status != status:
            before, unit.status, unit.updated_at = unit.status, status, timezone.now()
            unit.save(update_fields=["status", "updated_at"])
            publication.emit("unit.changed", code=unit.jurisdiction_id, data=unit_data(unit))
            record(
                action=Action.UNIT_STATUS,
                actor=actor,
                subject=unit.name,
                code=unit.jurisdiction_id,
                detail={"status": [before, status]},
            )
    return unit


def lock_units(ids: Iterable[int]) -> dict[int, Unit]:
    """The rows of these units by id, unchanged by others until the transaction ends; locked in order of id."""
    rows = Unit.objects.select_for_update(no_key=True).filter(pk__in=set(ids)).order_by("id")
    return {unit.id: unit for unit in rows}


def set_work(publication: feed.Publication, unit: Unit, status: UnitStatus) -> None:
    """What a locked unit does follows from its tasks; inside the caller's transaction."""
    if unit.status != status:
        unit.status, unit.updated_at = status, timezone.now()
        unit.save(update_fields=["status", "updated_at"])
        publication.emit("unit.changed", code=unit.jurisdiction_id, data=unit_data(unit))


def save_unit(*, unit: Unit) -> Unit:
    """Create a unit or change it."""
    unit.full_clean()
    with feed.transaction() as publication:
        before = Unit.objects.filter(pk=unit.pk).first() if unit.pk else None
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
