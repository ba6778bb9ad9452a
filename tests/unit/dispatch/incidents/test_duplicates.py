"""Which cases may be the same: near in place, near in time, of one kind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.ground import metres_between
from dispatch.incidents.duplicates import NEAR_M, WITHIN, Sighting, likely

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
NEW = Sighting(0, "0101", AT, (106.34, 38.10), "640181100200")
OLD = replace(NEW, id=7, at=AT - timedelta(minutes=5))
places = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


def found(other: Sighting, new: Sighting = NEW) -> bool:
    return [like.id for like in likely(new, [other])] == [7]


def test_the_same_place_time_and_group_is_likely_the_same() -> None:
    assert found(OLD)
    assert found(replace(OLD, category="0103"))


@pytest.mark.parametrize(
    "change",
    [
        {"category": "0201"},
        {"at": AT - WITHIN - timedelta(seconds=1)},
        {"at": AT + WITHIN + timedelta(seconds=1)},
        {"place": (106.35, 38.10)},  # 875 m
        {"place": None, "code": "640181100201"},
        {"id": NEW.id},
    ],
)
def test_what_differs_is_not(change: dict[str, object]) -> None:
    assert not likely(NEW, [replace(OLD, **change)])  # type: ignore[arg-type]


def test_where_a_place_is_unknown_the_village_stands_for_it() -> None:
    assert found(replace(OLD, place=None))
    assert likely(NEW, [replace(OLD, place=None)])[0].metres is None
    town = replace(NEW, code="640181100", place=None)
    assert not likely(town, [replace(OLD, code="640181100", place=None)])


def test_the_nearest_comes_first_and_the_placeless_last() -> None:
    near = replace(OLD, id=1, place=(106.3401, 38.10))
    far = replace(OLD, id=2, place=(106.3420, 38.10))
    nowhere = replace(OLD, id=3, place=None)
    assert [like.id for like in likely(NEW, [nowhere, far, near])] == [1, 2, 3]


@given(places, places)
def test_near_is_within_300_metres(one: tuple[float, float], other: tuple[float, float]) -> None:
    there = metres_between(one, other)
    assert (there <= NEAR_M) == bool(likely(replace(NEW, place=one), [replace(OLD, place=other)]))
