"""Application of the outages."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutagesConfig(AppConfig):
    name = "iot_bridge.outages"
    label = "outages"
    verbose_name = _("Outages")
