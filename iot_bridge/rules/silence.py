"""When a whole place falls silent it is one alarm, not one of each device. Pure.

A place is a site, or what of a village names none; the widest is all that one bridge listens to. Devices that
report seldom (`late_due` is None) are no evidence either way: they are counted nowhere here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from iot_bridge.rules.thresholds import Thresholds

LEAST = 3
"""So many devices make a place whose silence says more than that of each."""
SHARE = 0.8
SETTLE_MS = 60_000
"""A place that is heard again has so long to come back whole, before who is still silent is told one by one."""
RECENT_MS = 300_000
"""A device that went off line longer ago than this was not part of what happens now."""

QUIET_MS = 45_000
WIDE_LEAST = 20
WIDE_OWED = 40.0
"""Nothing from anybody for QUIET_MS, while so many devices owed so many reports: the line brings nothing."""


@dataclass(frozen=True, slots=True)
class Member:
    """A device of a place. `online`: as far as is known; `last_seen_ms` None: never heard."""

    online: bool
    last_seen_ms: int | None
    thresholds: Thresholds

    @property
    def seldom(self) -> bool:
        """Whether its silence tells nothing before it counts as off line."""
        return self.thresholds.degraded_after_s >= self.thresholds.offline_after_s


@dataclass(frozen=True, slots=True)
class Tally:
    """Of the devices of a place that are expected to be heard: how many, how many are not, and the last word."""

    expected: int = 0
    silent: int = 0
    last_ms: int = 0

    @property
    def gone(self) -> bool:
        """Whether the place as a whole is silent."""
        return self.silent >= LEAST and self.silent >= SHARE * self.expected


def tally(members: Iterable[Member], *, from_ms: int, now_ms: int) -> Tally:
    """Count a place. Silence counts from `from_ms` at the earliest: before, nobody listened."""
    expected = silent = last = 0
    for member in members:
        seen = member.last_seen_ms
        if seen is None or member.seldom:
            continue
        limits = member.thresholds
        if not member.online and seen < now_ms - limits.offline_after_s * 1000 - RECENT_MS:
            continue
        expected += 1
        if not member.online or now_ms - max(seen, from_ms) >= limits.degraded_after_s * 1000:
            silent += 1
            last = max(last, seen)
    return Tally(expected, silent, last)


def all_silent(members: Iterable[Member], *, quiet_ms: int) -> bool:
    """Whether so long a quiet means that the line brings nothing: by the reports that it owes."""
    if quiet_ms < QUIET_MS:
        return False
    count, reports = 0, 0.0
    for member in members:
        if member.online and not member.seldom:
            count += 1
            reports += quiet_ms / (member.thresholds.degraded_after_s * 1000)
    return count >= WIDE_LEAST and reports >= WIDE_OWED


@dataclass(frozen=True, slots=True)
class Hush:
    """The silence of a place: since when (its last word), since when it is heard again, when it was noticed. Epoch ms.

    Who was heard between the last word that counted and the noticing, and not since, is silent too.
    """

    since_ms: int
    back_ms: int | None = None
    noticed_ms: int = 0

    def takes_in(self, member: Member) -> bool:
        """Whether a device's silence is part of it: it was heard shortly before, and not since."""
        seen = member.last_seen_ms
        if seen is None:
            return False
        earliest = self.since_ms - member.thresholds.offline_after_s * 1000 - RECENT_MS
        return earliest <= seen <= max(self.since_ms, self.noticed_ms - 1)

    def lasts(self, members: Iterable[Member]) -> bool:
        """Whether the place as a whole has not been heard since."""
        silent = heard = 0
        for member in members:
            if member.seldom:
                continue
            if self.takes_in(member):
                silent += 1
            elif member.online:
                heard += 1
        return silent > 0 and silent >= SHARE * (silent + heard)


def begun(found: Tally, *, now_ms: int) -> Hush | None:
    """The silence that a count shows, if it shows one."""
    return Hush(found.last_ms, noticed_ms=now_ms) if found.gone else None


def go_on(hush: Hush, *, lasts: bool, now_ms: int) -> Hush | None:
    """A silence a moment later; None when it is over, which it was at its `back_ms`."""
    if lasts:
        return hush if hush.back_ms is None else replace(hush, back_ms=None)
    if hush.back_ms is None:
        return replace(hush, back_ms=now_ms)
    return None if now_ms - hush.back_ms >= SETTLE_MS else hush
