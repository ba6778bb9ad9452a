"""Django's admin with our site, found without `leaflet.admin`, which needs GDAL."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig, apps
from django.contrib.admin.apps import SimpleAdminConfig
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext_lazy as _

WITHOUT_ADMIN = {"leaflet"}


class AdministrationConfig(SimpleAdminConfig):
    """Looks for `admin` modules in every application but those that a stock Python cannot load."""

    default_site = "command_center.administration.site.LingdunAdminSite"

    def ready(self) -> None:
        """Register what the applications bring."""
        super().ready()
        for config in apps.get_app_configs():
            if (
                config.name not in WITHOUT_ADMIN
                and config.module
                and module_has_submodule(config.module, "admin")
            ):
                import_module(f"{config.name}.admin")


class PagesConfig(AppConfig):
    """Templates and static files of the admin pages; listed before what they override."""

    name = "command_center.administration"
    label = "administration"
    verbose_name = _("Administration")
