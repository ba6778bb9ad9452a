"""REST: units."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema

from command_center.accounts.policy import Permission
from command_center.api.auth import require, user_of
from command_center.api.pagination import CursorText, Limit, Page, page
from command_center.api.parameters import CodePrefix, under
from dispatch.units import services
from dispatch.units.feed import UnitData, unit_data
from dispatch.units.models import Unit, UnitStatus

router = Router(tags=["units"])


class StatusChange(Schema):
    """What a unit is doing from now on."""

    status: UnitStatus


@router.get("/units", response=Page[UnitData])
def list_units(
    request: HttpRequest,
    status: UnitStatus | None = None,
    code: CodePrefix = None,
    limit: Limit = 100,
    cursor: CursorText = None,
) -> dict[str, Any]:
    """Units in one's scope."""
    scope = require(request, Permission.UNITS_VIEW)
    rows = Unit.objects.filter(scope.condition("jurisdiction_id"))
    if status is not None:
        rows = rows.filter(status=status)
    if code:
        rows = rows.filter(under(code, field="jurisdiction_id"))
    return page(rows, show=unit_data, limit=limit, cursor=cursor)


@router.get("/units/{int:unit_id}", response=UnitData)
def get_unit(request: HttpRequest, unit_id: int) -> UnitData:
    """One unit."""
    scope = require(request, Permission.UNITS_VIEW)
    rows = Unit.objects.filter(scope.condition("jurisdiction_id"))
    return unit_data(get_object_or_404(rows, pk=unit_id))


@router.post("/units/{int:unit_id}/status", response=UnitData)
def set_status(request: HttpRequest, unit_id: int, change: StatusChange) -> UnitData:
    """Set what a unit is doing."""
    scope = require(request, Permission.UNITS_MANAGE)
    unit = get_object_or_404(Unit.objects.filter(scope.condition("jurisdiction_id")), pk=unit_id)
    return unit_data(
        services.set_status(unit_id=unit.id, status=change.status, actor=user_of(request))
    )
