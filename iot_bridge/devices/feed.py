"""Devices on the live feed."""

from __future__ import annotations

from collections.abc import Iterator

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.feed.messages import iso
from command_center.feed.sections import FeedModel, RemovedById, Section
from iot_bridge.devices.models import Device, DeviceStatus, Status
from iot_bridge.protocol.topics import Kind


class DeviceData(FeedModel):
    """A device as the console keeps it. `lat`/`lng` in degrees WGS-84, null while unplaced; battery in %.

    `out_of_service_until`: it is in maintenance until then; null while it is in service.
    """

    id: str
    name: str
    kind: Kind
    code: str
    site: str
    lat: float | None
    lng: float | None
    codec: str
    status: Status
    battery: int | None
    fault: str | None
    out_of_service_until: str | None
    out_of_service_reason: str


def device_data(device: Device, status: DeviceStatus | None = None) -> DeviceData:
    """A row as the feed shows it. `status` defaults to the stored one."""
    known = status if status is not None else device.status
    until = device.out_of_service_until
    return DeviceData(
        id=device.id,
        name=device.name,
        kind=Kind(device.kind),
        code=device.jurisdiction_id,
        site=device.site,
        lat=device.latitude,
        lng=device.longitude,
        codec=device.codec,
        status=Status(known.status),
        battery=known.battery,
        fault=known.fault or None,
        out_of_service_until=iso(until) if until else None,
        out_of_service_reason=device.out_of_service_reason,
    )


def _read(scope: Scope) -> Iterator[DeviceData]:
    rows = (
        Device.objects.filter(scope.condition("jurisdiction_id"))
        .select_related("status")
        .defer("parameters", "status__rule_state")
        .order_by("id")
    )
    return map(device_data, rows)


SECTION = Section(
    name="devices",
    item=DeviceData,
    key="id",
    permission=Permission.DEVICES_VIEW,
    read=_read,
    upserts=frozenset({"device.changed"}),
    removals={"device.removed": RemovedById},
)
