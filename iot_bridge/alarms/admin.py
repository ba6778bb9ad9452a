"""Admin pages of alarms: which of them are one event."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from command_center.accounts.policy import Permission
from command_center.administration.bases import AnyModelForm
from command_center.administration.installation import InstallationAdmin
from command_center.administration.scoped import shown
from command_center.api.auth import user_of
from iot_bridge.alarms import configuration
from iot_bridge.alarms.models import CorrelationRule
from iot_bridge.alarms.words import CONDITION_NAMES
from iot_bridge.rules.conditions import Condition


class CorrelationRuleForm(AnyModelForm):
    """Conditions are ticked, not typed."""

    conditions = forms.MultipleChoiceField(
        label=_("conditions"),
        help_text=_("All of these must be there; none: any alarm that is grave enough counts."),
        choices=[(str(one), CONDITION_NAMES.get(one, str(one))) for one in Condition],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = CorrelationRule
        fields = (
            "code", "name", "enabled", "order", "conditions", "devices", "least_severity",
            "window_s", "radius_m", "raise_by",
        )  # fmt: skip


@admin.register(CorrelationRule)
class CorrelationRuleAdmin(InstallationAdmin):
    """The rules, for who keeps the devices of the whole installation."""

    view_permission = Permission.DEVICES_MANAGE
    manage_permission = Permission.DEVICES_MANAGE
    form = CorrelationRuleForm
    list_display = ("name", "together", "devices", "window_s", "raise_by", "enabled")
    list_display_links = ("name",)
    ordering = ("order", "code")
    fields = (
        ("code", "name"), "enabled", "order", "conditions", ("devices", "least_severity"),
        ("window_s", "radius_m"), "raise_by",
    )  # fmt: skip

    @shown(_("conditions"))
    def together(self, rule: CorrelationRule) -> str:
        """Their names."""
        names = [str(CONDITION_NAMES.get(Condition(one), one)) for one in rule.conditions]
        return " + ".join(names) or str(_("any"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        """A code never changes."""
        return ("code",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        configuration.save_rule(rule=obj, actor=user_of(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        configuration.remove_rule(rule=obj, actor=user_of(request))
