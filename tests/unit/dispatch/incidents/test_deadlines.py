"""Working time across nights, weekends, holidays and exchanged days."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.incidents.deadlines import (
    BadHoursError,
    Budget,
    Calendar,
    DeadlineError,
    check_hours,
    due_at,
    elapsed,
)
from dispatch.incidents.defaults import HOLIDAYS_2026, WORKDAYS_2026, WORKING_HOURS

ZONE = ZoneInfo("Asia/Shanghai")
OFFICE = Calendar(
    ZONE, WORKING_HOURS, holidays=frozenset(HOLIDAYS_2026), workdays=frozenset(WORKDAYS_2026)
)
CLOCK = Calendar(ZONE)
NIGHT = Calendar(ZONE, ((time(22), time(0)), (time(0), time(6))), weekdays=frozenset(range(7)))
HOUR = 3600

moments = st.integers(0, 353 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
durations = st.integers(1, 60 * HOUR)
calendars = st.sampled_from([OFFICE, CLOCK, NIGHT])


def at(text: str) -> datetime:
    """A local time, e.g. `2026-02-13 17:30`."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-03-02 09:00", 2, "2026-03-02 11:00"),
        ("2026-03-02 11:00", 2, "2026-03-02 15:30"),  # across noon
        ("2026-03-02 20:00", 1, "2026-03-03 09:30"),  # after hours
        ("2026-03-06 17:30", 2, "2026-03-09 09:30"),  # across a weekend
        ("2026-02-13 17:30", 2, "2026-02-14 09:30"),  # a Saturday worked in exchange
        ("2026-02-14 17:30", 2, "2026-02-24 09:30"),  # across the Spring Festival
        ("2026-09-30 18:30", 7.5, "2026-10-08 18:30"),  # a whole day after the National Day
        ("2026-03-02 08:30", 7.5, "2026-03-02 18:30"),  # exactly a day: ends today, not tomorrow
    ],
)
def test_working_time(start: str, hours: float, due: str) -> None:
    assert due_at(at(start), hours * HOUR, OFFICE) == at(due)


def test_around_the_clock_a_holiday_counts() -> None:
    assert due_at(at("2026-10-01 23:30"), HOUR, CLOCK) == at("2026-10-02 00:30")


def test_hours_that_end_at_midnight() -> None:
    assert due_at(at("2026-03-02 23:00"), 2 * HOUR, NIGHT) == at("2026-03-03 01:00")


def test_a_calendar_without_working_days_says_so() -> None:
    with pytest.raises(DeadlineError, match="too few working hours"):
        due_at(at("2026-03-02 09:00"), HOUR, Calendar(ZONE, WORKING_HOURS, weekdays=frozenset()))


@given(start=moments, seconds=durations, calendar=calendars)
def test_what_is_due_has_elapsed(start: datetime, seconds: int, calendar: Calendar) -> None:
    due = due_at(start, seconds, calendar)
    assert elapsed(start, due, calendar) == pytest.approx(seconds)
    assert elapsed(start, due - timedelta(seconds=1), calendar) < seconds


@given(start=moments, one=durations, two=durations, calendar=calendars)
def test_durations_add_up(start: datetime, one: int, two: int, calendar: Calendar) -> None:
    assert due_at(due_at(start, one, calendar), two, calendar) == due_at(start, one + two, calendar)


@given(
    stays=st.lists(st.tuples(st.integers(0, 3 * HOUR), st.integers(0, 72 * HOUR)), max_size=6),
    start=moments,
    allowed=durations,
    calendar=calendars,
)
def test_a_stage_is_not_longer_for_being_left_and_come_to_again(
    stays: list[tuple[int, int]], start: datetime, allowed: int, calendar: Calendar
) -> None:
    """Handed on, sent back, returned, suspended: what the stays use adds up to what is allowed."""
    budget, now, used = Budget(allowed), start, 0.0
    for stay, away in stays:
        end = due_at(now, stay, calendar)
        spent = elapsed(now, end, calendar)
        used += spent
        budget = replace(budget, spent=budget.spent + spent)
        now = end + timedelta(seconds=away)
    assert budget.left == pytest.approx(max(allowed - used, 0.0))
    assert 0 <= budget.until_yellow <= budget.left


def test_time_that_was_granted_is_added() -> None:
    budget = Budget(allowed=600, granted=900, spent=500)
    assert budget.left == 1000
    assert budget.until_yellow == pytest.approx(880)  # the last fifth of what the table allows


def test_the_shipped_exchange_days_are_weekend_days() -> None:
    assert all(day.weekday() >= 5 for day in WORKDAYS_2026)
    assert not set(WORKDAYS_2026) & set(HOLIDAYS_2026)
    assert date(2026, 10, 1) in HOLIDAYS_2026


@pytest.mark.parametrize(
    "hours",
    [
        ((time(8), time(8)),),
        ((time(12), time(8)),),
        ((time(22), time(6)),),
        ((time(8), time(12)), (time(11), time(13))),
        ((time(14), time(18)), (time(8), time(12))),
        ((time(8), time(0)), (time(9), time(10))),
    ],
)
def test_hours_that_overlap_go_backwards_or_over_midnight_are_refused(
    hours: tuple[tuple[time, time], ...],
) -> None:
    with pytest.raises(BadHoursError):
        check_hours(hours)


def test_hours_may_touch_and_end_with_the_day() -> None:
    check_hours(((time(0), time(6)), (time(6), time(12)), (time(22), time(0))))
    check_hours(())
