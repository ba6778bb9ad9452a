"""Deeds done in another process: a Django process of the system under test that takes orders.

`python -m tests.support.clerk` reads a JSON line {"deed", "facts"} and answers with one; it is how
tests change a database that is not the test process's own, through the services and not with SQL.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[2]


class Clerk:
    """A clerk at work. One deed at a time; `close` ends it."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        with log.open("ab") as stream:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.clerk"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stream,
                env={**os.environ, **environment},
                cwd=ROOT,
                text=True,
            )
        self._lock = threading.Lock()
        self._log = log

    def do(self, deed: str, **facts: Any) -> Any:
        """Do one of `deeds`, or any function by its dotted name; returns its result.

        Raises AssertionError if it failed.
        """
        orders, answers = _pipes(self._process)
        with self._lock:
            orders.write(json.dumps({"deed": deed, "facts": facts}) + "\n")
            orders.flush()
            line = answers.readline()
        if not line:
            raise AssertionError(f"the clerk has died:\n{self._log.read_text()[-4000:]}")
        answer = json.loads(line)
        if "error" in answer:
            raise AssertionError(f"{deed}: {answer['error']}")
        return answer["result"]

    def close(self) -> None:
        """Send it home."""
        orders, _ = _pipes(self._process)
        with suppress(BrokenPipeError):  # it has died with an order before it
            orders.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def _pipes(process: "subprocess.Popen[str]") -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def _serve() -> None:
    import django

    # Only the answers go to stdout.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    django.setup()
    from django.contrib.auth import base_user, hashers
    from django.db import close_old_connections

    # People of the tests share a password; each hash of it takes as long as a hundred rows.
    vars(base_user)["make_password"] = cache(hashers.make_password)

    from tests.support import deeds

    for line in sys.stdin:
        order = json.loads(line)
        module, _, name = order["deed"].rpartition(".")
        try:
            result = getattr(import_module(module) if module else deeds, name)(**order["facts"])
            answer = {"result": result}
        except Exception as error:  # noqa: BLE001 - it is told to who asked
            answer = {"error": f"{type(error).__name__}: {error}"}
        close_old_connections()
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    from command_center.sqlite import use_bundled_sqlite

    use_bundled_sqlite()
    _serve()
