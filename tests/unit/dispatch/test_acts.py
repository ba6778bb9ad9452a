"""When something happened that a phone tells of later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dispatch.acts import LONGEST_AGO, NOTABLE, happened_at, is_late

NOW = datetime(2026, 11, 22, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOUR_MS = 3_600_000
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy wants naive bounds


def test_it_is_reckoned_back_from_when_it_is_heard_of() -> None:
    assert happened_at(ago_ms=0, now=NOW) == NOW
    assert happened_at(ago_ms=HOUR_MS, now=NOW) == NOW - HOUR


def test_it_never_comes_before_what_it_follows() -> None:
    created = NOW - timedelta(minutes=20)
    assert happened_at(ago_ms=HOUR_MS, now=NOW, not_before=created) == created


def test_a_queue_is_never_older_than_three_days() -> None:
    assert happened_at(ago_ms=10**30, now=NOW) == NOW - LONGEST_AGO


def test_two_times_are_told_only_where_they_differ_by_more_than_a_minute() -> None:
    assert not is_late(happened=NOW - NOTABLE, heard=NOW)
    assert is_late(happened=NOW - NOTABLE - timedelta(milliseconds=1), heard=NOW)


@given(st.integers(), moments, st.none() | moments)
def test_it_is_never_in_the_future(ago_ms: int, now: datetime, not_before: datetime | None) -> None:
    at = happened_at(ago_ms=ago_ms, now=now, not_before=not_before)
    assert now - LONGEST_AGO <= at <= now
    if not_before is not None and not_before <= now:
        assert at >= not_before
