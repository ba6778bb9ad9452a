"""Outages that last, on the live feed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.feed.messages import iso
from command_center.feed.sections import FeedModel, Section
from iot_bridge.outages.models import Outage, OutageCause


class OutageData(FeedModel):
    """Nothing is, or was, heard from a place. `site` narrows the cause `site_silent` to one site of the village

    `code`, or to its devices without one; `devices` is how many are concerned. `until` is null while it lasts.
    """

    id: int
    cause: OutageCause
    code: str
    site: str
    since: str
    until: str | None
    devices: int


def outage_data(outage: Outage) -> OutageData:
    """A row as the feed and the API show it."""
    return OutageData(
        id=outage.id,
        cause=OutageCause(outage.cause),
        code=outage.code,
        site=outage.site,
        since=iso(outage.since),
        until=iso(outage.until) if outage.until else None,
        devices=outage.devices,
    )


def lasts(outage: Mapping[str, Any]) -> bool:
    """Whether it has not ended."""
    return outage["until"] is None


def _read(scope: Scope) -> Iterator[OutageData]:
    return map(outage_data, Outage.objects.filter(scope.touching(), until=None).order_by("id"))


SECTION = Section(
    name="outages",
    item=OutageData,
    key="id",
    permission=Permission.DEVICES_VIEW,
    read=_read,
    belongs=lasts,
    upserts=frozenset({"outage.changed"}),
    downward=True,
)
