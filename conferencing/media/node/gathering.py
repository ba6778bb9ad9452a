"""A socket that is read in batches: while datagrams come they are gathered for a millisecond each time."""

from __future__ import annotations

import asyncio
import socket
from abc import ABC, abstractmethod

from conferencing.media.shell.datagrams import Inbox, Outbox

BATCHES = 4
"""So many calls of recvmmsg in a row; then others in the loop get their turn."""
GATHER_S = 0.001
"""While packets come they are gathered this long, as a network card gathers interrupts: a frame's packets go out
together, for a third less CPU and at most a millisecond later."""


class Gathering(ABC):
    """Reads until nothing is left, hands on, and sends what came of it in as few calls as may be."""

    def __init__(self, handle: socket.socket) -> None:
        self.inbox = Inbox(handle)
        self.outbox = Outbox(handle)
        self._handle = handle
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting = False
        self._again: asyncio.TimerHandle | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen."""
        self._loop = loop
        loop.add_reader(self._handle.fileno(), self._readable)

    def stop(self) -> None:
        """Stop listening, having sent what waits."""
        self.outbox.flush()
        if self._loop is not None:
            if self._again is not None:
                self._again.cancel()
            self._loop.remove_reader(self._handle.fileno())
            if self._waiting:
                self._loop.remove_writer(self._handle.fileno())

    def flush(self) -> None:
        """Send what waits; the rest as soon as the socket takes it."""
        if self.outbox.flush() or self._waiting or self._loop is None:
            return
        self._waiting = True
        self._loop.add_writer(self._handle.fileno(), self._writable)

    def _writable(self) -> None:
        if self.outbox.flush() and self._loop is not None:
            self._waiting = False
            self._loop.remove_writer(self._handle.fileno())

    def _readable(self) -> None:
        """Something came: take it, then look again each millisecond until nothing has come."""
        if self._loop is None:
            return
        self.read(self._loop.time())
        self._loop.remove_reader(self._handle.fileno())
        self._again = self._loop.call_later(GATHER_S, self._gathered)

    def _gathered(self) -> None:
        if self._loop is None:
            return
        if self.read(self._loop.time()):
            self._again = self._loop.call_later(GATHER_S, self._gathered)
        else:
            self._again = None
            self._loop.add_reader(self._handle.fileno(), self._readable)

    @abstractmethod
    def read(self, now: float) -> int:
        """Take in what is there, and send what comes of it; how many datagrams there were."""
