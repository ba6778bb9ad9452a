"""`manage.py bridge`: from MQTT to the database, acknowledged after the commit."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from command_center.jurisdictions.codes import BadCodeError, Level, level_of
from iot_bridge.intake.registry import Shard
from iot_bridge.runner.bridge import Bridge, LineDeadError
from iot_bridge.runner.broker import read_broker_settings

LEVELS = (Level.CITY, Level.TOWNSHIP, Level.VILLAGE)


def _prefix(text: str) -> str:
    try:
        level = level_of(text)
    except BadCodeError as error:
        raise CommandError(str(error)) from error
    if level not in LEVELS:
        raise CommandError(f"a bridge's prefix has 6, 9 or 12 digits, not {text!r}")
    return text


class Command(BaseCommand):
    help = (
        "Run a bridge. Without options it owns everything; with --prefix only those subtrees; "
        "with --except everything but those (and every message of nobody known)."
    )
    requires_system_checks = []  # the routes are no concern of this process

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--prefix", nargs="+", type=_prefix, default=[], metavar="CODE")
        parser.add_argument("--except", nargs="+", type=_prefix, default=[], metavar="CODE")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        shard = Shard(
            include=tuple(sorted(options["prefix"])), exclude=tuple(sorted(options["except"]))
        )
        bridge = Bridge(shard=shard, login=read_broker_settings(settings.ENVIRONMENT), stop=stop)
        try:
            bridge.run()
        except LineDeadError as error:
            raise CommandError(
                f"{error}; ending so that the supervisor starts anew", returncode=3
            ) from error
