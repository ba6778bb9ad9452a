"""Jurisdictions on the live feed."""

from __future__ import annotations

from collections.abc import Iterator

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.feed.sections import FeedModel, RemovedByCode, Section
from command_center.jurisdictions.codes import Level
from command_center.jurisdictions.models import Jurisdiction


class JurisdictionData(FeedModel):
    """A node of the tree, without its area (GET /jurisdictions/areas has the areas)."""

    code: str
    name: str
    level: Level
    parent: str | None
    centre: tuple[float, float] | None
    illustrative: bool


def jurisdiction_data(row: Jurisdiction) -> JurisdictionData:
    """A row as the feed and the API show it."""
    return JurisdictionData(
        code=row.code,
        name=row.name,
        level=Level(row.level),
        parent=row.parent_id,
        centre=row.centre,
        illustrative=row.illustrative,
    )


def _read(scope: Scope) -> Iterator[JurisdictionData]:
    rows = Jurisdiction.objects.filter(scope.condition("code")).defer("area").order_by("code")
    return map(jurisdiction_data, rows)


SECTION = Section(
    name="jurisdictions",
    item=JurisdictionData,
    key="code",
    permission=Permission.DEVICES_VIEW,
    read=_read,
    upserts=frozenset({"jurisdiction.changed"}),
    removals={"jurisdiction.removed": RemovedByCode},
)
