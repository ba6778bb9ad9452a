"""`manage.py recordings`: what recordings there are, how much disk they take, and the end of their time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from conferencing.archive import folders, selectors, services


class Command(BaseCommand):
    """Lists, or with `--forget` deletes."""

    help = "Show the recordings on the disk; --forget deletes those that are older than RECORDING_DAYS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--forget", action="store_true", help="delete what is older")
        parser.add_argument("--days", type=int, help="instead of RECORDING_DAYS")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        days = options["days"]
        if days is not None and days < 1:
            raise CommandError("--days is at least 1")
        before = timezone.now() - (selectors.kept_for() if days is None else timedelta(days=days))
        if options["forget"]:
            forgotten = services.forget(before=before)
            self.stdout.write(
                f"{forgotten.recordings} recordings deleted, {forgotten.octets / 1e6:.1f} MB"
            )
            return
        for row in selectors.outlived(timezone.now()).select_related("conference"):
            size = folders.octets_of(row.name) / 1e6
            old = "  older" if row.started_at < before else ""
            self.stdout.write(
                f"{row.conference.number}/{row.number}  {row.started_at:%Y-%m-%d %H:%M}  "
                f"{row.state}  {size:.1f} MB{old}"
            )
