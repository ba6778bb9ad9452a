"""One thread for many sockets: a selector, timers, and a way for signals to wake it."""

from __future__ import annotations

import heapq
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from types import FrameType
from typing import Protocol

IDLE_S = 5.0


class Watched(Protocol):
    """What the loop calls when a socket is ready."""

    def on_readable(self) -> None: ...
    def on_writable(self) -> None: ...
    def flush(self) -> None: ...


class Timer:
    """A call to come; `cancel` makes it not come."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[[], None]) -> None:
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        """Forget the call."""
        self.call = None


class Loop:
    """Runs until `stop`. Times are seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = count()
        self._dirty: dict[Watched, None] = {}
        self._running = True
        self.now = time.monotonic()

    def call_later(self, delay_s: float, call: Callable[[], None]) -> Timer:
        """Call once after a while."""
        return self.call_at(self.now + delay_s, call)

    def call_at(self, when: float, call: Callable[[], None]) -> Timer:
        """Call once at a time."""
        timer = Timer(call)
        heapq.heappush(self._timers, (when, next(self._order), timer))
        return timer

    def watch(self, sock: socket.socket, watched: Watched, *, writing: bool = False) -> None:
        """Tell `watched` when the socket can be read, and written if asked."""
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if writing else 0)
        try:
            self._selector.modify(sock, events, watched)
        except KeyError:
            self._selector.register(sock, events, watched)

    def unwatch(self, sock: socket.socket) -> None:
        """Forget a socket; must come before it is closed."""
        try:
            self._selector.unregister(sock)
        except KeyError:
            return

    def flush_soon(self, watched: Watched) -> None:
        """Have `flush` called at the end of this round: many small packets, one go."""
        self._dirty[watched] = None

    def stop(self) -> None:
        """End after this round."""
        self._running = False

    @property
    def running(self) -> bool:
        """Whether nobody has said stop."""
        return self._running

    def resume(self) -> None:
        """Run on after `stop`, to wind up."""
        self._running = True

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Go round until `stop`, or until the condition holds after a round."""
        while self._running and not until():
            self._round()

    @contextmanager
    def ended_by(self, *signals: signal.Signals) -> Iterator[None]:
        """For the time of a block these signals stop the loop, at once even while it sleeps."""
        receive, send = socket.socketpair()
        for end in (receive, send):
            end.setblocking(False)
        self._selector.register(receive, selectors.EVENT_READ, _Drain(receive))
        wakeup = signal.set_wakeup_fd(send.fileno(), warn_on_full_buffer=False)
        before = {number: signal.signal(number, self._on_signal) for number in signals}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(wakeup)
            self._selector.unregister(receive)
            receive.close()
            send.close()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._running = False

    def _round(self) -> None:
        timeout = 0.0 if self._dirty else self._until_next_timer()
        ready = self._selector.select(timeout)
        self.now = time.monotonic()
        for key, events in ready:
            watched: Watched = key.data
            if events & selectors.EVENT_READ:
                watched.on_readable()
            if events & selectors.EVENT_WRITE:
                watched.on_writable()
        self._fire()
        while self._dirty:
            batch, self._dirty = self._dirty, {}
            for watched in batch:
                watched.flush()

    def _until_next_timer(self) -> float:
        while self._timers and self._timers[0][2].call is None:
            heapq.heappop(self._timers)
        if not self._timers:
            return IDLE_S
        return min(IDLE_S, max(0.0, self._timers[0][0] - time.monotonic()))

    def _fire(self) -> None:
        while self._timers and self._timers[0][0] <= self.now:
            _when, _order, timer = heapq.heappop(self._timers)
            if timer.call is not None:
                call, timer.call = timer.call, None
                call()


class _Drain:
    """Reads the bytes that wake the loop."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def on_readable(self) -> None:
        self._sock.recv(4096)

    def on_writable(self) -> None:
        """Never watched for writing."""

    def flush(self) -> None:
        """Never dirty."""
