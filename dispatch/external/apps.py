"""Application of the other systems."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExternalConfig(AppConfig):
    name = "dispatch.external"
    label = "external"
    verbose_name = _("Other systems")
