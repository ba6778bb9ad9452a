"""Child processes: started, waited for until they are ready, and ended by their own pid."""

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.waiting import POLL_S

READY_S = 30.0
STOP_S = 10.0


@dataclass(frozen=True, slots=True)
class Child:
    """A running child; everything it prints goes to `log`."""

    process: "subprocess.Popen[bytes]"
    log: Path
    name: str

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def output(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def said(self, text: str) -> bool:
        """Whether it has printed a text; a readiness condition."""
        return text in self.output()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """End it as a power cut would, and reap it."""
        self.signal(signal.SIGKILL)
        self.process.wait(STOP_S)

    def stop(self, timeout_s: float = STOP_S) -> int:
        """Ask it to end and wait; returns its exit code. Raises AssertionError if it would not."""
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"{self.name} did not end within {timeout_s:g} s:\n{self.output()[-4000:]}"
            ) from None


def start(
    command: Sequence[str],
    *,
    log: Path,
    ready: Callable[[], object] | None = None,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: str | None = None,
    ready_s: float = READY_S,
) -> Child:
    """Start a child and return once `ready()` is true.

    `environment` is added to this process's own; `user` is whom to run as (root only). Raises
    AssertionError with what it printed if it ends or stays unready.
    """
    with log.open("ab") as stream:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            cwd=cwd,
            user=user,
            group=_group(user),
            extra_groups=None if user is None else [],
        )
    child = Child(process=process, log=log, name=Path(command[0]).name)
    if ready is not None:
        _await_ready(child, ready, ready_s)
    return child


@contextmanager
def running(
    command: Sequence[str],
    *,
    log: Path,
    ready: Callable[[], object] | None = None,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[Child]:
    """A child for the time of a block; see `start`."""
    child = start(command, log=log, ready=ready, environment=environment, cwd=cwd)
    try:
        yield child
    finally:
        child.stop()


def _group(user: str | None) -> int | None:
    if user is None:
        return None
    return pwd.getpwnam(user).pw_gid


def _await_ready(child: Child, ready: Callable[[], object], ready_s: float) -> None:
    deadline = time.monotonic() + ready_s
    while not ready():
        code = child.process.poll()
        if code is not None:
            raise AssertionError(f"{child.name} ended with {code}:\n{child.output()[-4000:]}")
        if time.monotonic() >= deadline:
            child.kill()
            raise AssertionError(
                f"{child.name} was not ready in {ready_s:g} s:\n{child.output()[-4000:]}"
            )
        time.sleep(POLL_S)
