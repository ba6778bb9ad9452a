"""The figures of alarm performance against slower and plainer ways to say the same."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_bridge.performance.figures import (
    CALM_BELOW,
    CHATTER_COUNT,
    CHATTER_S,
    FLOOD_OVER,
    MOST_POINTS,
    WINDOW_S,
    Window,
    chatter_of,
    floods_of,
    floor,
    merged,
    percentiles,
    rates_of,
    series_of,
    windows,
)

COUNTS = st.lists(st.integers(0, 40), min_size=1, max_size=60)


def in_row(counts: Sequence[int], consoles: int = 0) -> list[Window]:
    return [Window(at * WINDOW_S, count, consoles) for at, count in enumerate(counts)]


def test_a_flood_goes_on_until_it_is_calm() -> None:
    found = floods_of(in_row([10, 11, 5, 7, 4, 12]))
    assert [(flood.at, flood.seconds, flood.alarms) for flood in found] == [
        (600, 1800, 23),
        (3000, 600, 12),
    ]


def test_two_operators_share_the_load() -> None:
    assert floods_of(in_row([11, 20], consoles=2)) == []
    rates = rates_of(in_row([11, 21], consoles=2))
    assert (rates.average, rates.peak, rates.peak_at, rates.operators) == (8, 10.5, 600, 2)
    assert (rates.over, rates.floods, rates.watched) == (0.5, 1, 1)


def test_nobody_at_all_counts_as_one() -> None:
    rates = rates_of(in_row([3, 0]))
    assert (rates.average, rates.operators, rates.watched) == (1.5, 1, 0)
    assert rates_of([]).peak_at is None


@given(COUNTS)
def test_every_window_is_in_flood_by_what_came_before_it(counts: list[int]) -> None:
    inside, expected = False, []
    for count in counts:
        inside = count >= CALM_BELOW if inside else count > FLOOD_OVER
        expected.append(inside)
    found = floods_of(in_row(counts))
    covered = {at for flood in found for at in range(flood.at, flood.at + flood.seconds, WINDOW_S)}
    assert [at * WINDOW_S in covered for at in range(len(counts))] == expected
    assert rates_of(in_row(counts)).flood == pytest.approx(sum(expected) / len(counts))


@given(COUNTS)
def test_the_chart_loses_nothing(counts: list[int]) -> None:
    found = in_row(counts * 20)
    step, points = series_of(found)
    assert len(points) <= MOST_POINTS
    assert sum(point.alarms for point in points) == sum(counts) * 20
    assert max(point.peak for point in points) == max(counts)
    assert all(point.average <= point.peak for point in points)
    assert points[0].at == 0
    assert step * len(points) >= len(found)


def test_windows_begin_with_the_hour_and_leave_none_out() -> None:
    found = windows(700, 2500, {600: 3, 1800: 1}, {1200: 2})
    assert [(one.at, one.alarms, one.consoles) for one in found] == [
        (600, 3, 0),
        (1200, 0, 2),
        (1800, 1, 0),
        (2400, 0, 0),
    ]
    assert floor(1199.9) == 600


@given(st.lists(st.integers(0, 50), min_size=1, max_size=200))
def test_percentiles_are_those_of_the_sorted_list(seconds: list[int]) -> None:
    half = len(seconds) // 2
    parts = [{one: part.count(one) for one in part} for part in (seconds[:half], seconds[half:])]
    found = percentiles(merged(parts))
    assert found is not None
    ordered = sorted(seconds)
    for percent, value in ((50, found.p50), (90, found.p90), (95, found.p95)):
        assert sum(one <= value for one in ordered) * 100 >= percent * len(ordered)
        assert sum(one < value for one in ordered) * 100 < percent * len(ordered)
    assert (found.count, found.max) == (len(ordered), ordered[-1])
    assert percentiles({}) is None


@given(st.lists(st.integers(0, 600), max_size=40).map(sorted))
def test_it_chatters_exactly_if_three_lie_within_a_minute(times: list[int]) -> None:
    inside = [
        sum(at - CHATTER_S <= other <= at for other in times[: i + 1]) for i, at in enumerate(times)
    ]
    found = chatter_of(times)
    assert (found is not None) == (max(inside, default=0) >= CHATTER_COUNT)
    if found is not None:
        assert found.per_minute == max(inside)


def test_bursts_are_told_apart() -> None:
    found = chatter_of([0, 10, 20, 30, 500, 510, 520])
    assert found is not None
    assert (found.bursts, found.per_minute) == (2, 4)
