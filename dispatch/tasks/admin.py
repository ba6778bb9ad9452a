"""Admin pages of tasks: to look, never to change; and the rules by which they go."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from command_center.accounts.policy import Permission
from command_center.administration.installation import InstallationAdmin, SingleRowAdmin
from command_center.administration.scoped import ReadOnlyModelAdmin, shown
from command_center.api.auth import user_of
from dispatch.tasks import configuration
from dispatch.tasks.models import AnswerTime, DispatchRules, Task


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


@admin.register(AnswerTime)
class AnswerTimeAdmin(InstallationAdmin):
    """How long units have to acknowledge."""

    view_permission = Permission.INCIDENTS_CONFIGURE
    manage_permission = Permission.INCIDENTS_CONFIGURE
    list_display = ("any_category", "any_severity", "seconds", "reminders")
    list_display_links = list_display
    list_filter = ("severity",)
    list_select_related = ("category",)
    ordering = ("category", "severity", "id")
    fields = ("category", "severity", "seconds", "reminders")

    @shown(_("incident category"), order="category")
    def any_category(self, row: AnswerTime) -> Any:
        """A category or group, or any."""
        return row.category or _("any")

    @shown(_("severity"), order="severity")
    def any_severity(self, row: AnswerTime) -> Any:
        """A severity, or any."""
        return row.get_severity_display() if row.severity else _("any")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        configuration.save(row=obj, actor=user_of(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        configuration.remove(row=obj, actor=user_of(request))


@admin.register(DispatchRules)
class DispatchRulesAdmin(SingleRowAdmin):
    """What counts as near, far and stale."""

    view_permission = Permission.INCIDENTS_CONFIGURE
    manage_permission = Permission.INCIDENTS_CONFIGURE
    fields = ("near_km", "far_km", "stale_minutes")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        configuration.save(row=obj, actor=user_of(request))
