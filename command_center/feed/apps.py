"""Application of the live feed."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FeedConfig(AppConfig):
    name = "command_center.feed"
    label = "feed"
    verbose_name = _("Live feed")
