"""Application of process health: heartbeats, leases, readiness, metrics."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HealthConfig(AppConfig):
    name = "command_center.health"
    label = "health"
    verbose_name = _("Health")
