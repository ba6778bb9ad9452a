"""One process's run: the loop, the clients, the signals, the figures."""

from __future__ import annotations

import gc
import random
import resource
import secrets
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from iot_bridge.simulator import makers
from iot_bridge.simulator.cast import Player
from iot_bridge.simulator.city import City
from iot_bridge.simulator.connection import Connector, Login
from iot_bridge.simulator.director import Director
from iot_bridge.simulator.ensemble import canonical_voices, voices
from iot_bridge.simulator.figures import Figures
from iot_bridge.simulator.load import Load, Mix
from iot_bridge.simulator.loop import Loop

SPARE_FILES = 64
LOCAL = ZoneInfo("Asia/Shanghai")


class Performance:
    """Everything a run needs. `live` and `press` return its figures when it is over."""

    def __init__(
        self,
        players: Sequence[Player],
        logins: Mapping[str, Login],
        *,
        seed: int | None,
        connects_per_s: float,
        say: Callable[[str], None],
        complain: Callable[[str], None],
    ) -> None:
        self._players = players
        self._logins = logins
        self._seed = secrets.randbelow(2**31) if seed is None else seed
        self._say = say
        self._loop = Loop()
        self.figures = Figures()
        self._connector = Connector(
            self._loop,
            per_s=connects_per_s,
            figures=self.figures,
            say=complain,
            chance=random.Random(),  # noqa: S311 - spreads reconnects; never the same twice
        )
        allow_files(len(players) + SPARE_FILES)

    def live(self, samples: Path, *, stories: Sequence[str], duration_s: float | None) -> Figures:
        """A gentle life of the city, until a signal or the time is up."""
        cast = voices(
            self._players,
            self._connector,
            self._logins.__getitem__,
            templates=makers.load(samples),
            seed=self._seed,
        )
        director = Director(self._players, seed=self._seed, stories=stories) if stories else None
        city = City(
            self._loop,
            cast,
            director=director,
            seed=self._seed,
            hour=local_hour,
            say=self._say,
        )
        self._say(f"Simulating {len(cast)} devices (--seed {self._seed}).")
        began = time.monotonic()
        with self._loop.ended_by(signal.SIGTERM, signal.SIGINT):
            city.start()
            if duration_s is not None:
                self._loop.call_later(duration_s, self._loop.stop)
            self._loop.run()
            city.close()
        self.figures.seconds = time.monotonic() - began
        return self._finished()

    def press(
        self,
        *,
        rate: float,
        mix: Mix,
        duration_s: float | None,
        acknowledged: bool,
        resend_after_s: float,
        drain_s: float,
        name: str = "",
    ) -> Figures:
        """An even load, until a signal or the time is up; then waits for the last acknowledgements."""
        cast = canonical_voices(
            self._players,
            self._connector,
            self._logins.__getitem__,
            seed=self._seed,
            acknowledged=acknowledged,
            resend_after_s=resend_after_s,
        )
        load = Load(self._loop, cast, rate=rate, mix=mix, seed=self._seed, figures=self.figures)
        with self._loop.ended_by(signal.SIGTERM, signal.SIGINT):
            load.connect()
            self._loop.run(until=lambda: load.connected)
            # paho makes a dozen objects a message and no cycles: look for those less often.
            gc.freeze()
            gc.set_threshold(50_000, 20, 100)
            if self._loop.running:
                self._say(
                    f"{len(cast)} devices connected, {rate:g} events a second. {name}".strip()
                )
                load.begin(duration_s)
                self._loop.run(until=lambda: load.over)
                load.end()
                self._drain(load, drain_s)
            load.close()
        return self._finished()

    def _drain(self, load: Load, seconds: float) -> None:
        """Wait for what is outstanding, unless told to end."""
        timer = self._loop.call_later(seconds, self._loop.stop)
        self._loop.run(until=lambda: load.outstanding == 0)
        timer.cancel()

    def _finished(self) -> Figures:
        # The interpreter would look through all clients once more before it ends.
        gc.freeze()
        used = resource.getrusage(resource.RUSAGE_SELF)
        self.figures.cpu_seconds = used.ru_utime + used.ru_stime
        return self.figures


def local_hour() -> float:
    """The hour of the city's day."""
    now = datetime.now(LOCAL)
    return now.hour + now.minute / 60


def allow_files(wanted: int) -> None:
    """Raise the limit of open files to what is needed. Raises OSError if that is not allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        if hard != resource.RLIM_INFINITY and hard < wanted:
            raise OSError(f"{wanted} connections need as many open files; the limit is {hard}.")
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
