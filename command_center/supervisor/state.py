"""The supervisor's word on its processes, kept in a file that `/readyz` reads."""

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path


class Phase(StrEnum):
    """Where a process stands."""

    STARTING = "starting"
    RUNNING = "running"
    BACKOFF = "backoff"


@dataclass(frozen=True, slots=True)
class ProcessState:
    """One process as the supervisor sees it; `since` is the time of the last change, UTC."""

    pid: int | None
    state: Phase
    since: str
    restarts: int


class StateFile:
    """Writes every change at once, in one step, so that no reader sees half of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._states: dict[str, ProcessState] = {}

    def __getitem__(self, name: str) -> ProcessState:
        return self._states[name]

    def set(self, name: str, *, pid: int | None, state: Phase, restarts: int) -> None:
        """Records a change and writes the file."""
        new = ProcessState(pid=pid, state=state, since=_now(), restarts=restarts)
        known = self._states.get(name)
        if known is not None and replace(new, since=known.since) == known:
            return
        self._states[name] = new
        self._write()

    def remove(self) -> None:
        """Takes the file away: nothing is supervised any more."""
        self._path.unlink(missing_ok=True)

    def _write(self) -> None:
        processes = {name: asdict(state) for name, state in self._states.items()}
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        temporary.write_text(json.dumps({"pid": os.getpid(), "processes": processes}))
        temporary.replace(self._path)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
