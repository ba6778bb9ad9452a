"""The admin site of this system."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.utils.translation import gettext_lazy as _


class LingdunAdminSite(AdminSite):
    """Titles in the field's words; the console is one click away."""

    site_title = _("Lingdun")
    site_header = _("Lingdun administration")
    index_title = _("Registers")
    site_url = "/"
