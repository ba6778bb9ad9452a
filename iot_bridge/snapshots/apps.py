"""Application of the pictures that cameras send of places."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SnapshotsConfig(AppConfig):
    name = "iot_bridge.snapshots"
    label = "snapshots"
    verbose_name = _("Snapshots of places")
