"""REST: the audit record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from command_center.accounts.policy import Permission
from command_center.api.auth import require
from command_center.api.pagination import CursorText, Limit, Page, page
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
    rows = AuditEntry.objects.filter(require(request, Permission.AUDIT_VIEW).condition())
    if action is not None:
        rows = rows.filter(action=action)
    if actor:
        rows = rows.filter(actor_name=actor)
    if code:
        rows = rows.filter(under(code))
    if since is not None:
        rows = rows.filter(at__gte=since)
    return page(rows, show=_show, limit=limit, cursor=cursor, descending=True)
