"""The figures of the closed loop, each by its definition."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dispatch.incidents.lifecycle import Stage
from dispatch.statistics.figures import CaseFacts, Interval, figures_of, grouped, percentiles

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
NEW = CaseFacts("640181100001", "640181100", "0101", 2, Stage.REPORTED, NOON)


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_a_closed_case_counts_in_time_only_if_no_stage_was_overdue() -> None:
    done = replace(NEW, stage=Stage.ARCHIVED, accepted_at=after(1), closed_at=after(60), score=4)
    figures = figures_of([done, replace(done, overdue=2, supervised=2, score=5), NEW])
    assert (figures.reported, figures.accepted, figures.closed) == (3, 2, 2)
    assert (figures.closed_in_time, figures.overdue, figures.supervised) == (1, 1, 1)
    assert (figures.satisfaction, figures.scored) == (4.5, 2)


def test_a_rejected_case_is_never_a_closed_one() -> None:
    rejected = replace(NEW, stage=Stage.REJECTED, closed_at=after(5))
    figures = figures_of([rejected, replace(rejected, stage=Stage.ARCHIVED)])
    assert (figures.closed, figures.rejected, figures.satisfaction) == (0, 2, None)


def test_the_way_from_the_alarm_begins_when_it_was_raised() -> None:
    sent = replace(NEW, raised_at=after(-3), dispatched_at=after(2), acknowledged_at=after(3))
    times = figures_of([sent]).times
    assert times[Interval.ALARM_TO_DISPATCH].p50 == 300
    assert times[Interval.DISPATCH_TO_ACKNOWLEDGE].p90 == 60
    assert Interval.DISPATCH_TO_SCENE not in times


def test_a_case_counts_for_every_unit_that_was_sent() -> None:
    figures = grouped([replace(NEW, units=(1, 2)), replace(NEW, units=(2,))], lambda c: c.units)
    assert {unit: found.reported for unit, found in figures.items()} == {1: 1, 2: 2}


@given(st.lists(st.integers(0, 10**6), min_size=1))
def test_percentiles_are_values_that_enough_do_not_exceed(seconds: list[int]) -> None:
    found = percentiles([timedelta(seconds=value) for value in seconds])
    assert found is not None
    for value, share in ((found.p50, 0.5), (found.p90, 0.9)):
        assert value in seconds
        assert sum(one <= value for one in seconds) >= share * len(seconds)
        assert sum(one < value for one in seconds) < share * len(seconds)
