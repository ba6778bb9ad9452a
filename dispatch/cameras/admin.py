"""Admin pages of the cameras' addresses."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import ForeignKey
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from command_center.accounts.policy import Permission
from command_center.administration.bases import AnyModelForm, capitalise_labels
from command_center.administration.scoped import ScopedModelAdmin, shown
from command_center.api.auth import user_of
from conferencing.conferences.equipment import Way
from conferencing.engines.port import EngineError
from conferencing.engines.troubles import CameraTrouble
from dispatch.cameras import services
from dispatch.cameras.models import CameraAddress
from dispatch.cameras.selectors import KIND, way_of

TROUBLES = {
    CameraTrouble.NOT_ALLOWED: _(
        "Its network is not on the list: name it in CAMERA_NETWORKS and start the media node anew."
    ),
    CameraTrouble.NO_HOST: _(
        "The name leads nowhere: check its spelling, or the DNS of the media node."
    ),
    CameraTrouble.UNREACHABLE: _(
        "Nothing answers there: check address and port, that the camera is on, and that the media node may reach it."
    ),
    CameraTrouble.LOGIN: _("The camera refuses the login: check user and password."),
    CameraTrouble.NOT_FOUND: _("The camera has no such path: look it up in its manual."),
    CameraTrouble.NO_VIDEO: _("There is no video at this path that it sends over RTSP/TCP."),
    CameraTrouble.CODEC: _("It sends neither H.264 nor H.265: set its encoding to H.264."),
    CameraTrouble.SILENT: _("It answers, and sends no picture in time."),
    CameraTrouble.PROTOCOL: _(
        "It does not answer as RTSP cameras do, or leads elsewhere: check the address."
    ),
    CameraTrouble.ENDED: _("It ended the connection: too many viewers, perhaps."),
}


class CameraAddressForm(AnyModelForm):
    """An address with its login. The password is never shown again."""

    address = forms.CharField(
        label=_("address"),
        max_length=500,
        widget=forms.TextInput(
            attrs={"class": "vTextField", "autocomplete": "off", "spellcheck": "false"}
        ),
        help_text=_("rtsp://host:554/path. A login in it is taken out and kept by itself."),
    )
    user = forms.CharField(
        label=_("user"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text=_("One that may watch and nothing else."),
    )
    new_password = forms.CharField(
        label=_("password"),
        required=False,
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "vTextField", "autocomplete": "new-password"}),
        help_text=_("Empty: as it is now."),
    )

    class Meta:
        model = CameraAddress
        fields = ("device",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        capitalise_labels(self)
        self.known = way_of(self.instance)
        if self.known is not None:
            self.initial.setdefault("address", self.known.address)
            self.initial.setdefault("user", self.known.user)

    def clean(self) -> dict[str, Any]:
        """The way as it is to be, in `way`."""
        cleaned = super().clean() or {}
        if "address" not in cleaned:
            return cleaned
        address, user, password = services.without_login(cleaned["address"])
        try:
            location = services.checked_address(address)
        except ValidationError as error:
            self.add_error("address", error)
            return cleaned
        user = user or cleaned.get("user", "")
        password = password or cleaned.get("new_password", "")
        known = self.known
        if user and not password and known is not None and known.user == user:
            # Or whoever may change the address could have the password sent to a machine of their own.
            if f"{location.host}:{location.port}" != self.instance.host:
                self.add_error("new_password", _("Another host: enter the password anew."))
            password = known.password
        cleaned["way"] = Way(address, user, password if user else "")
        return cleaned


@admin.register(CameraAddress)
class CameraAddressAdmin(ScopedModelAdmin):
    """Where cameras' streams are; only administrators of the place see that there is such a page."""

    view_permission = Permission.DEVICES_MANAGE
    manage_permission = Permission.DEVICES_MANAGE
    code_field = "device__jurisdiction_id"
    form = CameraAddressForm
    list_display = ("device", "place_name", "host", "changed_at", "trial")
    list_select_related = ("device", "device__jurisdiction")
    search_fields = ("device__id", "device__name", "device__site")
    fields = ("device", "address", "user", "new_password")

    def get_readonly_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        """An address stays its camera's."""
        return ("device", "trial") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        """One that is there can be tried."""
        return (*self.fields, "trial") if obj else self.fields

    def code_of(self, obj: CameraAddress) -> str:
        """Its camera's."""
        return str(obj.device.jurisdiction_id)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Offer the cameras that one manages and that have no address."""
        if db_field.name == "device":
            scope = self.manageable(request)
            devices = db_field.remote_field.model._default_manager  # noqa: SLF001 - Django's name
            rows = devices.filter(scope.condition("jurisdiction_id"), kind=KIND)
            kwargs["queryset"] = rows.exclude(pk__in=CameraAddress.objects.values("device_id"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @shown(_("jurisdiction"), order="device__jurisdiction")
    def place_name(self, row: CameraAddress) -> str:
        """The name of its camera's jurisdiction."""
        return str(row.device.jurisdiction.name)

    @shown(_("trial"))
    def trial(self, row: CameraAddress) -> SafeString:
        """The way to the trial."""
        address = reverse("admin:cameras_cameraaddress_try", args=[row.pk])
        return format_html('<a href="{}">{}</a>', address, _("Try it"))

    def get_urls(self) -> list[URLPattern]:
        """With the page of the trial."""
        view = self.admin_site.admin_view(self.try_view)
        name = "cameras_cameraaddress_try"
        return [path("<path:row_id>/try/", view, name=name), *super().get_urls()]

    def try_view(self, request: HttpRequest, row_id: str) -> HttpResponse:
        """Look at a camera from a media node, and say what there is."""
        row = self.get_queryset(request).filter(pk=row_id).first()
        if row is None or not self.has_change_permission(request, row):
            return HttpResponseRedirect(reverse("admin:index"))
        context: dict[str, object] = {
            "title": _("Trial of %(name)s") % {"name": row.device.name},
            "host": row.host,
            "back": reverse("admin:cameras_cameraaddress_change", args=[row.pk]),
        }
        if request.method == "POST":
            try:
                facts = services.try_address(row=row, actor=user_of(request))
            except (EngineError, ValidationError) as error:
                context["failure"] = _failure(error)
            else:
                context["facts"] = facts
                context["trouble"] = None if facts.trouble is None else TROUBLES[facts.trouble]
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request, "cameras/trial.html", {**self.admin_site.each_context(request), **context}
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        services.save_address(row=obj, way=form.cleaned_data["way"], actor=user_of(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        services.remove_address(row=obj, actor=user_of(request))


def _failure(error: EngineError | ValidationError) -> object:
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    return _("No media node answered; see that one is running.")
