"""Application of the maintenance windows."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MaintenanceConfig(AppConfig):
    name = "iot_bridge.maintenance"
    label = "maintenance"
    verbose_name = _("Maintenance")
