"""`manage.py broker`: the embedded MQTT broker."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from command_center.variables import ConfigurationError
from iot_bridge.runner.broker import LOOPBACK, run_broker


class Command(BaseCommand):
    """Serves MQTT on a loopback address until it is ended."""

    help = "Run the embedded MQTT broker on a loopback address."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=LOOPBACK, help="a loopback address")

    def handle(self, *_arguments: Any, host: str, **_options: Any) -> None:
        try:
            run_broker(settings.ENVIRONMENT, host=host)
        except ConfigurationError as error:
            raise CommandError(str(error)) from error
        raise CommandError("The embedded broker ended by itself.")
