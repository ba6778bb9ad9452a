"""Parameters over defaults, and what is said of wrong ones."""

from typing import Any

import pytest

from iot_bridge.protocol.topics import Kind
from iot_bridge.rules.thresholds import (
    Thresholds,
    ThresholdsError,
    Timing,
    thresholds_for,
    timing_of,
)


def test_defaults() -> None:
    limits = thresholds_for(Kind.FIRE_LANE, {})
    assert limits == Thresholds()
    assert (limits.lane_hold_s, limits.offline_after_s) == (180, 90)


def test_the_codecs_silence_yields_to_the_devices_own() -> None:
    daily = timing_of(90_000, None)
    seldom = thresholds_for(Kind.FIRE_LANE, {}, timing=daily)
    assert (seldom.degraded_after_s, seldom.offline_after_s) == (90_000, 90_000)
    own = thresholds_for(Kind.FIRE_LANE, {"offline_after_s": 10}, timing=daily)
    assert (own.degraded_after_s, own.offline_after_s) == (10, 10)


def test_a_silence_of_its_own_is_divided_as_that_of_its_sort() -> None:
    limits = thresholds_for(Kind.SMOKE, {"offline_after_s": 600}, timing=Timing(30, 90))
    assert (limits.degraded_after_s, limits.offline_after_s) == (200, 600)
    both = {"offline_after_s": 600, "degraded_after_s": 60}
    assert thresholds_for(Kind.SMOKE, both, timing=Timing(30, 90)).degraded_after_s == 60


@pytest.mark.parametrize(
    ("parameters", "key"),
    [
        ({"lane_hold_s": 0}, "lane_hold_s"),
        ({"lane_hold_s": "180"}, "lane_hold_s"),
        ({"crowd_threshold": True}, "crowd_threshold"),
        ({"denied_count": 1}, "denied_count"),
        ({"denied_window_s": 1.5}, "denied_window_s"),
        ({"lane_hold": 20}, "lane_hold"),
    ],
)
def test_a_wrong_parameter_is_named(parameters: dict[str, Any], key: str) -> None:
    with pytest.raises(ThresholdsError, match=key) as caught:
        thresholds_for(Kind.FIRE_LANE, parameters)
    assert list(caught.value.errors) == [key]
