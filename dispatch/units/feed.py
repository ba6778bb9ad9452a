"""Units on the live feed."""

from __future__ import annotations

from collections.abc import Iterator

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.feed.messages import iso
from command_center.feed.sections import FeedModel, RemovedById, Section
from dispatch.units.kinds import Skill, UnitKind, UnitStatus
from dispatch.units.models import Unit


class UnitData(FeedModel):
    """A unit as the console keeps it; `lat`/`lng` in degrees WGS-84, `updated_at` the time of its status.

    `status_reason` is why it is out of service, where its people said so. With a `position_at`, `lat`/`lng` are
    where it was seen then, on duty; without, where its post is. `on_duty`
    as a member's switch or the roster has it; a unit without either is on duty by its status alone.
    """

    id: int
    name: str
    kind: UnitKind
    code: str
    status: UnitStatus
    status_reason: str
    on_duty: bool
    skills: tuple[Skill, ...]
    lat: float | None
    lng: float | None
    position_at: str | None
    updated_at: str


def unit_data(unit: Unit) -> UnitData:
    """A row as the feed and the API show it."""
    longitude, latitude = unit.position or unit.post or (None, None)
    is_seen = unit.position is not None and unit.position_at is not None
    return UnitData(
        id=unit.id,
        name=unit.name,
        kind=UnitKind(unit.kind),
        code=unit.jurisdiction_id,
        status=UnitStatus(unit.status),
        status_reason=unit.status_reason,
        on_duty=unit.on_duty,
        skills=tuple(Skill(skill) for skill in unit.skills),
        lat=latitude,
        lng=longitude,
        position_at=iso(unit.position_at) if is_seen and unit.position_at else None,
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
