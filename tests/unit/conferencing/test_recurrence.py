"""When planned conferences are: over midnight, across days that are not, and when nothing ran at the time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conferencing.schedules.recurrence import LATE, Repeats, Rule, Step, next_time, step

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 11, 23)
DAILY = Rule(Repeats.DAILY, MONDAY, time(0, 10))
WEEKLY = Rule(Repeats.WEEKLY, MONDAY, time(9), weekdays=frozenset({1, 4}), until=date(2026, 12, 3))


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("rule", "after", "found"),
    [
        (DAILY, at(22, 12), at(23, 0, 10)),
        (DAILY, at(23, 0, 10), at(24, 0, 10)),
        # Ten past midnight here is still the evening before in UTC.
        (DAILY, datetime(2026, 11, 23, 16, 9, tzinfo=UTC), at(24, 0, 10)),
        (DAILY, datetime(2026, 11, 23, 16, 10, tzinfo=UTC), at(25, 0, 10)),
        (WEEKLY, at(23, 9), at(26, 9)),
        (WEEKLY, at(26, 10), at(30, 9)),
        (WEEKLY, at(1, 0, month=12), at(3, 9, month=12)),
        (WEEKLY, at(3, 9, month=12), None),
        (Rule(Repeats.ONCE, MONDAY, time(15)), at(20, 0), at(23, 15)),
        (Rule(Repeats.ONCE, MONDAY, time(15)), at(23, 15), None),
    ],
)
def test_the_next_time(rule: Rule, after: datetime, found: datetime | None) -> None:
    assert next_time(rule, after=after, zone=ZONE) == found


def test_a_skipped_time_is_not() -> None:
    assert next_time(DAILY, after=at(23, 1), zone=ZONE, skipped={at(24, 0, 10)}) == at(25, 0, 10)


@given(
    st.frozensets(st.integers(1, 7), min_size=1),
    st.times().map(lambda one: one.replace(microsecond=0)),
    st.integers(0, 366 * 86_400).map(
        lambda seconds: at(1, 0, month=1) + timedelta(seconds=seconds)
    ),
)
def test_times_rise_within_a_week_and_hold_to_their_days(
    weekdays: frozenset[int], clock: time, after: datetime
) -> None:
    rule = Rule(Repeats.WEEKLY, date(2026, 1, 1), clock, weekdays=weekdays)
    found = next_time(rule, after=after, zone=ZONE)
    assert found is not None
    assert after < found <= after + timedelta(days=7)
    local = found.astimezone(ZONE)
    assert (local.isoweekday() in weekdays, local.timetz().replace(tzinfo=None)) == (True, clock)


LEAD = timedelta(minutes=10)


@pytest.mark.parametrize(
    ("offset_s", "by_itself", "reminded", "wanted"),
    [
        (-601, False, False, Step.WAIT),
        (-600, False, False, Step.REMIND),
        (-300, True, True, Step.WAIT),
        (0, False, True, Step.ASK),
        (0, True, True, Step.OPEN),
        (61, True, True, Step.ASK),
        (300, False, False, Step.ASK),
        (301, True, False, Step.MISS),
        (86_400, False, False, Step.MISS),
    ],
)
def test_what_is_due(offset_s: int, by_itself: bool, reminded: bool, wanted: Step) -> None:
    due = at(23, 9)
    now = due + timedelta(seconds=offset_s)
    assert step(at=due, lead=LEAD, by_itself=by_itself, reminded=reminded, now=now) is wanted
    assert timedelta(seconds=300) == LATE


def test_without_a_lead_nobody_is_reminded_before() -> None:
    now = at(23, 9) - timedelta(seconds=1)
    found = step(at=at(23, 9), lead=timedelta(0), by_itself=False, reminded=False, now=now)
    assert found is Step.WAIT
