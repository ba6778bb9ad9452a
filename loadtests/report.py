"""What a scenario found, as a table for people and as JSON for programs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("django", "channels", "daphne", "uvicorn", "websockets", "paho-mqtt", "iotcore")


@dataclass(slots=True)
class Report:
    """The outcome of one scenario. `figures` are numbers by name, their unit being the name's last word."""

    name: str
    title: str
    headers: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """what must not be so: the run fails"""
    seconds: float = 0.0

    def markdown(self) -> str:
        """The report as a section of a Markdown page."""
        lines = [f"## {self.title}", ""]
        lines += [_row(self.headers), _row(["---"] * len(self.headers))]
        lines += [_row(row) for row in self.rows]
        if self.notes:
            lines += ["", *(f"- {note}" for note in self.notes)]
        return "\n".join(lines)

    def text(self) -> str:
        """The report for a terminal."""
        widths = [max(map(_width, column)) for column in zip(self.headers, *self.rows, strict=True)]
        lines = [f"== {self.title} ({self.seconds:.0f} s)"]
        for row in (self.headers, *self.rows):
            cells = (cell + " " * (w - _width(cell)) for cell, w in zip(row, widths, strict=True))
            lines.append("  ".join(cells).rstrip())
        return "\n".join([*lines, *(f"  - {note}" for note in self.notes)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _width(cell: str) -> int:
    return len(cell)


def machine() -> str:
    """What the figures were measured on, in one line."""
    model = "unknown processor"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores of {model}, {platform.system()}, Python {platform.python_version()}"


def packages() -> str:
    """The versions that matter."""
    return ", ".join(f"{name} {version(name)}" for name in PACKAGES)


def write(report: Report, *, quick: bool, folder: Path = RESULTS) -> None:
    """Keep a report as `{name}.json`, then put the page of all kept reports together anew."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = {
        "figures": {name: round(value, 4) for name, value in report.figures.items()},
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "packages": packages(),
        "quick": quick,
        "markdown": report.markdown(),
    }
    text = json.dumps(kept, ensure_ascii=False, indent=2)
    (folder / f"{report.name}.json").write_text(f"{text}\n", encoding="utf-8")
    _write_page(folder)


def _write_page(folder: Path) -> None:
    parts = [
        "# Results of the load tests",
        "Written by `make load`; each section says when and on what it was measured. "
        "`*.json` beside this page holds the same numbers under `figures`.",
    ]
    for path in sorted(folder.glob("*.json")):
        kept = json.loads(path.read_text(encoding="utf-8"))
        quick = " A quick run: shorter, and so less exact." if kept["quick"] else ""
        parts += [
            kept["markdown"],
            f"Measured {kept['measured_at']} on {kept['machine']}; {kept['packages']}.{quick}",
        ]
    (folder / "README.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
