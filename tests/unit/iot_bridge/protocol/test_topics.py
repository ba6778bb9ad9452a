"""Topics: what is accepted, what is refused and why, and that building and parsing are inverse."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_bridge.protocol.reasons import DeadLetterReason
from iot_bridge.protocol.topics import (
    DEVICE_ID,
    Channel,
    Kind,
    Topic,
    TopicError,
    TopicFault,
    build_topic,
    parse_topic,
    subscription_filters,
    topic_code,
)

GOOD = "sc/v1/640181/100/200/fire_lane/lane-1/event"


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


topics = st.builds(
    Topic,
    digits(6),
    digits(3),
    digits(3),
    st.sampled_from(Kind),
    st.from_regex(DEVICE_ID, fullmatch=True),
    st.sampled_from(Channel),
)


@given(topics)
def test_a_topic_survives_being_written_and_read(topic: Topic) -> None:
    assert parse_topic(str(topic)) == topic
    assert topic.on(Channel.ACK).base == topic.base


def test_a_topic_names_its_jurisdiction() -> None:
    topic = parse_topic(GOOD)
    assert topic.code == "640181100200"
    assert topic.base == "sc/v1/640181/100/200/fire_lane/lane-1"


@pytest.mark.parametrize(
    ("topic", "fault"),
    [
        ("", TopicFault.WRONG_PREFIX),
        ("sc/v2/640181/100/200/fire_lane/lane-1/event", TopicFault.WRONG_PREFIX),
        ("sc/v1/640181/100/fire_lane/lane-1/event", TopicFault.WRONG_LEVELS),
        (GOOD + "/more", TopicFault.WRONG_LEVELS),
        ("sc/v1/64018/100/200/fire_lane/lane-1/event", TopicFault.BAD_CITY),
        ("sc/v1/٦٤٠١٨١/100/200/fire_lane/lane-1/event", TopicFault.BAD_CITY),
        ("sc/v1/640181/1000/200/fire_lane/lane-1/event", TopicFault.BAD_TOWNSHIP),
        ("sc/v1/640181/100/+/fire_lane/lane-1/event", TopicFault.BAD_VILLAGE),
        ("sc/v1/640181/100/200/toaster/lane-1/event", TopicFault.UNKNOWN_KIND),
        ("sc/v1/640181/100/200/fire_lane/lane 1/event", TopicFault.BAD_DEVICE_ID),
        ("sc/v1/640181/100/200/fire_lane//event", TopicFault.BAD_DEVICE_ID),
        ("sc/v1/640181/100/200/fire_lane/lane-1\n/event", TopicFault.BAD_DEVICE_ID),
        (f"sc/v1/640181/100/200/fire_lane/{'x' * 65}/event", TopicFault.BAD_DEVICE_ID),
        ("sc/v1/640181/100/200/fire_lane/lane-1/events", TopicFault.UNKNOWN_CHANNEL),
        ("sc/v1/" + "x" * 300, TopicFault.TOO_LONG),
    ],
)
def test_a_wrong_topic_is_refused_with_its_fault(topic: str, fault: TopicFault) -> None:
    with pytest.raises(TopicError) as caught:
        parse_topic(topic)
    assert caught.value.fault is fault


def test_a_fault_has_a_dead_letter_reason() -> None:
    assert TopicError(TopicFault.UNKNOWN_KIND).reason is DeadLetterReason.UNKNOWN_KIND
    assert TopicError(TopicFault.BAD_CITY).reason is DeadLetterReason.BAD_TOPIC


@given(st.text())
def test_any_text_is_a_topic_or_a_topic_error(text: str) -> None:
    with suppress(TopicError):
        assert str(parse_topic(text)) == text


@pytest.mark.parametrize(
    ("jurisdiction", "code"),
    [
        ("640181", "640181000000"),
        ("640181100", "640181100000"),
        ("640181100200", "640181100200"),
        ("640181100200007", "640181100200"),
    ],
)
def test_a_device_above_or_below_a_village_has_a_topic(jurisdiction: str, code: str) -> None:
    assert topic_code(jurisdiction) == code
    built = build_topic(jurisdiction=jurisdiction, kind=Kind.SMOKE, device_id="s-1")
    assert built.code == code


@pytest.mark.parametrize("jurisdiction", ["", "64018", "64018110", "64o181", "640181100200\n"])
def test_what_is_no_jurisdiction_has_no_topic(jurisdiction: str) -> None:
    with pytest.raises(ValueError, match="jurisdiction"):
        topic_code(jurisdiction)


def test_filters_follow_a_prefix_by_levels() -> None:
    assert subscription_filters() == (
        "sc/v1/+/+/+/+/+/event",
        "sc/v1/+/+/+/+/+/state",
        "sc/v1/+/+/+/+/+/reply",
    )
    assert subscription_filters("640181100") == (
        "sc/v1/640181/100/+/+/+/event",
        "sc/v1/640181/100/+/+/+/state",
        "sc/v1/640181/100/+/+/+/reply",
    )
    assert subscription_filters("640181100200", (Channel.REPLY,)) == (
        "sc/v1/640181/100/200/+/+/reply",
    )


@pytest.mark.parametrize("prefix", ["6401", "640181100200007", "64018+"])
def test_a_prefix_between_levels_cannot_be_subscribed(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        subscription_filters(prefix)
