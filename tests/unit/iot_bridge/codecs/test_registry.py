"""Topics find their codec, and a codec's own defect does not leave the registry as something else."""

import pytest

from iot_bridge.codecs.base import CodecError, MakerCodec
from iot_bridge.codecs.registry import REGISTRY, Registry, topic_matches
from iot_bridge.protocol.decoded import DeviceMessage
from iot_bridge.protocol.reasons import DeadLetterReason


class Broken(MakerCodec):
    """A codec with a bug."""

    name = "broken"
    filters = ("broken/#",)

    def decode(self, topic: str, payload: bytes, received_at_ms: int) -> list[DeviceMessage]:
        raise KeyError(payload)


@pytest.mark.parametrize(
    ("topic_filter", "topic", "matches"),
    [
        ("a/b", "a/b", True),
        ("a/+", "a/b", True),
        ("a/+", "a/b/c", False),
        ("a/+", "a", False),
        ("a/#", "a/b/c", True),
        ("a/#", "a", True),
        ("+/b", "a/b", True),
        ("+", "$SYS", False),
        ("#", "$SYS/x", False),
        ("a/+/c", "a//c", True),
    ],
)
def test_filters_match_as_the_standard_says(topic_filter: str, topic: str, matches: bool) -> None:
    assert topic_matches(topic_filter, topic) is matches


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("sc/v1/640181/100/200/smoke/s-1/event", "canonical"),
        ("application/1/device/0102030405060708/event/up", "chirpstack"),
        ("mqtt/face/123/Rec", "face_terminal"),
        ("Sniffer/p-1", "esp_probe"),
        ("zigbee2mqtt/kitchen", "zigbee2mqtt"),
        ("tele/plug/LWT", "tasmota"),
        ("spBv1.0/g/DDATA/n/d", "sparkplug"),
        ("homeassistant/binary_sensor/x/y/config", "homeassistant"),
    ],
)
def test_a_topic_finds_its_codec(topic: str, name: str) -> None:
    codec = REGISTRY.match(topic)
    assert codec is not None
    assert codec is REGISTRY.by_name(name)
    assert codec.version


def test_a_topic_nobody_reads_is_bad() -> None:
    assert REGISTRY.match("home/light") is None
    with pytest.raises(CodecError) as caught:
        REGISTRY.decode("home/light", b"{}", 0)
    assert caught.value.reason is DeadLetterReason.BAD_TOPIC


def test_a_codecs_defect_is_a_dead_letter_that_tells_no_payload() -> None:
    with pytest.raises(CodecError) as caught:
        Registry((Broken(),)).decode("broken/x", b"secret", 0)
    assert caught.value.reason is DeadLetterReason.CODEC_ERROR
    assert caught.value.detail == "broken: KeyError"


def test_two_codecs_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="name"):
        Registry((Broken(), Broken()))


def test_every_filter_is_subscribed() -> None:
    wanted = {topic for codec in REGISTRY.codecs for topic in codec.filters}
    assert sorted(REGISTRY.filters) == sorted(wanted)


def test_codecs_that_share_a_topic_are_candidates_with_the_general_one_first() -> None:
    topic = "application/1/device/0102030405060708/event/up"
    assert [codec.name for codec in REGISTRY.candidates(topic)] == [
        "chirpstack",
        "chirpstack_vehicle",
    ]
    assert set(REGISTRY.relatives("chirpstack_vehicle")) == {"chirpstack", "chirpstack_vehicle"}


def test_a_codec_that_only_announces_is_no_devices_codec() -> None:
    assert "homeassistant" not in REGISTRY.names
    assert REGISTRY.by_name("homeassistant").announces
