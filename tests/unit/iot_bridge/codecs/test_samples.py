"""Every sample payload decodes to what the index says, and nothing personal comes out of any."""

import pytest

from iot_bridge.codecs.base import CodecError
from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.protocol.decoded import DeviceMessage
from iot_bridge.protocol.messages import EVENTS
from iot_bridge.protocol.scrub import scrub_bytes
from tests.support.mqtt_samples import SAMPLES, Sample, load_samples, read_sample

ALL = load_samples()
GOOD = [sample for sample in ALL if sample.reason is None]
BAD = [sample for sample in ALL if sample.reason is not None]
RECEIVED_AT_MS = 1_763_740_900_000


def _titles(sample: Sample) -> str:
    return f"{sample.codec}: {sample.title}"


@pytest.mark.parametrize("sample", GOOD, ids=_titles)
def test_a_good_sample_decodes_as_expected(sample: Sample) -> None:
    assert sample.codec in {codec.name for codec in REGISTRY.candidates(sample.topic)}
    found = read_sample(sample, RECEIVED_AT_MS)
    wanted = sample.messages if sample.announcements is None else sample.announcements
    assert wanted is not None
    assert len(found) == len(wanted)
    for item, expected in zip(found, wanted, strict=True):
        for name, value in expected.items():
            actual = getattr(item, name)
            assert (len(actual) if name == "macs" else actual) == value, name
        if isinstance(item, DeviceMessage):
            assert item.kind == sample.kind


@pytest.mark.parametrize("sample", BAD, ids=_titles)
def test_a_bad_sample_fails_with_its_reason(sample: Sample) -> None:
    with pytest.raises(CodecError) as caught:
        read_sample(sample, RECEIVED_AT_MS)
    assert caught.value.reason == sample.reason
    assert caught.value.detail
    for planted in sample.personal:
        assert planted not in caught.value.detail


@pytest.mark.parametrize("sample", [s for s in ALL if s.personal], ids=_titles)
def test_nothing_personal_leaves_a_decoder_or_reaches_a_dead_letter(sample: Sample) -> None:
    clean, stripped = scrub_bytes(sample.payload)
    assert stripped
    assert not [p for p in sample.personal if p.encode() in clean]
    if sample.reason is None:
        codec = REGISTRY.by_name(sample.codec)
        for item in codec.decode(sample.topic, sample.payload, RECEIVED_AT_MS):
            assert not [p for p in sample.personal if p in repr(item)]


def test_every_event_type_of_every_kind_has_a_sample() -> None:
    shown = {
        (sample.kind, message["type"])
        for sample in GOOD
        if sample.codec == "canonical" and sample.messages
        for message in sample.messages
    }
    missing = {(kind.value, type_) for kind, types in EVENTS.items() for type_ in types} - shown
    assert not missing


def test_every_codec_has_samples_good_and_bad() -> None:
    names = {codec.name for codec in REGISTRY.codecs}
    assert {sample.codec for sample in GOOD} == names
    assert {sample.codec for sample in BAD} == names


def test_the_index_lists_every_file() -> None:
    files = {path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*") if path.is_file()}
    listed = (SAMPLES / "samples.json").read_text(encoding="utf-8")
    assert not [f for f in files - {"samples.json", "README.md"} if f'"{f}"' not in listed]
