"""Admin pages of the other systems and their keys."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from command_center.accounts.policy import Permission
from command_center.administration.filters import SubtreeFilter
from command_center.administration.scoped import ScopedModelAdmin, shown
from command_center.administration.secret import asking_page, secret_page
from command_center.api.auth import user_of
from dispatch.external import services
from dispatch.external.models import ExternalSystem

_NEW_KEY = "_lingdun_new_key"


@admin.register(ExternalSystem)
class ExternalSystemAdmin(ScopedModelAdmin):
    """Systems that report incidents by themselves. A key is shown once, when it is made."""

    view_permission = Permission.INCIDENTS_CONFIGURE
    manage_permission = Permission.INCIDENTS_CONFIGURE
    code_field = "jurisdiction_id"
    list_display = ("name", "place_name", "category", "in_use", "key_prefix", "last_used_at")
    list_filter = (SubtreeFilter, "in_use")
    list_select_related = ("jurisdiction", "category")
    search_fields = ("name",)
    autocomplete_fields = ("jurisdiction",)
    readonly_fields = ("key", "created_at", "last_used_at")

    def get_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        """A new one has no key yet."""
        fields = ("name", "jurisdiction", "category", "per_minute", "in_use")
        return (*fields, *self.readonly_fields) if obj else fields

    def code_of(self, obj: ExternalSystem) -> str:
        """Its jurisdiction's."""
        return obj.jurisdiction_id

    @shown(_("jurisdiction"), order="jurisdiction")
    def place_name(self, system: ExternalSystem) -> str:
        """The name of its jurisdiction."""
        return str(system.jurisdiction.name)

    @shown(_("its key"))
    def key(self, system: ExternalSystem) -> SafeString:
        """How it begins, since when it is in force, and the way to a new one."""
        since = date_format(localtime(system.key_since), "SHORT_DATETIME_FORMAT")
        address = reverse("admin:external_externalsystem_key", args=[system.pk])
        text = '<code>{}…</code> · {} · <a href="{}">{}</a>'
        return format_html(text, system.key_prefix, since, address, _("Renew"))

    def get_urls(self) -> list[URLPattern]:
        """With the page of the key."""
        view = self.admin_site.admin_view(self.key_view)
        name = "external_externalsystem_key"
        return [path("<int:system_id>/key/", view, name=name), *super().get_urls()]

    def key_view(self, request: HttpRequest, system_id: int) -> HttpResponse:
        """Give a system a fresh key."""
        system = self.get_queryset(request).filter(pk=system_id).first()
        if system is None or not self.has_change_permission(request, system):
            return HttpResponseRedirect(reverse("admin:index"))
        if request.method == "POST":
            renewed, key = services.renew_key(system_id=system.pk, actor=user_of(request))
            return self._key_page(request, renewed, key)
        return asking_page(
            self.admin_site,
            request,
            title=_("Key of %(name)s") % {"name": system.name},
            text=_("Issue a new key? The present one is refused from that moment on."),
            back=reverse("admin:external_externalsystem_change", args=[system.pk]),
        )

    def _key_page(self, request: HttpRequest, system: ExternalSystem, key: str) -> HttpResponse:
        return secret_page(
            self.admin_site,
            request,
            title=_("Key of %(name)s") % {"name": system.name},
            facts=[(_("its key"), key)],
            back=reverse("admin:external_externalsystem_change", args=[system.pk]),
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        setattr(request, _NEW_KEY, services.save_system(system=obj, actor=user_of(request)))

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The key, in place of the list."""
        return self._key_page(request, obj, str(getattr(request, _NEW_KEY)))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        services.remove_system(system=obj, actor=user_of(request))
