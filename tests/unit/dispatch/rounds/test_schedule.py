"""When rounds are due: days, times, midnight, and what follows when schedules change."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.rounds.schedule import (
    AHEAD,
    EVERY_DAY,
    LONGEST,
    SHORTEST,
    RoundState,
    Timetable,
    Wanted,
    Window,
    day_of,
    plan,
    state_of,
    windows,
)

ZONE = ZoneInfo("Asia/Shanghai")
SATURDAY = datetime(2026, 11, 21, 12, tzinfo=ZONE)
HOUR = timedelta(hours=1)

timetables = st.builds(
    Timetable,
    st.frozensets(st.sampled_from(EVERY_DAY), min_size=1),
    st.times(timezones=st.none()).map(lambda at: at.replace(second=0, microsecond=0)),
    st.integers(SHORTEST, LONGEST),
)
moments = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001 - the strategy wants them bare
    datetime(2027, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
zones = st.sampled_from([ZONE, ZoneInfo("Europe/Berlin"), UTC])


def due(
    timetable: Timetable, since: datetime, ahead: timedelta = timedelta(days=7)
) -> list[tuple[str, str]]:
    found = windows(timetable, since=since, until=since + ahead, zone=ZONE)
    return [(f"{one.opens:%a %H:%M}", f"{one.closes:%a %H:%M}") for one in found]


def test_days_and_times() -> None:
    weekend_evenings = Timetable(frozenset({6, 7}), time(20), 120)
    assert due(weekend_evenings, SATURDAY, timedelta(days=6)) == [
        ("Sat 20:00", "Sat 22:00"),
        ("Sun 20:00", "Sun 22:00"),
    ]


def test_a_round_across_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    night = Timetable(frozenset({5}), time(23, 30), 90)
    midnight = datetime(2026, 11, 21, 0, 15, tzinfo=ZONE)
    assert due(night, midnight, HOUR) == [("Fri 23:30", "Sat 01:00")]
    assert due(night, midnight + HOUR, HOUR) == []


def test_a_whole_day_follows_the_other() -> None:
    always = Timetable(frozenset(EVERY_DAY), time(8), 24 * 60)
    assert due(always, SATURDAY, HOUR) == [("Sat 08:00", "Sun 08:00")]


def test_an_hour_is_an_hour_when_the_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = Timetable(frozenset({6}), time(23), 6 * 60)
    since = datetime(2026, 10, 24, 12, tzinfo=berlin)
    (one,) = windows(night, since=since, until=since + timedelta(days=1), zone=berlin)
    assert one.closes.astimezone(UTC) - one.opens.astimezone(UTC) == 6 * HOUR


@given(timetables, moments, zones)
def test_windows_are_the_asked_ones_in_order_and_none_is_left_out(
    timetable: Timetable, since: datetime, zone: ZoneInfo
) -> None:
    until = since + AHEAD
    found = list(windows(timetable, since=since, until=until, zone=zone))
    assert found == sorted(found)
    assert len(set(found)) == len(found)
    for one in found:
        assert one.closes > since
        assert one.opens <= until
        assert one.closes.astimezone(UTC) - one.opens.astimezone(UTC) == timedelta(
            minutes=timetable.minutes
        )
        assert one.opens.isoweekday() in timetable.weekdays
    # Looking from every hour on the way finds nothing else.
    seen = {
        one
        for hours in range(25)
        for one in windows(
            timetable, since=since + hours * HOUR, until=since + hours * HOUR, zone=zone
        )
    }
    assert {one for one in seen if one.opens <= until} <= set(found)


@given(st.lists(timetables, max_size=4), st.lists(timetables, max_size=4), moments)
def test_however_schedules_change_the_rounds_follow_and_what_has_begun_stays(
    before: list[Timetable], after: list[Timetable], now: datetime
) -> None:
    def wanted(timetables: list[Timetable], at: datetime) -> list[Wanted]:
        return [
            Wanted(number, 1, window)
            for number, timetable in enumerate(timetables)
            for window in windows(timetable, since=at, until=at + AHEAD, zone=ZONE)
        ]

    known: set[Wanted] = set()
    for timetables, at in ((before, now), (before, now), (after, now + 3 * HOUR)):
        asked = wanted(timetables, at)
        made = plan(wanted=asked, known=known, now=at)
        begun = {one for one in known if one.window.opens <= at}
        assert not begun & set(made.to_drop)
        known = (known - set(made.to_drop)) | set(made.to_open)
        assert len({(one.schedule, one.window.opens) for one in known}) == len(known)
        assert {one for one in known if one.window.opens > at} == {
            one
            for one in asked
            if one.window.opens > at
            and not any(
                one.schedule == other.schedule and one.window.overlaps(other.window)
                for other in begun
            )
        }
        assert plan(wanted=asked, known=known, now=at).to_drop == ()
        assert plan(wanted=asked, known=known, now=at).to_open == ()


def test_another_unit_takes_over_what_has_not_begun() -> None:
    window = Window(SATURDAY + HOUR, SATURDAY + 2 * HOUR)
    old, new = Wanted(1, 1, window), Wanted(1, 2, window)
    assert plan(wanted=[new], known=[old], now=SATURDAY).to_drop == (old,)
    assert plan(wanted=[new], known=[old], now=SATURDAY).to_open == (new,)
    begun = plan(wanted=[new], known=[old], now=SATURDAY + HOUR)
    assert (begun.to_drop, begun.to_open) == ((), ())


@pytest.mark.parametrize(
    ("done", "hours", "state"),
    [
        (0, -1, RoundState.DUE),
        (0, 0, RoundState.DUE),
        (1, 0, RoundState.UNDER_WAY),
        (3, 0, RoundState.COMPLETED),
        (0, 2, RoundState.INCOMPLETE),
        (2, 2, RoundState.INCOMPLETE),
        (3, 2, RoundState.COMPLETED),
    ],
)
def test_how_a_round_stands(done: int, hours: int, state: RoundState) -> None:
    closes = SATURDAY + HOUR
    assert state_of(closes=closes, done=done, total=3, now=SATURDAY + hours * HOUR) is state


def test_a_round_is_over_at_its_very_end() -> None:
    assert state_of(closes=SATURDAY, done=1, total=2, now=SATURDAY) is RoundState.INCOMPLETE
    window = Window(SATURDAY - HOUR, SATURDAY)
    assert not window.holds(SATURDAY)
    assert window.holds(SATURDAY - HOUR)


@given(moments)
def test_today_is_the_installation_s_day(now: datetime) -> None:
    day = day_of(now, ZONE)
    assert day.holds(now)
    assert day.opens.astimezone(ZONE).time() == time()
    assert day.closes - day.opens == timedelta(days=1)
