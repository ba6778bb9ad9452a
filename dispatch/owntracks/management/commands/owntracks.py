"""`manage.py owntracks`: locations that OwnTracks apps publish over MQTT."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dispatch.owntracks.subscriber import LineDeadError, Subscriber
from iot_bridge.runner.broker import read_broker_settings


class Command(BaseCommand):
    help = "Take the locations that teams' OwnTracks apps publish over MQTT. One is enough."
    requires_system_checks = []  # the routes are no concern of this process

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        login = read_broker_settings(settings.ENVIRONMENT)
        try:
            Subscriber(login=login, stop=stop).run()
        except LineDeadError as error:
            raise CommandError(
                f"{error}; ending so that the supervisor starts anew", returncode=3
            ) from error
