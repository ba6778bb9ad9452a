"""Changing response plans, and putting it on record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from command_center.audit import services as audit
from command_center.jurisdictions.selectors import root_code
from dispatch.plans.models import MOST_UNITS, PlanPost, PlanUnits, ResponsePlan

if TYPE_CHECKING:
    from command_center.accounts.models import User


def save_plan(
    *,
    plan: ResponsePlan,
    units: Sequence[PlanUnits],
    posts: Sequence[PlanPost],
    actor: User,
) -> ResponsePlan:
    """Add a plan or change it, with all that it wants and whom it tells. Raises ValidationError."""
    plan.full_clean()
    if sum(row.count for row in units) > MOST_UNITS:
        raise ValidationError(
            _("A plan sends at most %(count)s units.") % {"count": MOST_UNITS}, code="too_many"
        )
    with transaction.atomic():
        plan.save()
        plan.units.all().delete()
        plan.posts.all().delete()
        for want in units:
            want.pk, want.plan = None, plan
            want.full_clean()
            want.save()
        for post in posts:
            post.pk, post.plan = None, plan
            post.full_clean()
            post.save()
        _record(plan, actor, removed=False)
    return plan


def remove_plan(*, plan: ResponsePlan, actor: User) -> None:
    """Take a plan away; what was done by it stays on record."""
    with transaction.atomic():
        _record(plan, actor, removed=True)
        plan.delete()


def _record(plan: ResponsePlan, actor: User, *, removed: bool) -> None:
    audit.record(
        action=audit.Action.INCIDENTS_CONFIGURED,
        actor=actor,
        subject=f"plan {plan.name}",
        code=plan.jurisdiction_id or root_code(),
        detail={
            "category": plan.category_id,
            "severities": [plan.gravest, plan.least],
            "in_use": plan.in_use,
            **({"removed": True} if removed else {}),
        },
    )
