"""Changing which alarms are one event. A change holds from the next alarm on; groups that are there stay as they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from command_center.audit import services as audit
from command_center.jurisdictions.selectors import root_code
from iot_bridge.alarms import escalation, own
from iot_bridge.alarms.models import AlarmEscalation, CorrelationRule

if TYPE_CHECKING:
    from command_center.accounts.models import User


def save_rule(*, rule: CorrelationRule, actor: User) -> CorrelationRule:
    """Add a rule or change it. Raises ValidationError."""
    check_conditions(rule.conditions, kept=_kept_of(rule))
    rule.full_clean()
    with transaction.atomic():
        rule.save()
        _record(rule, actor, {"conditions": rule.conditions, "enabled": rule.enabled})
    return rule


def remove_rule(*, rule: CorrelationRule, actor: User) -> None:
    """Take a rule away."""
    with transaction.atomic():
        _record(rule, actor, {"removed": True})
        rule.delete()


def save_escalation(*, row: AlarmEscalation, actor: User) -> AlarmEscalation:
    """Add how long alarms may wait, or change it; it holds for those that wait already. Raises ValidationError."""
    before = AlarmEscalation.objects.filter(pk=row.pk).values_list("condition", flat=True)
    if row.condition and own.unknown([row.condition], kept=list(before)):
        message = _("There is no condition %(name)s.") % {"name": row.condition}
        raise ValidationError({"condition": message}, code="unknown_condition")
    row.full_clean()
    with transaction.atomic():
        row.save()
        escalation.look_again()
        _record_escalation(row, actor)
    return row


def remove_escalation(*, row: AlarmEscalation, actor: User) -> None:
    """Take a row away: the next nearest holds, or what ships."""
    with transaction.atomic():
        _record_escalation(row, actor, removed=True)
        row.delete()
        escalation.look_again()


def _record_escalation(row: AlarmEscalation, actor: User, **detail: bool) -> None:
    audit.record(
        action=audit.Action.ESCALATION_CONFIGURED,
        actor=actor,
        subject=f"escalation {row.pk}",
        code=root_code(),
        detail={
            **detail,
            "severity": row.severity,
            "condition": row.condition,
            "kind": row.kind,
            "minutes": [row.remind_minutes, row.repeat_minutes, row.escalate_minutes],
        },
    )


def _kept_of(rule: CorrelationRule) -> list[str]:
    """The conditions that it names already."""
    found = CorrelationRule.objects.filter(pk=rule.pk).values_list("conditions", flat=True).first()
    return found or []


def check_conditions(names: Sequence[str], *, kept: Collection[str] = ()) -> None:
    """Whether these can be what a rule waits for, that named some before. Raises ValidationError."""
    unknown = own.unknown(names, kept=kept)
    if unknown:
        message = _("There is no condition %(name)s.") % {"name": unknown[0]}
        raise ValidationError({"conditions": message}, code="unknown_condition")
    if len(names) == 1:
        message = _("Name two conditions or more, or none for any.")
        raise ValidationError({"conditions": message}, code="one_condition")


def _record(rule: CorrelationRule, actor: User, detail: Mapping[str, Any]) -> None:
    audit.record(
        action=audit.Action.CORRELATION_CONFIGURED,
        actor=actor,
        subject=f"correlation rule {rule.code}",
        code=root_code(),
        detail=dict(detail),
    )
