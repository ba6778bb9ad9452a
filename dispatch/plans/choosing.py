"""Which response plan fits a case, and which units fill what it wants. Pure.

Nothing is chosen silently: what a plan wants and cannot get is told with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from command_center.jurisdictions.codes import LENGTHS, Level, parent_of
from dispatch.units.kinds import Skill, UnitKind


class PostLevel(StrEnum):
    """Where, as seen from a case, a post is whose holders are told."""

    OWNER = "owner"
    """the jurisdiction that is responsible"""
    ABOVE = "above"
    """the one above it"""
    VILLAGE = "village"
    """the village of the place"""
    TOWNSHIP = "township"
    """the township of the place"""
    CITY = "city"
    """the city of the place"""


class Chain(StrEnum):
    """Whom a plan wants to be called together."""

    NONE = "none"
    OWNER_AND_CITY = "owner_and_city"
    WHOLE_CHAIN = "whole_chain"


class GapReason(StrEnum):
    """Why a plan does not get what it wants."""

    NONE_KNOWN = "none_known"
    """there is no such unit"""
    OFF_DUTY = "off_duty"
    """there are some, but not enough of them are on duty and in service"""
    TOO_FEW = "too_few"
    """all there are go already, as this plan has it or because they are out for the case"""


# -- which plan --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What a plan is for: a category or group (empty: all), severities, a subtree (empty: everywhere)."""

    id: int
    category: str = ""
    gravest: int = 1
    least: int = 4
    code: str = ""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What of a case decides about its plan. Severity 1 is the gravest."""

    category: str
    severity: int
    code: str
    owner: str


def fits(plan: PlanFacts, case: CaseFacts) -> bool:
    """Whether a plan is for such a case."""
    return (
        case.category.startswith(plan.category)
        and plan.gravest <= case.severity <= plan.least
        and case.code.startswith(plan.code)
    )


def choose(plans: Iterable[PlanFacts], case: CaseFacts) -> int | None:
    """The id of the plan for a case; None if none fits.

    The nearest category wins, then the nearest jurisdiction, then the fewest severities, then the older plan.
    """
    fitting = [plan for plan in plans if fits(plan, case)]
    return max(fitting, key=_nearness).id if fitting else None


def _nearness(plan: PlanFacts) -> tuple[int, int, int, int]:
    return len(plan.category), len(plan.code), plan.gravest - plan.least, -plan.id


def post_code(level: PostLevel, case: CaseFacts) -> str | None:
    """The code of the posts that a level means for a case; None where there is no such level."""
    match level:
        case PostLevel.OWNER:
            return case.owner
        case PostLevel.ABOVE:
            return parent_of(case.owner)
        case PostLevel.VILLAGE:
            return _cut(case.code, Level.VILLAGE)
        case PostLevel.TOWNSHIP:
            return _cut(case.code, Level.TOWNSHIP)
        case PostLevel.CITY:
            return _cut(case.code, Level.CITY)


def _cut(code: str, level: Level) -> str | None:
    length = LENGTHS[level]
    return code[:length] if len(code) >= length else None


# -- which units -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Want:
    """So many units of a kind, or with a skill, or both."""

    kind: UnitKind | None = None
    skill: Skill | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Offer:
    """A unit as the recommendation has it: `is_fit` if it can come, `is_out` if it is out for the case."""

    unit: int
    kind: UnitKind
    skills: frozenset[Skill] = frozenset()
    is_fit: bool = True
    is_out: bool = False

    def meets(self, want: Want) -> bool:
        """Whether it is what is wanted."""
        return (want.kind is None or self.kind == want.kind) and (
            want.skill is None or want.skill in self.skills
        )


@dataclass(frozen=True, slots=True)
class Gap:
    """What could not be filled: the place of the want, how many are missing, why, how many are off duty."""

    want: int
    missing: int
    why: GapReason
    off_duty: int = 0


@dataclass(frozen=True, slots=True)
class Filling:
    """Who goes for which want, as {unit: place of the want}, in the order of the offers; and what is missing."""

    chosen: dict[int, int]
    out: dict[int, int]
    gaps: tuple[Gap, ...]


def fill(wants: Sequence[Want], offers: Sequence[Offer]) -> Filling:
    """Fill as many wants as can be filled, with the best units that do it. `offers`: best first.

    Who is out for the case already counts, and comes first. No unit goes twice; a unit that two wants ask for
    goes where nobody else could.
    """
    seats = _Seats(wants)
    able = sorted(
        (one for one in offers if one.is_out or one.is_fit), key=lambda one: not one.is_out
    )
    for offer in able:
        seats.take(offer)
    places = seats.places()
    return Filling(
        chosen={
            one.unit: places[one.unit] for one in able if not one.is_out and one.unit in places
        },
        out={one.unit: places[one.unit] for one in able if one.is_out and one.unit in places},
        gaps=tuple(_gaps(wants, offers, places)),
    )


def misplaced(
    wants: Sequence[Want], out: Iterable[Offer], confirmed: Iterable[Offer]
) -> int | None:
    """A confirmed unit for which the wants have no place beside the others; None if all have one."""
    seats = _Seats(wants)
    for offer in out:
        seats.take(offer)
    return next((offer.unit for offer in confirmed if not seats.take(offer)), None)


class _Seats:
    """Wants as seats: a bipartite matching that grows by augmenting paths.

    A unit that has a seat keeps one, so taking the best units first gives the best set of the largest size
    (the units that can be seated together form a transversal matroid, for which the greedy way is optimal).
    """

    def __init__(self, wants: Sequence[Want]) -> None:
        self._wants = wants
        self._seats = [place for place, want in enumerate(wants) for _ in range(want.count)]
        self._taken: dict[int, Offer] = {}

    def take(self, offer: Offer) -> bool:
        """Give a unit a seat if there is one, having others change theirs if need be."""
        return self._seat(offer, set())

    def _seat(self, offer: Offer, tried: set[int]) -> bool:
        for seat, place in enumerate(self._seats):
            if seat in tried or not offer.meets(self._wants[place]):
                continue
            tried.add(seat)
            holder = self._taken.get(seat)
            if holder is None or self._seat(holder, tried):
                self._taken[seat] = offer
                return True
        return False

    def places(self) -> dict[int, int]:
        """The want that each seated unit is for."""
        return {offer.unit: self._seats[seat] for seat, offer in self._taken.items()}


def _gaps(wants: Sequence[Want], offers: Sequence[Offer], places: dict[int, int]) -> Iterable[Gap]:
    filled = list(places.values())
    for place, want in enumerate(wants):
        missing = want.count - filled.count(place)
        if missing <= 0:
            continue
        known = [offer for offer in offers if offer.meets(want)]
        off = sum(not (offer.is_fit or offer.is_out) for offer in known)
        if not known:
            yield Gap(place, missing, GapReason.NONE_KNOWN)
        elif off:
            yield Gap(place, missing, GapReason.OFF_DUTY, off)
        else:
            yield Gap(place, missing, GapReason.TOO_FEW)
