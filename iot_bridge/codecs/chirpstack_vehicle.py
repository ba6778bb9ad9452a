"""LoRaWAN vehicle-presence sensors on fire lanes, through ChirpStack's MQTT integration.

Network server: ChirpStack v4, whose events `chirpstack` reads; here `data` in base64.

Sensor: Bosch Parking Lot Sensor (TPS110). FRMPayload by fPort, after Bosch's communication interface as the
decoder of Sensational Systems and Configured Things publishes it (bosch-parking-lot-sensor-decoder):

  1 parking status, 2 heartbeat (every 24 h)   [0] 1 occupied, 0 free; [1] temperature °C, newer firmware
  3 start-up                                   [12..14] firmware, [15] reset reason, [16] bit 0 occupied
  4 device information, 5 usage, 6 debug, 7 temperature alert   nothing about the lane: a sign of life
  0 or none: MAC commands only                 a sign of life

A decoder in the device profile (`object.occupied`) is believed where there is no `data`.
"""

import base64
from collections.abc import Sequence
from typing import Any

from iot_bridge.codecs.base import CodecError, MakerCodec, quoted
from iot_bridge.codecs.chirpstack import (
    EVENTS,
    battery,
    device_eui,
    event_id,
    event_time,
    is_encrypted,
    load_event,
    topic_eui,
)
from iot_bridge.protocol.decoded import DeviceMessage
from iot_bridge.protocol.messages import STATE
from iot_bridge.protocol.reasons import DeadLetterReason
from iot_bridge.protocol.topics import Channel, Kind

_STATUS_PORTS = (1, 2)
_STARTUP_PORT = 3
_STARTUP_LENGTH = 17
_LIFE_PORTS = (0, 4, 5, 6, 7)


class ChirpStackVehicleCodec(MakerCodec):
    """ChirpStack v4 events of a Bosch TPS110."""

    name = "chirpstack_vehicle"
    version = "4"
    filters = tuple(EVENTS + event for event in ("up", "status", "join"))
    silence_s = 90_000  # 25 h: a heartbeat a day, and one hour's grace

    def reference(self, topic: str) -> str | None:
        """The DevEUI, in lower case."""
        return topic_eui(topic)

    def decode(self, topic: str, payload: bytes, received_at_ms: int) -> Sequence[DeviceMessage]:
        """An uplink about the lane is occupied or vacated; any other is a sign of life, with battery."""
        event, raw, stripped = load_event(topic, payload, self.max_bytes)
        dev_eui = device_eui(raw, topic)
        device_at_ms = event_time(raw)
        if event == "up":
            occupied = _occupied(raw)
            if occupied is not None:
                id_ = event_id(raw, dev_eui)
                return [
                    DeviceMessage(
                        device_ref=dev_eui,
                        kind=Kind.FIRE_LANE,
                        channel=Channel.EVENT,
                        type="occupied" if occupied else "vacated",
                        data={"occupied": occupied},
                        event_id=id_,
                        ack_id=id_,
                        device_at_ms=device_at_ms,
                        stripped=stripped,
                    )
                ]
        data: dict[str, Any] = {"online": True}
        if event == "status":
            data |= battery(raw)
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


def _occupied(raw: dict[str, Any]) -> bool | None:
    """What the uplink says of the lane; None when it is about something else."""
    port = raw.get("fPort", 0)
    if type(port) is not int:
        raise CodecError(DeadLetterReason.BAD_ENVELOPE, "fPort: must be an integer")
    if port in _LIFE_PORTS:
        return None
    if port not in (*_STATUS_PORTS, _STARTUP_PORT):
        raise CodecError(DeadLetterReason.UNKNOWN_TYPE, f"fPort: {quoted(port)} is not a TPS110's")
    if is_encrypted(raw):
        raise CodecError(
            DeadLetterReason.BAD_DATA, "data: encrypted end to end (joinServerContext)"
        )
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
    except ValueError:  # not the alphabet, not the length, not even ASCII
        pass
    raise CodecError(DeadLetterReason.BAD_DATA, "data: must be base64")


def _from_object(decoded: object) -> bool:
    occupied = decoded.get("occupied") if isinstance(decoded, dict) else None
    if not isinstance(occupied, bool):
        raise CodecError(DeadLetterReason.BAD_DATA, "data, or object.occupied: required")
    return occupied
