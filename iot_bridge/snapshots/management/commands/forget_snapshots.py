"""`manage.py forget_snapshots`: forget now what the worker forgets every hour."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from iot_bridge.snapshots.jobs import forget


class Command(BaseCommand):
    """See the module."""

    help = (
        "Deletes the snapshots of places whose time is over (SNAPSHOTS_KEPT_DAYS), and their files."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Until nothing old is left."""
        self.stdout.write(forget(most=1_000_000) or "nothing to forget")
