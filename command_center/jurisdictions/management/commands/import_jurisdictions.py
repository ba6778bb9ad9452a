"""`manage.py import_jurisdictions FILE.csv [--boundary FILE.geojson]`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import override

from command_center.jurisdictions.importing import ImportRefusedError, read_boundaries, read_list
from command_center.jurisdictions.selectors import known_codes
from command_center.jurisdictions.services import import_jurisdictions


class Command(BaseCommand):
    """Import a list of jurisdictions, and boundaries: all of it or nothing."""

    help = "Import jurisdictions from a CSV (code,name,level,parent) and boundaries from GeoJSON."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the two files."""
        parser.add_argument("file", type=Path, help="CSV in UTF-8 or GB18030")
        parser.add_argument(
            "--boundary", type=Path, help="GeoJSON whose features have a `code` property"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read both files, then write."""
        with override("en"):
            self._import(options["file"], options["boundary"])

    def _import(self, file: Path, boundary: Path | None) -> None:
        known = known_codes()
        content = self._read(file)
        outline = self._read(boundary) if boundary else None
        problems: list[str] = []
        try:
            rows = read_list(content, known=known)
        except ImportRefusedError as error:
            rows = []
            problems += [f"{file.name}, {problem}" for problem in error.problems]
        areas = {}
        if outline is not None and boundary is not None and not problems:
            try:
                areas = read_boundaries(outline, known=known | {row.code for row in rows})
            except ImportRefusedError as error:
                problems += [f"{boundary.name}, {problem}" for problem in error.problems]
        if problems:
            raise CommandError(
                "\n".join([*problems, f"Nothing was imported: {len(problems)} problem(s)."])
            )
        done = import_jurisdictions(rows=rows, areas=areas)
        self.stdout.write(
            f"{done.created} created, {done.changed} changed, {done.unchanged} unchanged; "
            f"{done.areas} boundary area(s)."
        )

    @staticmethod
    def _read(path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
