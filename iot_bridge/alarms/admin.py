"""Admin pages of alarms: which of them are one event, and which explains which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from command_center.accounts.policy import Permission
from command_center.administration.bases import AnyModelForm, capitalise_labels
from command_center.administration.installation import InstallationAdmin
from command_center.administration.scoped import shown
from command_center.api.auth import user_of
from iot_bridge.alarms import configuration, own, suppressing
from iot_bridge.alarms.models import AlarmEscalation, CorrelationRule, SuppressionRule
from iot_bridge.devices.models import Device
from iot_bridge.protocol.topics import Kind
from iot_bridge.rules.conditions import Condition

KIND_CHOICES = list(Device._meta.get_field("kind").choices or [])  # noqa: SLF001 - Django's documented name


def _choose(form: forms.Form | AnyModelForm, name: str, choices: Sequence[tuple[str, Any]]) -> None:
    """Choices as they are now: rules come and go while the process runs."""
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices


class CorrelationRuleForm(AnyModelForm):
    """Conditions are ticked, not typed; stored rules' own ones are among them."""

    conditions = forms.MultipleChoiceField(
        label=_("conditions"),
        help_text=_("All of these must be there; none: any alarm that is grave enough counts."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = CorrelationRule
        fields = (
            "code", "name", "enabled", "order", "conditions", "devices", "least_severity",
            "window_s", "radius_m", "raise_by",
        )  # fmt: skip
        labels = {"order": _("place among the rules")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "conditions", own.choices(*self.instance.conditions))

    def clean_conditions(self) -> list[str]:
        """Refused at their field."""
        names: list[str] = self.cleaned_data["conditions"]
        try:
            configuration.check_conditions(names, kept=self.instance.conditions)
        except ValidationError as error:
            raise ValidationError(error.message_dict["conditions"], code="conditions") from error
        return names


@admin.register(CorrelationRule)
class CorrelationRuleAdmin(InstallationAdmin):
    """The rules, for who keeps the alarm rules of the whole installation; who may look at those sees these."""

    view_permission = Permission.RULES_VIEW
    manage_permission = Permission.RULES_MANAGE
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
        names = [own.name_of(one) for one in rule.conditions]
        return " + ".join(names) or str(_("any"))

    def get_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        """Whoever only looks reads the conditions in words."""
        if obj is None or self.has_change_permission(request, obj):
            return self.fields
        return ["together" if name == "conditions" else name for name in self.fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        """A code never changes."""
        return ("code", "together") if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        configuration.save_rule(rule=obj, actor=user_of(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        configuration.remove_rule(rule=obj, actor=user_of(request))


class AlarmEscalationForm(AnyModelForm):
    """Conditions, stored rules' own ones among them, and kinds are chosen, not typed."""

    condition = forms.ChoiceField(label=_("condition"), required=False)
    kind = forms.ChoiceField(
        label=_("kind"), choices=[("", _("any")), *KIND_CHOICES], required=False
    )

    class Meta:
        model = AlarmEscalation
        fields = (
            "severity", "condition", "kind", "remind_minutes", "repeat_minutes", "escalate_minutes",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "condition", [("", _("any")), *own.choices(self.instance.condition)])


@admin.register(AlarmEscalation)
class AlarmEscalationAdmin(InstallationAdmin):
    """How long alarms may wait, for who keeps the alarm rules of the whole installation."""

    view_permission = Permission.RULES_VIEW
    manage_permission = Permission.RULES_MANAGE
    form = AlarmEscalationForm
    list_display = (
        "severity", "of_condition", "of_kind", "remind_minutes", "repeat_minutes", "escalate_minutes",
    )  # fmt: skip
    list_display_links = ("severity", "of_condition")
    ordering = ("severity", "condition", "kind")
    fields = (
        ("severity", "condition", "kind"),
        ("remind_minutes", "repeat_minutes"),
        "escalate_minutes",
    )

    @shown(_("condition"), order="condition")
    def of_condition(self, row: AlarmEscalation) -> Any:
        """A condition, or any."""
        return own.name_of(row.condition) if row.condition else _("any")

    @shown(_("kind"), order="kind")
    def of_kind(self, row: AlarmEscalation) -> Any:
        """A kind, or any."""
        return dict(KIND_CHOICES).get(Kind(row.kind)) if row.kind else _("any")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        configuration.save_escalation(row=obj, actor=user_of(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        configuration.remove_escalation(row=obj, actor=user_of(request))


_PERSONS = (Condition.SOS, Condition.CHECK_IN_OVERDUE)
"""Calls of persons are not to be chosen: they are never suppressed."""


class SuppressionRuleForm(AnyModelForm):
    """Conditions, stored rules' own ones among them, are chosen by name."""

    class Meta:
        model = SuppressionRule
        fields = ["cause", "suppressed", "reach", "enabled", "why"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("cause", "suppressed"):
            offered = own.choices(getattr(self.instance, name), but=_PERSONS)
            self.fields[name] = forms.ChoiceField(
                label=self.fields[name].label, choices=[("", "---------"), *offered]
            )
        capitalise_labels(self)

    def clean(self) -> dict[str, Any] | None:
        """The table's own rules."""
        cleaned = super().clean()
        if not self.errors:
            row = SuppressionRule(pk=self.instance.pk, **self.cleaned_data)
            suppressing.check_rule(row)
        return cleaned


@admin.register(SuppressionRule)
class SuppressionRuleAdmin(InstallationAdmin):
    """Which condition explains which."""

    form = SuppressionRuleForm
    view_permission = Permission.RULES_VIEW
    manage_permission = Permission.RULES_MANAGE
    list_display = ("cause_name", "suppressed_name", "reach", "enabled", "why")

    @shown(_("while this is active"), order="cause")
    def cause_name(self, row: SuppressionRule) -> Any:
        """In words."""
        return own.name_of(row.cause)

    @shown(_("this is not annunciated"), order="suppressed")
    def suppressed_name(self, row: SuppressionRule) -> Any:
        """In words."""
        return own.name_of(row.suppressed)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        suppressing.save_rule(row=obj, actor=user_of(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        suppressing.remove_rule(row=obj, actor=user_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Through the service."""
        for row in queryset:
            suppressing.remove_rule(row=row, actor=user_of(request))
