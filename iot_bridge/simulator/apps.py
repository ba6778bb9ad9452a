"""Application of the device simulator; it has no models."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SimulatorConfig(AppConfig):
    name = "iot_bridge.simulator"
    label = "simulator"
    verbose_name = _("Device simulator")
