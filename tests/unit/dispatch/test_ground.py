"""Ways over the ground."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.ground import metres_between

places = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


def test_distances_of_the_globe() -> None:
    assert metres_between((106.34, 38.10), (106.34, 38.11)) == pytest.approx(1112, abs=1)
    assert metres_between((106.34, 38.10), (106.35, 38.10)) == pytest.approx(875, abs=1)
    assert metres_between((179.9995, 0), (-179.9995, 0)) == pytest.approx(111, abs=1)


@given(places, places)
def test_a_distance_is_the_same_both_ways_and_never_more_than_half_way_round(
    one: tuple[float, float], other: tuple[float, float]
) -> None:
    there = metres_between(one, other)
    assert there == pytest.approx(metres_between(other, one))
    assert metres_between(one, one) == 0
    assert 0 <= there <= 20_015_200
