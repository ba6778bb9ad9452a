"""`manage.py export_devices [--code PREFIX] [--output FILE.csv]`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from command_center.accounts.scope import Scope
from command_center.jurisdictions.selectors import top_codes
from iot_bridge.devices.resources import DeviceResource


class Command(BaseCommand):
    """Write the registry as CSV, as `import_devices` reads it."""

    help = "Export devices as CSV (UTF-8), in the form that import_devices reads."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare what and where to."""
        parser.add_argument("--code", default="", help="only this jurisdiction's subtree")
        parser.add_argument("--output", type=Path, help="a file; else standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        """Export."""
        code: str = options["code"]
        if code and not code.isdigit():
            raise CommandError(f"{code!r} is not a jurisdiction code.")
        scope = Scope((code,) if code else top_codes())
        text = str(DeviceResource(scope=scope).export().csv)
        output: Path | None = options["output"]
        if output is None:
            self.stdout.write(text, ending="")
            return
        try:
            output.write_text(text, encoding="utf-8-sig", newline="")
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror}.") from error
