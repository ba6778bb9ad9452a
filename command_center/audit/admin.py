"""Admin pages of the audit record: to read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from command_center.accounts.policy import Permission
from command_center.administration.filters import SubtreeFilter
from command_center.administration.scoped import ReadOnlyModelAdmin, as_json, shown
from command_center.audit.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyModelAdmin):
    """Who did what, when, to what."""

    view_permission = Permission.AUDIT_VIEW
    list_display = ("at", "actor_name", "action", "subject", "code", "address")
    list_filter = (SubtreeFilter, "action", "at")
    search_fields = ("actor_name", "subject", "code")
    fields = ("at", "actor_name", "action", "subject", "code", "address", "detail_text")
    readonly_fields = fields

    @shown(_("detail"))
    def detail_text(self, entry: AuditEntry) -> Any:
        """The detail, readable."""
        return as_json(entry.detail)
