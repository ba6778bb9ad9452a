"""`manage.py new_epoch`: after a backup was restored, every console takes a fresh snapshot."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.management.base import BaseCommand

from command_center.feed.models import FeedHead


class Command(BaseCommand):
    help = "Begin the live feed's numbering anew; for use after restoring a backup."

    def handle(self, *args: Any, **options: Any) -> None:
        FeedHead.objects.filter(id=1).update(epoch=uuid.uuid4())
        self.stdout.write("done; connected consoles take a fresh snapshot")
