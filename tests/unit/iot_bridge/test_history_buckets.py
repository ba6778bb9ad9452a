"""A span of time is divided into few equal parts at round times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_bridge.history.buckets import MOST, divide

SHANGHAI = ZoneInfo("Asia/Shanghai")
MOMENTS = st.integers(1_767_225_600, 1_893_456_000).map(lambda at: datetime.fromtimestamp(at, UTC))


@given(MOMENTS, st.timedeltas(timedelta(seconds=1), timedelta(days=400)))
def test_parts_cover_the_span_and_little_more(since: datetime, length: timedelta) -> None:
    buckets = divide(since, since + length, SHANGHAI)
    assert buckets.start <= since < buckets.start + buckets.step
    assert buckets.end - buckets.step < since + length <= buckets.end
    assert 1 <= buckets.count <= MOST
    assert buckets.index(since) == 0
    assert buckets.edges()[-1] == buckets.end
    assert not buckets.hourly or int(buckets.start.timestamp()) % 3600 == 0


def test_days_begin_at_midnight_here_and_weeks_on_mondays() -> None:
    month = divide(
        datetime(2026, 9, 3, 5, tzinfo=UTC), datetime(2026, 10, 31, tzinfo=UTC), SHANGHAI
    )
    assert month.step == timedelta(days=1)
    assert month.start.astimezone(SHANGHAI) == datetime(2026, 9, 3, tzinfo=SHANGHAI)
    year = divide(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC), SHANGHAI)
    assert year.start.astimezone(SHANGHAI) == datetime(2025, 12, 29, tzinfo=SHANGHAI)


@pytest.mark.parametrize("length", [timedelta(0), timedelta(days=-1), timedelta(days=600)])
def test_what_cannot_be_drawn_is_refused(length: timedelta) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match=r"days|before"):
        divide(since, since + length, SHANGHAI)
