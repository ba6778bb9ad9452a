"""Runs every test: Python's in parallel, then those that need the machine alone, then vitest.

Arguments go to pytest, which then runs once: `make test PYTEST_ARGS="tests/unit -k env"`.

Where there is room in memory, everything that tests write goes there. What they show is that
nothing is lost when a process is killed, and for that a file in memory is as good as one on a
disk; but databases and brokers wait for a disk thousands of times.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import npm_scripts
from setup_steps import ROOT

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder within has a name that nobody can guess
ROOM_NEEDED = 3 * 1024**3
"""Bytes; a container's own is often 64 MiB."""


@contextmanager
def temporary_files() -> Iterator[None]:
    """Has every process started meanwhile keep its temporary files in memory, if they fit there."""
    if not IN_MEMORY.is_dir() or shutil.disk_usage(IN_MEMORY).free < ROOM_NEEDED:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="lingdun-", dir=IN_MEMORY) as folder:
        # PostgreSQL runs as another user where this one is root.
        Path(folder).chmod(0o711)
        os.environ["TMPDIR"] = folder
        yield


def pytest(*arguments: str) -> int:
    """Runs pytest; returns its exit code."""
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def main(arguments: list[str]) -> int:
    """Runs all of it, or what the arguments say; 0 only if nothing failed."""
    with temporary_files():
        return pytest(*arguments) if arguments else everything()


def everything() -> int:
    """The tests one after another, in three runs."""
    workers = str(min(os.cpu_count() or 1, 4))
    parallel = ("-n", workers, "--no-loadscope-reorder", "--durations=30")
    codes = [pytest(*parallel, "-m", "not alone"), pytest("-m", "alone")]
    codes.append(npm_scripts.main(["test"]))
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
