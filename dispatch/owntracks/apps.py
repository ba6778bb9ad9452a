"""Application of the OwnTracks positions."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OwnTracksConfig(AppConfig):
    name = "dispatch.owntracks"
    label = "owntracks"
    verbose_name = _("OwnTracks")
