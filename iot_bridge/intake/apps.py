"""Application of the intake."""

from django.apps import AppConfig
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from iot_bridge.protocol.privacy import hide_ids_by


class IntakeConfig(AppConfig):
    name = "iot_bridge.intake"
    label = "intake"
    verbose_name = _("Intake")

    def ready(self) -> None:
        """Event ids that say something of a person are hidden by a key of this installation's secret."""
        hide_ids_by(salted_hmac("iot_bridge.event_ids", "", algorithm="sha256").digest())
