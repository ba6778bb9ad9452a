"""Changing the registry of devices. Admin, import and API all come through here."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from command_center.accounts.models import User
from command_center.audit.services import Action, record
from command_center.feed import services as feed
from command_center.feed.sections import RemovedById
from iot_bridge.devices.feed import device_data
from iot_bridge.devices.models import Device, DeviceStatus


def save_device(*, device: Device, actor: User | None, note: str = "") -> Device:
    """Register a device or change it, with its status row, feed event and audit entry.

    Raises ValidationError naming the wrong field.
    """
    device.full_clean()
    with feed.transaction() as publication:
        before = Device.objects.select_for_update().filter(pk=device.pk).first()
        device.save()
        status, _created = DeviceStatus.objects.get_or_create(device=device)
        device.status = status
        if before is not None and before.jurisdiction_id != device.jurisdiction_id:
            publication.emit(
                "device.removed", code=before.jurisdiction_id, data=RemovedById(id=device.id)
            )
        publication.emit("device.changed", code=device.jurisdiction_id, data=device_data(device))
        record(
            action=Action.DEVICE_CHANGED if before else Action.DEVICE_CREATED,
            actor=actor,
            subject=device.id,
            code=device.jurisdiction_id,
            detail={"changed": _changes(before, device), **({"note": note} if note else {})},
        )
    return device


def _changes(before: Device | None, after: Device) -> dict[str, list[object]]:
    if before is None:
        return {}
    fields = (
        "name",
        "kind",
        "jurisdiction_id",
        "site",
        "longitude",
        "latitude",
        "codec",
        "external_id",
        "maker",
        "model",
        "parameters",
    )
    return {
        field: [getattr(before, field), getattr(after, field)]
        for field in fields
        if getattr(before, field) != getattr(after, field)
    }


def remove_device(*, device: Device, actor: User | None) -> None:
    """Take a device off the registry; refused while it has alarms on record."""
    with feed.transaction() as publication:
        code, key = device.jurisdiction_id, device.id
        try:
            device.delete()
        except ProtectedError as error:
            raise ValidationError(
                _("%(device)s has alarms on record and cannot be removed.") % {"device": key},
                code="has_alarms",
            ) from error
        publication.emit("device.removed", code=code, data=RemovedById(id=key))
        record(action=Action.DEVICE_REMOVED, actor=actor, subject=key, code=code)
