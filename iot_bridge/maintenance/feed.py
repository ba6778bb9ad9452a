"""Maintenance windows on the live feed: those that are planned or under way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.feed.messages import iso
from command_center.feed.sections import FeedModel, RemovedById, Section
from iot_bridge.maintenance.models import MaintenanceWindow, WindowState
from iot_bridge.protocol.topics import Kind


class WindowData(FeedModel):
    """A maintenance window: of `device`, or of the devices below `code` that are of one of `kinds` (none: all).

    It runs from `begins_at` until `ends_at`, or was ended early by `ended_by` at `ended_at`.
    """

    id: int
    code: str
    device: str | None
    kinds: list[Kind]
    begins_at: str
    ends_at: str
    reason: str
    state: WindowState
    by: str
    planned_at: str
    ended_at: str | None
    ended_by: str | None


def window_data(window: MaintenanceWindow) -> WindowData:
    """A row as the feed and the API show it."""
    return WindowData(
        id=window.id,
        code=window.code,
        device=window.device_id,
        kinds=[Kind(kind) for kind in window.kinds],
        begins_at=iso(window.begins_at),
        ends_at=iso(window.ends_at),
        reason=window.reason,
        state=WindowState(window.state),
        by=window.by_name,
        planned_at=iso(window.planned_at),
        ended_at=iso(window.ended_at) if window.ended_at else None,
        ended_by=window.ended_by_name or None,
    )


def _lasts(window: Mapping[str, Any]) -> bool:
    return window["ended_at"] is None


def _read(scope: Scope) -> Iterator[WindowData]:
    rows = MaintenanceWindow.objects.filter(scope.condition(), ended_at=None).order_by("id")
    return map(window_data, rows)


SECTION = Section(
    name="windows",
    item=WindowData,
    key="id",
    permission=Permission.DEVICES_VIEW,
    read=_read,
    belongs=_lasts,
    upserts=frozenset({"window.changed"}),
    removals={"window.removed": RemovedById},
)
