"""Application of the commands to devices."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommandsConfig(AppConfig):
    name = "iot_bridge.commands"
    label = "commands"
    verbose_name = _("Commands to devices")
