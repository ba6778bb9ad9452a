"""Questions about the registry of devices."""

from __future__ import annotations

from collections.abc import Collection

from iot_bridge.devices.models import Device


def find_device(id_: str) -> Device | None:
    """A device by its id; None if there is none."""
    return Device.objects.filter(pk=id_).first()


def lock_devices(ids: Collection[str]) -> list[Device]:
    """The devices that still exist, with their status, unchanged by others until the transaction ends.

    In a fixed order, so that two writers cannot lock each other out.
    """
    if not ids:
        return []
    rows = Device.objects.select_related("status").select_for_update(of=("self",), no_key=True)
    return list(rows.filter(pk__in=ids).defer("parameters", "status__rule_state").order_by("pk"))
