"""Application of the alarm performance figures."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PerformanceConfig(AppConfig):
    name = "iot_bridge.performance"
    label = "performance"
    verbose_name = _("Alarm performance")
