"""REST: snapshots of places, and looking at them."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from command_center.accounts.policy import Permission
from command_center.api.auth import address_of, require, user_of
from command_center.api.pagination import CursorText, Limit, Page, page
from command_center.api.problems import Problem, ProblemCode, missing
from command_center.feed.messages import iso
from iot_bridge.alarms.selectors import alarms_in
from iot_bridge.devices.selectors import find_device
from iot_bridge.snapshots import looks, selectors, services
from iot_bridge.snapshots.models import Snapshot
from iot_bridge.snapshots.pictures import STORE
from iot_bridge.snapshots.services import LookReason

router = Router(tags=["snapshots"])

MOST_OF_AN_ALARM = 20


class SnapshotData(Schema):
    """A picture of a place, without the picture. Size in bytes, width and height in pixels."""

    id: int
    device_id: str
    device_name: str
    type: str
    at: str
    size: int
    width: int
    height: int


class LookRequest(Schema):
    """Why somebody looks; `other` says it in words. It is put on record."""

    reason: LookReason
    text: str = Field(default="", max_length=200)


class Look(Schema):
    """Where the picture is, for who asked, until a minute later."""

    url: str
    until: str


def _shown(row: Snapshot) -> SnapshotData:
    return SnapshotData(
        id=row.pk,
        device_id=row.device_id,
        device_name=row.device_name,
        type=row.type,
        at=iso(row.at),
        size=row.size,
        width=row.width,
        height=row.height,
    )


def _snapshot(request: HttpRequest, snapshot_id: int) -> Snapshot:
    rows = selectors.in_scope(require(request, Permission.SNAPSHOTS_VIEW))
    return get_object_or_404(rows, pk=snapshot_id)


@router.get("/alarms/{int:alarm_id}/snapshots", response=list[SnapshotData])
def snapshots_of_alarm(request: HttpRequest, alarm_id: int) -> list[SnapshotData]:
    """What the alarm's device, or a camera at its site, sent around the time; the newest first, at most 20."""
    alarms = alarms_in(require(request, Permission.ALARMS_VIEW), [alarm_id])
    scope = require(request, Permission.SNAPSHOTS_VIEW)
    if not alarms:
        raise Http404
    return [_shown(row) for row in selectors.of_alarm(scope, alarms[0])[:MOST_OF_AN_ALARM]]


@router.get("/devices/{device_id}/snapshots", response=Page[SnapshotData])
def snapshots_of_device(
    request: HttpRequest, device_id: str, limit: Limit = 50, cursor: CursorText = None
) -> dict[str, Any]:
    """What a camera sent, the newest first."""
    scope = require(request, Permission.SNAPSHOTS_VIEW)
    device = find_device(device_id)
    if device is None or not scope.covers(device.jurisdiction_id):
        raise Http404
    rows = selectors.in_scope(scope).filter(device_id=device_id)
    return page(rows, show=_shown, limit=limit, cursor=cursor, descending=True)


@router.post("/snapshots/{int:snapshot_id}/looks", response=Look)
def look(request: HttpRequest, snapshot_id: int, wanted: LookRequest) -> Look:
    """Ask to see a picture: it is put on record who, when and why; the answer says where it is."""
    row = _snapshot(request, snapshot_id)
    text = wanted.text.strip()
    if wanted.reason is LookReason.OTHER and not text:
        raise missing("say why in words", ["text"], {})
    user, session = user_of(request), request.session.session_key or ""
    services.seen(
        snapshot=row, user=user, reason=wanted.reason, text=text, address=address_of(request)
    )
    url = looks.address_of(snapshot_id=row.pk, user_id=user.pk, session=session)
    return Look(url=url, until=iso(looks.until(timezone.now())))


@router.get("/snapshots/{int:snapshot_id}/picture", response={200: None})
def picture(
    request: HttpRequest, snapshot_id: int, ticket: Annotated[str, Query(max_length=300)]
) -> HttpResponse:
    """The picture, at the address that `looks` has given to the same person in the same session."""
    row = _snapshot(request, snapshot_id)
    valid = looks.is_valid(
        ticket,
        snapshot_id=row.pk,
        user_id=user_of(request).pk,
        session=request.session.session_key or "",
    )
    if not valid:
        raise Problem(ProblemCode.FORBIDDEN, "this address is not valid any more; ask for another")
    try:
        answer = HttpResponse(STORE.read(row.sha256), content_type=row.media_type)
    except FileNotFoundError as error:
        raise Http404 from error
    answer["Content-Disposition"] = "inline"
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
