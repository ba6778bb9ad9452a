"""Admin pages of what arrived and could not be taken: dead letters to read, strangers to decide on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from command_center.accounts.policy import Permission
from command_center.administration.bases import AnyModelForm
from command_center.administration.filters import SubtreeFilter
from command_center.administration.scoped import (
    ReadOnlyModelAdmin,
    ScopedModelAdmin,
    as_json,
    shown,
)
from command_center.api.auth import user_of
from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.devices.models import Device, PendingDevice
from iot_bridge.intake import waiting
from iot_bridge.intake.models import DeadLetter
from iot_bridge.protocol.reasons import DeadLetterReason

REASONS: dict[str, Any] = {
    DeadLetterReason.TOO_LARGE: _("payload too large"),
    DeadLetterReason.NOT_JSON: _("not JSON"),
    DeadLetterReason.BAD_ENVELOPE: _("bad envelope"),
    DeadLetterReason.BAD_DATA: _("bad content"),
    DeadLetterReason.UNKNOWN_KIND: _("unknown kind of device"),
    DeadLetterReason.UNKNOWN_TYPE: _("unknown event type"),
    DeadLetterReason.BAD_TOPIC: _("bad topic"),
    DeadLetterReason.UNKNOWN_DEVICE: _("unknown device"),
    DeadLetterReason.WRONG_TOPIC: _("not the registered topic"),
    DeadLetterReason.NO_BIRTH: _("no BIRTH yet"),
    DeadLetterReason.CODEC_ERROR: _("decoding failed"),
    DeadLetterReason.STORAGE_ERROR: _("storing failed"),
    DeadLetterReason.BAD_REPLY: _("reply to no command"),
}


class ReasonFilter(admin.SimpleListFilter):
    """The reasons, in words."""

    title = _("reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every reason there is."""
        return [(str(reason), str(name)) for reason, name in REASONS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The letters of one reason."""
        return queryset if self.value() is None else queryset.filter(reason=self.value())


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnlyModelAdmin):
    """What could not be taken, and why."""

    view_permission = Permission.DEAD_LETTERS_VIEW
    list_display = ("last_at", "why", "device_id", "topic", "code", "count", "state")
    list_filter = (SubtreeFilter, ReasonFilter, "state", "last_at")
    search_fields = ("topic", "device_id", "detail")
    fields = (
        "why",
        "detail",
        "topic",
        "device_id",
        "code",
        "at",
        "last_at",
        "count",
        "size",
        "payload_text",
        "state",
        "closed_by",
        "closed_reason",
    )
    readonly_fields = fields

    @shown(_("reason"), order="reason")
    def why(self, letter: DeadLetter) -> str:
        """The reason, in words."""
        return str(REASONS.get(letter.reason, letter.reason))  # one of a later version is its word

    @shown(_("payload, stripped"))
    def payload_text(self, letter: DeadLetter) -> SafeString:
        """The bytes as text, where they are text."""
        text = bytes(letter.payload).decode("utf-8", errors="backslashreplace")
        return format_html('<pre class="record">{}</pre>', text[:4000])


class RefusalForm(AnyModelForm):
    """The one thing that is written here: why a device is not let in."""

    closed_reason = forms.CharField(
        label=_("refuse, because"),
        max_length=200,
        help_text=_("to let it in, register it instead; it stays refused until it is deleted here"),
    )

    class Meta:
        model = PendingDevice
        fields = ("closed_reason",)


@admin.register(PendingDevice)
class PendingDeviceAdmin(ScopedModelAdmin):
    """Devices that were heard or announced: to register, refuse or forget."""

    view_permission = Permission.DEVICES_MANAGE
    manage_permission = Permission.DEVICES_MANAGE
    can_add = False
    form = RefusalForm
    list_display = (
        "external_id", "codec", "proposed", "maker", "model", "state", "count", "last_seen", "register"
    )  # fmt: skip
    list_filter = (SubtreeFilter, "state", "codec", "announced")
    search_fields = ("external_id", "maker", "model", "topic")
    readonly_fields = (
        "external_id", "codec", "proposed", "maker", "model", "code", "announced", "topic", "rules",
        "last_said", "first_seen", "last_seen", "count", "state", "closed_by", "register",
    )  # fmt: skip
    fields = (*readonly_fields, "closed_reason")

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        """Who waits can be refused; what was decided stands until it is deleted."""
        waits = obj is None or obj.state == "waiting"
        return waits and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        """Forgetting is for whoever may decide."""
        return super().has_change_permission(request, obj)

    @shown(_("proposed kind"), order="kind")
    def proposed(self, pending: PendingDevice) -> str:
        """The kind, in words."""
        kinds = dict(Device._meta.get_field("kind").flatchoices)  # noqa: SLF001 - Django's documented name
        return str(kinds.get(pending.kind, "—"))

    @shown(_("proposed rules for fields"))
    def rules(self, pending: PendingDevice) -> SafeString | str:
        """As they would be in the parameters."""
        return as_json(pending.fields) if pending.fields else "—"

    @shown(_("last message, decoded and stripped"))
    def last_said(self, pending: PendingDevice) -> SafeString:
        """Its values."""
        return format_html('<pre class="record">{}</pre>', pending.sample)

    @shown(_("register"))
    def register(self, pending: PendingDevice) -> SafeString | str:
        """The way to the device's form, filled in as far as is known."""
        if pending.state == "registered":
            return "—"
        if pending.codec not in REGISTRY.names:
            return str(_("no codec reads its topic"))
        address = f"{reverse('admin:devices_device_add')}?pending={pending.pk}"
        return format_html('<a href="{}">{}</a>', address, _("register…"))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        waiting.refuse(
            pending=obj, actor=user_of(request), reason=form.cleaned_data["closed_reason"]
        )

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        waiting.forget(pending=obj, actor=user_of(request))
