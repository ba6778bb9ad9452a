"""Questions about commands: what a device can be told, and what is on its way."""

from __future__ import annotations

from datetime import datetime, timedelta

from iot_bridge.commands.commanding import PENDING, CommandState, Life
from iot_bridge.commands.models import Command
from iot_bridge.protocol.actions import CommandResult

IN_A_MINUTE = 6
"""How many commands one device gets in a minute."""


def life_of(row: Command) -> Life:
    """What of a row decides about its future."""
    return Life(
        state=CommandState(row.state),
        nonce=row.nonce,
        expires_ms=to_ms(row.expires_at),
        result=CommandResult(row.result) if row.result else None,
        late=row.late,
    )


def to_ms(moment: datetime) -> int:
    """A time as epoch ms."""
    return int(moment.timestamp() * 1000)


def pending_of(device_id: str) -> Command | None:
    """The command that is on its way to a device."""
    return Command.objects.filter(device_id=device_id, state__in=PENDING).first()


def wait_s(device_id: str, now: datetime) -> int:
    """How many seconds until a device may be told something again; 0 for now."""
    recent = Command.objects.filter(device_id=device_id, issued_at__gt=now - timedelta(minutes=1))
    times = list(recent.order_by("-id").values_list("issued_at", flat=True)[:IN_A_MINUTE])
    if len(times) < IN_A_MINUTE:
        return 0
    return max(1, 60 - int((now - times[-1]).total_seconds()))
