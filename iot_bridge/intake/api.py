"""REST: what a device sent, and what could not be taken."""

from __future__ import annotations

from typing import Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from pydantic import Field

from command_center.accounts.policy import Permission
from command_center.api.auth import require, user_of
from command_center.api.pagination import CursorText, Limit, Page, lane_page, page
from command_center.api.problems import Problem, ProblemCode
from command_center.feed.messages import iso
from iot_bridge.devices.models import Device
from iot_bridge.intake import replay as replaying
from iot_bridge.intake.events import DeviceEventData, EventFilter, event_data, lanes_of
from iot_bridge.intake.models import DeadLetter, DeviceEvent
from iot_bridge.intake.selectors import letters_of_devices
from iot_bridge.protocol.reasons import DeadLetterReason

router = Router(tags=["intake"])

REPLAYED_AT_ONCE = 200

LetterState = Literal["open", "queued", "replayed", "discarded"]


class DeadLetterData(Schema):
    """A message that could not be taken; `count` of identical ones, `size` in bytes as received."""

    id: int
    at: str
    last_at: str
    count: int
    topic: str
    device_id: str
    code: str
    reason: DeadLetterReason
    detail: str
    size: int
    state: LetterState
    closed_by: str
    closed_reason: str


class DeadLetterDetail(DeadLetterData):
    """With the payload as text; bytes that are not UTF-8 show as \\xNN."""

    payload: str


class LettersOfDevice(Schema):
    """The open letters of one device: how many, how many messages they stand for, and why, by reason.

    `device_id` is the registered id, else what the topic calls the device; empty where none is told.
    """

    device_id: str
    name: str
    letters: int
    messages: int
    reasons: dict[DeadLetterReason, int]
    last_at: str


class ReplayMany(Schema):
    """Which open letters to try again: a device's, of one reason or of all; empty: those that tell no device."""

    device: str = Field(max_length=64)
    reason: DeadLetterReason | None = None


class DiscardMany(ReplayMany):
    """Which open letters to put aside, and why."""

    why: str = Field(min_length=1, max_length=200)


class ReplayedMany(Schema):
    """How many were taken this time, how many failed again, and how many are left to try."""

    accepted: int
    failed: int
    left: int


class DiscardedMany(Schema):
    """How many were put aside."""

    discarded: int


class ReplayOutcome(Schema):
    """What became of a letter that was tried again."""

    outcome: Literal["accepted", "dead_letter"]
    reason: str
    detail: str


class Discard(Schema):
    """Why a letter is put aside."""

    reason: str = Field(min_length=1, max_length=200)


def _letter(row: DeadLetter) -> dict[str, Any]:
    return {
        "id": row.id,
        "at": iso(row.at),
        "last_at": iso(row.last_at),
        "count": row.count,
        "topic": row.topic,
        "device_id": row.device_id,
        "code": row.code,
        "reason": row.reason,
        "detail": row.detail,
        "size": row.size,
        "state": row.state,
        "closed_by": row.closed_by,
        "closed_reason": row.closed_reason,
    }


@router.get("/devices/{device_id}/events", response=Page[DeviceEventData])
def device_events(
    request: HttpRequest, device_id: str, limit: Limit = 50, cursor: CursorText = None
) -> dict[str, Any]:
    """What a device sent, newest first."""
    scope = require(request, Permission.DEVICES_VIEW)
    device = get_object_or_404(
        Device.objects.filter(scope.condition("jurisdiction_id")), pk=device_id
    )
    wanted = EventFilter(scope, device=device.id)
    lanes = lanes_of(wanted)
    rows = DeviceEvent.objects.filter(device=device)
    return lane_page(rows, lanes, show=event_data, limit=limit, cursor=cursor)


@router.get("/dead-letters", response=Page[DeadLetterData])
def list_dead_letters(
    request: HttpRequest,
    reason: DeadLetterReason | None = None,
    device: str | None = None,
    state: LetterState | None = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> dict[str, Any]:
    """Messages that could not be taken, newest first."""
    scope = require(request, Permission.DEAD_LETTERS_VIEW)
    rows = DeadLetter.objects.filter(scope.condition()).defer("payload")
    if reason is not None:
        rows = rows.filter(reason=reason)
    if device:
        rows = rows.filter(device_id=device)
    if state is not None:
        rows = rows.filter(state=state)
    return page(rows, show=_letter, limit=limit, cursor=cursor, descending=True)


@router.get("/dead-letters/devices", response=list[LettersOfDevice])
def letters_by_device(request: HttpRequest) -> list[LettersOfDevice]:
    """Open letters counted by device, those with most messages first; at most 100 devices."""
    scope = require(request, Permission.DEAD_LETTERS_VIEW)
    return [
        LettersOfDevice(
            device_id=row.device_id,
            name=row.name,
            letters=row.letters,
            messages=row.messages,
            reasons={DeadLetterReason(reason): count for reason, count in row.reasons.items()},
            last_at=iso(row.last_at),
        )
        for row in letters_of_devices(scope, limit=100)
    ]


def _open_letters(request: HttpRequest, wanted: ReplayMany) -> QuerySet[DeadLetter]:
    scope = require(request, Permission.DEAD_LETTERS_MANAGE)
    rows = DeadLetter.objects.filter(scope.condition(), state="open", device_id=wanted.device)
    return rows if wanted.reason is None else rows.filter(reason=wanted.reason)


@router.post("/dead-letters/replay", response=ReplayedMany)
def replay_many(request: HttpRequest, wanted: ReplayMany) -> ReplayedMany:
    """Try a device's letters again, the oldest first, up to 200 at once."""
    rows = _open_letters(request, wanted)
    tried = list(rows.order_by("id")[:REPLAYED_AT_ONCE])
    accepted = sum(replaying.replay(letter=row, actor=user_of(request)).accepted for row in tried)
    left = rows.count() - (len(tried) - accepted)
    return ReplayedMany(accepted=accepted, failed=len(tried) - accepted, left=max(0, left))


@router.post("/dead-letters/discard", response=DiscardedMany)
def discard_many(request: HttpRequest, wanted: DiscardMany) -> DiscardedMany:
    """Put a device's letters aside, with a reason."""
    rows = _open_letters(request, wanted)
    count = replaying.discard_many(
        letters=rows, device=wanted.device, actor=user_of(request), reason=wanted.why
    )
    return DiscardedMany(discarded=count)


def _find(request: HttpRequest, letter_id: int, permission: Permission) -> DeadLetter:
    scope = require(request, permission)
    return get_object_or_404(DeadLetter.objects.filter(scope.condition()), pk=letter_id)


@router.get("/dead-letters/{int:letter_id}", response=DeadLetterDetail)
def get_dead_letter(request: HttpRequest, letter_id: int) -> dict[str, Any]:
    """One letter with its payload."""
    row = _find(request, letter_id, Permission.DEAD_LETTERS_VIEW)
    payload = bytes(row.payload).decode("utf-8", errors="backslashreplace")
    return {**_letter(row), "payload": payload}


@router.post("/dead-letters/{int:letter_id}/replay", response=ReplayOutcome)
def replay(request: HttpRequest, letter_id: int) -> ReplayOutcome:
    """Try a letter again, with today's codecs and registry."""
    row = _find(request, letter_id, Permission.DEAD_LETTERS_MANAGE)
    result = replaying.replay(letter=row, actor=user_of(request))
    if result.reason == "closed":
        raise Problem(ProblemCode.CONFLICT, f"the letter is already {result.detail}")
    return ReplayOutcome(
        outcome="accepted" if result.accepted else "dead_letter",
        reason=result.reason,
        detail=result.detail,
    )


@router.post("/dead-letters/{int:letter_id}/discard", response={204: None})
def discard(request: HttpRequest, letter_id: int, wanted: Discard) -> Status[None]:
    """Put a letter aside, with a reason."""
    row = _find(request, letter_id, Permission.DEAD_LETTERS_MANAGE)
    if not replaying.discard(letter=row, actor=user_of(request), reason=wanted.reason):
        raise Problem(ProblemCode.CONFLICT, "the letter is closed already")
    return Status(204, None)
