"""Changing the tables that say what cases there are and how long they may take.

What is changed holds from the next stage of a case on; clocks that run are not set anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, ProtectedError
from django.utils.translation import gettext as _

from command_center.audit import services as audit
from command_center.jurisdictions.selectors import root_code
from dispatch.incidents.models import Allowance, Calendar, CalendarDay, CaseRules, Category

if TYPE_CHECKING:
    from command_center.accounts.models import User

Row = TypeVar("Row", bound=Model)

GROUP_DIGITS, CATEGORY_DIGITS = 2, 4


def group_of(code: str) -> str | None:
    """The group that a category's code begins with; None for a group. Raises ValidationError."""
    if not (code.isascii() and code.isdigit() and len(code) in (GROUP_DIGITS, CATEGORY_DIGITS)):
        raise ValidationError(_("Two digits for a group, four for a category."), code="bad_code")
    if len(code) == GROUP_DIGITS:
        return None
    group = code[:GROUP_DIGITS]
    if not Category.objects.filter(pk=group).exists():
        message = _("There is no group %(code)s.")
        raise ValidationError(message, code="no_group", params={"code": group})
    return group


def save_category(*, category: Category, actor: User) -> Category:
    """Add a category or change it; its group follows from its code. Raises ValidationError."""
    category.parent_id = group_of(category.code)
    return _save(category, actor)


def save_allowance(*, allowance: Allowance, actor: User) -> Allowance:
    """Add a time allowed or change it. Raises ValidationError."""
    return _save(allowance, actor)


def save_rules(*, rules: CaseRules, actor: User) -> CaseRules:
    """Change what holds for all cases, from now on. Raises ValidationError."""
    return _save(rules, actor)


def save_calendar(*, calendar: Calendar, days: Mapping[date, bool], actor: User) -> Calendar:
    """Add a working calendar or change it, with its special days: whether each is worked."""
    with transaction.atomic():
        _save(calendar, actor, {"days": len(days)})
        known = {row.day: row for row in calendar.days.all()}
        for day in known.keys() - days.keys():
            known[day].delete()
        for day, works in days.items():
            CalendarDay.objects.update_or_create(
                calendar=calendar, day=day, defaults={"works": works}
            )
    return calendar


def remove(*, row: Category | Allowance | Calendar, actor: User) -> None:
    """Take a row away. Raises ValidationError where cases or other tables still need it."""
    try:
        with transaction.atomic():
            _record(row, actor, {"removed": True})
            row.delete()
    except ProtectedError as error:
        raise ValidationError(_("It is in use; take it out of use instead.")) from error


def _save(row: Row, actor: User, detail: Mapping[str, Any] | None = None) -> Row:
    row.full_clean()
    with transaction.atomic():
        row.save()
        _record(row, actor, detail or {})
    return row


def _record(row: Model, actor: User, detail: Mapping[str, Any]) -> None:
    audit.record(
        action=audit.Action.INCIDENTS_CONFIGURED,
        actor=actor,
        subject=f"{row._meta.model_name} {row.pk}",  # noqa: SLF001 - Django's documented name
        code=root_code(),
        detail=dict(detail),
    )
