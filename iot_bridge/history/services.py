"""Changes of what is kept for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from command_center.audit.services import AuditAction, record
from command_center.feed import services as feed
from command_center.jurisdictions.selectors import root_code
from iot_bridge.history.keeping import DAYS, Keeping
from iot_bridge.history.models import Retention

if TYPE_CHECKING:
    from command_center.accounts.models import User


def save_retention(*, row: Retention, actor: User) -> None:
    """Set the days of a sort. The worker goes by them from its next round on."""
    with feed.transaction():
        row.save()
        _record(row.what, row.days, actor)


def remove_retention(*, row: Retention, actor: User) -> None:
    """Back to the days as delivered."""
    with feed.transaction():
        row.delete()
        _record(row.what, DAYS[Keeping(row.what)], actor)


def _record(what: str, days: int, actor: User) -> None:
    record(
        action=AuditAction.RETENTION_SET,
        actor=actor,
        subject=what,
        code=root_code(),
        detail={"days": days},
    )
