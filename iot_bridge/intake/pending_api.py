"""REST: devices that wait to be registered."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from pydantic import Field

from command_center.accounts.policy import Permission
from command_center.api.auth import require, user_of
from command_center.api.pagination import CursorText, Limit, Page, page
from command_center.api.parameters import Id, Latitude, Longitude
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from command_center.feed.messages import iso
from command_center.jurisdictions.selectors import names_in
from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.devices.api import DeviceDetail, device_detail
from iot_bridge.devices.models import Device, PendingDevice
from iot_bridge.intake import waiting
from iot_bridge.protocol.topics import Kind

router = Router(tags=["devices"])

PendingState = Literal["waiting", "refused", "registered"]


class PendingData(Schema):
    """A device that was heard or announced and is not registered.

    `codecs` are those it can be registered with, the likeliest first; none: no codec reads its topic.
    `fields` are rules proposed for `parameters.fields`; `sample` is what it last said, as JSON.
    """

    id: int
    codec: str
    external_id: str
    codecs: list[str]
    kind: Kind | None
    code: str
    maker: str
    model: str
    fields: dict[str, Any]
    announced: bool
    topic: str
    sample: str
    first_seen: str
    last_seen: str
    count: int
    state: PendingState
    closed_by: str
    closed_reason: str


class PendingRoom(Schema):
    """How many wait, and how many can; when all places are taken, further strangers are only counted."""

    waiting: int
    places: int


class Approval(Schema):
    """What the officer says a waiting device is. `parameters` None: the proposed rules for its fields."""

    id: Annotated[str, Field(min_length=1, max_length=64)]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    kind: Kind
    code: Annotated[str, Field(pattern=r"^[0-9]{4,15}$")]
    codec: Annotated[str, Field(max_length=32)]
    site: Annotated[str, Field(max_length=120)] = ""
    lng: Longitude | None = None
    lat: Latitude | None = None
    parameters: dict[str, Any] | None = None


class Approved(Schema):
    """The registered device, and how many of its earlier messages are taken in now."""

    device: DeviceDetail
    letters: int


class Refusal(Schema):
    """Why a device is not let in."""

    reason: str = Field(min_length=1, max_length=200)


def _pending(row: PendingDevice) -> PendingData:
    return PendingData(
        id=row.id,
        codec=row.codec,
        external_id=row.external_id,
        codecs=choices(row),
        kind=Kind(row.kind) if row.kind else None,
        code=row.code,
        maker=row.maker,
        model=row.model,
        fields=row.fields,
        announced=row.announced,
        topic=row.topic,
        sample=row.sample,
        first_seen=iso(row.first_seen),
        last_seen=iso(row.last_seen),
        count=row.count,
        state=cast(PendingState, row.state),
        closed_by=row.closed_by,
        closed_reason=row.closed_reason,
    )


def choices(row: PendingDevice) -> list[str]:
    """The codecs a waiting device can be registered with."""
    if row.codec not in REGISTRY.names:
        return []
    others = (name for name in REGISTRY.relatives(row.codec) if name in REGISTRY.names)
    return [row.codec, *(name for name in others if name != row.codec)]


@router.get("/devices/pending", response=Page[PendingData])
def list_pending(
    request: HttpRequest,
    state: PendingState | None = None,
    codec: str | None = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> dict[str, Any]:
    """Devices that wait, the newest first. A device whose topic names no place is the whole city's."""
    scope = require(request, Permission.DEVICES_MANAGE)
    rows = PendingDevice.objects.filter(scope.condition())
    if state is not None:
        rows = rows.filter(state=state)
    if codec:
        rows = rows.filter(codec=codec)
    return page(rows, show=_pending, limit=limit, cursor=cursor, descending=True)


@router.get("/devices/pending/room", response=PendingRoom)
def pending_room(request: HttpRequest) -> PendingRoom:
    """How full the waiting list is; `waiting` counts one's own jurisdictions, unless the list is full."""
    scope = require(request, Permission.DEVICES_MANAGE)
    rows = PendingDevice.objects.filter(state="waiting")
    total = rows.count()
    seen = total if total >= waiting.PLACES else rows.filter(scope.condition()).count()
    return PendingRoom(waiting=seen, places=waiting.PLACES)


def _find(request: HttpRequest, pending_id: int) -> PendingDevice:
    scope = require(request, Permission.DEVICES_MANAGE)
    return get_object_or_404(PendingDevice.objects.filter(scope.condition()), pk=pending_id)


@router.get("/devices/pending/{int:pending_id}", response=PendingData)
def get_pending(request: HttpRequest, pending_id: Id) -> PendingData:
    """One waiting device."""
    return _pending(_find(request, pending_id))


@router.post("/devices/pending/{int:pending_id}/approve", response=Approved)
def approve(request: HttpRequest, pending_id: Id, wanted: Approval) -> Approved:
    """Register a waiting device; what it said while it waited is taken in."""
    row = _find(request, pending_id)
    scope = require(request, Permission.DEVICES_MANAGE)
    if row.state == "registered" or not choices(row):
        raise Problem(ProblemCode.CONFLICT, "it is registered already, or no codec reads it")
    if wanted.code not in names_in(scope):
        raise _wrong("code", "no such jurisdiction in your jurisdictions")
    if wanted.codec not in choices(row):
        raise _wrong("codec", f"must be one of {', '.join(choices(row))}")
    if Device.objects.filter(pk=wanted.id).exists():
        raise _wrong("id", "a device has this id already")
    try:
        done = waiting.register(pending=row, device=_device(row, wanted), actor=user_of(request))
    except ValidationError as error:
        problems = [
            FieldProblem(field=_NAMES.get(field, field), message=str(text), code="invalid")
            for field, texts in error.message_dict.items()
            for text in texts
        ]
        text = ", ".join(problem.field for problem in problems)
        raise Problem(ProblemCode.VALIDATION_ERROR, f"wrong: {text}", problems) from error
    return Approved(device=device_detail(done.device), letters=done.letters)


_NAMES = {"jurisdiction": "code", "longitude": "lng", "latitude": "lat"}


def _device(row: PendingDevice, wanted: Approval) -> Device:
    proposed = {"fields": row.fields} if row.fields and wanted.kind == row.kind else {}
    return Device(
        id=wanted.id,
        name=wanted.name,
        kind=wanted.kind,
        jurisdiction_id=wanted.code,
        site=wanted.site,
        longitude=wanted.lng,
        latitude=wanted.lat,
        codec=wanted.codec,
        external_id="" if wanted.codec == "canonical" else row.external_id,
        maker=row.maker,
        model=row.model,
        parameters=proposed if wanted.parameters is None else wanted.parameters,
    )


def _wrong(field: str, message: str) -> Problem:
    problem = FieldProblem(field=field, message=message, code="invalid")
    return Problem(ProblemCode.VALIDATION_ERROR, f"wrong: {field}", [problem])


@router.post("/devices/pending/{int:pending_id}/refuse", response={204: None})
def refuse(request: HttpRequest, pending_id: Id, wanted: Refusal) -> Status[None]:
    """Refuse a waiting device, with a reason; it stays refused until it is forgotten."""
    row = _find(request, pending_id)
    if not waiting.refuse(pending=row, actor=user_of(request), reason=wanted.reason):
        raise Problem(ProblemCode.CONFLICT, "somebody decided already")
    return Status(204, None)


@router.delete("/devices/pending/{int:pending_id}", response={204: None})
def forget(request: HttpRequest, pending_id: Id) -> Status[None]:
    """Take it off the list; heard again, it waits anew."""
    waiting.forget(pending=_find(request, pending_id), actor=user_of(request))
    return Status(204, None)
