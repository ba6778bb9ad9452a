"""Whatever arrives, a decoder answers with messages fit to store or with a CodecError."""

from hypothesis import given
from hypothesis import strategies as st

from iot_bridge.codecs.plugins import BUILT_IN
from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.protocol.topics import Kind
from tests.support.fuzzing import check, codecs, fuzz
from tests.support.mqtt_samples import load_samples

INPUTS = 10_000
"""To each codec."""
CODECS = st.sampled_from(codecs())
TOPICS = sorted({sample.topic for sample in load_samples()})


def test_ten_thousand_inputs_to_each_codec_leave_no_exception() -> None:
    """A million of them with `make fuzz`."""
    done = fuzz(INPUTS, seed=20_251_122)
    assert set(done.values()) == {INPUTS}
    assert set(done) >= {*BUILT_IN, "example"}


@given(CODECS, st.text(max_size=80), st.binary(max_size=200), st.sampled_from(Kind))
def test_any_bytes_on_any_topic(codec: object, topic: str, payload: bytes, kind: Kind) -> None:
    check(type(codec)(), topic, payload, kind)  # type: ignore[arg-type]  # a fresh one, for some remember


@given(st.sampled_from(TOPICS).filter(REGISTRY.match), st.binary(max_size=200))
def test_any_bytes_on_a_real_topic(topic: str, payload: bytes) -> None:
    for codec in REGISTRY.candidates(topic):
        check(codec, topic, payload)
