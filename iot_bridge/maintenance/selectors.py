"""Questions for the maintenance windows."""

from __future__ import annotations

from command_center.accounts.scope import Scope
from command_center.jurisdictions.selectors import name_of
from iot_bridge.devices.models import Device
from iot_bridge.protocol.topics import Kind


def device_in(scope: Scope, device_id: str) -> Device | None:
    """A device of a scope that maintenance can be about; a patrol's terminal is a person's lifeline."""
    rows = Device.objects.filter(scope.condition("jurisdiction_id"))
    return rows.exclude(kind=Kind.PATROL_TERMINAL).filter(pk=device_id).first()


def jurisdiction_exists(code: str) -> bool:
    """Whether there is such a jurisdiction."""
    return name_of(code) != ""
