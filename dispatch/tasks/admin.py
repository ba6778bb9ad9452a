"""Admin pages of tasks: to look, never to change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from command_center.accounts.policy import Permission
from command_center.administration.scoped import ReadOnlyModelAdmin
from dispatch.tasks.models import Task


@admin.register(Task)
class TaskAdmin(ReadOnlyModelAdmin):
    """Every order, and the time of each of its states."""

    view_permission = Permission.TASKS_VIEW
    code_field = "incident__code"
    list_display = ("incident", "unit", "state", "created_at", "acknowledged_at", "ended_at")
    list_filter = ("state",)
    list_select_related = ("incident", "unit")
    search_fields = ("incident__number", "unit__name")
    date_hierarchy = "created_at"

    def code_of(self, obj: Any) -> str:
        """Its incident's."""
        return str(obj.incident.code)
