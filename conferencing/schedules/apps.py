"""Application of the planned conferences."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchedulesConfig(AppConfig):
    name = "conferencing.schedules"
    label = "conference_schedules"
    verbose_name = _("Planned conferences")
