"""`manage.py write_broker_files`: Mosquitto's password and ACL files, now."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from command_center.variables import ConfigurationError
from iot_bridge.devices.broker_files import broker_directory, publish_broker_files


class Command(BaseCommand):
    help = (
        "Write DATA_DIR/broker/passwd and acl from the registry of devices and have Mosquitto read "
        "them. The worker does the same every 5 seconds."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        broker = settings.ENVIRONMENT.mqtt_url
        if broker is None:
            raise CommandError(
                "The embedded broker reads no files; set MQTT_URL to use an external Mosquitto."
            )
        try:
            said = publish_broker_files(broker)
        except (ConfigurationError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{broker_directory()}: {said or 'up to date'}")
