"""Head counts from Wi-Fi probes: distinct stations in a sliding window, without keeping an address.

An address becomes a keyed digest (HMAC-SHA-256, RFC 2104, its first 64 bits) as soon as it is heard, and only
digests are held, in memory, for the window. The key lives in memory too and is thrown away daily (`rotate`),
after which no digest can be tied to an address or to another day's. The count is exact up to MAX_STATIONS: two
of 20 000 stations share 64 bits once in 10^11 windows.

Phones use random, locally administered addresses (bit 1 of the first octet, IEEE 802-2014, 8.4) and change
them; they are told apart, for a count of them is an upper bound rather than heads.
"""

import hmac
from collections import OrderedDict
from typing import Any

from iot_bridge.protocol.decoded import TransientMacs

WINDOW_S = 300
MAX_STATIONS = 20_000
"""Stations remembered per probe; the oldest go first beyond it, so that a hostile probe fills no memory."""

_DIGEST_BYTES = 8
_LOCALLY_ADMINISTERED = 2


class ProbeCounter:
    """Counts per probe. Not thread-safe: one owner, the runner's batcher."""

    def __init__(self, key: bytes, window_s: int = WINDOW_S) -> None:
        """`key`: 16 to 64 random bytes, from `secrets`. `window_s`: seconds a station counts as present."""
        self._window_s = window_s
        self._stations: dict[str, OrderedDict[tuple[bytes, bool], int]] = {}
        self.rotate(key)

    def rotate(self, key: bytes) -> None:
        """Throw the key and every digest made with it away; counts begin anew. Once a day, at a quiet hour."""
        if not 16 <= len(key) <= 64:
            raise ValueError("the key must have 16 to 64 bytes")
        self._key = key
        self._stations.clear()

    def observe(self, device_id: str, macs: TransientMacs, now_ms: int) -> dict[str, Any]:
        """Add the stations a probe heard at `now_ms` and return its `count` data."""
        stations = self._stations.setdefault(device_id, OrderedDict())
        for address in macs.reveal():
            digest = hmac.digest(self._key, address, "sha256")[:_DIGEST_BYTES]
            station = (digest, bool(address[0] & _LOCALLY_ADMINISTERED))
            stations[station] = now_ms
            stations.move_to_end(station)
        while len(stations) > MAX_STATIONS:
            stations.popitem(last=False)
        return self.data(device_id, now_ms)

    def data(self, device_id: str, now_ms: int) -> dict[str, Any]:
        """A probe's canonical `count` data: all stations of the window, and the randomised among them."""
        stations = self._stations.get(device_id, OrderedDict())
        oldest = now_ms - self._window_s * 1000
        while stations and next(iter(stations.values())) <= oldest:
            stations.popitem(last=False)
        randomised = sum(1 for _, is_random in stations if is_random)
        if not stations:
            self._stations.pop(device_id, None)
        return {"count": len(stations), "window_s": self._window_s, "randomised": randomised}

    def forget(self, device_id: str) -> None:
        """Drop what is held for a probe that is gone."""
        self._stations.pop(device_id, None)

    def __repr__(self) -> str:
        return f"<ProbeCounter: {len(self._stations)} probes>"
