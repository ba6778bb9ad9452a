"""Units on the live feed."""

from __future__ import annotations

from collections.abc import Iterator

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.feed.messages import iso
from command_center.feed.sections import FeedModel, RemovedById, Section
from dispatch.units.models import Unit, UnitKind, UnitStatus


class UnitData(FeedModel):
    """A unit as the console keeps it; `lat`/`lng` in degrees WGS-84, `updated_at` the time of its status."""

    id: int
    name: str
    kind: UnitKind
    code: str
    status: UnitStatus
    lat: float | None
    lng: float | None
    updated_at: str


def unit_data(unit: Unit) -> UnitData:
    """A row as the feed and the API show it."""
    return UnitData(
        id=unit.id,
        name=unit.name,
        kind=UnitKind(unit.kind),
        code=unit.jurisdiction_id,
        status=UnitStatus(unit.status),
        lat=unit.latitude,
        lng=unit.longitude,
        updated_at=iso(unit.updated_at),
    )


def _read(scope: Scope) -> Iterator[UnitData]:
    rows = Unit.objects.filter(scope.condition("jurisdiction_id")).order_by("id")
    return map(unit_data, rows)


SECTION = Section(
    name="units",
    item=UnitData,
    key="id",
    permission=Permission.UNITS_VIEW,
    read=_read,
    upserts=frozenset({"unit.changed"}),
    removals={"unit.removed": RemovedById},
)
