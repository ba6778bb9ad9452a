"""Admin pages of the OwnTracks logins."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from command_center.accounts.policy import Permission
from command_center.administration.scoped import ScopedModelAdmin, shown
from command_center.administration.secret import asking_page, secret_page
from command_center.api.auth import user_of
from dispatch.owntracks import services
from dispatch.owntracks.models import TrackingLogin

_NEW_PASSWORD = "_lingdun_new_password"  # noqa: S105 - a name, no password


@admin.register(TrackingLogin)
class TrackingLoginAdmin(ScopedModelAdmin):
    """Logins with which teams' OwnTracks apps say where they are. A password is shown once."""

    view_permission = Permission.UNITS_MANAGE
    manage_permission = Permission.UNITS_MANAGE
    code_field = "unit__jurisdiction_id"
    list_display = ("unit", "login", "in_use", "last_at", "battery")
    list_filter = ("in_use",)
    list_select_related = ("unit",)
    search_fields = ("unit__name", "login")
    readonly_fields = ("login", "password", "last_at", "battery")

    def get_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        """A new one has no login yet."""
        return ("unit", "in_use", *self.readonly_fields) if obj else ("unit",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        """A login stays its unit's."""
        return ("unit", *self.readonly_fields) if obj else self.readonly_fields

    def code_of(self, obj: TrackingLogin) -> str:
        """Its unit's."""
        return obj.unit.jurisdiction_id

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Offer the units that one manages and that have none."""
        if db_field.name == "unit":
            scope = self.manageable(request)
            taken = TrackingLogin.objects.values("unit_id")
            units = db_field.remote_field.model._default_manager  # noqa: SLF001 - Django's name
            rows = units.filter(scope.condition("jurisdiction_id"))
            kwargs["queryset"] = rows.exclude(pk__in=taken)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @shown(_("password"))
    def password(self, row: TrackingLogin) -> SafeString:
        """Since when it is in force, and the way to a new one."""
        since = date_format(localtime(row.since), "SHORT_DATETIME_FORMAT")
        address = reverse("admin:owntracks_trackinglogin_password", args=[row.pk])
        return format_html('{} · <a href="{}">{}</a>', since, address, _("Renew"))

    def get_urls(self) -> list[URLPattern]:
        """With the page of the password."""
        view = self.admin_site.admin_view(self.password_view)
        name = "owntracks_trackinglogin_password"
        return [path("<int:row_id>/password/", view, name=name), *super().get_urls()]

    def password_view(self, request: HttpRequest, row_id: int) -> HttpResponse:
        """Give a login a fresh password."""
        row = self.get_queryset(request).filter(pk=row_id).first()
        if row is None or not self.has_change_permission(request, row):
            return HttpResponseRedirect(reverse("admin:index"))
        if request.method == "POST":
            return self._page(request, row, services.issue(row=row, actor=user_of(request)))
        return asking_page(
            self.admin_site,
            request,
            title=_("OwnTracks login of %(name)s") % {"name": row.unit.name},
            text=_("Issue a new password? The present one is refused from that moment on."),
            back=reverse("admin:owntracks_trackinglogin_change", args=[row.pk]),
        )

    def _page(self, request: HttpRequest, row: TrackingLogin, password: str) -> HttpResponse:
        return secret_page(
            self.admin_site,
            request,
            title=_("OwnTracks login of %(name)s") % {"name": row.unit.name},
            facts=[
                (_("address (HTTP)"), request.build_absolute_uri("/owntracks")),
                (_("login"), row.login),
                (_("password"), password),
                (_("topic (MQTT)"), f"owntracks/{row.login}/…"),
            ],
            back=reverse("admin:owntracks_trackinglogin_change", args=[row.pk]),
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        if change:
            services.set_in_use(row=obj, actor=user_of(request))
        else:
            password = services.issue(row=obj, actor=user_of(request))
            setattr(request, _NEW_PASSWORD, password)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The password, in place of the list."""
        return self._page(request, obj, str(getattr(request, _NEW_PASSWORD)))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        services.remove(row=obj, actor=user_of(request))
