"""What the flood does to the served city's database, in a process of that system (see `tests.support.clerk`)."""

from __future__ import annotations

from command_center.jurisdictions.models import Jurisdiction
from iot_bridge.alarms.models import Alarm, AlarmGroup
from iot_bridge.devices.models import Device, DeviceStatus
from iot_bridge.protocol.topics import Kind, build_topic

PATIENCE = {"offline_after_s": 604_800}


def gates(*, count: int) -> list[str]:
    """Register so many gates, four to a building, all over the villages; returns their event topics."""
    villages = [row.code for row in Jurisdiction.objects.order_by("code") if len(row.code) == 12]
    rows = [
        Device(
            id=f"FLOOD-{number:05}",
            name=f"闸机 {number}",
            kind=Kind.FACE_GATE,
            jurisdiction_id=villages[number // 4 % len(villages)],
            site=f"{number // 4} 号楼",
            longitude=106.20 + (number % 120) / 600,
            latitude=38.00 + (number // 120) / 800,
            codec="canonical",
            parameters=PATIENCE,
        )
        for number in range(count)
    ]
    Device.objects.bulk_create(rows, batch_size=500)
    DeviceStatus.objects.bulk_create((DeviceStatus(device=row) for row in rows), batch_size=500)
    return [
        str(build_topic(jurisdiction=row.jurisdiction_id, kind=Kind.FACE_GATE, device_id=row.id))
        for row in rows
    ]


def open_alarms() -> list[int]:
    """The ids of all that are open."""
    return list(Alarm.objects.filter(open=True).order_by("id").values_list("id", flat=True))


def counts() -> dict[str, int]:
    """How many are open, were ever raised, and are in groups."""
    return {
        "open": Alarm.objects.filter(open=True).count(),
        "raised": Alarm.objects.count(),
        "groups": AlarmGroup.objects.count(),
    }
