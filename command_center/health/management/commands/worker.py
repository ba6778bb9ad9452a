"""`manage.py worker`: deadlines, watchdogs, retention. Of several, one is active."""

from __future__ import annotations

import os
import signal
import socket
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils.module_loading import import_string

from command_center.health.worker import work


class Command(BaseCommand):
    help = "Run the worker: retention, watchdogs, broker credentials. Of several, one is active."
    requires_system_checks = []  # the routes are no concern of this process

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--instance", default=f"{socket.gethostname()}-{os.getpid()}")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        jobs = [import_string(path) for path in settings.WORKER_JOBS]
        work(instance=options["instance"], jobs=jobs, stop=stop)
