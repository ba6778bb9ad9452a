"""`manage.py import_devices FILE.csv [--dry-run]`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import override

from command_center.accounts.scope import Scope
from command_center.jurisdictions.selectors import top_codes
from iot_bridge.devices.resources import DeviceResource, faults
from iot_bridge.devices.table import TableError, decode, read_table


class Command(BaseCommand):
    """Register or change the devices of a CSV: all of them or none."""

    help = (
        "Import devices from CSV. One wrong row and nothing is written; every wrong row is named."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the file."""
        parser.add_argument("file", type=Path, help="CSV in UTF-8 or GB18030")
        parser.add_argument("--dry-run", action="store_true", help="check only, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check every row, then write."""
        file: Path = options["file"]
        with override("en"):
            try:
                dataset = read_table(decode(file.read_bytes()))
            except OSError as error:
                raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
            except TableError as error:
                raise CommandError(f"{file.name}: {error}. Nothing was written.") from error
            resource = DeviceResource(scope=Scope(top_codes()))
            result = resource.import_data(dataset, dry_run=options["dry_run"], file_name=file.name)
            wrong = faults(result)
            if wrong:
                lines = [f"{file.name}, {fault}" for fault in wrong]
                tally = f"{len(wrong)} of {len(dataset)} rows are wrong; nothing was written."
                raise CommandError("\n".join([*lines, tally]))
        totals = result.totals
        done = "would be" if options["dry_run"] else "were"
        self.stdout.write(
            f"{totals['new']} {done} registered, {totals['update']} {done} changed, "
            f"{totals['skip']} unchanged."
        )
