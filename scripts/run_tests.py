"""Runs every test: Python's in parallel, then those that need the machine alone, then vitest.

Arguments go to pytest, which then runs once: `make test PYTEST_ARGS="tests/unit -k env"`.
"""

import os
import subprocess
import sys

import npm_scripts
from setup_steps import ROOT

# These measure what a person waits for: others beside them would disturb that.
ALONE = ("tests/e2e",)


def pytest(*arguments: str) -> int:
    """Runs pytest; returns its exit code."""
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def test_folders() -> tuple[list[str], list[str]]:
    """The folders under tests/ that run in parallel, and those that run alone."""
    names = [f"tests/{path.name}" for path in sorted((ROOT / "tests").iterdir()) if path.is_dir()]
    tests = [name for name in names if any((ROOT / name).rglob("test_*.py"))]
    return [name for name in tests if name not in ALONE], [name for name in tests if name in ALONE]


def main(arguments: list[str]) -> int:
    """Runs all of it, whatever fails on the way; 0 only if nothing did."""
    if arguments:
        return pytest(*arguments)
    together, alone = test_folders()
    workers = str(min(os.cpu_count() or 1, 4))
    codes = []
    if together:
        codes.append(pytest("-n", workers, "--dist", "loadgroup", *together))
    if alone:
        codes.append(pytest(*alone))
    codes.append(npm_scripts.main(["test"]))
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
