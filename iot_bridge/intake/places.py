"""The places that a bridge listens to, in memory: who belongs to them, and which of them are silent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iot_bridge.devices.models import Status
from iot_bridge.outages.models import Outage, OutageCause
from iot_bridge.outages.selectors import place_of
from iot_bridge.rules.silence import QUIET_MS, Hush, Member

if TYPE_CHECKING:
    from iot_bridge.intake.registry import DeviceEntry, Live

Key = tuple[str, str]
EVERYWHERE: Key = ("", "")
"""All that the bridge listens to."""


@dataclass(frozen=True, slots=True)
class Silent:
    """A place that is silent, and the rows that say so."""

    hush: Hush
    outages: tuple[int, ...]


def key_of(entry: DeviceEntry) -> Key:
    """The place of a device."""
    return place_of(entry.subject.code, entry.subject.site)


def member(entry: DeviceEntry, live: Live) -> Member:
    """A device as the rules of silence see it."""
    online = live.status in (Status.ONLINE, Status.DEGRADED)
    return Member(online, live.last_seen_ms, entry.thresholds)


class Places:
    """A cache beside the registry's; `silent` is replaced only after the commit that stored it."""

    def __init__(self, bridge: str) -> None:
        self.bridge = bridge
        self.silent: dict[Key, Silent] = {}
        self.heard_ms = 0
        self._members: dict[Key, dict[str, DeviceEntry]] = {}
        self._of: dict[str, Key] = {}

    def load(self) -> None:
        """Begin anew: no members yet, and the outages that the database says last."""
        self._members.clear()
        self._of.clear()
        self.silent = {}
        causes = (OutageCause.SITE_SILENT, OutageCause.ALL_SILENT)
        rows = Outage.objects.filter(bridge=self.bridge, until=None, cause__in=causes)
        for row in rows.order_by("id"):
            wide = row.cause == OutageCause.ALL_SILENT
            key = EVERYWHERE if wide else (row.code, row.site)
            known = self.silent.get(key)
            since_ms = int(row.since.timestamp() * 1000)
            hush = Hush(since_ms, noticed_ms=since_ms + QUIET_MS)
            self.silent[key] = Silent(hush, (*(known.outages if known else ()), row.id))

    def put(self, entry: DeviceEntry) -> None:
        """A device is registered, or changed."""
        self.drop(entry.subject.id)
        key = key_of(entry)
        self._members.setdefault(key, {})[entry.subject.id] = entry
        self._of[entry.subject.id] = key
        self.heard_ms = self.heard([entry.live.last_seen_ms])

    def drop(self, device_id: str) -> None:
        """A device is gone, or moves."""
        key = self._of.pop(device_id, None)
        if key is not None:
            del self._members[key][device_id]
            if not self._members[key]:
                del self._members[key]

    def at(self, key: Key) -> Iterator[DeviceEntry]:
        """The devices of a place."""
        if key == EVERYWHERE:
            for members in self._members.values():
                yield from members.values()
        else:
            yield from self._members.get(key, {}).values()

    def heard(self, moments: Iterable[int | None]) -> int:
        """The last word from anywhere, these included."""
        return max(self.heard_ms, *(moment or 0 for moment in moments), 0)

    def __len__(self) -> int:
        return len(self._members)
