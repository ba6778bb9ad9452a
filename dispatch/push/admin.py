"""Admin pages of the webhooks, and of the tokens of ntfy servers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from command_center.accounts.policy import Permission
from command_center.administration.bases import AnyModelForm, capitalise_labels
from command_center.administration.filters import SubtreeFilter
from command_center.administration.installation import InstallationAdmin
from command_center.administration.scoped import ScopedModelAdmin, shown
from command_center.api.auth import user_of
from command_center.hosts import place_of
from dispatch.push import configuration, ntfy
from dispatch.push.models import NtfyServer, Webhook


class WebhookForm(AnyModelForm):
    """A webhook. Its secret is never shown again."""

    new_secret = forms.CharField(
        label=_("secret"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text=_("DingTalk and Feishu sign with it. Empty: as it is now."),
    )
    without_secret = forms.BooleanField(label=_("without a secret"), required=False)

    class Meta:
        model = Webhook
        fields = (
            "name", "kind", "url", "jurisdiction", "in_use", "encoding", "body", "template",
            "headers", "expected", "expected_text",
        )  # fmt: skip
        help_texts = {
            "url": _(
                "As the robot or the gateway gives it. Whoever has it can write to the group."
            ),
            "body": _(
                "Only for an SMS gateway: what to send as JSON or as a form, with {title}, {body}, {task}, {at} and {secret}."
            ),
            "template": _(
                "Only for an SMS gateway that wants a text of its own, such as XML: the text, with the same"
                " placeholders; name its Content-Type among the headers."
            ),
            "headers": _("Only for an SMS gateway: headers to send, with the same placeholders."),
            "expected": _("Only for an SMS gateway: what a good answer holds. Empty: any 2xx."),
            "expected_text": _(
                "Only for an SMS gateway that answers with a text: what stands in it."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        capitalise_labels(self)

    def clean(self) -> dict[str, Any]:
        """What the service would refuse, told beside its field."""
        cleaned = super().clean() or {}
        if cleaned.get("without_secret"):
            self.instance.secret = ""
        elif cleaned.get("new_secret"):
            self.instance.secret = cleaned["new_secret"]
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's hook between form and model
        if not self.errors:
            try:
                configuration.check_webhook(self.instance)
            except ValidationError as error:
                self.add_error(None, error)


@admin.register(Webhook)
class WebhookAdmin(ScopedModelAdmin):
    """Chat robots and SMS gateways that are told what nobody's app has confirmed."""

    view_permission = Permission.INCIDENTS_CONFIGURE
    manage_permission = Permission.INCIDENTS_CONFIGURE
    code_field = "jurisdiction_id"
    form = WebhookForm
    list_display = ("name", "kind", "host", "place_name", "in_use")
    list_filter = (SubtreeFilter, "kind", "in_use")
    list_select_related = ("jurisdiction",)
    search_fields = ("name",)
    autocomplete_fields = ("jurisdiction",)
    fields = (
        "name", "kind", "url", "new_secret", "without_secret", "jurisdiction", "in_use",
        "encoding", "body", "template", "headers", "expected", "expected_text",
    )  # fmt: skip

    def code_of(self, obj: Webhook) -> str:
        """Its jurisdiction's."""
        return obj.jurisdiction_id

    @shown(_("host"))
    def host(self, webhook: Webhook) -> str:
        """Where it leads, without the rest of the address."""
        return str(place_of(webhook.url) or "")

    @shown(_("jurisdiction"), order="jurisdiction")
    def place_name(self, webhook: Webhook) -> str:
        """The name of its jurisdiction."""
        return str(webhook.jurisdiction.name)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        configuration.save_webhook(webhook=obj, actor=user_of(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        configuration.remove_webhook(webhook=obj, actor=user_of(request))


class NtfyServerForm(AnyModelForm):
    """A server and its token, which is never shown again."""

    server = forms.ChoiceField(label=_("server"), help_text=_("Of those that PUSH_HOSTS names."))
    new_token = forms.CharField(
        label=_("access token"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text=_("As `ntfy token add` prints it. Empty: as it is now."),
    )

    class Meta:
        model = NtfyServer
        fields = ("server",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [*ntfy.servers(settings.PUSH_HOSTS), self.instance.server]
        choices = [(server, server) for server in dict.fromkeys(known) if server]
        self.fields["server"].choices = choices  # type: ignore[attr-defined]
        self.fields["new_token"].required = self.instance.pk is None
        capitalise_labels(self)

    def clean(self) -> dict[str, Any]:
        """What the service would refuse, told beside its field."""
        cleaned = super().clean() or {}
        given = cleaned.get("new_token")
        if given and not ntfy.is_token(given):
            self.add_error("new_token", _("A token is one word, such as tk_…."))
        elif given:
            self.instance.token = given
        return cleaned


@admin.register(NtfyServer)
class NtfyServerAdmin(InstallationAdmin):
    """What lets this installation publish on ntfy servers that ask who one is."""

    view_permission = Permission.INCIDENTS_CONFIGURE
    manage_permission = Permission.INCIDENTS_CONFIGURE
    form = NtfyServerForm
    list_display = ("server",)
    fields = ("server", "new_token")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        configuration.save_ntfy_server(row=obj, actor=user_of(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        configuration.remove_ntfy_server(row=obj, actor=user_of(request))
