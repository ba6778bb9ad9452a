"""What a device keeps until the platform has said on `ack` that it is in the database. Pure."""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

FIRST_WAIT_S = 10.0
LONGEST_WAIT_S = 300.0
MAX_KEPT = 10_000


@dataclass(slots=True)
class Kept:
    """One event on its way. `first_sent` is None until it has been handed to the connection once."""

    event_id: str
    payload: bytes
    made_at: float
    first_sent: float | None = None
    sends: int = 0


class Outbox:
    """Events in the order they were made; each is sent again, ever more seldom, until acknowledged."""

    def __init__(self, *, first_wait_s: float = FIRST_WAIT_S, max_kept: int = MAX_KEPT) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._due: list[tuple[float, str]] = []
        self._first_wait_s = first_wait_s
        self._max_kept = max_kept
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._kept)

    def put(self, event_id: str, payload: bytes, now: float) -> Kept:
        """Keep an event; when full the oldest is given up and counted."""
        if len(self._kept) >= self._max_kept:
            self._kept.popitem(last=False)
            self.dropped += 1
        kept = Kept(event_id, payload, now)
        self._kept[event_id] = kept
        return kept

    def sent(self, kept: Kept, now: float) -> None:
        """It was handed to the connection: wait for its acknowledgement, longer each time."""
        if kept.first_sent is None:
            kept.first_sent = now
        wait = min(self._first_wait_s * 2**kept.sends, LONGEST_WAIT_S)
        kept.sends += 1
        heapq.heappush(self._due, (now + wait, kept.event_id))

    def acknowledge(self, event_id: str) -> Kept | None:
        """Let go of an event; None if it was not (any more) kept."""
        return self._kept.pop(event_id, None)

    def oldest(self) -> Kept | None:
        """The first that was sent and is not acknowledged yet."""
        kept = next(iter(self._kept.values()), None)
        return kept if kept is not None and kept.sends else None

    def unsent(self) -> Iterator[Kept]:
        """Those never handed to a connection, oldest first."""
        return iter([kept for kept in self._kept.values() if kept.first_sent is None])

    def overdue(self, now: float) -> Iterator[Kept]:
        """Takes out those whose wait is over; the caller sends each again."""
        while self._due and self._due[0][0] <= now:
            _when, event_id = heapq.heappop(self._due)
            kept = self._kept.get(event_id)
            if kept is not None:
                yield kept

    @property
    def next_due(self) -> float | None:
        """When something is to be sent again; None for never."""
        while self._due and self._due[0][1] not in self._kept:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None
