"""`manage.py broker_user`: a login for another system at the external broker."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from command_center.variables import ConfigurationError
from iot_bridge.devices.broker_files import (
    USERS,
    BrokerUser,
    broker_directory,
    format_users,
    parse_users,
    publish_broker_files,
    read_users,
    replace_private,
)
from iot_bridge.devices.credentials import hash_password, make_password


class Command(BaseCommand):
    help = (
        "Give a system that publishes for devices (a LoRaWAN network server, a maker's gateway) a "
        "login at Mosquitto, or take it away. Prints the login as JSON."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--write", action="append", default=[], metavar="FILTER")
        parser.add_argument("--read", action="append", default=[], metavar="FILTER")
        parser.add_argument("--remove", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        broker = settings.ENVIRONMENT.mqtt_url
        if broker is None:
            raise CommandError(
                "The embedded broker has no such logins; set MQTT_URL to use a Mosquitto."
            )
        password = make_password()
        user = BrokerUser(
            username=options["username"],
            password_hash=hash_password(password),
            read=tuple(options["read"]),
            write=tuple(options["write"]),
        )
        try:
            others = [known for known in read_users() if known.username != user.username]
            text = format_users(others if options["remove"] else [*others, user])
            parse_users(text)
            replace_private(broker_directory() / USERS, text + "\n")
            publish_broker_files(broker)
        except (ConfigurationError, OSError) as error:
            raise CommandError(str(error)) from error
        if not options["remove"]:
            login = {"host": broker.host, "port": broker.port}
            self.stdout.write(
                json.dumps({**login, "username": user.username, "password": password})
            )
