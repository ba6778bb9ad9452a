"""Keeps processes running: starts them, watches them, starts them again, ends them all.

One event loop owns everything. Each process is a group (and session) of its own, so that a
terminal's Ctrl-C reaches the supervisor alone and ending a process ends its own children too.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

from command_center.supervisor import launch
from command_center.supervisor.output import LineSplitter, Terminal
from command_center.supervisor.probes import until_answers
from command_center.supervisor.processes import BASE_DIR, ProcessSpec
from command_center.supervisor.restart import Restarts
from command_center.supervisor.state import Phase, StateFile

# From the first request to end to the last resort; all is over within 5 s.
GRACE_S = 3.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Keeper:
    """One process: at any time waiting, running, or in back-off."""

    def __init__(self, spec: ProcessSpec, supervisor: "Supervisor") -> None:
        self.spec = spec
        self.ready = asyncio.Event()
        self.process: subprocess.Popen[bytes] | None = None
        self._supervisor = supervisor
        self._restarts = Restarts()

    async def keep(self) -> None:
        """Runs the process, again and again, until cancelled."""
        self._report(Phase.STARTING)
        if self.spec.after is not None:
            await self._supervisor.keepers[self.spec.after].ready.wait()
        while True:
            began = time.monotonic()
            code = await self._run_once()
            self._restarts = self._restarts.after_end(ran_s=time.monotonic() - began)
            self._report(Phase.BACKOFF)
            delay_s = self._restarts.delay_s
            self._supervisor.terminal.say(
                f"{self.spec.name} ended ({describe_exit(code)}); again in {delay_s:g} s"
            )
            await asyncio.sleep(delay_s)

    def signal(self, number: signal.Signals) -> None:
        """Signals the process and all that it has started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    async def _run_once(self) -> int:
        try:
            process = self._start()
        except OSError as error:
            self._supervisor.terminal.say(f"{self.spec.name} can't be started: {error.strerror}")
            return 127
        self._report(Phase.STARTING)
        watch = asyncio.create_task(self._watch_ready())
        try:
            return await self._supervisor.ended(process)
        finally:
            watch.cancel()
            if process.poll() is not None:
                # Its own children, if it left any: the group still bears its number.
                self.signal(signal.SIGKILL)
                self.process = None

    def _start(self) -> subprocess.Popen[bytes]:
        launcher = (sys.executable, "-I", "-S", launch.__file__, str(os.getpid()))
        self.process = subprocess.Popen(  # noqa: S603 - commands from our own table
            [*launcher, *self.spec.command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **self.spec.environment},
            cwd=BASE_DIR,
            start_new_session=True,
        )
        self._supervisor.pass_on(self.spec.name, self.process)
        return self.process

    async def _watch_ready(self) -> None:
        if self.spec.probe is None:
            await asyncio.sleep(self.spec.settled_after_s)
        else:
            await until_answers(self.spec.probe)
        self._report(Phase.RUNNING)
        self.ready.set()

    def _report(self, phase: Phase) -> None:
        pid = self.process.pid if self.process is not None else None
        self._supervisor.state.set(
            self.spec.name, pid=pid, state=phase, restarts=self._restarts.total
        )


class Supervisor:
    """All processes of a table, and the one place that ends them."""

    def __init__(
        self,
        specs: Sequence[ProcessSpec],
        *,
        state_file: Path,
        terminal: Terminal,
        on_ready: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self.terminal = terminal
        self.state = StateFile(state_file)
        self.keepers = {spec.name: Keeper(spec, self) for spec in specs}
        self._width = max(len(name) for name in self.keepers)
        self._on_ready = on_ready
        # One waiting thread per process: portable, and asleep all the time.
        self._waiters = ThreadPoolExecutor(len(self.keepers), thread_name_prefix="wait")
        self._stop: asyncio.Future[None] | None = None

    async def run(self) -> None:
        """Runs until a stop signal; when it returns, no process is left."""
        for number in STOP_SIGNALS:
            # Not the loop's own way, which would end with the loop: a second signal (make passes
            # on the one it gets) must not kill a supervisor that is about to leave.
            signal.signal(number, self._on_signal)
        stop: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._stop = stop
        keeping = [asyncio.create_task(keeper.keep()) for keeper in self.keepers.values()]
        announcing = [asyncio.create_task(self._announce(name)) for name in self.keepers]
        try:
            # A keeper never returns: one that does has failed, and all must end with it.
            done, _ = await asyncio.wait({stop, *keeping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*keeping, *announcing):
                task.cancel()
            await self._end_all()
            self.state.remove()
            self._waiters.shutdown(wait=False)
        for finished in done - {stop}:
            finished.result()

    def stop(self) -> None:
        """Asks the supervisor to end everything; only the first time counts."""
        if self._stop is not None and not self._stop.done():
            self.terminal.say("ending all processes")
            self._stop.set_result(None)

    async def ended(self, process: subprocess.Popen[bytes]) -> int:
        """The exit code of a process, once it has one."""
        return await asyncio.get_running_loop().run_in_executor(self._waiters, process.wait)

    def pass_on(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """Passes a process's output on, each line behind the process's name."""
        pipe = process.stdout
        if pipe is None:
            return
        descriptor, splitter = pipe.fileno(), LineSplitter()
        prefix = f"{name:<{self._width}} | ".encode()
        loop = asyncio.get_running_loop()
        os.set_blocking(descriptor, False)

        def read() -> None:
            try:
                data = os.read(descriptor, 65536)
            except BlockingIOError:
                return
            for line in splitter.feed(data) if data else splitter.end():
                self.terminal.line(prefix + line)
            if not data:
                loop.remove_reader(descriptor)
                pipe.close()

        loop.add_reader(descriptor, read)

    async def _announce(self, name: str) -> None:
        await self.keepers[name].ready.wait()
        self._on_ready(name)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._stop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: all has ended
                self._stop.get_loop().call_soon_threadsafe(self.stop)

    def _signal_all(self, number: signal.Signals) -> None:
        for keeper in self.keepers.values():
            keeper.signal(number)

    async def _end_all(self) -> None:
        """TERM to all, KILL to those still there after the time of grace."""
        processes = [k.process for k in self.keepers.values() if k.process is not None]
        ends = [asyncio.ensure_future(self.ended(process)) for process in processes]
        self._signal_all(signal.SIGTERM)
        if ends:
            await asyncio.wait(ends, timeout=GRACE_S)
        for keeper in self.keepers.values():
            if keeper.process is not None and keeper.process.poll() is None:
                self.terminal.say(f"{keeper.spec.name} did not end in {GRACE_S:g} s; killed")
        # To those that have ended as well: it is for what they may have left in their groups.
        self._signal_all(signal.SIGKILL)
        await asyncio.gather(*ends)


def describe_exit(code: int) -> str:
    """An exit code in words: the signal's name, or the number."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
