"""Whatever arrives, a decoder answers with messages fit to store or with a CodecError."""

import json
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from iot_bridge.codecs.base import Codec, CodecError
from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.protocol.decoded import DeviceMessage
from iot_bridge.protocol.messages import EVENTS, MAX_EPOCH_MS, STATE
from iot_bridge.protocol.topics import Channel
from tests.support.mqtt_samples import load_samples

TOPICS = sorted({sample.topic for sample in load_samples()})
MAC = "5c:cf:7f:a0:b1:c2"
SEEDS = [
    (sample.topic, json.loads(sample.payload))
    for sample in load_samples()
    if sample.reason is None and len(sample.payload) < 4000
]

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["", "0", "2025-11-22 00:00:07", "AQ==", MAC, 1, 2, 3]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """A real sample with some of its values replaced, removed or added."""
    topic, payload = draw(st.sampled_from(SEEDS))
    payload = json.loads(json.dumps(payload))
    for _ in range(draw(st.integers(1, 3))):
        target: Any = payload
        while True:
            inner = [v for v in target.values() if isinstance(v, dict)] if target else []
            if not inner or draw(st.booleans()):
                break
            target = draw(st.sampled_from(inner))
        name = draw(st.sampled_from([*target, "extra"]))
        if draw(st.booleans()):
            target[name] = draw(values)
        else:
            target.pop(name, None)
    return topic, json.dumps(payload).encode()


def _codec(topic: str) -> Codec:
    codec = REGISTRY.match(topic)
    assert codec is not None
    return codec


def _check(topic: str, payload: bytes) -> None:
    """Straight at the codec, past the registry's safety net."""
    failed: CodecError | None = None
    messages: list[DeviceMessage] = []
    try:
        messages = _codec(topic).decode(topic, payload, 1_763_740_900_000)
    except CodecError as error:
        failed = error
    if failed is not None:
        assert len(failed.detail) < 1000
        assert MAC not in failed.detail
    for message in messages:
        stored = orjson.dumps(message.data)
        assert b"\\u0000" not in stored
        assert MAC.encode() not in stored
        assert MAC not in repr((message.device_ref, message.event_id, message.type))
        assert message.device_at_ms is None or 0 <= message.device_at_ms <= MAX_EPOCH_MS
        if message.channel is Channel.EVENT:
            assert message.type in EVENTS[message.kind]
            assert message.event_id
            assert len(message.event_id) <= 64
        else:
            assert message.type == STATE
            assert message.data["online"] in (True, False)


@given(st.sampled_from(TOPICS).filter(REGISTRY.match), st.binary(max_size=200))
def test_any_bytes(topic: str, payload: bytes) -> None:
    _check(topic, payload)


@given(st.sampled_from(TOPICS).filter(REGISTRY.match), values)
def test_any_json(topic: str, value: Any) -> None:
    _check(topic, json.dumps(value).encode())


@given(mutated())
def test_any_change_to_a_real_message(message: tuple[str, bytes]) -> None:
    _check(*message)
