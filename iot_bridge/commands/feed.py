"""The last command of each device on the live feed, for an hour after it has ended."""

from __future__ import annotations

from collections.abc import Iterator

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.feed.messages import iso
from command_center.feed.sections import FeedModel, Section
from iot_bridge.commands.commanding import CommandState
from iot_bridge.commands.models import Command
from iot_bridge.protocol.actions import DeviceAction


class CommandData(FeedModel):
    """A command as the console keeps it. Times are the server's; `detail` is the device's own word.

    `expired` never left and was not carried out; `unknown` was sent and nobody knows. `late`: the answer came
    after the command had been given up.
    """

    id: int
    device_id: str
    code: str
    action: DeviceAction
    state: CommandState
    reason: str
    by: str
    issued_at: str
    expires_at: str
    ended_at: str | None
    detail: str
    late: bool


class CommandRemoved(FeedModel):
    """What a device was last told is history."""

    device_id: str


def command_data(row: Command) -> CommandData:
    """A row as the feed and the API show it."""
    return CommandData(
        id=row.pk,
        device_id=row.device_id,
        code=row.code,
        action=DeviceAction(row.action),
        state=CommandState(row.state),
        reason=row.reason,
        by=row.actor_name,
        issued_at=iso(row.issued_at),
        expires_at=iso(row.expires_at),
        ended_at=iso(row.ended_at) if row.ended_at else None,
        detail=row.detail,
        late=row.late,
    )


def _read(scope: Scope) -> Iterator[CommandData]:
    return map(command_data, Command.objects.filter(scope.condition(), shown=True).order_by("id"))


SECTION = Section(
    name="commands",
    item=CommandData,
    key="device_id",
    permission=Permission.DEVICES_VIEW,
    read=_read,
    upserts=frozenset({"command.changed"}),
    removals={"command.removed": CommandRemoved},
)
