"""Application of the intake."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntakeConfig(AppConfig):
    name = "iot_bridge.intake"
    label = "intake"
    verbose_name = _("Intake")
