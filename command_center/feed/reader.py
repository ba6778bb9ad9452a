"""The one thread of a web process that reads the feed table."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from django.db import DatabaseError, close_old_connections, connection

from command_center.feed import selectors, wakeup

logger = logging.getLogger(__name__)

RETRY_S = 0.5


class FeedReader:
    """Follows the table from a cursor and hands every new batch on, in order, without a gap.

    `deliver` is called on this thread; it must not block.
    """

    def __init__(
        self,
        *,
        after: int,
        epoch: str,
        deliver: Callable[[list[selectors.EncodedEvent]], object],
        epoch_changed: Callable[[], object],
    ) -> None:
        self._cursor = after
        self._epoch = epoch
        self._deliver = deliver
        self._epoch_changed = epoch_changed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed-reader", daemon=True)
        self.last_read = time.monotonic()

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for the thread."""
        self._stop.set()
        self._thread.join(timeout=5)

    def healthy(self) -> bool:
        """Whether the table was read lately."""
        return self._thread.is_alive() and time.monotonic() - self.last_read < 5

    def _run(self) -> None:
        waiter = wakeup.make_wakeup()
        while not self._stop.is_set():
            try:
                self._read()
                waiter.wait(self._stop)
            except DatabaseError:
                logger.exception("the feed table cannot be read; trying again")
                close_old_connections()
                self._stop.wait(RETRY_S)
        connection.close()

    def _read(self) -> None:
        while True:
            events = selectors.events_after(self._cursor)
            self.last_read = time.monotonic()
            if not events:
                self._check_epoch()
                return
            if events[0].seq != self._cursor + 1:
                self._epoch_changed()
                return
            self._cursor = events[-1].seq
            self._deliver(events)
            if len(events) < selectors.BATCH:
                return

    def _check_epoch(self) -> None:
        """A restored database has a new epoch or an older head: every console must begin anew."""
        head = selectors.head()
        if head.epoch != self._epoch or head.seq < self._cursor:
            self._epoch_changed()
