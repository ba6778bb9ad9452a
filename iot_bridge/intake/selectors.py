"""Questions about what arrived."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Max, Sum

from command_center.accounts.scope import Scope
from iot_bridge.devices.models import Device
from iot_bridge.intake.models import DeadLetter


@dataclass(slots=True)
class DeviceLetters:
    """The open letters of one device. `messages` counts identical ones too."""

    device_id: str
    last_at: datetime
    name: str = ""
    letters: int = 0
    messages: int = 0
    reasons: dict[str, int] = field(default_factory=dict)


def letters_of_devices(scope: Scope, *, limit: int) -> list[DeviceLetters]:
    """Open letters in scope by device, those that stand for most messages first."""
    rows = (
        DeadLetter.objects.filter(scope.condition(), state="open")
        .values("device_id", "reason")
        .annotate(letters=Count("id"), messages=Sum("count"), newest=Max("last_at"))
        .order_by()
    )
    found: dict[str, DeviceLetters] = {}
    for row in rows:
        device = found.setdefault(row["device_id"], DeviceLetters(row["device_id"], row["newest"]))
        device.letters += row["letters"]
        device.messages += row["messages"]
        device.reasons[row["reason"]] = row["letters"]
        device.last_at = max(device.last_at, row["newest"])
    top = sorted(found.values(), key=lambda one: (-one.messages, one.device_id))[:limit]
    names = dict(
        Device.objects.filter(pk__in=[one.device_id for one in top]).values_list("pk", "name")
    )
    for one in top:
        one.name = names.get(one.device_id, "")
    return top
