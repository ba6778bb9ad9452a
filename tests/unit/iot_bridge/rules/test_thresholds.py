"""Parameters over defaults, and what is said of wrong ones."""

from typing import Any

import pytest

from iot_bridge.protocol.topics import Kind
from iot_bridge.rules.thresholds import Thresholds, ThresholdsError, thresholds_for


def test_defaults() -> None:
    limits = thresholds_for(Kind.FIRE_LANE, {})
    assert limits == Thresholds()
    assert (limits.lane_hold_s, limits.offline_after_s) == (180, 90)


def test_the_codecs_silence_yields_to_the_devices_own() -> None:
    assert thresholds_for(Kind.FIRE_LANE, {}, silence_s=90_000).offline_after_s == 90_000
    own = {"offline_after_s": 10}
    assert thresholds_for(Kind.FIRE_LANE, own, silence_s=90_000).offline_after_s == 10


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
