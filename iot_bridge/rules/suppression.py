"""Suppression by design (ISA-18.2 clause 11.7, EEMUA 191): what explains an alarm keeps it quiet.

While the cause is active on a device, or anywhere at the same site, the alarm that merely follows from it is
recorded and marked, but not annunciated. Pure: the table is an argument.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from iot_bridge.rules.conditions import Condition, is_condition, spec_of


class Reach(StrEnum):
    """Where the cause explains the other."""

    DEVICE = "device"
    SITE = "site"


@dataclass(frozen=True, slots=True)
class Pair:
    """While `cause` is active, `suppressed` of the same device or site is not annunciated."""

    cause: str
    suppressed: str
    reach: Reach = Reach.DEVICE


@dataclass(frozen=True, slots=True)
class Standing:
    """An open alarm as suppression sees it. `site` is its jurisdiction and site, None without a site."""

    device: str
    condition: str
    site: tuple[str, str] | None
    active: bool
    out_of_service: bool


SHIPPED = (
    Pair(Condition.FORCED_OPEN, Condition.DOOR_HELD),
    Pair(Condition.FORCED_OPEN, Condition.TAILGATING),
    Pair(Condition.DEVICE_OFFLINE, Condition.FAULT),
    Pair(Condition.SMOKE, Condition.DOOR_HELD, Reach.SITE),
    Pair(Condition.SMOKE, Condition.TAILGATING, Reach.SITE),
)
"""A forced door stands open and lets others in; who is offline cannot tell when its fault has gone; who flees
from smoke holds the door for the next.
"""


class Wrong(StrEnum):
    """What is wrong with a pair."""

    UNKNOWN = "unknown_condition"
    ITSELF = "suppresses_itself"
    PERSON = "person_is_never_suppressed"
    GRAVER = "suppressed_is_graver"
    CIRCLE = "circle"


NONE_OWN: Mapping[str, tuple[int, int]] = MappingProxyType({})


def fault_of(
    pair: Pair, others: Iterable[Pair], own: Mapping[str, tuple[int, int]] = NONE_OWN
) -> Wrong | None:
    """Why a pair may not join the table; None if it may.

    No call of a person and nothing graver than its cause is ever suppressed, and nothing suppresses, over
    others or at once, what suppresses it: two alarms would silence each other. `own`: the gravest and the
    mildest severity that stored rules give each of their own conditions.
    """
    if not (is_condition(pair.cause) and is_condition(pair.suppressed)):
        return Wrong.UNKNOWN
    if pair.cause == pair.suppressed:
        return Wrong.ITSELF
    if spec_of(pair.suppressed).person:
        return Wrong.PERSON
    if _severities(pair.suppressed, own)[0] < _severities(pair.cause, own)[1]:
        return Wrong.GRAVER
    follows: dict[str, set[str]] = {}
    for known in (*others, pair):
        follows.setdefault(known.cause, set()).add(known.suppressed)
    return Wrong.CIRCLE if pair.cause in _reached(pair.suppressed, follows) else None


def _severities(condition: str, own: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    by_itself = spec_of(condition).severity
    return own.get(condition, (by_itself, by_itself))


def _reached(start: str, follows: Mapping[str, Collection[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        at = waiting.pop()
        if at not in seen:
            seen.add(at)
            waiting += follows.get(at, ())
    return seen


def suppressor(target: Standing, standing: Iterable[Standing], pairs: Iterable[Pair]) -> str:
    """The condition that explains an alarm among the open ones, "" for none; the first pair that fits wins.

    What is out of service explains nothing: nobody is told of it.
    """
    known = [other for other in standing if other.active and not other.out_of_service]
    for pair in pairs:
        if pair.suppressed != target.condition:
            continue
        for other in known:
            if other.condition == pair.cause and _reaches(pair.reach, other, target):
                return pair.cause
    return ""


def _reaches(reach: Reach, cause: Standing, target: Standing) -> bool:
    if reach is Reach.DEVICE:
        return cause.device == target.device
    return target.site is not None and cause.site == target.site
