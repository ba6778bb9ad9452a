"""Filling empty tables with what ships, so that a new installation works before anybody configured it."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from dispatch.incidents import defaults
from dispatch.incidents.models import Allowance, Calendar, CalendarDay, Category


def fill_empty_tables(**_signal: Any) -> None:
    """Categories, the working calendar and the times allowed; each only if there are none."""
    tables = {model._meta.db_table for model in (Category, Calendar, CalendarDay, Allowance)}  # noqa: SLF001 - Django's documented name
    if not tables <= set(connection.introspection.table_names()):
        return  # migrated no further than to before these
    with transaction.atomic():
        if not Category.objects.exists():
            Category.objects.bulk_create(
                Category(
                    code=facts.code,
                    parent_id=facts.parent,
                    name=facts.name,
                    name_en=facts.name_en,
                    severity=facts.severity,
                    photo_required=facts.photo_required,
                    skills=[str(skill) for skill in facts.skills],
                )
                for facts in defaults.CATEGORIES
            )
        if not Allowance.objects.exists():
            working = _working_calendar()
            Allowance.objects.bulk_create(
                Allowance(
                    severity=facts.severity,
                    stage=facts.stage,
                    minutes=facts.minutes,
                    calendar=working if facts.working else None,
                )
                for facts in defaults.allowances()
            )


def _working_calendar() -> Calendar:
    existing = Calendar.objects.first()
    if existing is not None:
        return existing
    calendar = Calendar.objects.create(
        name="工作时间",
        hours=[[f"{begin:%H:%M}", f"{end:%H:%M}"] for begin, end in defaults.WORKING_HOURS],
        weekdays=[0, 1, 2, 3, 4],
    )
    days = [(day, False) for day in defaults.HOLIDAYS_2026]
    days += [(day, True) for day in defaults.WORKDAYS_2026]
    CalendarDay.objects.bulk_create(
        CalendarDay(calendar=calendar, day=day, works=works) for day, works in days
    )
    return calendar
