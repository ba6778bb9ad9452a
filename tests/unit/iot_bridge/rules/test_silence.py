"""When the silence of many is the silence of a place: counted, lasting, over."""

from hypothesis import given
from hypothesis import strategies as st

from iot_bridge.rules.silence import (
    LEAST,
    SETTLE_MS,
    SHARE,
    Hush,
    Member,
    all_silent,
    begun,
    go_on,
    tally,
)
from iot_bridge.rules.thresholds import Thresholds

NOW = 1_763_740_800_000
USUAL = Thresholds()
SELDOM = Thresholds(degraded_after_s=90_000, offline_after_s=90_000)


def heard(ago_s: float, *, online: bool = True, limits: Thresholds = USUAL) -> Member:
    return Member(online, NOW - int(ago_s * 1000), limits)


def count(*members: Member, from_ms: int = 0) -> Hush | None:
    return begun(tally(members, from_ms=from_ms, now_ms=NOW), now_ms=NOW)


def test_a_place_of_three_whose_every_device_is_late_is_silent_since_its_last_word() -> None:
    assert count(heard(95, online=False), heard(70), heard(66)) == Hush(
        NOW - 66_000, noticed_ms=NOW
    )


def test_two_are_no_place_and_one_in_four_that_is_heard_speaks_for_it() -> None:
    assert count(heard(95, online=False), heard(70)) is None
    assert count(heard(95, online=False), heard(70), heard(66), heard(20)) is None
    assert count(*[heard(70)] * 4, heard(20)) is not None


def test_who_reports_seldom_or_was_gone_before_is_no_evidence() -> None:
    daily = heard(8_000, limits=SELDOM)
    gone = heard(3_600, online=False)
    never = Member(online=False, last_seen_ms=None, thresholds=USUAL)
    assert count(heard(95), heard(70), daily, gone, never) is None
    assert count(heard(95), heard(70), heard(66), daily, gone, never) is not None


def test_a_bridge_that_was_deaf_until_now_counts_no_silence() -> None:
    assert count(heard(95), heard(90), heard(80), from_ms=NOW - 5_000) is None


def test_a_silence_is_over_when_its_place_has_been_heard_for_a_while() -> None:
    hush = Hush(NOW - 66_000)
    back = go_on(hush, lasts=False, now_ms=NOW)
    assert back == Hush(NOW - 66_000, NOW)
    assert go_on(back, lasts=False, now_ms=NOW + SETTLE_MS - 1) is back
    assert go_on(back, lasts=True, now_ms=NOW + 1_000) == hush
    assert go_on(back, lasts=False, now_ms=NOW + SETTLE_MS) is None


def test_it_lasts_while_most_were_not_heard_since() -> None:
    hush = Hush(NOW - 66_000)
    gone = [heard(70 + n, online=False) for n in range(4)]
    assert hush.lasts([*gone, heard(1)])
    assert not hush.lasts([*gone[:3], heard(1)])
    assert not hush.lasts([])
    noticed = Hush(NOW - 66_000, noticed_ms=NOW)
    assert noticed.lasts([*gone[:3], heard(65)]), "not late when it was noticed, by a second"


def test_nothing_from_anybody_is_told_by_what_is_owed() -> None:
    assert all_silent([heard(60)] * 20, quiet_ms=60_000)
    assert not all_silent([heard(60)] * 19, quiet_ms=60_000)
    assert not all_silent([heard(60)] * 20, quiet_ms=44_000)
    slow = Thresholds(degraded_after_s=330, offline_after_s=960)
    assert not all_silent([heard(100, limits=slow)] * 20, quiet_ms=100_000)
    assert not all_silent([heard(60, limits=SELDOM)] * 500, quiet_ms=600_000)


members = st.lists(
    st.builds(
        heard,
        st.integers(0, 600),
        online=st.booleans(),
        limits=st.sampled_from(
            [USUAL, SELDOM, Thresholds(degraded_after_s=75, offline_after_s=180)]
        ),
    ),
    max_size=12,
)


@given(members)
def test_a_place_that_falls_silent_lasts_until_somebody_is_heard(of: list[Member]) -> None:
    found = tally(of, from_ms=0, now_ms=NOW)
    assert 0 <= found.silent <= found.expected <= len(of)
    hush = begun(found, now_ms=NOW)
    assert (hush is not None) == (found.silent >= LEAST and found.silent >= SHARE * found.expected)
    if hush is None:
        return
    silent = [m for m in of if hush.takes_in(m)]
    assert hush.lasts(silent)
    spoke = [Member(True, NOW + 1, m.thresholds) for m in of]
    assert not hush.lasts(spoke)
