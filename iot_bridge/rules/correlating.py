"""Correlation: alarms of several devices that are one event, because they are at one place within a window.

A rule says which conditions it wants together, or how many devices in grave alarm. Alarms that a rule covers and that
are near one another in place and time belong together; so does whatever is in one group with them already. Pure:
the order in which alarms of one window come does not change who is grouped with whom.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians

VILLAGE_DIGITS = 12
METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class CorrelationRule:
    """`conditions` must all be there; none: any will do. Alarms less grave than `least_severity` do not
    count (1 is the gravest). `raise_by`: how many severities the group is graver than its gravest member.
    """

    code: str
    name: str
    conditions: frozenset[str]
    devices: int
    least_severity: int
    window_ms: int
    radius_m: float
    raise_by: int

    def covers(self, condition: str, severity: int) -> bool:
        """Whether such an alarm counts for this rule."""
        known = not self.conditions or condition in self.conditions
        return known and severity <= self.least_severity

    def fulfilled_by(self, sightings: Sequence["Sighting"]) -> bool:
        """Whether these, near one another, are what the rule waits for."""
        return len({one.device for one in sightings}) >= max(
            2, self.devices
        ) and self.conditions <= {one.condition for one in sightings}


@dataclass(frozen=True, slots=True)
class Sighting:
    """An open alarm as correlation sees it. `at_ms`: when it last happened. `group`: the one that it is in."""

    alarm: int
    device: str
    condition: str
    severity: int
    at_ms: int
    code: str
    site: str
    longitude: float | None
    latitude: float | None
    group: int | None = None


@dataclass(frozen=True, slots=True)
class Grouping:
    """Alarms that are one event. `groups`: those that were known, the first of which takes all."""

    rule: CorrelationRule
    alarms: frozenset[int]
    groups: tuple[int, ...]
    severity: int


def correlate(rules: Sequence[CorrelationRule], sightings: Iterable[Sighting]) -> list[Grouping]:
    """What belongs together among these, by the rules in their order; the first that fits names the group."""
    seen = sorted(sightings, key=lambda one: (one.at_ms, one.alarm))
    sets = _Sets(one.alarm for one in seen)
    named: dict[int, tuple[int, CorrelationRule]] = {}
    gravest: dict[int, int] = {}
    for order, rule in enumerate(rules):
        for part in _parts([one for one in seen if rule.covers(one.condition, one.severity)], rule):
            if not rule.fulfilled_by(part):
                continue
            severity = max(1, min(one.severity for one in part) - rule.raise_by)
            for one in part:
                sets.join(part[0].alarm, one.alarm)
                named.setdefault(one.alarm, (order, rule))
                gravest[one.alarm] = min(severity, gravest.get(one.alarm, severity))
    _join_known(seen, sets)
    return _groupings(seen, sets, named, gravest)


def _join_known(seen: Sequence[Sighting], sets: "_Sets") -> None:
    first: dict[int, int] = {}
    for one in seen:
        if one.group is not None:
            sets.join(first.setdefault(one.group, one.alarm), one.alarm)


def _groupings(
    seen: Sequence[Sighting],
    sets: "_Sets",
    named: dict[int, tuple[int, CorrelationRule]],
    gravest: dict[int, int],
) -> list[Grouping]:
    members: dict[int, list[Sighting]] = {}
    for one in seen:
        members.setdefault(sets.root(one.alarm), []).append(one)
    found = []
    for part in members.values():
        rules = [named[one.alarm] for one in part if one.alarm in named]
        if rules:
            found.append(
                Grouping(
                    rule=min(rules, key=lambda pair: pair[0])[1],
                    alarms=frozenset(one.alarm for one in part),
                    groups=tuple(sorted({one.group for one in part if one.group is not None})),
                    severity=min(gravest[one.alarm] for one in part if one.alarm in gravest),
                )
            )
    return sorted(found, key=lambda grouping: min(grouping.alarms))


def _parts(covered: Sequence[Sighting], rule: CorrelationRule) -> list[list[Sighting]]:
    """The covered alarms, in sets of those that are near one another, directly or through others."""
    sets = _Sets(one.alarm for one in covered)
    for index, one in enumerate(covered):
        for other in covered[index + 1 :]:
            if other.at_ms - one.at_ms > rule.window_ms:
                break
            if same_place(one, other, rule.radius_m):
                sets.join(one.alarm, other.alarm)
    parts: dict[int, list[Sighting]] = {}
    for one in covered:
        parts.setdefault(sets.root(one.alarm), []).append(one)
    return list(parts.values())


def same_place(one: Sighting, other: Sighting, radius_m: float) -> bool:
    """One site of one village by its name; where a name is missing, within the radius."""
    if one.site and other.site:
        return one.site == other.site and one.code[:VILLAGE_DIGITS] == other.code[:VILLAGE_DIGITS]
    if one.longitude is None or one.latitude is None:
        return False
    if other.longitude is None or other.latitude is None:
        return False
    east = (one.longitude - other.longitude) * cos(radians(one.latitude))
    return hypot(east, one.latitude - other.latitude) * METRES_PER_DEGREE <= radius_m


class _Sets:
    """Disjoint sets of numbers."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._parent = {number: number for number in numbers}

    def root(self, number: int) -> int:
        """The number that stands for a set."""
        while self._parent[number] != number:
            self._parent[number] = number = self._parent[self._parent[number]]
        return number

    def join(self, one: int, other: int) -> None:
        """Make two sets one."""
        low, high = sorted((self.root(one), self.root(other)))
        self._parent[high] = low
