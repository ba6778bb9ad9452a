"""How much a line takes: what to send a receiver, and what to ask of a sender. Bits per second, seconds.

A receiver's REMB never says much more than it gets, so it counts only where it says less: then the line is
full. After a pause, growing longer while attempts fail, more is tried again.
"""

from __future__ import annotations

_FULL = 0.95
_KEEP = 0.85
_LOSSY = 0.1
_FIRST_PAUSE_S = 6.0
_LONGEST_PAUSE_S = 60.0
_STEP = 1.3
_STEP_EVERY_S = 2.0
LEAST = 60_000

UPLINK_MOST = 4_000_000
"""What one peer may send for each picture; a simulcast of 720p takes 3.5 Mbit/s."""
UPLINK_LEAST = 150_000


class Downlink:
    """The limit for one receiver; None while nothing speaks against sending what is wanted."""

    def __init__(self) -> None:
        self.limit: int | None = None
        self.remb: int | None = None
        self._hold_until = 0.0
        self._pause = _FIRST_PAUSE_S
        self._cut_at = -1e9
        self._lossy = 0

    def hear_remb(self, bitrate: int, sending: int, now: float) -> None:
        """The receiver's estimate, and what it is being sent."""
        self.remb = bitrate
        if sending > LEAST and bitrate < _FULL * sending:
            self._cut(min(bitrate, sending), now)

    def hear_loss(self, share: float, sending: int, now: float) -> None:
        """The share of packets a report says were lost, 0–1; two bad reports running count."""
        self._lossy = self._lossy + 1 if share > _LOSSY else 0
        if self._lossy >= 2 and sending > LEAST:
            self._cut(int(sending * (1 - share / 2)), now)

    def _cut(self, bitrate: int, now: float) -> None:
        if now - self._cut_at < 1.0:  # what is on its way does not know of the last cut
            return
        limit = max(LEAST, int(_KEEP * bitrate))
        if self.limit is not None and limit > self.limit:
            return
        again = now - self._cut_at < 3 * self._pause
        self._pause = min(_LONGEST_PAUSE_S, 2 * self._pause) if again else _FIRST_PAUSE_S
        self.limit = limit
        self._cut_at = now
        self._hold_until = now + self._pause

    def tick(self, wanted: int, now: float) -> int | None:
        """The limit now; `wanted` is what all slots would take at their best."""
        if self.limit is not None and now >= self._hold_until:
            self.limit = int(self.limit * _STEP)
            self._hold_until = now + _STEP_EVERY_S
            if self.limit >= wanted:
                self.limit = None
        return self.limit


class Uplink:
    """What a sender is told that it may send (REMB): less while packets get lost, more while they do not."""

    def __init__(self, most: int = UPLINK_MOST) -> None:
        self.most = most
        self.allowed = most

    def tick(self, loss: float, arriving: int) -> int:
        """Once a second: the share lost since, and the rate that came. The bit rate to allow."""
        if loss > _LOSSY:
            self.allowed = max(UPLINK_LEAST, int(arriving * (1 - loss / 2)))
        elif loss < 0.02:
            self.allowed = int(self.allowed * 1.08) + 1000
        self.allowed = min(self.allowed, self.most)
        return self.allowed
