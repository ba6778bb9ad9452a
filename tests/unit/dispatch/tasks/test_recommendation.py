"""Which unit to send: nearest first among those that can come, and never without reasons."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from dispatch.tasks.policy import AS_SHIPPED, Distances
from dispatch.tasks.recommendation import (
    Candidate,
    Reason,
    ReasonCode,
    Suggestion,
    Wanted,
    next_unit,
    recommend,
)
from dispatch.units.kinds import BUSY, Skill, UnitStatus, is_on_duty

TOWN, OTHER_TOWN, CITY = "640181100", "640181101", "640181"
VILLAGE = "640181100200"
PLACE = (106.34, 38.10)
KILOMETRE = 1 / 111.2
WANTED = Wanted(VILLAGE, PLACE, frozenset({Skill.FIRE}))


def unit(id_: int, km: float, code: str = OTHER_TOWN, **facts: object) -> Candidate:
    """A unit north of the place."""
    there = (PLACE[0], PLACE[1] + km * KILOMETRE)
    plain = Candidate(id_, code, UnitStatus.AVAILABLE, on_duty=True, place=there)
    return replace(plain, **facts)  # type: ignore[arg-type]  # facts of a candidate


def order(*candidates: Candidate, wanted: Wanted = WANTED) -> list[int]:
    return [found.unit for found in recommend(wanted, candidates)]


def reasons(candidate: Candidate, wanted: Wanted = WANTED) -> dict[ReasonCode, float | str | None]:
    (found,) = recommend(wanted, [candidate])
    return {reason.code: reason.value for reason in found.reasons}


def test_the_nearest_comes_first() -> None:
    assert order(unit(1, 9), unit(2, 1), unit(3, 4)) == [2, 3, 1]


def test_home_and_skill_bring_a_unit_nearer_and_work_in_hand_takes_it_away() -> None:
    assert order(unit(1, 3), unit(2, 4, TOWN)) == [2, 1]
    assert order(unit(1, 3), unit(2, 5, skills=frozenset({Skill.FIRE}))) == [2, 1]
    assert order(unit(1, 3, load=1), unit(2, 5)) == [2, 1]
    assert order(unit(1, 3, load=1), unit(2, 9)) == [1, 2]
    assert order(unit(1, 3, status=UnitStatus.EN_ROUTE), unit(2, 5)) == [2, 1]


def test_who_cannot_come_is_last_and_told_so() -> None:
    near_but_off = unit(1, 0.1, TOWN, on_duty=False)
    broken = unit(2, 0.1, TOWN, status=UnitStatus.OUT_OF_SERVICE)
    far = unit(3, 30)
    assert order(near_but_off, broken, far) == [3, 1, 2]
    for one in (near_but_off, broken):
        assert ReasonCode.OFF_DUTY in reasons(one)
    assert next_unit(WANTED, [near_but_off, broken]) is None
    assert next_unit(WANTED, [near_but_off, broken, far]) == 3


def test_the_reasons_carry_their_figures() -> None:
    told = reasons(unit(1, 2, TOWN, skills=frozenset({Skill.FIRE, Skill.REPAIR}), load=2))
    assert round(float(told[ReasonCode.NEAR] or 0)) in range(1990, 2010)
    assert told[ReasonCode.HOME] == TOWN
    assert told[ReasonCode.SKILL] == "fire"
    assert told[ReasonCode.BUSY] == 2
    assert ReasonCode.IDLE not in told
    assert ReasonCode.FAR in reasons(unit(1, 20))


def test_a_stale_position_is_told_with_its_age() -> None:
    fresh = AS_SHIPPED.stale_after
    old = fresh + timedelta(seconds=1)
    assert ReasonCode.STALE_POSITION not in reasons(unit(1, 1, age=fresh))
    assert ReasonCode.STALE_POSITION not in reasons(unit(1, 1))
    assert reasons(unit(1, 1, age=old))[ReasonCode.STALE_POSITION] == old.total_seconds()
    assert order(unit(1, 1, age=old), unit(2, 1.1, age=fresh)) == [2, 1]


def test_without_a_place_jurisdiction_decides() -> None:
    nowhere = Wanted(VILLAGE, None)
    units = [
        unit(1, 1, CITY, place=None),
        unit(2, 1, OTHER_TOWN),
        unit(3, 1, TOWN, place=None),
        unit(4, 1, VILLAGE),
    ]
    assert order(*units, wanted=nowhere) == [4, 3, 1, 2]
    assert all(found.metres is None for found in recommend(nowhere, units))


def test_near_far_and_stale_are_as_an_installation_has_it() -> None:
    wide = replace(
        WANTED, distances=Distances(near_m=30_000, far_m=50_000, stale_after=timedelta(hours=1))
    )
    told = reasons(unit(1, 20, age=timedelta(minutes=30)), wide)
    assert ReasonCode.NEAR in told
    assert {ReasonCode.FAR, ReasonCode.STALE_POSITION}.isdisjoint(told)


def test_duty() -> None:
    assert is_on_duty(members_on=1, in_shift=False, is_known=True)
    assert is_on_duty(members_on=0, in_shift=True, is_known=True)
    assert not is_on_duty(members_on=0, in_shift=False, is_known=True)
    assert is_on_duty(members_on=0, in_shift=False, is_known=False)


codes = st.sampled_from([CITY, TOWN, OTHER_TOWN, VILLAGE, "640181101201", "640182"])
places = st.none() | st.tuples(st.floats(105, 107), st.floats(37, 39))
candidates = st.builds(
    Candidate,
    id=st.integers(1, 10**6),
    code=codes,
    status=st.sampled_from(list(UnitStatus)),
    on_duty=st.booleans(),
    load=st.integers(0, 5),
    skills=st.frozensets(st.sampled_from(list(Skill)), max_size=3),
    place=places,
    age=st.none() | st.timedeltas(timedelta(0), timedelta(hours=9)),
)
fleets = st.lists(candidates, max_size=12, unique_by=lambda one: one.id)
needs = st.builds(
    Wanted,
    code=codes,
    place=places,
    skills=st.frozensets(st.sampled_from(list(Skill)), max_size=2),
)


def fit(candidate: Candidate) -> bool:
    return candidate.on_duty and candidate.status is not UnitStatus.OUT_OF_SERVICE


@given(needs, fleets, st.integers())
def test_the_order_is_total_and_the_same_however_the_units_come(
    wanted: Wanted, fleet: list[Candidate], seed: int
) -> None:
    found = recommend(wanted, fleet)
    assert sorted(one.unit for one in found) == sorted(one.id for one in fleet)
    shuffled = list(fleet)
    Random(seed).shuffle(shuffled)
    assert recommend(wanted, shuffled) == found


@given(needs, fleets)
def test_nobody_who_cannot_come_is_before_somebody_who_can(
    wanted: Wanted, fleet: list[Candidate]
) -> None:
    by_id = {one.id: one for one in fleet}
    can = [fit(by_id[found.unit]) for found in recommend(wanted, fleet)]
    assert can == sorted(can, reverse=True)
    assert [found.is_fit for found in recommend(wanted, fleet)] == can
    best = next_unit(wanted, fleet)
    assert (best is not None) == any(can)
    assert best is None or fit(by_id[best])


@given(needs, fleets)
def test_every_unit_has_its_reasons_each_once_and_true(
    wanted: Wanted, fleet: list[Candidate]
) -> None:
    by_id = {one.id: one for one in fleet}
    for found in recommend(wanted, fleet):
        _check(found, by_id[found.unit], wanted)


def _check(found: Suggestion, candidate: Candidate, wanted: Wanted) -> None:
    assert found.reasons
    assert len(set(found.reasons)) == len(found.reasons)
    given_codes = {reason.code for reason in found.reasons}
    assert (ReasonCode.OFF_DUTY in given_codes) == (not fit(candidate))
    loads = {ReasonCode.IDLE, ReasonCode.RETURNING, ReasonCode.BUSY}
    assert len(given_codes & loads) == 1
    assert (ReasonCode.BUSY in given_codes) == (candidate.load > 0 or candidate.status in BUSY)
    assert not {ReasonCode.NEAR, ReasonCode.FAR} <= given_codes
    assert (found.metres is None) == (wanted.place is None or candidate.place is None)
    for reason in found.reasons:
        if reason.code is ReasonCode.SKILL:
            assert reason in [Reason(ReasonCode.SKILL, s) for s in wanted.skills & candidate.skills]


def test_who_is_on_the_way_back_can_be_sent_after_who_is_rested_and_before_who_is_busy() -> None:
    place = (106.34, 38.1)
    statuses = (UnitStatus.EN_ROUTE, UnitStatus.RETURNING, UnitStatus.AVAILABLE)
    fleet = [
        Candidate(number, TOWN, status, on_duty=True, place=place)
        for number, status in enumerate(statuses)
    ]
    found = recommend(Wanted(TOWN, place), fleet)
    assert [(one.unit, one.is_fit) for one in found] == [(2, True), (1, True), (0, True)]
    assert Reason(ReasonCode.RETURNING) in found[1].reasons


@given(needs, fleets, candidates, st.floats(0.1, 50))
def test_coming_nearer_never_makes_a_unit_worse(
    wanted: Wanted, fleet: list[Candidate], one: Candidate, km: float
) -> None:
    if wanted.place is None:
        return
    rest = [other for other in fleet if other.id != one.id]
    north = (wanted.place[0], wanted.place[1] + km * KILOMETRE)
    half = (wanted.place[0], wanted.place[1] + km / 2 * KILOMETRE)
    far, near = replace(one, place=north), replace(one, place=half)
    ranks = [
        [found.unit for found in recommend(wanted, [*rest, it])].index(one.id) for it in (near, far)
    ]
    assert ranks[0] <= ranks[1]
