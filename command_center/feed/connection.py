"""One console's socket, seen from the hub: a bounded queue and an account of what was read."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, SupportsInt

from command_center.feed.messages import CloseCode

QUEUE_LIMIT = 4 * 1024 * 1024
"""Characters waiting for the transport; more means that it does not take them."""
UNSEEN_LIMIT = 16 * 1024 * 1024
"""Characters given to the transport that the console has not said it has seen."""


class Closing(SupportsInt, Protocol):
    """Why a socket is closed: the code, and the word that goes with it."""

    @property
    def reason(self) -> str:
        """The word."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as sent, with the cursor that the console holds after it."""

    text: str
    head: int


def _weight(frame: Frame) -> int:
    """What a frame counts against the limits: a snapshot of a city in flood is larger than both, and counts nothing.

    Of such there is one at a time (`_heavy`): otherwise whoever comes in a flood would be closed for being slow while
    the snapshot is on its way, and never see it.
    """
    size = len(frame.text)
    return 0 if size > QUEUE_LIMIT else size


class Connection:
    """A socket's outgoing side. Every method but `pump` returns at once, on the event loop.

    Frames wait in a queue bounded in size. Servers that push back (uvicorn) fill this queue when the
    console does not read; servers that do not (daphne) are bounded by the console's `seen`.
    """

    __slots__ = (
        "_close",
        "_frames",
        "_heavy",
        "_queued",
        "_seen",
        "_sent",
        "_unseen",
        "_wake",
        "closing",
        "cursor",
    )

    def __init__(self, *, close: Callable[[Closing], None]) -> None:
        self.cursor = -1
        self.closing = False
        self._close = close
        self._frames: deque[Frame] = deque()
        self._queued = 0
        self._heavy: int | None = None
        self._unseen: deque[tuple[int, int]] = deque()
        self._sent = 0
        self._seen = 0
        self._wake = asyncio.Event()

    def offer(self, frame: Frame) -> None:
        """Queue a frame; close the socket instead when the console lags too far behind."""
        if self.closing:
            return
        heavy = len(frame.text) > QUEUE_LIMIT
        if (
            self._queued + _weight(frame) > QUEUE_LIMIT
            or (self._unseen and self._sent - self._seen > UNSEEN_LIMIT)
            or (heavy and self._heavy is not None)
        ):
            self.close(CloseCode.SLOW_CONSUMER)
            return
        if heavy:
            self._heavy = frame.head
        self._frames.append(frame)
        self._queued += _weight(frame)
        self.cursor = frame.head
        self._wake.set()

    def saw(self, seq: int) -> None:
        """The console has applied everything up to `seq`."""
        while self._unseen and self._unseen[0][0] <= seq:
            self._seen = self._unseen.popleft()[1]
        if self._heavy is not None and self._heavy <= seq:
            self._heavy = None

    def close(self, code: Closing) -> None:
        """Close the socket with a reason, once."""
        if not self.closing:
            self.closing = True
            self._frames.clear()
            self._wake.set()
            self._close(code)

    async def pump(self, send: Callable[[str], Awaitable[None]]) -> None:
        """Send what is queued, in order, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._frames:
                frame = self._frames.popleft()
                self._queued -= _weight(frame)
                self._sent += _weight(frame)
                self._note_unseen(frame.head)
                await send(frame.text)

    def _note_unseen(self, head: int) -> None:
        """Quiet hours bring heartbeats with one and the same head: one entry for all of them."""
        if self._unseen and self._unseen[-1][0] == head:
            self._unseen.pop()
        self._unseen.append((head, self._sent))
