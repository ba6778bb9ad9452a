"""The supervisor over real processes: what dies comes back, and in the end nothing is left."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).parent.parent.parent
LIVE = "import signal; print('here', flush=True); signal.pause()"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {LIVE}"
# A child with a child of its own in the same group.
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {STUBBORN!r}]); {LIVE}"
BROKEN = "raise SystemExit(3)"

Start = Callable[..., "Supervised"]


class Supervised:
    """A running supervisor, seen from outside."""

    def __init__(self, folder: Path, table: dict[str, str], stdout: int | None = None) -> None:
        self.state_file = folder / "supervisor.json"
        (folder / "table.json").write_text(json.dumps(table))
        self.output = folder / "output"
        with self.output.open("wb") as stream:
            self.process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("supervised.py")), str(folder)],
                stdout=stream if stdout is None else stdout,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )

    def state(self) -> dict[str, Any]:
        try:
            processes: dict[str, Any] = json.loads(self.state_file.read_text())["processes"]
        except FileNotFoundError:
            return {}
        return processes

    def running(self, *names: str) -> bool:
        state = self.state()
        return all(state.get(name, {}).get("state") == "running" for name in names)

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self) -> float:
        """Asks it to end; the seconds that took."""
        began = time.monotonic()
        self.process.terminate()
        assert self.process.wait(10) == 0
        return time.monotonic() - began


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Supervised] = []

    def start_one(table: dict[str, str], stdout: int | None = None) -> Supervised:
        started.append(Supervised(tmp_path, table, stdout))
        return started[-1]

    yield start_one
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait()


def until(condition: Callable[[], bool], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.02)


def alive(process: psutil.Process) -> bool:
    """Whether a process still does anything; who adopts the orphans may be slow to bury them."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_killed_child_comes_back(start: Start) -> None:
    supervised = start({"one": LIVE, "two": LIVE})
    until(lambda: supervised.running("one", "two"))
    first = supervised.state()
    os.kill(first["one"]["pid"], signal.SIGKILL)
    until(lambda: supervised.state()["one"]["restarts"] == 1 and supervised.running("one"))
    second = supervised.state()
    assert second["one"]["pid"] != first["one"]["pid"]
    assert second["two"] == first["two"]
    assert "one ended (SIGKILL); again in 0.2 s" in supervised.output.read_text()


def test_a_broken_child_is_tried_again_ever_more_slowly(start: Start) -> None:
    supervised = start({"broken": BROKEN})
    until(lambda: supervised.state().get("broken", {}).get("restarts", 0) >= 3)
    text = supervised.output.read_text()
    assert [f"again in {delay} s" in text for delay in ("0.2", "0.4", "0.8")] == [True] * 3
    assert not supervised.running("broken")


def test_the_end_of_one_is_the_end_of_all(start: Start) -> None:
    supervised = start({"good": LIVE, "stubborn": STUBBORN, "parent": PARENT, "broken": BROKEN})
    until(lambda: supervised.running("good", "stubborn", "parent"))
    descendants = supervised.descendants()
    assert len(descendants) >= 4
    assert supervised.end() < 5
    assert not [process for process in descendants if alive(process)]
    assert not supervised.state_file.exists()


def test_a_second_request_to_end_changes_nothing(start: Start) -> None:
    supervised = start({"stubborn": STUBBORN})
    until(lambda: supervised.running("stubborn"))
    supervised.process.send_signal(signal.SIGINT)
    supervised.process.send_signal(signal.SIGTERM)
    assert supervised.process.wait(10) == 0


def test_no_child_outlives_a_killed_supervisor(start: Start) -> None:
    supervised = start({"good": LIVE, "stubborn": STUBBORN})
    until(lambda: supervised.running("good", "stubborn"))
    descendants = supervised.descendants()
    supervised.process.kill()
    until(lambda: not any(alive(process) for process in descendants), seconds=5)


def test_what_children_print_bears_their_name(start: Start) -> None:
    supervised = start({"a": LIVE, "longer": LIVE})
    until(
        lambda: {"a      | here", "longer | here"} <= set(supervised.output.read_text().split("\n"))
    )


def test_an_output_that_nobody_reads_holds_nothing_up(start: Start) -> None:
    reader, writer = os.pipe()
    supervised = start({"loud": "while True: print('x' * 1000)", "good": LIVE}, stdout=writer)
    os.close(writer)
    until(lambda: supervised.running("loud", "good"))
    assert supervised.end() < 5
    os.close(reader)


def test_a_closed_output_ends_nothing(start: Start) -> None:
    reader, writer = os.pipe()
    supervised = start({"loud": "while True: print('x' * 1000)", "good": LIVE}, stdout=writer)
    os.close(writer)
    os.close(reader)
    until(lambda: supervised.running("loud", "good"))
    assert supervised.end() < 5
