"""REST: stretches of time from which events may be missing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router

from command_center.accounts.policy import Permission
from command_center.api.auth import require
from command_center.api.pagination import CursorText, Limit, Page, page
from command_center.api.parameters import CodePrefix
from iot_bridge.devices.models import Device
from iot_bridge.outages.feed import OutageData, outage_data
from iot_bridge.outages.selectors import outages

router = Router(tags=["outages"])


@router.get("/outages", response=Page[OutageData])
def list_outages(
    request: HttpRequest,
    device: str | None = None,
    code: CodePrefix = None,
    open: bool | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> dict[str, Any]:
    """Outages at, above or below one's posts, newest first; those that a device was within, if one is named.

    `since` and `until` ask for those that overlap that time.
    """
    scope = require(request, Permission.DEVICES_VIEW)
    place = None
    if device is not None:
        rows = Device.objects.filter(scope.condition("jurisdiction_id"))
        found = get_object_or_404(rows, pk=device)
        place = (found.jurisdiction_id, found.site)
    rows_ = outages(scope, since=since, until=until, code=code, device=place, lasting=open)
    return page(rows_, show=outage_data, limit=limit, cursor=cursor, descending=True)
