"""Filling an empty table with the plans that ship, so that a new installation has some to begin with."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from dispatch.incidents.seeding import fill_empty_tables
from dispatch.incidents.selectors import category_names
from dispatch.plans import defaults
from dispatch.plans.models import PlanPost, PlanUnits, ResponsePlan


def fill_empty_table(**signal: Any) -> None:
    """The plans, if there are none; of a category that an installation does not have there is none."""
    tables = {model._meta.db_table for model in (ResponsePlan, PlanUnits, PlanPost)}  # noqa: SLF001 - Django's documented name
    if not tables <= set(connection.introspection.table_names()):
        return  # migrated no further than to before these
    fill_empty_tables(**signal)  # their categories come first, whatever the order of the signals
    with transaction.atomic():
        if ResponsePlan.objects.exists():
            return
        known = {"", *category_names()}
        for facts in defaults.PLANS:
            if facts.category in known:
                _make(facts)


def _make(facts: defaults.ShippedPlan) -> None:
    plan = ResponsePlan.objects.create(
        name=facts.name,
        category_id=facts.category or None,
        least=facts.least,
        instructions=facts.instructions,
        conference=facts.conference,
    )
    PlanUnits.objects.bulk_create(
        PlanUnits(plan=plan, kind=want.kind or "", skill=want.skill or "", count=want.count)
        for want in facts.units
    )
    PlanPost.objects.bulk_create(
        PlanPost(plan=plan, role=role, level=level) for role, level in facts.told
    )
