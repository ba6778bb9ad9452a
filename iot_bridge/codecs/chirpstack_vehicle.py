"""LoRaWAN vehicle-presence sensors on fire lanes, through ChirpStack's MQTT integration.

Network server: ChirpStack v4, "Integrations → MQTT" and "→ Event types" (JSON marshaler, which is the
Protocol Buffers JSON mapping of `integration.UplinkEvent` and `integration.StatusEvent`, chirpstack_api
4.18): topic `application/{application id}/device/{DevEUI}/event/{up|status|join}`, `data` in base64.

Sensor: Bosch Parking Lot Sensor (TPS110). FRMPayload by fPort, after Bosch's communication interface as the
decoder of Sensational Systems and Configured Things publishes it (bosch-parking-lot-sensor-decoder):

  1 parking status, 2 heartbeat (every 24 h)   [0] 1 occupied, 0 free; [1] temperature °C, newer firmware
  3 start-up                                   [12..14] firmware, [15] reset reason, [16] bit 0 occupied
  4 device information, 5 usage, 6 debug, 7 temperature alert   nothing about the lane: a sign of life

A decoder in the device profile (`object.occupied`) is believed where there is no `data`.
"""

import base64
import binascii
import re
from datetime import datetime
from typing import Any

from iot_bridge.codecs.base import CodecError, load_object, quoted
from iot_bridge.protocol.decoded import DeviceMessage
from iot_bridge.protocol.messages import MAX_PAYLOAD_BYTES, STATE
from iot_bridge.protocol.privacy import strip
from iot_bridge.protocol.reasons import DeadLetterReason
from iot_bridge.protocol.topics import Channel, Kind

_DEDUPLICATION_ID = re.compile(r"[0-9A-Fa-f-]{32,36}")
_STATUS_PORTS = (1, 2)
_STARTUP_PORT = 3
_STARTUP_LENGTH = 17
_LIFE_PORTS = (4, 5, 6, 7)


class ChirpStackVehicleCodec:
    """ChirpStack v4 events of a Bosch TPS110."""

    name = "chirpstack_vehicle"
    version = "4"
    filters = (
        "application/+/device/+/event/up",
        "application/+/device/+/event/status",
        "application/+/device/+/event/join",
    )
    max_bytes = MAX_PAYLOAD_BYTES
    silence_s = 90_000  # 25 h: a heartbeat a day, and one hour's grace

    def decode(self, topic: str, payload: bytes, received_at_ms: int) -> list[DeviceMessage]:
        """An uplink about the lane is occupied or vacated; any other is a sign of life, with battery."""
        levels = topic.split("/")
        if len(levels) != 6:
            raise CodecError(DeadLetterReason.BAD_TOPIC, "not a ChirpStack event topic")
        raw, stripped = strip(load_object(payload, self.max_bytes))
        dev_eui = _dev_eui(raw, levels[3])
        device_at_ms = _time(raw)
        if levels[5] == "up":
            occupied = _occupied(raw)
            if occupied is not None:
                event_id = _event_id(raw, dev_eui)
                return [
                    DeviceMessage(
                        device_ref=dev_eui,
                        kind=Kind.FIRE_LANE,
                        channel=Channel.EVENT,
                        type="occupied" if occupied else "vacated",
                        data={"occupied": occupied},
                        event_id=event_id,
                        ack_id=event_id,
                        device_at_ms=device_at_ms,
                        stripped=stripped,
                    )
                ]
        data: dict[str, Any] = {"online": True}
        if levels[5] == "status":
            data |= _battery(raw)
        return [
            DeviceMessage(
                device_ref=dev_eui,
                kind=Kind.FIRE_LANE,
                channel=Channel.STATE,
                type=STATE,
                data=data,
                device_at_ms=device_at_ms,
                stripped=stripped,
            )
        ]


def _dev_eui(raw: dict[str, Any], in_topic: str) -> str:
    info = raw.get("deviceInfo")
    dev_eui = info.get("devEui") if isinstance(info, dict) else None
    if not isinstance(dev_eui, str) or not _is_eui(dev_eui):
        raise CodecError(DeadLetterReason.BAD_ENVELOPE, "deviceInfo.devEui: must be 16 hex digits")
    if dev_eui.lower() != in_topic.lower():
        raise CodecError(DeadLetterReason.BAD_ENVELOPE, "deviceInfo.devEui: not the topic's DevEUI")
    return dev_eui.lower()


def _is_eui(text: str) -> bool:
    return len(text) == 16 and all(character in "0123456789abcdefABCDEF" for character in text)


def _event_id(raw: dict[str, Any], dev_eui: str) -> str:
    """The deduplication UUID of the network server, else DevEUI and frame counter."""
    dedup = raw.get("deduplicationId")
    if isinstance(dedup, str) and _DEDUPLICATION_ID.fullmatch(dedup):
        return dedup
    counter = raw.get("fCnt")
    if type(counter) is not int or not 0 <= counter < 2**32:
        raise CodecError(DeadLetterReason.BAD_ENVELOPE, "deduplicationId or fCnt: required")
    return f"{dev_eui}-{counter}"


def _time(raw: dict[str, Any]) -> int | None:
    text = raw.get("time")
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None and at.year >= 1970:
            return int(at.timestamp() * 1000)
    except (TypeError, ValueError, OverflowError):
        pass
    raise CodecError(DeadLetterReason.BAD_ENVELOPE, "time: must be RFC 3339 with an offset")


def _occupied(raw: dict[str, Any]) -> bool | None:
    """What the uplink says of the lane; None when it is about something else."""
    port = raw.get("fPort")
    if type(port) is not int:
        raise CodecError(DeadLetterReason.BAD_ENVELOPE, "fPort: must be an integer")
    if port in _LIFE_PORTS:
        return None
    if port not in (*_STATUS_PORTS, _STARTUP_PORT):
        raise CodecError(DeadLetterReason.UNKNOWN_TYPE, f"fPort: {quoted(port)} is not a TPS110's")
    if not raw.get("data"):
        return _from_object(raw.get("object"))
    frame = _frame(raw["data"])
    if port == _STARTUP_PORT:
        if len(frame) != _STARTUP_LENGTH:
            raise CodecError(DeadLetterReason.BAD_DATA, "data: a start-up frame has 17 bytes")
        return bool(frame[16] & 1)
    if not frame or frame[0] > 1:
        raise CodecError(DeadLetterReason.BAD_DATA, "data: byte 0 must be 0 or 1")
    return frame[0] == 1


def _frame(data: object) -> bytes:
    try:
        if isinstance(data, str):
            return base64.b64decode(data, validate=True)
    except binascii.Error:
        pass
    raise CodecError(DeadLetterReason.BAD_DATA, "data: must be base64")


def _from_object(decoded: object) -> bool:
    occupied = decoded.get("occupied") if isinstance(decoded, dict) else None
    if not isinstance(occupied, bool):
        raise CodecError(DeadLetterReason.BAD_DATA, "data, or object.occupied: required")
    return occupied


def _battery(raw: dict[str, Any]) -> dict[str, int]:
    """`batteryLevel` in percent; absent on external power or when the device cannot tell."""
    if raw.get("externalPowerSource") is True or raw.get("batteryLevelUnavailable") is True:
        return {}
    level = raw.get("batteryLevel")
    if level is None:
        return {}
    if type(level) not in (int, float) or not 0 <= level <= 100:
        raise CodecError(DeadLetterReason.BAD_DATA, "batteryLevel: must be 0 to 100")
    return {"battery": round(level)}
