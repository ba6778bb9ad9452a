"""Which plan fits a case, which units fill it, and what is said of what cannot be filled."""

from functools import cache
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_center.accounts.policy import Permission, roles_granting
from dispatch.incidents.defaults import CATEGORIES
from dispatch.plans.choosing import (
    CaseFacts,
    Gap,
    GapReason,
    Offer,
    PlanFacts,
    PostLevel,
    Want,
    choose,
    fill,
    fits,
    misplaced,
    post_code,
)
from dispatch.plans.defaults import PLANS
from dispatch.plans.models import MOST_UNITS
from dispatch.units.kinds import Skill, UnitKind

CITY, TOWN, VILLAGE = "640181", "640181100", "640181100200"
FIRE = CaseFacts("0104", 1, VILLAGE, CITY)
PATROL, CENTRE = UnitKind.PATROL, UnitKind.VILLAGE_CENTRE


# -- which plan --------------------------------------------------------------------------------------


def test_the_nearest_category_wins_then_the_nearest_jurisdiction_then_the_fewest_severities() -> (
    None
):
    plans = [
        PlanFacts(1),
        PlanFacts(2, code=VILLAGE),
        PlanFacts(3, "01", code=TOWN),
        PlanFacts(4, "0104"),
        PlanFacts(5, "0104", code=CITY),
        PlanFacts(6, "0104", code=TOWN),
        PlanFacts(7, "0104", 1, 2, TOWN),
        PlanFacts(8, "0104", 1, 2, TOWN),
    ]
    order = []
    while plans:
        found = choose(plans, FIRE)
        order.append(found)
        plans = [plan for plan in plans if plan.id != found]
    assert order == [7, 8, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    "other",
    [
        PlanFacts(1, "0105"),
        PlanFacts(1, "02"),
        PlanFacts(1, gravest=2),
        PlanFacts(1, code="640181101"),
        PlanFacts(1, code=f"{VILLAGE}001"),
    ],
)
def test_a_plan_for_something_else_is_never_proposed(other: PlanFacts) -> None:
    assert choose([other], FIRE) is None


@given(
    st.lists(
        st.builds(
            PlanFacts,
            id=st.integers(1, 99),
            category=st.sampled_from(["", "01", "0104", "0105", "02"]),
            gravest=st.integers(1, 4),
            least=st.integers(1, 4),
            code=st.sampled_from(["", CITY, TOWN, VILLAGE, "640181101"]),
        ),
        unique_by=lambda plan: plan.id,
    ),
    st.randoms(),
)
def test_the_choice_fits_and_does_not_depend_on_the_order(
    plans: list[PlanFacts], order: Random
) -> None:
    found = choose(plans, FIRE)
    shuffled = list(plans)
    order.shuffle(shuffled)
    assert choose(shuffled, FIRE) == found
    fitting = [plan for plan in plans if fits(plan, FIRE)]
    assert (found is None) == (not fitting)
    assert found is None or found in {plan.id for plan in fitting}


def test_posts_are_those_along_the_case_s_own_chain() -> None:
    levels = {level: post_code(level, FIRE) for level in PostLevel}
    assert levels == {
        PostLevel.OWNER: CITY,
        PostLevel.ABOVE: "6401",
        PostLevel.VILLAGE: VILLAGE,
        PostLevel.TOWNSHIP: TOWN,
        PostLevel.CITY: CITY,
    }
    of_a_town = CaseFacts("0104", 1, TOWN, TOWN)
    assert post_code(PostLevel.VILLAGE, of_a_town) is None
    assert post_code(PostLevel.ABOVE, of_a_town) == CITY
    assert post_code(PostLevel.ABOVE, CaseFacts("0104", 1, "6401", "6401")) is None


# -- which units -------------------------------------------------------------------------------------


def offer(unit: int, kind: UnitKind = PATROL, *skills: Skill, **facts: bool) -> Offer:
    return Offer(unit, kind, frozenset(skills), **facts)


def test_the_best_go_and_who_is_needed_elsewhere_gives_way() -> None:
    wants = [Want(kind=PATROL), Want(skill=Skill.FIRE)]
    only_fire = offer(1, PATROL, Skill.FIRE)
    assert fill(wants, [only_fire, offer(2), offer(3)]).chosen == {1: 1, 2: 0}
    assert fill(wants, [offer(2), only_fire, offer(3)]).chosen == {2: 0, 1: 1}


def test_who_is_out_for_the_case_fills_the_plan_already() -> None:
    wants = [Want(kind=PATROL, count=2)]
    found = fill(wants, [offer(1), offer(9, is_out=True), offer(2)])
    assert (found.chosen, found.out, found.gaps) == ({1: 0}, {9: 0}, ())


@pytest.mark.parametrize(
    ("offers", "gap"),
    [
        ([], Gap(0, 2, GapReason.NONE_KNOWN)),
        ([offer(1, CENTRE)], Gap(0, 2, GapReason.NONE_KNOWN)),
        ([offer(1, is_fit=False), offer(2, is_fit=False)], Gap(0, 2, GapReason.OFF_DUTY, 2)),
        ([offer(1), offer(2, is_fit=False)], Gap(0, 1, GapReason.OFF_DUTY, 1)),
        ([offer(1)], Gap(0, 1, GapReason.TOO_FEW)),
        ([offer(1, is_out=True)], Gap(0, 1, GapReason.TOO_FEW)),
    ],
)
def test_what_cannot_be_filled_is_told_with_the_reason(offers: list[Offer], gap: Gap) -> None:
    assert fill([Want(kind=PATROL, count=2)], offers).gaps == (gap,)


def test_confirmed_units_must_have_a_place_in_the_plan() -> None:
    wants = [Want(kind=PATROL), Want(skill=Skill.FIRE)]
    one, two = offer(1), offer(2, CENTRE, Skill.FIRE)
    assert misplaced(wants, [], [one, two]) is None
    assert misplaced(wants, [], []) is None
    assert misplaced(wants, [], [one, offer(3)]) == 3
    assert misplaced(wants, [offer(9, is_out=True)], [one]) == 1
    assert misplaced(wants, [], [offer(4, CENTRE)]) == 4


SKILLS = (Skill.FIRE, Skill.TRAFFIC)
KINDS = (PATROL, CENTRE)
WANTS = st.lists(
    st.builds(
        Want,
        kind=st.sampled_from((None, *KINDS)),
        skill=st.sampled_from((None, *SKILLS)),
        count=st.integers(1, 2),
    ),
    max_size=3,
)
OFFERS = st.lists(
    st.builds(
        Offer,
        unit=st.integers(1, 9),
        kind=st.sampled_from(KINDS),
        skills=st.frozensets(st.sampled_from(SKILLS)),
        is_fit=st.booleans(),
        is_out=st.booleans(),
    ),
    unique_by=lambda one: one.unit,
    max_size=5,
)


@given(WANTS, OFFERS)
def test_as_many_wants_are_filled_as_can_be_and_each_unit_goes_once(
    wants: list[Want], offers: list[Offer]
) -> None:
    found = fill(wants, offers)
    placed = found.chosen | found.out
    by_unit = {one.unit: one for one in offers}
    assert not found.chosen.keys() & found.out.keys()
    for unit, place in placed.items():
        assert by_unit[unit].meets(wants[place])
        assert by_unit[unit].is_out == (unit in found.out)
        assert unit in found.out or by_unit[unit].is_fit
    for place, want in enumerate(wants):
        missing = sum(gap.missing for gap in found.gaps if gap.want == place)
        assert list(placed.values()).count(place) + missing == want.count
    assert len(placed) == most(wants, offers)
    assert (
        misplaced(wants, [by_unit[u] for u in found.out], [by_unit[u] for u in found.chosen])
        is None
    )


def most(wants: list[Want], offers: list[Offer]) -> int:
    """How many seats can be filled at the best, by trying everything."""
    seats = [want for want in wants for _ in range(want.count)]
    able = [one for one in offers if one.is_fit or one.is_out]

    @cache
    def rest(index: int, taken: frozenset[int]) -> int:
        if index == len(able):
            return 0
        free = (seat for seat in range(len(seats)) if seat not in taken)
        ways = (1 + rest(index + 1, taken | {s}) for s in free if able[index].meets(seats[s]))
        return max([rest(index + 1, taken), *ways])

    return rest(0, frozenset())


# -- what ships --------------------------------------------------------------------------------------


def test_shipped_plans_are_for_categories_that_ship_and_for_posts_that_may_see_the_case() -> None:
    codes = {facts.code for facts in CATEGORIES}
    handle = roles_granting(Permission.INCIDENTS_HANDLE)
    for plan in PLANS:
        assert plan.category in codes | {""}
        assert {role for role, _level in plan.told} <= handle
        assert 0 < sum(want.count for want in plan.units) <= MOST_UNITS
        assert len(plan.instructions) <= 1000
    assert len({plan.name for plan in PLANS}) == len(PLANS)
