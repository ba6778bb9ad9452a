"""Application of the devices."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DevicesConfig(AppConfig):
    name = "iot_bridge.devices"
    label = "devices"
    verbose_name = _("Devices")
