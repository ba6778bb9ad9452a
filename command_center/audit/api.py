"""REST: the audit record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.api.auth import require
from command_center.api.lanes import Group, Lanes, bounds, distinct
from command_center.api.pagination import CursorText, Limit, Page, lane_page
from command_center.api.parameters import CodePrefix, under
from command_center.audit.models import AuditEntry
from command_center.audit.services import Action
from command_center.feed.messages import iso

router = Router(tags=["audit"])


class AuditEntryData(Schema):
    """One act on record."""

    id: int
    at: str
    actor: str
    action: str
    subject: str
    code: str
    detail: dict[str, Any]
    address: str | None


def _show(row: AuditEntry) -> AuditEntryData:
    return AuditEntryData(
        id=row.pk,
        at=iso(row.at),
        actor=row.actor_name,
        action=row.action,
        subject=row.subject,
        code=row.code,
        detail=row.detail,
        address=row.address,
    )


@router.get("/audit", response=Page[AuditEntryData])
def list_audit(
    request: HttpRequest,
    action: Action | None = None,
    actor: str | None = None,
    code: CodePrefix = None,
    since: datetime | None = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> dict[str, Any]:
    """Acts in one's scope, newest first."""
    scope = require(request, Permission.AUDIT_VIEW)
    rows = AuditEntry.objects.filter(scope.condition())
    if action is not None:
        rows = rows.filter(action=action)
    if actor:
        rows = rows.filter(actor_name=actor)
    if code:
        rows = rows.filter(under(code))
    if since is not None:
        rows = rows.filter(at__gte=since)
    return lane_page(
        rows,
        _lanes(scope.under(code or None), action, None if code else actor),
        show=_show,
        limit=limit,
        cursor=cursor,
        within=bounds(AuditEntry, "at", since=since, until=None),
    )


def _lanes(scope: Scope, action: Action | None, actor: str | None) -> Lanes:
    if actor:
        return Lanes("audit_by_actor", (Group(("actor_name",), [(actor,)]),))
    actions = [str(action)] if action else distinct(AuditEntry, "action", [None])
    codes = distinct(AuditEntry, "code", scope.prefixes)
    groups = (
        Group(("code",), [(one,) for one in codes]),
        Group(("action",), [(one,) for one in actions]),
    )
    return Lanes("audit_by_place", groups)
