"""Application of the lines' quality."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QualityConfig(AppConfig):
    name = "conferencing.quality"
    label = "conference_quality"
    verbose_name = _("Quality of the lines")
