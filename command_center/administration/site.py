"""The admin site of this system."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext_lazy as _

from command_center.administration.extra import admin_pages, group_of

GROUPS = (
    (
        "registers",
        _("Registers"),
        (
            "Jurisdiction",
            "Device",
            "PendingDevice",
            "Listening",
            "CameraAddress",
            "User",
        ),
    ),
    (
        "alarms",
        _("Alarms"),
        (
            "Rule",
            "KindTiming",
            "CorrelationRule",
            "SuppressionRule",
            "AlarmEscalation",
            "Retention",
        ),
    ),
    ("units", _("Units"), ("Unit", "UnitMember", "Shift", "TrackingLogin")),
    (
        "incidents",
        _("Incidents"),
        (
            "Category",
            "Allowance",
            "Calendar",
            "AnswerTime",
            "ResponsePlan",
            "Webhook",
            "NtfyServer",
            "ExternalSystem",
            "CaseRules",
            "DispatchRules",
        ),
    ),
    ("rounds", _("Rounds"), ("Route", "Checkpoint", "Schedule", "Round")),
    ("records", _("Records"), ("Incident", "Task", "DeadLetter", "Outage", "AuditEntry")),
)


class LingdunAdminSite(AdminSite):
    """Signing in as everywhere (one-time password, audit); only pages that keep to posts' scopes."""

    site_title = _("Lingdun")
    site_header = _("Lingdun administration")
    index_title = _("Overview")
    site_url = "/"
    login_template = "administration/login.html"
    enable_nav_sidebar = True

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[ModelAdmin[Any]] | None = None,
        **options: Any,
    ) -> None:
        """Take in scoped pages only: other packages' own pages know nothing of posts."""
        from command_center.administration.scoped import ScopedModelAdmin

        if admin_class is not None and issubclass(admin_class, ScopedModelAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff; and whoever has a one-time password has entered it."""
        from django_otp import user_has_device

        user = request.user
        return super().has_permission(request) and (
            getattr(user, "otp_device", None) is not None or not user_has_device(user)
        )

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """By use and not by package: what is kept up, how cases run, and what is on record."""
        if app_label is not None:
            return list(super().get_app_list(request, app_label))
        pages = {
            page["object_name"]: page
            for group in super().get_app_list(request)
            for page in group["models"]
        }
        groups = []
        for name, title, wanted in GROUPS:
            models = [pages[key] for key in wanted if key in pages]
            if models:
                address = reverse("admin:index")
                group = {"name": title, "app_label": name, "app_url": address, "models": models}
                groups.append({**group, "has_module_perms": True})
        installation = group_of(request)
        return groups if installation is None else [*groups, installation]

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """With the maps' sources, and the pages that are about no table."""
        from command_center.administration import views

        own = [
            path("map/areas/", self.admin_view(views.map_areas), name="map_areas"),
            path("otp/", self.admin_view(self.own_otp), name="own_otp"),
            path("map/layers/", self.admin_view(views.map_layers), name="map_layers"),
        ]
        own += [
            path(f"{page.name}/", self.admin_view(page.view), name=page.name)
            for page in admin_pages()
        ]
        return [*own, *super().get_urls()]

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign in through the sessions service."""
        from command_center.administration.signin import sign_in

        return sign_in(self, request, extra_context or {})

    def own_otp(self, request: HttpRequest) -> HttpResponse:
        """One's own one-time password."""
        from command_center.accounts.otp_pages import own_page

        return own_page(self, request, back=reverse("admin:index"))

    def password_change(  # type: ignore[override]  # the stubs name one class of answer too narrowly
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """One's own password, through the accounts service."""
        from django.contrib.auth.views import PasswordChangeView

        from command_center.accounts.own_password import OwnPasswordForm

        view = PasswordChangeView.as_view(
            form_class=OwnPasswordForm,
            success_url=reverse("admin:password_change_done"),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return view(request)

    def logout(  # type: ignore[override]  # as above
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign out through the sessions service, so that it is on record and sockets close."""
        from command_center.administration.signin import close

        if request.method != "POST":
            return super().logout(request, extra_context)
        close(request)
        return HttpResponseRedirect(reverse("admin:login"))
