"""What the samples do not show of the foreign codecs: ids, clocks and the edges of their formats."""

import base64
import json
from typing import Any

import pytest

from iot_bridge.codecs.base import CodecError
from iot_bridge.codecs.registry import REGISTRY, decode_with
from iot_bridge.protocol.decoded import DeviceMessage
from iot_bridge.protocol.reasons import DeadLetterReason

EUI = "000B78FFFF000001"
UP = f"application/1/device/{EUI.lower()}/event/up"
UPLINK = {"deviceInfo": {"devEui": EUI}, "fCnt": 7, "fPort": 1, "data": "AQ=="}
RECORD = {"VerifyStatus": 1, "RecordID": 5, "time": "2025-11-22 00:00:07"}


def decode(topic: str, payload: Any) -> DeviceMessage:
    codec = REGISTRY.candidates(topic)[-1]  # of two, the one that reads the frames
    [message] = decode_with(codec, topic, json.dumps(payload).encode(), 1000)
    assert isinstance(message, DeviceMessage)
    return message


def refused(topic: str, payload: Any) -> CodecError:
    with pytest.raises(CodecError) as caught:
        decode(topic, payload)
    return caught.value


def test_an_uplink_without_deduplication_id_is_named_by_its_frame() -> None:
    message = decode(UP, UPLINK)
    assert (message.device_ref, message.event_id) == (EUI.lower(), f"{EUI.lower()}-7")
    assert message.device_at_ms is None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"deviceInfo": {"devEui": "000B78FFFF000002"}}, "devEui"),
        ({"deviceInfo": None}, "devEui"),
        ({"fCnt": "7"}, "fCnt"),
        ({"fPort": True}, "fPort"),
        ({"data": ""}, "object.occupied"),
        ({"data": "AQ"}, "data"),
        ({"fPort": 3, "data": base64.b64encode(bytes(16)).decode()}, "17 bytes"),
        ({"time": "yesterday"}, "time"),
        ({"time": "2025-11-22T00:00:00"}, "time"),
        ({"time": 5}, "time"),
    ],
)
def test_a_wrong_uplink_names_the_field(change: dict[str, Any], named: str) -> None:
    assert named in refused(UP, {**UPLINK, **change}).detail


def test_a_battery_the_device_cannot_tell_is_not_told() -> None:
    status = {"deviceInfo": {"devEui": EUI}, "batteryLevelUnavailable": True, "batteryLevel": 0}
    message = decode(UP.replace("/up", "/status"), status)
    assert message.data == {"online": True}
    assert (
        "batteryLevel"
        in refused(
            UP.replace("/up", "/status"), {"deviceInfo": {"devEui": EUI}, "batteryLevel": 300}
        ).detail
    )


def test_a_record_pushed_again_has_the_same_id() -> None:
    once, again = (
        decode("mqtt/face/T1/Rec", {"operator": "RecPush", "info": {**RECORD, "PushType": push}})
        for push in (0, 2)
    )
    assert once.event_id == again.event_id == "rec-5-1763740807"


def test_a_face_nobody_asked_to_verify_is_a_sign_of_life() -> None:
    info = {**RECORD, "VerifyStatus": "0"}
    message = decode("mqtt/face/T1/Rec", {"operator": "RecPush", "info": info})
    assert (message.type, message.data) == ("state", {"online": True})


def test_a_megabyte_of_picture_is_read_and_dropped() -> None:
    info = {**RECORD, "pic": "data:image/jpeg;base64," + "A" * 1_400_000}
    message = decode("mqtt/face/T1/Rec", {"operator": "RecPush", "info": info})
    assert message.type == "pass"
    assert message.stripped == {"image": 1}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"VerifyStatus": None}, "VerifyStatus"),
        ({"RecordID": "five"}, "RecordID"),
        ({"time": None}, "time"),
        ({"time": "22/11/2025"}, "time"),
    ],
)
def test_a_wrong_record_names_the_field(change: dict[str, Any], named: str) -> None:
    payload = {"operator": "RecPush", "info": {**RECORD, **change}}
    error = refused("mqtt/face/T1/Rec", payload)
    assert error.reason is DeadLetterReason.BAD_DATA
    assert named in error.detail


@pytest.mark.parametrize("payload", [{}, {"operator": "RecPush"}, {"operator": 5, "info": {}}])
def test_a_push_without_its_frame_is_a_bad_envelope(payload: Any) -> None:
    assert refused("mqtt/face/T1/Rec", payload).reason is DeadLetterReason.BAD_ENVELOPE


def test_a_batch_that_names_no_probe_is_refused() -> None:
    assert "names the probe" in refused("Sniffer", {"MAC": []}).detail
    assert decode("Sniffer", {"MAC": [], "ID": 99}).device_ref == "99"


def test_a_batch_with_uneven_arrays_is_refused() -> None:
    assert "TYPE" in refused("Sniffer/p", {"MAC": ["5c:cf:7f:10:20:30"], "TYPE": []}).detail


def test_addresses_come_in_four_spellings_and_groups_are_no_stations() -> None:
    spelt = ["5c:cf:7f:10:20:30", "5C-CF-7F-10-20-30", "5ccf.7f10.2030", "5ccf7f102030"]
    message = decode("Sniffer/p", {"MAC": [*spelt, "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"]})
    assert message.macs is not None
    assert set(message.macs.reveal()) == {bytes.fromhex("5ccf7f102030")}
