"""What stored rules cost a bridge: pure evaluation, and its whole commit, with 0 to 1,000 rules in one run.

CPU seconds of one process, so that other work on the machine matters little; every number of rules is measured in
each round, and the median of the rounds counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from loadtests.plan import Plan
from loadtests.report import Report

ROOT = Path(__file__).resolve().parent.parent
NUMBERS = {
    "0": "0",
    "10": "10",
    "100": "100",
    "1000": "1,000",
    "1000+": "1,000 of other places",
}


def run(plan: Plan) -> Report:
    """Measure in a process and a database of its own."""
    rounds, batches = (3, 4) if plan.quick else (7, 12)
    with tempfile.TemporaryDirectory(prefix="lingdun-rules-") as folder:
        environment = {
            **os.environ,
            "DATA_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "command_center.settings",
        }
        environment.pop("DATABASE_URL", None)
        command = [
            sys.executable,
            "-m",
            "loadtests.rules_probe",
            *map(str, (rounds, batches, *NUMBERS)),
        ]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
        )
    return _report(json.loads(done.stdout.splitlines()[-1]))


def _report(found: dict[str, Any]) -> Report:
    report = Report(
        name="rules",
        title="What stored rules cost a bridge",
        headers=(
            "rules stored", "in reach of a device", "asked per message", "evaluation, µs", "ratio",
            "whole commit, µs", "ratio",
        ),
    )  # fmt: skip
    base: dict[str, float] = {}
    for number, shown in NUMBERS.items():
        facts = found[number]
        pure, commit = median(facts["pure_us"]), median(facts["commit_us"])
        base = base or {"pure": pure, "commit": commit}
        report.rows.append(
            (
                shown,
                f"{facts['in_reach']:.2f}",
                f"{facts['asked']:.2f}",
                f"{pure:.1f}",
                f"{pure / base['pure']:.2f}",
                f"{commit:.0f}",
                f"{commit / base['commit']:.2f}",
            )
        )
        name = f"{number.rstrip('+')}_rules{'_elsewhere' if number.endswith('+') else ''}"
        report.figures |= {
            f"evaluation_{name}_us": pure,
            f"commit_{name}_us": commit,
            f"commit_{name}_ratio": commit / base["commit"],
        }
    report.notes = [
        f"CPU per message of one process; {found['devices']:,} devices of five kinds in 100 villages, batches of 500 "
        "messages, SQLite with synchronous=FULL. Of the rules 70 % are for a kind in one village, 20 % for one device, "
        "10 % for a kind in one township; thresholds, counts, holds, absences, schedules and CEL expressions in turn.",
        "A message costs what the rules cost that are for its device and listen to its type; those of other places, "
        "devices and types cost it nothing.",
        f"Taking 1,000 rules over on a running bridge, all devices bound anew: {found['take_over_ms']:.0f} ms of CPU; "
        f"one changed rule of one village: {found['one_change_ms']:.1f} ms.",
    ]
    worst = report.figures["commit_1000_rules_ratio"]
    if worst > 1.5:
        report.faults.append(f"1,000 rules make a commit {worst:.2f} times as dear")
    return report
