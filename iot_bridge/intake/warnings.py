"""What an administrator ought to see to about devices, for the consoles' status line."""

from __future__ import annotations

from command_center.health.warnings import SystemWarning
from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.devices.models import PendingDevice
from iot_bridge.intake import waiting

CODEC_REFUSED = "codec_refused"
WAITING_FULL = "waiting_list_full"


def codecs() -> list[SystemWarning]:
    """Plug-ins that could not be used, as far as this process found them."""
    return [
        SystemWarning(
            CODEC_REFUSED,
            {"codec": refusal.name, "package": refusal.package, "reason": refusal.reason},
        )
        for refusal in REGISTRY.refused
    ]


def waiting_list() -> list[SystemWarning]:
    """No room for further strangers: they are counted and no longer listed."""
    if PendingDevice.objects.filter(state="waiting").count() < waiting.PLACES:
        return []
    return [SystemWarning(WAITING_FULL, {"places": str(waiting.PLACES)})]
