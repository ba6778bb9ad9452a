"""Admin pages of the audit record: to read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from command_center.accounts.policy import Permission
from command_center.administration.filters import SubtreeFilter
from command_center.administration.scoped import ReadOnlyModelAdmin, as_json, shown
from command_center.audit.models import AuditEntry
from command_center.audit.services import Action

ACTION_WORDS = {
    Action.LOGIN: _("signed in"),
    Action.LOGIN_REFUSED: _("sign-in refused"),
    Action.LOGOUT: _("signed out"),
    Action.ALARM_ACKNOWLEDGED: _("alarm acknowledged"),
    Action.DEVICE_CREATED: _("device registered"),
    Action.DEVICE_CHANGED: _("device changed"),
    Action.DEVICE_REMOVED: _("device removed"),
    Action.DEVICE_CREDENTIAL: _("device credential issued"),
    Action.DEVICE_COMMANDED: _("device told to do something"),
    Action.DEVICE_COMMAND_ENDED: _("what became of a command"),
    Action.SNAPSHOT_SEEN: _("snapshot of a place looked at"),
    Action.SNAPSHOTS_FORGOTTEN: _("old snapshots deleted"),
    Action.DEVICES_IMPORTED: _("devices imported"),
    Action.DEVICES_EXPORTED: _("devices exported"),
    Action.DEAD_LETTER_REPLAYED: _("dead letter replayed"),
    Action.DEAD_LETTER_DISCARDED: _("dead letter discarded"),
    Action.DEVICE_TIMING: _("timing of a kind set"),
    Action.PENDING_REFUSED: _("waiting device refused"),
    Action.PENDING_FORGOTTEN: _("waiting device forgotten"),
    Action.JURISDICTIONS_IMPORTED: _("jurisdictions imported"),
    Action.JURISDICTION_CHANGED: _("jurisdiction changed"),
    Action.JURISDICTION_REMOVED: _("jurisdiction removed"),
    Action.ACCOUNT_CHANGED: _("account changed"),
    Action.UNIT_STATUS: _("unit status set"),
    Action.INCIDENT_REPORTED: _("incident reported"),
    Action.INCIDENT_MOVED: _("incident moved on"),
    Action.INCIDENT_CHANGED: _("incident corrected"),
    Action.INCIDENT_SUPERVISED: _("incident put under supervision"),
    Action.INCIDENT_EXTENDED: _("more time for an incident decided"),
    Action.INCIDENTS_CONFIGURED: _("tables of incidents changed"),
    Action.ESCALATION_CONFIGURED: _("escalation of alarms changed"),
    Action.CALLER_SEEN: _("caller's details looked at"),
    Action.EXTERNAL_CHANGED: _("other system changed"),
    Action.EXTERNAL_KEY: _("key of another system issued"),
    Action.UNIT_TRACKER: _("OwnTracks login issued"),
    Action.ROUNDS_CONFIGURED: _("rounds changed"),
}


class ActionFilter(admin.SimpleListFilter):
    """By what was done, in words."""

    title = _("action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Every action."""
        return [(action.value, ACTION_WORDS.get(action, action.value)) for action in Action]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Entries of the chosen action."""
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyModelAdmin):
    """Who did what, when, to what."""

    view_permission = Permission.AUDIT_VIEW
    list_display = ("at", "actor_name", "action_word", "subject", "code", "address")
    list_filter = (SubtreeFilter, ActionFilter, "at")
    search_fields = ("actor_name", "subject", "code")
    fields = ("at", "actor_name", "action_word", "subject", "code", "address", "detail_text")
    readonly_fields = fields

    @shown(_("action"), order="action")
    def action_word(self, entry: AuditEntry) -> Any:
        """What was done, in words."""
        known = {action.value: words for action, words in ACTION_WORDS.items()}
        return known.get(entry.action, entry.action)

    @shown(_("detail"))
    def detail_text(self, entry: AuditEntry) -> Any:
        """The detail, readable."""
        return as_json(entry.detail)
