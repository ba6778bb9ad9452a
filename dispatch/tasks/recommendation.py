"""Which unit to send: the nearest that can come, with the reasons for each. Pure.

Every unit that could be asked is in the answer, best first, never a silent choice. Who is out of service or
off duty comes after everybody who is not. Among the others distance decides, and what speaks for or against a
unit counts as so many metres: a home jurisdiction and a fitting skill bring it nearer, work in hand takes it
further away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from dispatch.ground import metres_between
from dispatch.tasks.policy import AS_SHIPPED, Distances
from dispatch.units.kinds import BUSY, Skill, UnitStatus

HOME_M = 2_000.0
SKILL_M = 3_000.0
LOAD_M = 4_000.0
STALE_M = 1_000.0
RETURNING_M = 1_000.0
"""What a reason is worth, in metres of way."""

GUESSED_M = {12: 1_500.0, 9: 5_000.0, 6: 12_000.0, 4: 40_000.0}
"""The way to assume where a place is unknown, by how many digits of the code are shared."""
UNRELATED_M = 60_000.0


class ReasonCode(StrEnum):
    """Why a unit stands where it stands."""

    NEAR = "near"
    HOME = "home"
    SKILL = "skill"
    IDLE = "idle"
    BUSY = "busy"
    RETURNING = "returning"
    FAR = "far"
    OFF_DUTY = "off_duty"
    STALE_POSITION = "stale_position"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. The value: metres of near and far, tasks in hand of busy, seconds of a stale position,
    the name of the skill, the code of the home jurisdiction; None of the others."""

    code: ReasonCode
    value: float | str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that could be asked. `place` in degrees WGS-84, live if `age` says so; `load` its live tasks."""

    id: int
    code: str
    status: UnitStatus
    on_duty: bool
    load: int = 0
    skills: frozenset[Skill] = frozenset()
    place: tuple[float, float] | None = None
    age: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where somebody is needed, and who would help."""

    code: str
    place: tuple[float, float] | None = None
    skills: frozenset[Skill] = frozenset()
    distances: Distances = AS_SHIPPED


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A unit with its way in metres (None where a place is unknown), its reasons, and whether it can come."""

    unit: int
    metres: float | None
    reasons: tuple[Reason, ...]
    is_fit: bool


def recommend(wanted: Wanted, candidates: Iterable[Candidate]) -> list[Suggestion]:
    """All candidates, best first. The order is total and the same for the same facts."""
    return [
        _suggestion(wanted, candidate)
        for candidate in sorted(candidates, key=lambda one: _rank(wanted, one))
    ]


def next_unit(wanted: Wanted, candidates: Iterable[Candidate]) -> int | None:
    """The best unit that can come; None if none can."""
    return next((found.unit for found in recommend(wanted, candidates) if found.is_fit), None)


def _rank(wanted: Wanted, candidate: Candidate) -> tuple[bool, bool, float, int]:
    return (
        candidate.status is UnitStatus.OUT_OF_SERVICE,
        not candidate.on_duty,
        _cost(wanted, candidate),
        candidate.id,
    )


def _cost(wanted: Wanted, candidate: Candidate) -> float:
    metres = _metres(wanted, candidate)
    cost = _guess(wanted.code, candidate.code) if metres is None else metres
    cost += LOAD_M * _load(candidate)
    cost += STALE_M * _is_stale(wanted, candidate)
    cost += RETURNING_M * _is_returning(candidate)
    cost -= HOME_M * _is_home(wanted, candidate)
    cost -= SKILL_M * bool(wanted.skills & candidate.skills)
    return cost


def _metres(wanted: Wanted, candidate: Candidate) -> float | None:
    if wanted.place is None or candidate.place is None:
        return None
    return metres_between(wanted.place, candidate.place)


def _guess(one: str, other: str) -> float:
    shared = (
        length for length in GUESSED_M if one[:length] == other[:length] and len(one) >= length
    )
    return GUESSED_M[best] if (best := max(shared, default=0)) else UNRELATED_M


def _load(candidate: Candidate) -> int:
    return max(candidate.load, int(candidate.status in BUSY))


def _is_returning(candidate: Candidate) -> bool:
    """Free to be sent, and not yet rested."""
    return candidate.status is UnitStatus.RETURNING and not _load(candidate)


def _is_home(wanted: Wanted, candidate: Candidate) -> bool:
    """Of the same township: a team of the place, or of a village in it."""
    return len(candidate.code) >= len("640181100") and candidate.code[:9] == wanted.code[:9]


def _is_stale(wanted: Wanted, candidate: Candidate) -> bool:
    return candidate.age is not None and candidate.age > wanted.distances.stale_after


def _suggestion(wanted: Wanted, candidate: Candidate) -> Suggestion:
    metres = _metres(wanted, candidate)
    is_fit = candidate.on_duty and candidate.status is not UnitStatus.OUT_OF_SERVICE
    return Suggestion(candidate.id, metres, tuple(_reasons(wanted, candidate, metres)), is_fit)


def _reasons(wanted: Wanted, candidate: Candidate, metres: float | None) -> Iterable[Reason]:
    if not candidate.on_duty or candidate.status is UnitStatus.OUT_OF_SERVICE:
        yield Reason(ReasonCode.OFF_DUTY)
    if metres is not None and metres <= wanted.distances.near_m:
        yield Reason(ReasonCode.NEAR, metres)
    if _is_home(wanted, candidate):
        yield Reason(ReasonCode.HOME, candidate.code)
    for skill in sorted(wanted.skills & candidate.skills):
        yield Reason(ReasonCode.SKILL, skill)
    load = _load(candidate)
    if load:
        yield Reason(ReasonCode.BUSY, load)
    else:
        yield Reason(ReasonCode.RETURNING if _is_returning(candidate) else ReasonCode.IDLE)
    if metres is not None and metres > wanted.distances.far_m:
        yield Reason(ReasonCode.FAR, metres)
    if _is_stale(wanted, candidate) and candidate.age is not None:
        yield Reason(ReasonCode.STALE_POSITION, candidate.age.total_seconds())
