"""Django's admin with our site.

Its pages are registered by `pages.register_all`, when the routes are loaded: no process but the web's
has a use for them, and they are half of what starting a process takes.
"""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig
from django.utils.translation import gettext_lazy as _


class AdministrationConfig(SimpleAdminConfig):
    """Django's admin without its own search for pages."""

    default_site = "command_center.administration.site.LingdunAdminSite"


class PagesConfig(AppConfig):
    """Templates and static files of the admin pages; listed before what they override."""

    name = "command_center.administration"
    label = "administration"
    verbose_name = _("Administration")
