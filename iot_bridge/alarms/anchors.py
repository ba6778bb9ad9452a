"""The devices that alarms stand on which are about more than a device: a place, a rule."""

from __future__ import annotations

from collections.abc import Collection

from command_center.accounts.scope import Scope
from iot_bridge.alarms.services import Subject
from iot_bridge.devices.models import Device


def subject_of(device: Device) -> Subject:
    """A registered device as an alarm names it."""
    return Subject(
        id=device.id,
        name=device.name,
        kind=device.kind,
        code=device.jurisdiction_id,
        site=device.site,
        longitude=device.longitude,
        latitude=device.latitude,
    )


def first_device(codes: Collection[str]) -> Subject | None:
    """The first device of some subtrees by its id; None if there is none."""
    rows = Device.objects.filter(Scope(tuple(codes)).condition("jurisdiction_id"))
    device = rows.order_by("id").first()
    return subject_of(device) if device else None


def subjects(ids: Collection[str]) -> dict[str, Subject]:
    """These devices by id, those that exist."""
    return {device.id: subject_of(device) for device in Device.objects.filter(pk__in=ids)}
