"""A place that falls silent is one alarm: what a batch says of single devices is weighed here before it is stored.

Runs in the transaction of the batch; what it finds is taken over by the memory after the commit (`adopt`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from command_center.feed import services as feed
from iot_bridge.alarms.services import Verdict
from iot_bridge.intake.clock import from_ms
from iot_bridge.intake.places import EVERYWHERE, Key, Places, Silent, key_of, member
from iot_bridge.outages import services as outages
from iot_bridge.outages.models import Outage, OutageCause
from iot_bridge.rules.conditions import Condition
from iot_bridge.rules.evaluate import Clear, Raise
from iot_bridge.rules.silence import (
    QUIET_MS,
    WIDE_LEAST,
    Hush,
    Member,
    all_silent,
    begun,
    go_on,
    tally,
)

if TYPE_CHECKING:
    from iot_bridge.intake.registry import DeviceEntry, Live

OFFLINE = Condition.DEVICE_OFFLINE
Lives = dict[str, tuple["DeviceEntry", "Live"]]


@dataclass(slots=True)
class Weighing:
    """One batch: what it made of the devices, and which places it found silent or heard again."""

    publication: feed.Publication
    places: Places
    lives: Lives
    now_ms: int
    from_ms: int
    codes: Sequence[str]
    silent: dict[Key, Silent | None] = field(default_factory=dict)

    def live(self, entry: DeviceEntry) -> Live:
        """A device's state after the batch."""
        known = self.lives.get(entry.subject.id)
        return known[1] if known is not None else entry.live

    def members(self, key: Key) -> list[tuple[DeviceEntry, Member]]:
        """The devices of a place after the batch."""
        return [(entry, member(entry, self.live(entry))) for entry in self.places.at(key)]

    def standing(self, key: Key) -> Silent | None:
        """The silence of a place as this batch knows it."""
        return self.silent[key] if key in self.silent else self.places.silent.get(key)


def restless(places: Places, *, now_ms: int, from_ms: int) -> bool:
    """Whether time alone may change something: a place is silent, or nothing comes at all."""
    quiet = now_ms - max(places.heard_ms, from_ms) >= QUIET_MS
    return bool(places.silent) or (quiet and from_ms > 0 and places.heard_ms > 0)


def weigh(weighing: Weighing, verdicts: list[Verdict]) -> list[Verdict]:
    """The verdicts, with those of single devices folded into those of places."""
    raised = [verdict for verdict in verdicts if _is_offline(verdict)]
    quiet = restless(weighing.places, now_ms=weighing.now_ms, from_ms=weighing.from_ms)
    if not raised and not quiet:
        return verdicts
    verdicts = _weigh_all(weighing, verdicts, raised=bool(raised))
    entries = {entry.subject.id: entry for entry, _live in weighing.lives.values()}
    keys = dict.fromkeys(
        key_of(entries[verdict.subject.id])
        for verdict in verdicts
        if _is_offline(verdict) and verdict.subject.id in entries
    )
    keys |= dict.fromkeys(key for key in weighing.places.silent if key != EVERYWHERE)
    for key in keys:
        verdicts = _weigh_place(weighing, key, verdicts)
    return verdicts


def _is_offline(verdict: Verdict) -> bool:
    return isinstance(verdict.decision, Raise) and verdict.decision.condition == OFFLINE


# -- all that the bridge listens to ----------------------------------------------------------------


def _weigh_all(weighing: Weighing, verdicts: list[Verdict], *, raised: bool) -> list[Verdict]:
    known = weighing.standing(EVERYWHERE)
    if known is not None:
        return _go_on(weighing, EVERYWHERE, known, verdicts)
    hush = _wide_hush(weighing, raised=raised)
    if hush is None:
        return verdicts
    return _begin(weighing, EVERYWHERE, hush, verdicts, OutageCause.ALL_SILENT)


def _wide_hush(weighing: Weighing, *, raised: bool) -> Hush | None:
    """The silence of everything, if there is one: of more than a single place."""
    places = weighing.places
    heard = places.heard(live.last_seen_ms for _entry, live in weighing.lives.values())
    quiet_ms = weighing.now_ms - max(heard, weighing.from_ms)
    if len(places) < 2 or not (raised or quiet_ms >= QUIET_MS):
        return None
    members = [found for _entry, found in weighing.members(EVERYWHERE)]
    if heard and all_silent(members, quiet_ms=quiet_ms):
        return Hush(heard, noticed_ms=weighing.now_ms)
    if not raised:
        return None
    found = tally(members, from_ms=weighing.from_ms, now_ms=weighing.now_ms)
    return begun(found, now_ms=weighing.now_ms) if found.expected >= WIDE_LEAST else None


# -- one place -------------------------------------------------------------------------------------


def _weigh_place(weighing: Weighing, key: Key, verdicts: list[Verdict]) -> list[Verdict]:
    known = weighing.standing(key)
    if known is not None:
        return _go_on(weighing, key, known, verdicts)
    members = (found for _entry, found in weighing.members(key))
    found = tally(members, from_ms=weighing.from_ms, now_ms=weighing.now_ms)
    hush = begun(found, now_ms=weighing.now_ms)
    if hush is None:
        return verdicts
    return _begin(weighing, key, hush, verdicts, OutageCause.SITE_SILENT)


def _begin(
    weighing: Weighing, key: Key, hush: Hush, verdicts: list[Verdict], cause: OutageCause
) -> list[Verdict]:
    silent = [
        entry for entry, found in weighing.members(key) if not found.seldom and hush.takes_in(found)
    ]
    if not silent:
        return verdicts
    silent.sort(key=lambda entry: entry.subject.id)
    wide = key == EVERYWHERE
    place = outages.Place(tuple(weighing.codes)) if wide else outages.Place((key[0],), key[1])
    rows = outages.begin(
        weighing.publication,
        cause=cause,
        place=place,
        bridge=weighing.places.bridge,
        since=from_ms(hush.since_ms),
        now=from_ms(weighing.now_ms),
        anchor=silent[0].subject,
        members=[] if wide else [entry.subject.id for entry in silent],
        devices=len(silent),
    )
    weighing.silent[key] = Silent(hush, tuple(row.id for row in rows))
    return _folded(weighing, key, hush, verdicts)


def _go_on(weighing: Weighing, key: Key, known: Silent, verdicts: list[Verdict]) -> list[Verdict]:
    members = weighing.members(key)
    lasts = known.hush.lasts(found for _entry, found in members)
    after = go_on(known.hush, lasts=lasts, now_ms=weighing.now_ms)
    if after is not None:
        if after is not known.hush:
            weighing.silent[key] = Silent(after, known.outages)
        return _folded(weighing, key, after, verdicts)
    outages.end(
        weighing.publication,
        outages=Outage.objects.filter(pk__in=known.outages, until=None).order_by("id"),
        until=from_ms(known.hush.back_ms or weighing.now_ms),
        now=from_ms(weighing.now_ms),
    )
    weighing.silent[key] = None
    left = [
        entry
        for entry, found in members
        if not found.online and known.hush.takes_in(found) and _is_known_offline(weighing, entry)
    ]
    return verdicts + [_own_alarm(weighing, entry) for entry in left]


def _is_known_offline(weighing: Weighing, entry: DeviceEntry) -> bool:
    active = weighing.live(entry).state.active
    return OFFLINE in active and Condition.DEVICE_FLAPPING not in active


def _own_alarm(weighing: Weighing, entry: DeviceEntry) -> Verdict:
    """A device that did not come back with its place."""
    live = weighing.live(entry)
    weighing.lives.setdefault(entry.subject.id, (entry, live))
    raised = Raise(OFFLINE, {"last_seen_ms": live.last_seen_ms, "cause": "silence"})
    return Verdict(entry.subject, raised, from_ms(weighing.now_ms))


def _folded(weighing: Weighing, key: Key, hush: Hush, verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Without the alarms of devices that are silent with their place; those raised a moment before are taken back."""
    inside = {
        entry.subject.id: entry
        for entry, found in weighing.members(key)
        if hush.takes_in(found) and not found.online
    }
    kept = [v for v in verdicts if not (_is_offline(v) and v.subject.id in inside)]
    if key in weighing.places.silent:  # what stood before was taken back when it began
        return kept
    into = Condition.REPORTS_STOPPED if key == EVERYWHERE else Condition.SITE_SILENT
    clear = Clear(OFFLINE, {"folded_into": str(into)}, folded=True)
    at = from_ms(weighing.now_ms)
    standing = [
        Verdict(entry.subject, clear, at)
        for entry in inside.values()
        if OFFLINE in weighing.live(entry).state.active
    ]
    return kept + standing
