"""Questions about the registry of devices."""

from __future__ import annotations

from collections.abc import Collection

from iot_bridge.codecs.base import MakerCodec
from iot_bridge.codecs.mapping import output_of
from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.devices.models import Device
from iot_bridge.protocol.actions import ACTIONS, DeviceAction
from iot_bridge.protocol.topics import Kind


def find_device(id_: str) -> Device | None:
    """A device by its id; None if there is none."""
    return Device.objects.filter(pk=id_).first()


def actions_of(device: Device) -> tuple[DeviceAction, ...]:
    """What a device can be told to do: what its kind has, its codec carries and, to open it, its wiring allows."""
    kind = Kind(device.kind)
    try:
        codec = REGISTRY.by_name(device.codec)
    except KeyError:
        return ()
    carried = set(codec.carries(kind))
    if isinstance(codec, MakerCodec) and codec.opens_by_output and not output_of(device.parameters):
        carried.discard(DeviceAction.OPEN)
    return tuple(action for action in ACTIONS[kind] if action in carried)


def lock_devices(ids: Collection[str]) -> list[Device]:
    """The devices that still exist, with their status, unchanged by others until the transaction ends.

    In a fixed order, so that two writers cannot lock each other out.
    """
    if not ids:
        return []
    rows = Device.objects.select_related("status").select_for_update(of=("self",), no_key=True)
    return list(rows.filter(pk__in=ids).defer("parameters", "status__rule_state").order_by("pk"))


def devices_out_of_service(ids: Collection[str]) -> set[str]:
    """Which of these devices are in maintenance now."""
    rows = Device.objects.filter(pk__in=ids, out_of_service_until__isnull=False)
    return set(rows.values_list("pk", flat=True))
