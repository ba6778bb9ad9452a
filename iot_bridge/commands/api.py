"""REST: telling a device what to do, and what became of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from pydantic import Field

from command_center.accounts.policy import Permission
from command_center.api.auth import require, user_of
from command_center.api.pagination import CursorText, Limit, Page, page
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from iot_bridge.commands import services
from iot_bridge.commands.feed import CommandData, command_data
from iot_bridge.commands.models import Command
from iot_bridge.commands.services import CommandRefusedError
from iot_bridge.devices.models import Device
from iot_bridge.protocol.actions import DeviceAction

router = Router(tags=["devices"])


class NewCommand(Schema):
    """What a device is to do. Opening a gate needs a reason; it is put on record."""

    action: DeviceAction
    reason: str = Field(default="", max_length=200)


def _device(request: HttpRequest, device_id: str) -> Device:
    scope = require(request, Permission.DEVICES_VIEW)
    return get_object_or_404(
        Device.objects.filter(scope.condition("jurisdiction_id")), pk=device_id
    )


@router.get("/devices/{device_id}/commands", response=Page[CommandData])
def list_commands(
    request: HttpRequest, device_id: str, limit: Limit = 50, cursor: CursorText = None
) -> dict[str, Any]:
    """What a device was told to do, the last first."""
    rows = Command.objects.filter(device=_device(request, device_id))
    return page(rows, show=command_data, limit=limit, cursor=cursor, descending=True)


@router.post("/devices/{device_id}/commands", response={201: CommandData})
def give_command(request: HttpRequest, device_id: str, wanted: NewCommand) -> Status[CommandData]:
    """Tell a device to do something, once and soon; its answer comes over the feed.

    409 while another command is on its way to it, 429 when it has had too many in a minute.
    """
    device = _device(request, device_id)
    if not require(request, Permission.DEVICES_COMMAND).covers(device.jurisdiction_id):
        raise Problem(ProblemCode.FORBIDDEN, "your posts let you watch here, not command")
    try:
        row = services.give(
            device=device, action=wanted.action, reason=wanted.reason, actor=user_of(request)
        )
    except CommandRefusedError as error:
        raise _problem(error) from error
    return Status(201, command_data(row))


def _problem(error: CommandRefusedError) -> Problem:
    field = {"reason_missing": "reason", "not_carried": "action"}.get(error.code)
    if field is not None:
        wrong = FieldProblem(field=field, message=str(error), code=error.code)
        return Problem(ProblemCode.VALIDATION_ERROR, str(error), [wrong])
    code = ProblemCode.RATE_LIMITED if error.code == "too_many" else ProblemCode.CONFLICT
    return Problem(code, str(error), retry_after_s=error.retry_after_s)
