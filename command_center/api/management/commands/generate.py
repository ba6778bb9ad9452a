"""`manage.py generate`: contracts and protocol pages out of the typed models. `--check` only compares."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.module_loading import import_string


def documents() -> dict[str, str]:
    """Every generated document, by path from the top of the checkout."""
    found: dict[str, str] = {}
    for dotted in settings.CONTRACT_SOURCES:
        produced: Mapping[str, str] = import_string(dotted)()
        found.update(produced)
    return found


def outdated(base: Path, wanted: Mapping[str, str]) -> list[str]:
    """The paths whose file differs from what would be generated, or is missing."""
    return [
        path
        for path, text in sorted(wanted.items())
        if not (base / path).is_file() or (base / path).read_text(encoding="utf-8") != text
    ]


class Command(BaseCommand):
    help = "Write OpenAPI, AsyncAPI, JSON Schemas, protocol pages and the TypeScript types."
    requires_system_checks: list[str] = []  # runs before the front end is built

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail if anything would change")

    def handle(self, *args: Any, **options: Any) -> None:
        base: Path = settings.BASE_DIR
        wanted = documents()
        stale = outdated(base, wanted)
        if options["check"]:
            if stale:
                raise CommandError(f"out of date, run `make generate`: {', '.join(stale)}")
            self._typescript(base, "--check")
            return
        for path in stale:
            (base / path).parent.mkdir(parents=True, exist_ok=True)
            (base / path).write_text(wanted[path], encoding="utf-8")
            self.stdout.write(f"wrote {path}")
        self._typescript(base)

    def _typescript(self, base: Path, *arguments: str) -> None:
        """The front end's types come from the documents above, by its own script."""
        script = base / "frontend" / "scripts" / "generate.mjs"
        if not script.is_file():
            return
        node = base / ".venv" / "bin" / "node"
        done = subprocess.run(  # noqa: S603  # a fixed command of this checkout
            [str(node), str(script), *arguments], cwd=base / "frontend", check=False
        )
        if done.returncode:
            raise CommandError(
                "the front end's generated types are out of date, run `make generate`"
            )
