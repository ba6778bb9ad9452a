"""`manage.py device_credential DEVICE_ID`: what a device needs to log in, as JSON."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from command_center.variables import ConfigurationError
from iot_bridge.devices.broker_files import publish_broker_files
from iot_bridge.devices.credentials import issue_credential
from iot_bridge.devices.models import Device
from iot_bridge.protocol.topics import Kind, build_topic
from iot_bridge.runner.broker import DEMO_USER, read_broker_settings


class Command(BaseCommand):
    help = (
        "Print a device's MQTT login as JSON: host, port, username, password, and its topic up to "
        "the channel. At an external broker (MQTT_URL) the password is a fresh one and ends the "
        "old; the embedded broker has one login for all."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("device_id")

    def handle(self, *args: Any, **options: Any) -> None:
        device = Device.objects.filter(pk=options["device_id"]).first()
        if device is None:
            raise CommandError(f"No device {options['device_id']!r} is registered.")
        try:
            login = self._login(device)
        except (ConfigurationError, OSError) as error:
            raise CommandError(str(error)) from error
        topic = build_topic(
            jurisdiction=device.jurisdiction_id, kind=Kind(device.kind), device_id=device.id
        )
        self.stdout.write(json.dumps({**login, "topic": topic.base}))

    def _login(self, device: Device) -> dict[str, Any]:
        broker = settings.ENVIRONMENT.mqtt_url
        if broker is None:
            demo = read_broker_settings(settings.ENVIRONMENT, username=DEMO_USER)
            return {
                "host": demo.host,
                "port": demo.port,
                "username": demo.username,
                "password": demo.password,
            }
        password = issue_credential(device_id=device.id, actor_name="command line")
        publish_broker_files(broker)
        return {
            "host": broker.host,
            "port": broker.port,
            "username": device.id,
            "password": password,
        }
