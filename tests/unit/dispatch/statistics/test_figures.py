"""The figures of the closed loop, each by its definition."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dispatch.incidents.lifecycle import Stage
from dispatch.statistics.figures import (
    CaseFacts,
    Figures,
    Interval,
    figures_of,
    grouped,
    percentiles,
)
from dispatch.tasks.lifecycle import Sent

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
NEW = CaseFacts("640181100001", "640181100", "0101", 2, Stage.REPORTED, NOON)


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_a_closed_case_counts_in_time_only_if_no_stage_was_overdue() -> None:
    done = replace(NEW, stage=Stage.ARCHIVED, accepted_at=after(1), closed_at=after(60), score=4)
    figures = figures_of([done, replace(done, overdue=2, supervised=2, score=5), NEW])
    assert (figures.reported, figures.accepted, figures.closed) == (3, 2, 2)
    assert (figures.closed_in_time, figures.overdue, figures.supervised) == (1, 1, 1)
    assert (figures.evaluation, figures.scored, figures.rate) == (4.5, 2, 0.5)


def test_satisfaction_is_what_callers_said_and_not_the_officers_score() -> None:
    done = replace(NEW, stage=Stage.CLOSED, closed_at=after(60), score=5)
    figures = figures_of([replace(done, satisfied=(1, 2)), done])
    assert (figures.satisfaction, figures.called_back, figures.evaluation) == (1.5, 2, 5)
    assert figures_of([done]).satisfaction is None


def test_returned_reopened_and_declined_are_three_things() -> None:
    declined = replace(NEW, sent=(Sent(1, NOON, declined=True), Sent(2, NOON)))
    figures = figures_of([replace(NEW, returned=2), replace(NEW, reopened=1), declined])
    assert (figures.returned, figures.reopened, figures.declined) == (1, 1, 1)
    lines = by_unit([declined])
    assert {unit: found.declined for unit, found in lines.items()} == {1: 1, 2: 0}


def test_a_rejected_case_is_never_a_closed_one() -> None:
    rejected = replace(NEW, stage=Stage.REJECTED, closed_at=after(5))
    figures = figures_of([rejected, replace(rejected, stage=Stage.ARCHIVED)])
    assert (figures.closed, figures.rejected, figures.evaluation) == (0, 2, None)


def test_the_way_from_the_alarm_begins_when_it_was_raised() -> None:
    task = Sent(1, dispatched_at=after(2), acknowledged_at=after(3))
    sent = replace(NEW, raised_at=after(-3), sent=(task,))
    times = figures_of([sent]).times
    assert times[Interval.ALARM_TO_DISPATCH].p50 == 300
    assert times[Interval.DISPATCH_TO_ACKNOWLEDGE].p90 == 60
    assert Interval.DISPATCH_TO_SCENE not in times


def test_a_case_counts_for_every_unit_that_was_sent() -> None:
    both, one = (Sent(1, NOON), Sent(2, NOON)), (Sent(2, NOON),)
    figures = by_unit([replace(NEW, sent=both), replace(NEW, sent=one)])
    assert {unit: found.reported for unit, found in figures.items()} == {1: 1, 2: 2}


def test_a_units_line_tells_its_own_times_and_not_those_of_who_was_quicker() -> None:
    quick = Sent(1, after(1), acknowledged_at=after(2), on_scene_at=after(5))
    slow = Sent(2, after(10), acknowledged_at=after(14), on_scene_at=after(40))
    case = replace(NEW, sent=(quick, slow))
    times = by_unit([case])[2].times
    assert times[Interval.ALARM_TO_DISPATCH].p50 == 10 * 60
    assert times[Interval.DISPATCH_TO_ACKNOWLEDGE].p50 == 4 * 60
    assert times[Interval.DISPATCH_TO_SCENE].p50 == 30 * 60
    of_the_case = figures_of([case]).times
    assert of_the_case[Interval.DISPATCH_TO_SCENE].p50 == 4 * 60


def by_unit(cases: list[CaseFacts]) -> dict[int, Figures]:
    return grouped(cases, lambda case: ((unit, case.as_of(unit)) for unit in case.units))


@given(st.lists(st.integers(0, 10**6), min_size=1))
def test_percentiles_are_values_that_enough_do_not_exceed(seconds: list[int]) -> None:
    found = percentiles([timedelta(seconds=value) for value in seconds])
    assert found is not None
    for value, share in ((found.p50, 0.5), (found.p90, 0.9)):
        assert value in seconds
        assert sum(one <= value for one in seconds) >= share * len(seconds)
        assert sum(one < value for one in seconds) < share * len(seconds)
