"""REST: devices."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router

from command_center.accounts.policy import Permission
from command_center.api.auth import require
from command_center.api.pagination import CursorText, Limit, Page, page
from command_center.api.parameters import CodePrefix, under
from command_center.feed.messages import iso
from iot_bridge.devices.feed import DeviceData, device_data
from iot_bridge.devices.models import Device, Status
from iot_bridge.devices.selectors import actions_of
from iot_bridge.protocol.actions import DeviceAction
from iot_bridge.protocol.topics import Kind, build_topic

router = Router(tags=["devices"])


class DeviceDetail(DeviceData):
    """A device in full. `topic` is its MQTT topic up to the channel; `last_seen` is the server's time.

    `actions` are what it can be told to do: what its kind has and its codec carries.
    """

    last_seen: str | None
    maker: str
    model: str
    parameters: dict[str, Any]
    topic: str
    actions: list[DeviceAction]


def device_detail(device: Device) -> DeviceDetail:
    """A row as the API shows it."""
    seen = device.status.last_seen
    topic = build_topic(
        jurisdiction=device.jurisdiction_id, kind=Kind(device.kind), device_id=device.id
    )
    return DeviceDetail(
        **device_data(device).model_dump(),
        last_seen=iso(seen) if seen else None,
        maker=device.maker,
        model=device.model,
        parameters=device.parameters,
        topic=topic.base,
        actions=list(actions_of(device)),
    )


@router.get("/devices", response=Page[DeviceDetail])
def list_devices(
    request: HttpRequest,
    kind: Kind | None = None,
    code: CodePrefix = None,
    status: Status | None = None,
    q: str | None = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> dict[str, Any]:
    """Devices in one's scope. `code` is a prefix; `q` looks in ids, names and sites."""
    scope = require(request, Permission.DEVICES_VIEW)
    rows = Device.objects.filter(scope.condition("jurisdiction_id")).select_related("status")
    if kind is not None:
        rows = rows.filter(kind=kind)
    if code:
        rows = rows.filter(under(code, field="jurisdiction_id"))
    if status is not None:
        rows = rows.filter(status__status=status)
    if q:
        rows = rows.filter(Q(id__icontains=q) | Q(name__icontains=q) | Q(site__icontains=q))
    return page(rows, show=device_detail, limit=limit, cursor=cursor, key="id")


@router.get("/devices/{device_id}", response=DeviceDetail)
def get_device(request: HttpRequest, device_id: str) -> DeviceDetail:
    """One device."""
    scope = require(request, Permission.DEVICES_VIEW)
    rows = Device.objects.filter(scope.condition("jurisdiction_id")).select_related("status")
    return device_detail(get_object_or_404(rows, pk=device_id))
