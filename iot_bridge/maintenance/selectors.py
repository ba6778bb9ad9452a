"""Questions for the maintenance windows."""

from __future__ import annotations

from dataclasses import dataclass

from command_center.accounts.scope import Scope
from command_center.jurisdictions.selectors import name_of
from iot_bridge.devices.models import Device
from iot_bridge.maintenance.models import MaintenanceWindow, WindowState
from iot_bridge.maintenance.overlapping import Equipment, Relation, Span, relation
from iot_bridge.protocol.topics import Kind


@dataclass(frozen=True, slots=True)
class Overlap:
    """A window that is there already, and what its equipment is to that of the one in question."""

    window: MaintenanceWindow
    relation: Relation


def device_in(scope: Scope, device_id: str) -> Device | None:
    """A device of a scope that maintenance can be about; a patrol's terminal is a person's lifeline."""
    rows = Device.objects.filter(scope.condition("jurisdiction_id"))
    return rows.exclude(kind=Kind.PATROL_TERMINAL).filter(pk=device_id).first()


def jurisdiction_exists(code: str) -> bool:
    """Whether there is such a jurisdiction."""
    return name_of(code) != ""


def equipment_of(window: MaintenanceWindow) -> Equipment:
    """What a window is about. Read with its device, whose kind counts."""
    if window.device is not None:
        device = window.device
        return Equipment(device.jurisdiction_id, frozenset({device.kind}), device.pk)
    return Equipment(window.code, frozenset(window.kinds))


def overlaps_of(
    scope: Scope, equipment: Equipment, span: Span, *, without: int | None = None
) -> list[Overlap]:
    """The windows of a scope, not ended, that share equipment and time; the next to begin first."""
    rows = MaintenanceWindow.objects.filter(
        scope.condition(), begins_at__lt=span.ends, ends_at__gt=span.begins
    ).exclude(state=WindowState.ENDED)
    found = []
    others = rows if without is None else rows.exclude(pk=without)
    for window in others.select_related("device").order_by("begins_at", "id"):
        how = relation(equipment, equipment_of(window))
        if how is not None:
            found.append(Overlap(window, how))
    return found
