"""REST: jurisdictions."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router

from command_center.accounts.policy import Permission
from command_center.api.auth import require
from command_center.api.pagination import CursorText, Limit, Page, page
from command_center.jurisdictions.codes import Level
from command_center.jurisdictions.feed import JurisdictionData, jurisdiction_data
from command_center.jurisdictions.models import Jurisdiction
from command_center.jurisdictions.selectors import areas_in

router = Router(tags=["jurisdictions"])


@router.get("/jurisdictions", response=Page[JurisdictionData])
def list_jurisdictions(
    request: HttpRequest,
    parent: str | None = None,
    level: Level | None = None,
    q: str | None = None,
    limit: Limit = 200,
    cursor: CursorText = None,
) -> dict[str, Any]:
    """Jurisdictions in one's scope; `q` looks in names and at the beginning of codes."""
    rows = Jurisdiction.objects.filter(require(request, Permission.DEVICES_VIEW).condition())
    if parent is not None:
        rows = rows.filter(parent_id=parent)
    if level is not None:
        rows = rows.filter(level=level)
    if q:
        rows = rows.filter(Q(name__contains=q) | Q(code__startswith=q))
    return page(rows.defer("area"), show=jurisdiction_data, limit=limit, cursor=cursor, key="code")


@router.get("/jurisdictions/areas", response={200: dict[str, Any], 304: None})
def areas(request: HttpRequest) -> HttpResponse:
    """The areas in one's scope as a GeoJSON FeatureCollection (RFC 7946), with an ETag."""
    scope = require(request, Permission.DEVICES_VIEW)
    body = orjson.dumps(areas_in(scope))
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(body, content_type="application/geo+json")
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


@router.get("/jurisdictions/{code}", response=JurisdictionData)
def get_jurisdiction(request: HttpRequest, code: str) -> JurisdictionData:
    """One jurisdiction."""
    scope = require(request, Permission.DEVICES_VIEW)
    return jurisdiction_data(
        get_object_or_404(Jurisdiction.objects.filter(scope.condition()).defer("area"), code=code)
    )
