"""`manage.py seed_demo`: the demo city in an empty database."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation import override

from command_center.supervisor.demo import demo_password
from dispatch.demo.services import is_empty, seed


class Command(BaseCommand):
    """Fill an empty database with the demo city; leave any other alone."""

    help = "Fill an empty database with the demo city. A database in use is left as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed, or say why not."""
        if not is_empty():
            self.stdout.write("The database is in use already; nothing was changed.")
            return
        with override("en"):
            done = seed(password=demo_password(settings.ENVIRONMENT))
        self.stdout.write(
            f"The demo city is in place: {done.jurisdictions} jurisdictions, {done.devices} devices, "
            f"{done.units} units, {done.accounts} accounts."
        )
