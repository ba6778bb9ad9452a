"""`python -m loadtests [SCENARIO …]`: measure, print tables, keep results. QUICK=1 shortens every run."""

from __future__ import annotations

import os
import signal
import sys
import time
from importlib import import_module
from types import FrameType

from loadtests.plan import Plan
from loadtests.report import machine, write

SCENARIOS = ("server_comparison", "bridge_throughput", "rules", "latency", "dispatch", "memory")
BY_NAME_ONLY = ("flood", "media", "media.soak", "trunk", "cameras", "alarm_performance", "history")
"""Not part of `make load`: a flood of a quarter of an hour, a comparison with a program that must be installed first, a
long run, the trunk, cameras, which encode and take a machine of their own, and histories of a million alarms and ten
million events.
"""


def _end(number: int, _frame: FrameType | None) -> None:
    """A signal ends the run like an error, so that every child is ended too."""
    raise SystemExit(128 + number)


def main(names: list[str]) -> None:
    """Run the named scenarios, or all."""
    known = SCENARIOS + BY_NAME_ONLY
    unknown = set(names) - set(known)
    if unknown:
        sys.exit(f"no such scenario: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    signal.signal(signal.SIGTERM, _end)
    plan = Plan(quick=os.environ.get("QUICK", "") not in ("", "0"))
    print(f"Load tests on {machine()}.")
    if plan.quick:
        print("QUICK=1: short runs, less exact figures.")
    faults = []
    for name in names or SCENARIOS:
        started = time.monotonic()
        print(f"\n{name} …", flush=True)
        report = import_module(f"loadtests.{name}").run(plan)
        report.seconds = time.monotonic() - started
        print(report.text(), flush=True)
        write(report, quick=plan.quick)
        faults += report.faults
    if faults:
        sys.exit("; ".join(faults))


if __name__ == "__main__":
    main(sys.argv[1:])
