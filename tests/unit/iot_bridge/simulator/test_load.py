"""The load's mix and its events."""

from __future__ import annotations

from itertools import islice

import pytest

from iot_bridge.protocol.messages import EVENTS
from iot_bridge.protocol.topics import Kind
from iot_bridge.simulator.cast import Player, mqtt_base
from iot_bridge.simulator.fleet import some
from iot_bridge.simulator.load import Mix, ordinary, parse_mix, trouble


def test_a_mix_is_read() -> None:
    assert parse_mix("") == Mix()
    assert parse_mix("alarms=0.02, bad=0.001") == Mix(alarms=0.02, bad=0.001)


@pytest.mark.parametrize(
    "text", ["alarms", "alarms=much", "colour=1", "alarms=-1", "alarms=0.6,bad=0.6"]
)
def test_a_wrong_mix_is_said_so(text: str) -> None:
    with pytest.raises(ValueError, match="--mix"):
        parse_mix(text)


@pytest.mark.parametrize("kind", list(Kind))
def test_load_is_made_of_the_protocols_events(kind: Kind) -> None:
    player = Player("d", kind, "")
    for source in (ordinary, trouble):
        for type_, data in islice(source(player), 6):
            EVENTS[kind][type_].model_validate(data)


def test_some_devices_are_spread_over_all() -> None:
    players = [Player(str(number), Kind.SMOKE, "") for number in range(100)]
    assert [player.id for player in some(players, 4)] == ["0", "25", "50", "75"]
    assert some(players, None) == some(players, 1000) == players


def test_a_topic_tells_kind_and_device() -> None:
    assert mqtt_base("sc/v1/640181/100/201/smoke/SM-1") == (Kind.SMOKE, "SM-1")
    for wrong in ("sc/v1/640181/100/201/smoke/SM-1/event", "x", "sc/v1/640181/100/201/bell/B-1"):
        with pytest.raises(ValueError, match=r"not a device's topic|is not a valid Kind"):
            mqtt_base(wrong)
