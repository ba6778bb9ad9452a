"""Application of the rounds."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RoundsConfig(AppConfig):
    name = "dispatch.rounds"
    label = "rounds"
    verbose_name = _("Rounds")
