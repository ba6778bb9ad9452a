"""What an edge node said before decides what its data mean now."""

import pytest

from iot_bridge.codecs.base import CodecError
from iot_bridge.codecs.sparkplug import MAX_NODES, REBIRTH_MS, SparkplugCodec
from iot_bridge.codecs.sparkplug_schema import Payload
from iot_bridge.protocol.decoded import DeviceReading, Request

NOW = 1_763_740_900_000
NODE, DEVICE = "spBv1.0/g/{}/n", "spBv1.0/g/{}/n/d"


def payload(seq: int | None, *metrics: tuple[str | None, int | None, object], at: int = 5) -> bytes:
    message = Payload(timestamp=at)
    if seq is not None:
        message.seq = seq
    for name, alias, value in metrics:
        metric = message.metrics.add()
        if name is not None:
            metric.name = name
        if alias is not None:
            metric.alias = alias
        if isinstance(value, bool):
            metric.boolean_value, metric.datatype = value, 11
        elif isinstance(value, int):
            metric.int_value, metric.datatype = value & 0xFFFFFFFF, 3
        elif value is None:
            metric.is_null = True
    made: bytes = message.SerializeToString()
    return made


def born(codec: SparkplugCodec, bd_seq: int = 0) -> None:
    codec.decode(NODE.format("NBIRTH"), payload(0, ("bdSeq", None, bd_seq), ("t", 1, 5)), NOW)
    codec.decode(DEVICE.format("DBIRTH"), payload(1, ("Inputs/Smoke", 2, False)), NOW)


def read(codec: SparkplugCodec, topic: str, raw: bytes, now: int = NOW) -> DeviceReading:
    found = [item for item in codec.decode(topic, raw, now) if isinstance(item, DeviceReading)]
    assert len(found) == 1
    return found[0]


def test_an_alias_means_what_the_birth_said() -> None:
    codec = SparkplugCodec()
    born(codec)
    data = payload(2, (None, 2, True), (None, 1, -7), ("gone", None, None))
    reading = read(codec, DEVICE.format("DDATA"), data)
    assert reading.values == {"Inputs/Smoke": True, "t": -7}
    assert (reading.device_ref, reading.event_id, reading.device_at_ms) == ("g/n/d", "5-2", 5)


def test_data_before_its_birth_asks_for_it_once_in_a_while() -> None:
    codec = SparkplugCodec()
    data = payload(9, (None, 2, True))
    requests = []
    for now in (NOW, NOW + 1, NOW + REBIRTH_MS):
        with pytest.raises(CodecError) as caught:
            codec.decode(DEVICE.format("DDATA"), data, now)
        assert caught.value.reason == "no_birth"
        requests.append(caught.value.request)
    assert [request is not None for request in requests] == [True, False, True]
    assert requests[0] is not None
    assert requests[0].topic == "spBv1.0/g/NCMD/n"
    [metric] = Payload.FromString(requests[0].payload).metrics
    assert (metric.name, metric.boolean_value) == ("Node Control/Rebirth", True)


def test_data_with_names_needs_no_birth() -> None:
    reading = read(SparkplugCodec(), DEVICE.format("DDATA"), payload(9, ("smoke", None, True)))
    assert reading.values == {"smoke": True}


def test_a_gap_in_the_sequence_is_read_and_asks_for_a_birth() -> None:
    codec = SparkplugCodec()
    born(codec)
    good = codec.decode(DEVICE.format("DDATA"), payload(2, (None, 2, True)), NOW)
    assert not [item for item in good if isinstance(item, Request)]
    gap = codec.decode(DEVICE.format("DDATA"), payload(9, (None, 2, False)), NOW)
    assert [type(item) for item in gap] == [DeviceReading, Request]


def test_the_sequence_begins_anew_after_255() -> None:
    codec = SparkplugCodec()
    born(codec)
    for seq in (*range(2, 256), 0, 1):
        found = codec.decode(NODE.format("NDATA"), payload(seq, (None, 1, 5)), NOW)
        assert [type(item) for item in found] == [DeviceReading]


def test_a_node_that_dies_takes_its_devices_and_aliases_along() -> None:
    codec = SparkplugCodec()
    born(codec, bd_seq=3)
    assert not codec.decode(NODE.format("NDEATH"), payload(None, ("bdSeq", None, 2)), NOW)
    gone = codec.decode(NODE.format("NDEATH"), payload(None, ("bdSeq", None, 3)), NOW)
    assert [(i.device_ref, i.online) for i in gone if isinstance(i, DeviceReading)] == [
        ("g/n", False),
        ("g/n/d", False),
    ]
    with pytest.raises(CodecError, match="no_birth"):
        codec.decode(DEVICE.format("DDATA"), payload(2, (None, 2, True)), NOW)


def test_nodes_in_memory_are_bounded() -> None:
    codec = SparkplugCodec()
    for number in range(MAX_NODES + 10):
        codec.decode(f"spBv1.0/g/NBIRTH/n{number}", payload(0, ("t", 1, 5)), NOW)
    assert len(codec._nodes) == MAX_NODES
    with pytest.raises(CodecError, match="no_birth"):
        codec.decode("spBv1.0/g/NDATA/n0", payload(1, (None, 1, 5)), NOW)


def test_data_without_a_type_mean_what_the_birth_said() -> None:
    codec = SparkplugCodec()
    born(codec)
    data = Payload(timestamp=5, seq=2)
    data.metrics.add(alias=1, int_value=0xFFFFFFF9)
    assert read(codec, NODE.format("NDATA"), data.SerializeToString()).values == {"t": -7}


def test_a_death_of_a_device_is_counted_and_so_no_gap() -> None:
    codec = SparkplugCodec()
    born(codec)
    [gone] = codec.decode(DEVICE.format("DDEATH"), payload(2), NOW)
    assert isinstance(gone, DeviceReading)
    assert not gone.online
    found = codec.decode(NODE.format("NDATA"), payload(3, (None, 1, 5)), NOW)
    assert [type(item) for item in found] == [DeviceReading]


@pytest.mark.parametrize(("quality", "historical"), [(None, True), (0, False), (500, False)])
def test_what_is_past_or_not_sure_changes_nothing(quality: int | None, historical: bool) -> None:
    data = Payload(timestamp=5, seq=2)
    metric = data.metrics.add(name="smoke", boolean_value=True, is_historical=historical)
    if quality is not None:
        metric.properties.keys.append("Quality")
        metric.properties.values.add(type=3, int_value=quality)
    data.metrics.add(name="battery", int_value=80)
    reading = read(SparkplugCodec(), DEVICE.format("DDATA"), data.SerializeToString())
    assert reading.values == {"battery": 80}


def test_a_good_quality_is_believed() -> None:
    data = Payload(timestamp=5, seq=2)
    metric = data.metrics.add(name="smoke", boolean_value=True)
    metric.properties.keys.extend(["Unit", "Quality"])
    metric.properties.values.add(type=12)
    metric.properties.values.add(type=3, int_value=192)
    reading = read(SparkplugCodec(), DEVICE.format("DDATA"), data.SerializeToString())
    assert reading.values == {"smoke": True}


@pytest.mark.parametrize("topic", ["spBv1.0/g/NDATA", "spBv1.0/g/NDATA/n/d", "spBv1.0//NDATA/n"])
def test_other_topics_are_no_nodes(topic: str) -> None:
    with pytest.raises(CodecError, match="bad_topic"):
        SparkplugCodec().decode(topic, payload(0), NOW)
