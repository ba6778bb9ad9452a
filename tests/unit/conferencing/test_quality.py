"""What a line is called, and how sites are ranked by their lines."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from conferencing.quality.figures import Line, by_site, figures_of, percentile, typical
from conferencing.quality.line import LineLevel, LineReport, level_of_report

GOOD = {"received": 10_000, "sent": 10_000, "watched_s": 30, "round_trip_ms": 20}


@pytest.mark.parametrize(
    ("facts", "level"),
    [
        (GOOD, LineLevel.GOOD),
        ({}, LineLevel.GOOD),
        ({**GOOD, "lost": 300}, LineLevel.FAIR),
        ({**GOOD, "sent_lost": 1_000}, LineLevel.POOR),
        ({**GOOD, "frozen_s": 10}, LineLevel.POOR),
        ({**GOOD, "round_trip_ms": 600}, LineLevel.FAIR),
    ],
)
def test_the_worst_measure_names_the_line(facts: dict[str, Any], level: LineLevel) -> None:
    assert level_of_report(LineReport(seconds=30, **facts)) is level


@pytest.mark.parametrize(
    "facts",
    [
        {"seconds": 0},
        {"seconds": 1e9},
        {"seconds": 30, "received": -1},
        {"seconds": 30, "rate": float("nan")},
        {"seconds": 30, "path": "carrier pigeon"},
        {"seconds": 30, "name": "张三"},
    ],
)
def test_a_report_out_of_bounds_is_none(facts: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LineReport.model_validate(facts)


def test_the_village_with_the_bad_line_comes_first() -> None:
    fine = Line(
        "640181100200", 1, seconds=600, received=9_999, lost=1, watched_s=600, joins_ms=(900,)
    )
    slow = Line(
        "640181100201", 1, seconds=600, received=9_999, lost=1, watched_s=600, joins_ms=(12_000,)
    )
    lossy = Line(
        "640181101204", 2, seconds=60, received=800, lost=200, watched_s=60, freezes=9, frozen_s=30,
        heights={180: 50, 360: 10}, relayed_s=30,
    )  # fmt: skip
    found = by_site([fine, lossy, slow, Line("", 3, received=1, lost=99)])
    assert list(found) == ["640181101204", "640181100201", "640181100200"]
    worst = found["640181101204"]
    assert (worst.loss, worst.freezes_per_hour, worst.height) == (0.2, 540, 180)
    assert (worst.relay, worst.frozen, worst.level) == (0.5, 0.5, LineLevel.POOR)
    assert found["640181100201"].level is LineLevel.POOR
    assert found["640181100200"].level is LineLevel.GOOD


def test_figures_of_nothing_are_none_and_not_nought() -> None:
    figures = figures_of([Line("640181", 1)])
    assert (figures.loss, figures.join_p50_ms, figures.freezes_per_hour) == (None, None, None)
    assert (figures.height, figures.relay, figures.trouble) == (None, None, 0)
    assert typical([{720: 5.0}, {360: 5.0}]) == 720


@given(st.lists(st.integers(0, 100_000), min_size=1).map(sorted), st.floats(0.01, 1))
def test_a_percentile_is_one_of_the_values_and_not_exceeded_by_its_part(
    values: list[int], part: float
) -> None:
    found = percentile(values, part)
    assert found in values
    assert sum(value <= found for value in values) >= part * len(values) - 1e-6
