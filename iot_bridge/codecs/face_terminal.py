"""Face terminals at gates that speak the `mqtt/face/…` protocol, common to many Chinese makers.

Source: "MQTT Protocol of Intelligent Network Camera" V1.25 (Chongqing Huifan Technology / HFSecurity),
sections on device status, identification records and stranger captures, as integrators publish it; checked
against payloads captured from real firmware (`personName` where the document writes `persionName`; numbers
sent as strings). JSON `{"operator": …, "info": {…}}`:

  mqtt/face/{id}/Rec   RecPush      VerifyStatus 0 not verified, 1 allowed, 2 refused, 3 not registered
  mqtt/face/{id}/Snap  StrSnapPush  an unregistered face
  mqtt/face/heartbeat  HeartBeat    every 30 to 60 s, `facesluiceId` names the terminal
  mqtt/face/basic      Online, Offline (the Last Will)

The payloads are full of persons (name, ID card, telephone, face and scene pictures, ids). Only the
operator, the record's number, its time and the result are read; everything personal is stripped and counted.
`time` is the terminal's local clock, without an offset: China Standard Time.

Alarm messages (`mqtt/face/{id}/Alarm`) are announced by the protocol, but their codes are not public; they
go to the dead letters as unknown_type until a maker's document is at hand.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from iot_bridge.codecs.base import CodecError, MakerCodec, load_object, quoted, usable_reference
from iot_bridge.protocol.decoded import DeviceMessage
from iot_bridge.protocol.messages import STATE
from iot_bridge.protocol.privacy import strip
from iot_bridge.protocol.reasons import DeadLetterReason
from iot_bridge.protocol.topics import Channel, Kind

_CST = timezone(timedelta(hours=8))
_RESULTS: dict[int, tuple[str, dict[str, Any]]] = {
    1: ("pass", {}),
    2: ("denied", {"reason": "refused"}),
    3: ("denied", {"reason": "not_registered"}),
}


class FaceTerminalCodec(MakerCodec):
    """`mqtt/face` protocol V1.25."""

    name = "face_terminal"
    version = "1.25"
    filters = (
        "mqtt/face/heartbeat",
        "mqtt/face/basic",
        "mqtt/face/+/Rec",
        "mqtt/face/+/Snap",
        "mqtt/face/+/Alarm",
    )
    max_bytes = 4 * 1024 * 1024  # a face of 1 MB and a scene of 2 MB, in base64
    late_s = 75
    silence_s = 180  # three heartbeats of 60 s

    def reference(self, topic: str) -> str | None:
        """The terminal's id, where the topic has it."""
        levels = topic.split("/")
        return usable_reference(levels[2]) if len(levels) == 4 else None

    def decode(self, topic: str, payload: bytes, received_at_ms: int) -> Sequence[DeviceMessage]:
        """A verified record is pass or denied, a stranger denied; heartbeats and the will are state."""
        raw, stripped = strip(load_object(payload, self.max_bytes))
        operator, info = raw.get("operator"), raw.get("info")
        if not isinstance(operator, str):
            raise CodecError(DeadLetterReason.BAD_ENVELOPE, "operator: must be a string")
        if not isinstance(info, dict):
            raise CodecError(DeadLetterReason.BAD_ENVELOPE, "info: must be an object")
        ref = _device_ref(topic, info)
        match operator:
            case "RecPush":
                return [_record(ref, info, stripped)]
            case "StrSnapPush":
                denied = _RESULTS[3]
                return [_event(ref, denied, "snap", _number(info, "SnapID"), info, stripped)]
            case "HeartBeat" | "Online":
                return [_state(ref, True, info, stripped)]
            case "Offline":
                return [_state(ref, False, info, stripped)]
            case _:
                raise CodecError(
                    DeadLetterReason.UNKNOWN_TYPE, f"operator {quoted(operator)} is not read"
                )


def _device_ref(topic: str, info: dict[str, Any]) -> str:
    """The terminal's id: in the topic of a record, in the body of a heartbeat or a will."""
    levels = topic.split("/")
    ref = levels[2] if len(levels) == 4 else info.get("facesluiceId")
    if not isinstance(ref, str) or not 0 < len(ref) <= 64 or not ref.isprintable():
        raise CodecError(DeadLetterReason.BAD_ENVELOPE, "info.facesluiceId: required")
    return ref


def _record(ref: str, info: dict[str, Any], stripped: dict[str, int]) -> DeviceMessage:
    status = _number(info, "VerifyStatus")
    if status == 0:  # recognised, not asked to open anything: a sign of life
        return _state(ref, True, info, stripped)
    if status not in _RESULTS:
        raise CodecError(DeadLetterReason.BAD_DATA, "info.VerifyStatus: must be 0 to 3")
    return _event(ref, _RESULTS[status], "rec", _number(info, "RecordID"), info, stripped)


def _event(
    ref: str,
    result: tuple[str, dict[str, Any]],
    series: str,
    number: int,
    info: dict[str, Any],
    stripped: dict[str, int],
) -> DeviceMessage:
    """Record numbers begin anew when the terminal's database is wiped, so the id carries the time too."""
    at = _time(info)
    if at is None:
        raise CodecError(DeadLetterReason.BAD_DATA, "info.time: required")
    event_id = f"{series}-{number}-{at // 1000}"
    return DeviceMessage(
        device_ref=ref,
        kind=Kind.FACE_GATE,
        channel=Channel.EVENT,
        type=result[0],
        data=dict(result[1]),
        event_id=event_id,
        ack_id=event_id,
        device_at_ms=at,
        stripped=stripped,
    )


def _state(ref: str, online: bool, info: dict[str, Any], stripped: dict[str, int]) -> DeviceMessage:
    return DeviceMessage(
        device_ref=ref,
        kind=Kind.FACE_GATE,
        channel=Channel.STATE,
        type=STATE,
        data={"online": online},
        device_at_ms=_time(info),
        stripped=stripped,
    )


def _number(info: dict[str, Any], field: str) -> int:
    """A number, which this protocol sends as a string as often as not."""
    value = info.get(field)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
        return int(value)
    if type(value) is int and 0 <= value < 10**18:
        return value
    raise CodecError(DeadLetterReason.BAD_DATA, f"info.{field}: must be a number")


def _time(info: dict[str, Any]) -> int | None:
    text = info.get("time")
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
        if len(text) == len("YYYY-MM-DD HH:MM:SS") and at.tzinfo is None and at.year >= 1970:
            return max(0, int(at.replace(tzinfo=_CST).timestamp() * 1000))
    except (TypeError, ValueError):
        pass
    raise CodecError(DeadLetterReason.BAD_DATA, "info.time: must be YYYY-MM-DD HH:MM:SS")
