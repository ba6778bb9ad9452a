"""Application of the rulebook."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RulebookConfig(AppConfig):
    name = "iot_bridge.rulebook"
    label = "rulebook"
    verbose_name = _("Alarm rules")
