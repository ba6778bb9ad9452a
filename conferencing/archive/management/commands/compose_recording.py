"""`manage.py compose_recording <id>`: make the film of one recording; the worker calls it."""

from __future__ import annotations

import os
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from conferencing.archive import services
from conferencing.archive.filming import make_film

TOLD_EVERY_S = 1.0
NICENESS = 10


class Command(BaseCommand):
    """Ends when its worker does: another attempt begins anew."""

    help = "Make the film of a recording that is over."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("recording", type=int)

    def handle(self, *_arguments: Any, **options: Any) -> None:
        row = services.claim(options["recording"], now=timezone.now())
        if row is None:
            raise CommandError("no such recording waits for its film")
        os.nice(NICENESS)
        parent, told = os.getppid(), 0.0

        def tell(share: float) -> None:
            nonlocal told
            if time.monotonic() - told < TOLD_EVERY_S:
                return
            told = time.monotonic()
            if os.getppid() != parent:
                raise SystemExit(1)
            services.tend(row, share, now=timezone.now())

        make_film(row, tell)
