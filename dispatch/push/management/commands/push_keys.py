"""`manage.py push_keys`: the key by which push services know this installation."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from command_center.variables import ConfigurationError
from dispatch.push.keys import NoKeyError, key_path, make_key, public_text


class Command(BaseCommand):
    help = "Make the key for Web Push if there is none, and print its public part."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            key = make_key()
        except (ConfigurationError, NoKeyError) as error:
            raise CommandError(str(error)) from error
        if options["verbosity"] > 0:
            self.stdout.write(f"{key_path()}\n{public_text(key)}")
