"""Changing how long units have to answer, and what counts as near. What is changed holds at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db import transaction

from command_center.audit import services as audit
from command_center.jurisdictions.selectors import root_code
from dispatch.tasks.models import AnswerTime, DispatchRules

if TYPE_CHECKING:
    from command_center.accounts.models import User

Row = TypeVar("Row", AnswerTime, DispatchRules)


def save(*, row: Row, actor: User) -> Row:
    """Add a rule or change it. Raises ValidationError."""
    row.full_clean()
    with transaction.atomic():
        row.save()
        _record(row, actor)
    return row


def remove(*, row: AnswerTime, actor: User) -> None:
    """Take a time away: the next nearest holds."""
    with transaction.atomic():
        _record(row, actor, removed=True)
        row.delete()


def _record(row: AnswerTime | DispatchRules, actor: User, **detail: bool) -> None:
    audit.record(
        action=audit.Action.INCIDENTS_CONFIGURED,
        actor=actor,
        subject=f"{row._meta.model_name} {row.pk}",  # noqa: SLF001 - Django's documented name
        code=root_code(),
        detail={**detail, "now": str(row)},
    )
