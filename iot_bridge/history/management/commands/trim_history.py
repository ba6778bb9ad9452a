"""`manage.py trim_history [--kind KIND …] [--before DATE] [--dry-run]`."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from iot_bridge.history.keeping import Keeping
from iot_bridge.history.retention import Old, count, past_time, trim


def moment(text: str) -> datetime:
    """A date (its midnight here) or a time of ISO 8601."""
    found = parse_datetime(text)
    if found is None:
        day = parse_date(text)
        if day is None:
            raise CommandError(f"{text!r} is no date such as 2026-08-01")
        found = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - made aware below
    return found if timezone.is_aware(found) else timezone.make_aware(found)


class Command(BaseCommand):
    """Deletes at once, in small transactions, what the worker would delete over time."""

    help = "Delete the history that is past its time. Open alarms and those of cases always stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Without --before: as the retentions say."""
        parser.add_argument(
            "--kind", action="append", choices=Keeping.values, help="only this; may be repeated"
        )
        parser.add_argument("--before", metavar="DATE", help="instead of the days that are set")
        parser.add_argument("--dry-run", action="store_true", help="say what would be deleted")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each sort."""
        try:
            before = moment(options["before"]) if options["before"] else None
        except ValueError as error:
            raise CommandError(str(error)) from error
        if before is not None and before > timezone.now():
            raise CommandError("--before lies in the future")
        for old in past_time():
            if options["kind"] and old.what not in options["kind"]:
                continue
            chosen = Old(old.what, before or old.before)
            number = count(chosen) if options["dry_run"] else trim(chosen, pause_s=0.02)
            verb = "would be deleted" if options["dry_run"] else "deleted"
            day = timezone.localtime(chosen.before).strftime("%Y-%m-%d %H:%M")
            self.stdout.write(f"{chosen.what.value}: {number} before {day} {verb}")
