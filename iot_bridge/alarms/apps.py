"""Application of the alarms."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlarmsConfig(AppConfig):
    name = "iot_bridge.alarms"
    label = "alarms"
    verbose_name = _("Alarms")
