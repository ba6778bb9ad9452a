"""Runs every test: Python's in parallel, then those that need the machine alone, then vitest.

Arguments go to pytest, which then runs once: `make test PYTEST_ARGS="tests/unit -k env"`.
"""

import os
import subprocess
import sys

import npm_scripts
from setup_steps import ROOT


def pytest(*arguments: str) -> int:
    """Runs pytest; returns its exit code."""
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def main(arguments: list[str]) -> int:
    """Runs all of it, whatever fails on the way; 0 only if nothing did."""
    if arguments:
        return pytest(*arguments)
    workers = str(min(os.cpu_count() or 1, 4))
    parallel = ("-n", workers, "--no-loadscope-reorder")
    codes = [pytest(*parallel, "-m", "not alone"), pytest("-m", "alone")]
    codes.append(npm_scripts.main(["test"]))
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
