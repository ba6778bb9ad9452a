"""Admin pages of rules: what each says, its versions, and a form that names every fault at its field."""

from __future__ import annotations

import json
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from command_center.accounts.policy import Permission
from command_center.accounts.scope import NOWHERE, Scope
from command_center.administration.bases import AnyModelForm, capitalise_labels
from command_center.administration.filters import SubtreeFilter
from command_center.administration.scoped import ScopedModelAdmin, as_json, shown
from command_center.api.auth import user_of
from command_center.jurisdictions.selectors import names_in, names_of
from iot_bridge.alarms.words import condition_word
from iot_bridge.devices.models import Device
from iot_bridge.protocol.topics import Kind
from iot_bridge.rulebook import selectors, services
from iot_bridge.rulebook.drafts import Draft, RuleError, changed_fields, check
from iot_bridge.rulebook.locating import line_of
from iot_bridge.rulebook.models import SEVERITIES, Rule, RuleVersion
from iot_bridge.rulebook.words import fault_word
from iot_bridge.rules.engine.faults import Fault, FaultCode

_STALE = _("Somebody else was first; look at the rule again.")

LATCHING = [("", _("as the condition")), ("yes", _("yes")), ("no", _("no"))]


KIND_NAMES = dict(Device._meta.get_field("kind").flatchoices)  # noqa: SLF001 - Django's documented name

_STEPS = {
    "created": _("newly made"),
    "changed": _("changed"),
    "restored": _("brought back"),
    "removed": _("removed"),
}

PARTS = {
    "name": _("name"), "code": _("jurisdiction"), "kinds": _("kinds"), "device": _("device id"),
    "condition": _("condition"), "title_zh": _("title, Chinese"), "title_en": _("title, English"),
    "severity": _("severity"), "latching": _("wants a reset by hand"), "definition": _("definition"),
    "enabled": _("in force"),
}  # fmt: skip


def _parts(before: dict[str, Any], after: dict[str, Any]) -> str:
    """What two contents of a rule do not share, in words."""
    return ", ".join(str(capfirst(PARTS[name])) for name in changed_fields(before, after))


class ConditionFilter(admin.SimpleListFilter):
    """By the alarm that rules raise, in words."""

    title = _("condition")
    parameter_name = "condition"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Those of the rules that the person who asks can see."""
        rows = model_admin.get_queryset(request).order_by("condition")
        found = {row.condition: (row.title_zh, row.title_en) for row in rows}
        return [(name, condition_word(name, *titles)) for name, titles in found.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rules of the chosen one."""
        chosen = self.value()
        return queryset.filter(condition=chosen) if chosen else queryset


class DefinitionField(forms.JSONField):
    """The definition as JSON, indented; a fault of form is told with line and column."""

    def prepare_value(self, value: Any) -> Any:
        """Readable; what somebody has written stays as they wrote it, for faults name its lines."""
        if value is None or isinstance(value, str):
            return value or ""
        return json.dumps(value, ensure_ascii=False, indent=2)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """See `prepare_value`."""
        return data

    def to_python(self, value: Any) -> Any:
        """Raises ValidationError with the place."""
        if value in self.empty_values:
            return None
        try:
            return json.loads(value)
        except (ValueError, RecursionError) as error:
            place = (getattr(error, "lineno", 1), getattr(error, "colno", 1))
            facts = dict(zip(("line", "column"), map(str, place), strict=True))
            fault = Fault("/definition", str(error), FaultCode.NOT_JSON, facts=facts)
            raise ValidationError(fault_word(fault), code=fault.code) from error


class RuleForm(AnyModelForm):
    """A rule's content, and why it is as it is."""

    code = forms.ChoiceField(label=_("jurisdiction"), required=False)
    kinds = forms.MultipleChoiceField(
        label=_("kinds"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("none: every kind"),
    )
    device = forms.CharField(
        label=_("device id"),
        required=False,
        max_length=64,
        help_text=_("for this one device only; jurisdiction and kinds are then left aside"),
    )
    severity = forms.TypedChoiceField(
        label=_("severity"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("as the condition")), *SEVERITIES],
    )
    latching = forms.ChoiceField(label=_("wants a reset by hand"), required=False, choices=LATCHING)
    definition = DefinitionField(
        label=_("definition"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 16, "cols": 90, "spellcheck": "false"}),
        help_text=_("JSON, see docs/rules.md; empty: switches a condition that ships off here"),
    )
    enabled = forms.BooleanField(label=_("in force"), required=False, initial=True)
    reason = forms.CharField(label=_("reason"), max_length=300, help_text=_("why this change"))
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    scope: Scope = NOWHERE

    class Meta:
        model = Rule
        fields = ("name", "condition", "title_zh", "title_en")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        capitalise_labels(self)
        if "code" not in self.fields:
            return
        names = sorted(names_in(self.scope).items())
        self.fields["code"].choices = [(code, f"{name} {code}") for code, name in names]  # type: ignore[attr-defined]  # a choice field
        self.fields["kinds"].choices = [(kind.value, KIND_NAMES[kind]) for kind in Kind]  # type: ignore[attr-defined]  # a choice field
        rule = self.instance
        if rule.pk:
            latching = {None: "", True: "yes", False: "no"}[rule.latching]
            self.initial = dict(self.initial) | {
                "code": rule.code,
                "kinds": rule.kinds,
                "device": rule.device_id or "",
                "severity": rule.severity,
                "latching": latching,
                "definition": rule.definition,
                "enabled": rule.enabled,
                "seen": rule.version,
            }

    def draft(self) -> Draft:
        """What was filled in."""
        data = self.cleaned_data
        return Draft(
            name=data.get("name", ""),
            code=data.get("code", ""),
            kinds=tuple(data.get("kinds") or ()),
            device=data.get("device") or None,
            condition=data.get("condition", ""),
            title_zh=data.get("title_zh", ""),
            title_en=data.get("title_en", ""),
            severity=data.get("severity"),
            latching={"": None, "yes": True, "no": False}[data.get("latching") or ""],
            definition=data.get("definition"),
            enabled=bool(data.get("enabled")),
        )

    def clean(self) -> dict[str, Any]:
        """Every fault of the rule at its field, and whether somebody else was first."""
        data = dict(super().clean() or {})
        if not self.errors:
            try:
                check(self.draft(), self.scope, known=self.instance.pk)
            except RuleError as error:
                for fault in error.faults:
                    self._tell(fault)
        if self.instance.pk and data.get("seen") != self.instance.version:
            self._tell_stale(data.get("seen"))
        first = next((name for name in self.fields if name in self.errors), None)
        if first is not None:
            self.fields[first].widget.attrs["autofocus"] = True
        return data

    def _tell(self, fault: Fault) -> None:
        field = fault.pointer.lstrip("/").partition("/")[0]
        within = fault.pointer.removeprefix("/definition")
        text = self.data.get(self.add_prefix("definition")) or ""
        line = line_of(text, within) if field == "definition" else None
        word = ValidationError(fault_word(fault, line=line), code=fault.code)
        self.add_error(field if field in self.fields else None, word)

    def _tell_stale(self, seen: int | None) -> None:
        """Say who was first and what differs; saved once more, what is filled in holds."""
        latest = self.instance.versions.first()
        before = self.instance.versions.filter(number=seen).first()
        text = _(
            "%(name)s saved version %(version)s meanwhile (%(reason)s) and changed: %(fields)s. Nothing is stored yet. "
            "Saved once more, what you have filled in takes its place; reload the page to begin from theirs."
        )
        facts = {
            "name": latest.actor_name,
            "version": latest.number,
            "reason": latest.reason,
            "fields": _parts(before.content if before else {}, latest.content) or "—",
        }
        self.add_error(None, ValidationError(text, code="conflict", params=facts))
        name = self.add_prefix("seen")
        seen_now = cast(QueryDict, self.data).copy()
        seen_now[name] = str(self.instance.version)
        self.data = seen_now

    def _post_clean(self) -> None:
        """The model is written by the services, from the draft."""


@admin.register(Rule)
class RuleAdmin(ScopedModelAdmin):
    """Alarm rules."""

    view_permission = Permission.RULES_VIEW
    manage_permission = Permission.RULES_MANAGE
    form = RuleForm
    list_display = ("id", "name", "what", "target", "standing", "version", "changed_at")
    list_display_links = ("id", "name")
    list_filter = (SubtreeFilter, ConditionFilter, "enabled")
    search_fields = ("name", "condition", "device__id")
    fields = (
        "name", "condition", "title_zh", "title_en", "severity", "latching", "code", "kinds", "device", "definition",
        "enabled", "reason", "seen", "state", "versions",
    )  # fmt: skip
    readonly_fields = ("state", "versions")
    actions = ["wake", "take_out", "put_in"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Where a device's rule belongs, its device says."""
        return selectors.rules_in(self.viewable(request)).order_by("-id")

    def code_of(self, obj: Rule) -> str:
        """The device's, or its own."""
        return obj.place

    def get_form(
        self, request: HttpRequest, obj: Any | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """A form that knows where its user may store rules."""
        kwargs["fields"] = ("name", "condition", "title_zh", "title_en")
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"scope": self.manageable(request)})

    def get_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        """Whoever only looks sees no form."""
        if obj is not None and not self.has_change_permission(request, obj):
            return (
                "name",
                "condition",
                "title_zh",
                "title_en",
                "target",
                "content",
                "state",
                "versions",
            )
        return [name for name in self.fields if obj is not None or name not in self.readonly_fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        """What a form has no field for."""
        return (*self.readonly_fields, "target", "content")

    @shown(_("condition"), order="condition")
    def what(self, rule: Rule) -> str:
        """In words."""
        return condition_word(rule.condition, rule.title_zh, rule.title_en)

    @shown(_("for"))
    def target(self, rule: Rule) -> str:
        """One device, or kinds of a subtree."""
        if rule.device is not None:
            return str(rule.device)
        place = names_of([rule.code]).get(rule.code, rule.code)
        kinds = [str(KIND_NAMES[kind]) for kind in rule.kinds if kind in KIND_NAMES]
        return " · ".join([place, *kinds])

    @shown(_("state"), order="enabled")
    def standing(self, rule: Rule) -> str:
        """In a word."""
        if rule.enabled and rule.quarantined_at is not None:
            return str(_("in quarantine"))
        return str(_("in force") if rule.enabled else _("out of force"))

    @shown(_("definition"))
    def content(self, rule: Rule) -> Any:
        """As JSON."""
        return as_json(rule.definition)

    @shown(_("state"))
    def state(self, rule: Rule) -> str:
        """In force, out of force, or put aside because it failed."""
        standing = str(self.standing(rule))
        if not rule.enabled or rule.quarantined_at is None:
            return standing
        return f"{standing} ({rule.quarantine_device}: {rule.quarantine_reason})"

    @shown(_("versions"))
    def versions(self, rule: Rule) -> Any:
        """Who changed it when and why, the newest first."""
        rows = list(RuleVersion.objects.filter(rule=rule)[:50])
        before = [row.content for row in rows[1:]] + [{}]
        cells = [
            (
                row.number,
                date_format(localtime(row.at), "DATETIME_FORMAT"),
                _STEPS.get(row.step, row.step),
                row.actor_name,
                row.reason,
                _parts(old, row.content) if row.number > 1 else "",
                as_json(row.content),
            )
            for row, old in zip(rows, before, strict=True)
        ]
        line = "<tr><td>{}<td>{}<td>{}<td>{}<td>{}<td>{}<td><details><summary>JSON</summary>{}</details>"
        heads = (_("version"), _("time"), _("change"), _("changed by"), _("reason"), _("parts"), "")
        return format_html(
            "<table class=versions><thead><tr>{}</thead><tbody>{}</tbody></table>",
            format_html_join("", "<th scope=col>{}", ((capfirst(head),) for head in heads)),
            format_html_join("", line, cells),
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        more: dict[str, Any] = {
            "draft": form.draft(),
            "scope": self.manageable(request),
            "actor": user_of(request),
            "reason": form.cleaned_data["reason"],
        }
        try:
            saved = (
                services.change(rule_id=obj.pk, seen=form.cleaned_data["seen"], **more)
                if change
                else services.create(**more)
            )
        except services.StaleError as error:
            raise ValidationError(_STALE) from error
        obj.pk = saved.pk
        obj.refresh_from_db()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service: the rule leaves, its versions stay."""
        reason = str(_("removed in the administration"))
        try:
            services.remove(rule_id=obj.pk, seen=obj.version, actor=user_of(request), reason=reason)
        except services.StaleError as error:
            raise ValidationError(_STALE) from error

    @admin.action(description=_("End the quarantine"), permissions=["change"])
    def wake(self, request: HttpRequest, queryset: QuerySet[Rule]) -> None:
        """As they stand."""
        for rule in queryset:
            if self.has_change_permission(request, rule):
                reason = str(_("taken up again in the administration"))
                services.wake(rule_id=rule.pk, actor=user_of(request), reason=reason)

    @admin.action(description=_("Take out of force"), permissions=["change"])
    def take_out(self, request: HttpRequest, queryset: QuerySet[Rule]) -> None:
        """All that are chosen: the shipped rules, or the next nearest, hold again."""
        self._switch(request, queryset, on=False)

    @admin.action(description=_("Put in force"), permissions=["change"])
    def put_in(self, request: HttpRequest, queryset: QuerySet[Rule]) -> None:
        """As they stand, if they still are right."""
        self._switch(request, queryset, on=True)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Rule], *, on: bool) -> None:
        done = 0
        for rule in queryset.exclude(enabled=on):
            if not self.has_change_permission(request, rule):
                continue
            try:
                services.switch(
                    rule_id=rule.pk,
                    on=on,
                    seen=rule.version,
                    scope=self.manageable(request),
                    actor=user_of(request),
                    reason=str(_("switched in the list of the administration")),
                )
                done += 1
            except services.StaleError:
                messages.error(request, f"{rule}: {_STALE}")
            except RuleError as error:
                words = "; ".join(map(fault_word, error.faults))
                messages.error(request, f"{rule}: {words}")
        if done:
            text = ngettext("%(count)s rule switched.", "%(count)s rules switched.", done)
            messages.success(request, text % {"count": done})
