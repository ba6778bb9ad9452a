"""Application of what is kept of conferences."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ArchiveConfig(AppConfig):
    name = "conferencing.archive"
    label = "archive"
    verbose_name = _("Conferences' records")
