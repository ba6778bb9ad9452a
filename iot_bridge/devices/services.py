"""Changing the registry of devices. Admin, import and API all come through here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db.models import ProtectedError, Q
from django.utils.translation import gettext as _

from command_center.accounts.scope import Scope
from command_center.audit.services import Action, record
from command_center.feed import services as feed
from command_center.feed.sections import RemovedById
from command_center.jurisdictions.codes import common_ancestor
from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.devices.feed import device_data
from iot_bridge.devices.models import Device, DeviceStatus, PendingDevice
from iot_bridge.devices.selectors import lock_devices
from iot_bridge.devices.validation import check_device
from iot_bridge.protocol.topics import Kind

if TYPE_CHECKING:
    from command_center.accounts.models import User


def save_device(
    *, device: Device, actor: User | None, note: str = "", from_waiting: bool = False
) -> Device:
    """Register a device or change it, with its status row, feed event and audit entry.

    `from_waiting`: it was chosen from the waiting list, and what it said meanwhile is to be taken in.
    Raises ValidationError naming the wrong field.
    """
    device.full_clean()
    check_device(device)
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
            code=_whose([before, device]),
            detail={"changed": _changes(before, device), **({"note": note} if note else {})},
        )
        _end_waiting([device], take_in=from_waiting)
    return device


def _end_waiting(devices: Sequence[Device], *, take_in: bool = False) -> None:
    """Whoever registers a device, by whatever way, ends its wait.

    With `take_in` its row stays until the worker has queued its letters.
    """
    waiting = {
        (pending.codec, pending.external_id): pending.pk
        for pending in PendingDevice.objects.exclude(state="registered").only(
            "pk", "codec", "external_id"
        )
    }
    if not waiting:
        return
    done = [
        pk
        for device in devices
        if device.codec in REGISTRY.names
        for codec in REGISTRY.relatives(device.codec)
        if (pk := waiting.get((codec, device.external_id or device.id))) is not None
    ]
    rows = PendingDevice.objects.filter(pk__in=done)
    if take_in:
        rows.update(state="registered")
    else:
        rows.delete()


def _whose(devices: Iterable[Device | None]) -> str:
    """Who may read of an act on these devices: whoever oversees every place that it names."""
    return common_ancestor(device.jurisdiction_id for device in devices if device is not None)


FIELDS = (
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


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A device to register, its position in degrees WGS-84."""

    id: str
    name: str
    kind: Kind
    code: str
    site: str = ""
    longitude: float | None = None
    latitude: float | None = None
    codec: str = "canonical"
    external_id: str = ""
    maker: str = ""
    model: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


def register_devices(*, devices: Iterable[NewDevice], actor: User | None) -> int:
    """Register many new devices; see `save_devices`. Raises ValidationError."""
    rows = [
        Device(
            id=new.id,
            name=new.name,
            kind=new.kind,
            jurisdiction_id=new.code,
            site=new.site,
            longitude=new.longitude,
            latitude=new.latitude,
            codec=new.codec,
            external_id=new.external_id,
            maker=new.maker,
            model=new.model,
            parameters=dict(new.parameters),
        )
        for new in devices
    ]
    for row in rows:
        row.clean_fields(exclude=["jurisdiction"])  # the database checks that it exists
        check_device(row)
    save_devices(devices=rows, actor=actor)
    return len(rows)


def save_devices(*, devices: Sequence[Device], actor: User | None, note: str = "") -> None:
    """Register or change many validated devices at once, all or none.

    Few statements and one audit entry, so the database is locked briefly; yet every feed event,
    since these are what consoles and bridges that already run learn of the devices by.
    """
    ids = [device.id for device in devices]
    with feed.transaction() as publication:
        before = {row.id: row for row in Device.objects.select_for_update().filter(pk__in=ids)}
        new = [device for device in devices if device.id not in before]
        changed = [device for device in devices if device.id in before]
        Device.objects.bulk_create(new, batch_size=500)
        Device.objects.bulk_update(changed, FIELDS, batch_size=200)
        DeviceStatus.objects.bulk_create([DeviceStatus(device=device) for device in new])
        statuses = {row.pk: row for row in DeviceStatus.objects.filter(device__in=ids)}
        for device in devices:
            old = before.get(device.id)
            if old is not None and old.jurisdiction_id != device.jurisdiction_id:
                publication.emit(
                    "device.removed", code=old.jurisdiction_id, data=RemovedById(id=device.id)
                )
            publication.emit(
                "device.changed",
                code=device.jurisdiction_id,
                data=device_data(device, statuses[device.id]),
            )
        if devices:
            record(
                action=Action.DEVICES_IMPORTED,
                actor=actor,
                code=_whose([*devices, *before.values()]),
                detail={
                    "created": len(new),
                    "changed": {
                        device.id: _changes(before[device.id], device) for device in changed
                    },
                    **({"note": note} if note else {}),
                },
            )
            _end_waiting(devices)


def record_export(*, actor: User | None, count: int, codes: Iterable[str]) -> None:
    """Put an export of the registry on record."""
    record(
        action=Action.DEVICES_EXPORTED,
        actor=actor,
        code=common_ancestor(codes),
        detail={"devices": count},
    )


def _changes(before: Device | None, after: Device) -> dict[str, list[object]]:
    if before is None:
        return {}
    return {
        field: [getattr(before, field), getattr(after, field)]
        for field in FIELDS
        if getattr(before, field) != getattr(after, field)
    }


def remove_device(*, device: Device, actor: User | None) -> None:
    """Take a device off the registry; refused while it has alarms or commands on record."""
    with feed.transaction() as publication:
        code, key = device.jurisdiction_id, device.id
        try:
            device.delete()
        except ProtectedError as error:
            raise ValidationError(
                _("%(device)s has alarms, commands or maintenance on record and cannot be removed.")
                % {"device": key},
                code="has_alarms",
            ) from error
        publication.emit("device.removed", code=code, data=RemovedById(id=key))
        record(action=Action.DEVICE_REMOVED, actor=actor, subject=key, code=code)


@dataclass(frozen=True, slots=True)
class Service:
    """What a maintenance window covers: one device, or a subtree's devices of some kinds (none: all)."""

    device: str | None
    code: str
    kinds: tuple[str, ...]
    until: datetime
    reason: str

    def covers(self) -> Q:
        """The devices as a database condition."""
        if self.device is not None:
            return Q(pk=self.device)
        condition = Scope((self.code,)).condition("jurisdiction_id")
        return condition & Q(kind__in=self.kinds) if self.kinds else condition


def put_in_service(publication: feed.Publication, windows: Sequence[Service]) -> int:
    """Have devices be out of service as these windows say and all others in service; how many changed.

    Of several windows the last one is told. A patrol's terminal is a person's lifeline and stays in service.
    """
    wanted: dict[str, Service] = {}
    equipment = Device.objects.exclude(kind=Kind.PATROL_TERMINAL)
    for window in windows:
        covered = equipment.filter(window.covers()).values_list("pk", flat=True)
        wanted |= dict.fromkeys(covered, window)
    marked = Device.objects.filter(out_of_service_until__isnull=False)
    known = {row.pk: row for row in marked.only("pk", *SERVICE_FIELDS)}
    different = [
        key
        for key in wanted.keys() | known.keys()
        if _as_told(wanted.get(key)) != (_of(known[key]) if key in known else IN_SERVICE)
    ]
    devices = lock_devices(different)
    for device in devices:
        until, reason = _as_told(wanted.get(device.id))
        device.out_of_service_until, device.out_of_service_reason = until, reason
        publication.emit("device.changed", code=device.jurisdiction_id, data=device_data(device))
    Device.objects.bulk_update(devices, SERVICE_FIELDS, batch_size=200)
    return len(devices)


SERVICE_FIELDS = ("out_of_service_until", "out_of_service_reason")
IN_SERVICE: tuple[datetime | None, str] = (None, "")


def _as_told(window: Service | None) -> tuple[datetime | None, str]:
    return (window.until, window.reason) if window else IN_SERVICE


def _of(device: Device) -> tuple[datetime | None, str]:
    return device.out_of_service_until, device.out_of_service_reason
