"""Application of the demo city (a command; no tables)."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    name = "dispatch.demo"
    label = "demo"
    verbose_name = _("Demo city")
