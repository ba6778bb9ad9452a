"""LoRaWAN devices behind ChirpStack v4, by what the codec of their device profile makes of their frames.

Source: ChirpStack v4, "Integrations → MQTT" and "→ Event types" (www.chirpstack.io/docs/chirpstack/integrations/),
JSON marshaler, which is the Protocol Buffers JSON mapping of `integration.UplinkEvent`, `StatusEvent`,
`JoinEvent` and `LogEvent` (chirpstack_api 4.18). The examples there leave out what has its default value, as the
first versions did; later ones write it (`api/rust/build.rs`, `emit_fields`). Both are read:

  application/{application id}/device/{DevEUI}/event/up      `object` as the profile's codec decodes it
                                               …/status  battery and margin
                                               …/join    the device joined
                                               …/log     the network server's own words: nothing of the device

`…/ack`, `…/txack` and `…/location` are not asked for. An uplink without port or data is one of MAC commands only,
a sign of life. With `joinServerContext` the payload is encrypted for somebody else and cannot be read.

Devices whose frames are read here in `data` instead have a codec of their own on the same topics
(`chirpstack_vehicle`), which uses what this module knows of the events.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from iot_bridge.codecs.base import CodecError, MakerCodec, flatten, load_object
from iot_bridge.protocol.decoded import Decodable, DeviceReading, Scalar
from iot_bridge.protocol.privacy import strip
from iot_bridge.protocol.reasons import DeadLetterReason

EVENTS = "application/+/device/+/event/"

_DEDUPLICATION_ID = re.compile(r"[0-9A-Fa-f-]{32,36}")


class ChirpStackCodec(MakerCodec):
    """Events whose `object` holds the values."""

    name = "chirpstack"
    version = "4"
    filters = tuple(EVENTS + event for event in ("up", "status", "join", "log"))
    silence_s = 90_000  # 25 h: LoRaWAN sensors send a heartbeat a day, and one hour's grace

    def reference(self, topic: str) -> str | None:
        """The DevEUI, in lower case."""
        return topic_eui(topic)

    def decode(self, topic: str, payload: bytes, received_at_ms: int) -> Sequence[Decodable]:
        """A reading; nothing for a log entry."""
        event, raw, stripped = load_event(topic, payload, self.max_bytes)
        if event == "log":
            return []
        dev_eui = device_eui(raw, topic)
        values, problem = _values(event, raw)
        return [
            DeviceReading(
                device_ref=dev_eui,
                values=values,
                event_id=event_id(raw, dev_eui),
                device_at_ms=event_time(raw),
                stripped=stripped,
                model=_profile(raw),
                problem=problem,
            )
        ]


def topic_eui(topic: str) -> str | None:
    """The DevEUI that a topic names, in lower case."""
    levels = topic.split("/")
    return levels[3].lower() if len(levels) == 6 and _is_eui(levels[3]) else None


def load_event(
    topic: str, payload: bytes, max_bytes: int
) -> tuple[str, dict[str, Any], dict[str, int]]:
    """The event's name, its content without personal fields, and what was stripped. Raises CodecError."""
    levels = topic.split("/")
    if len(levels) != 6:
        raise CodecError(DeadLetterReason.BAD_TOPIC, "not a ChirpStack event topic")
    raw, stripped = strip(load_object(payload, max_bytes))
    return levels[5], raw, stripped


def device_eui(raw: dict[str, Any], topic: str) -> str:
    """`deviceInfo.devEui`, which must be the topic's; in lower case. Raises CodecError."""
    info = raw.get("deviceInfo")
    dev_eui = info.get("devEui") if isinstance(info, dict) else None
    if not isinstance(dev_eui, str) or not _is_eui(dev_eui):
        raise CodecError(DeadLetterReason.BAD_ENVELOPE, "deviceInfo.devEui: must be 16 hex digits")
    if dev_eui.lower() != topic_eui(topic):
        raise CodecError(DeadLetterReason.BAD_ENVELOPE, "deviceInfo.devEui: not the topic's DevEUI")
    return dev_eui.lower()


def is_encrypted(raw: dict[str, Any]) -> bool:
    """Whether the network server does not hold the key of the payload (`UplinkEvent.join_server_context`)."""
    return bool(raw.get("joinServerContext"))


def event_id(raw: dict[str, Any], dev_eui: str) -> str:
    """The deduplication UUID of the network server, else DevEUI and frame counter. Raises CodecError."""
    dedup = raw.get("deduplicationId")
    if isinstance(dedup, str) and _DEDUPLICATION_ID.fullmatch(dedup):
        return dedup
    counter = raw.get("fCnt")
    if type(counter) is not int or not 0 <= counter < 2**32:
        raise CodecError(DeadLetterReason.BAD_ENVELOPE, "deduplicationId or fCnt: required")
    return f"{dev_eui}-{counter}"


def event_time(raw: dict[str, Any]) -> int | None:
    """`time` in epoch ms, None when it is absent. Raises CodecError."""
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


def battery(raw: dict[str, Any]) -> dict[str, int]:
    """`batteryLevel` in percent; it means nothing on external power or when the device cannot tell."""
    if raw.get("externalPowerSource") is True or raw.get("batteryLevelUnavailable") is True:
        return {}
    level = raw.get("batteryLevel")
    if level is None:
        return {}
    if type(level) not in (int, float) or not 0 <= level <= 100:
        raise CodecError(DeadLetterReason.BAD_DATA, "batteryLevel: must be 0 to 100")
    return {"battery": round(level)}


def _values(event: str, raw: dict[str, Any]) -> tuple[dict[str, Scalar], str]:
    """The values of an event, and what keeps them from being read."""
    if event == "status":
        return dict(battery(raw)), ""
    if event != "up":
        return {}, ""
    decoded = raw.get("object")
    if isinstance(decoded, dict) and decoded:
        return flatten(decoded), ""
    if is_encrypted(raw):
        return (
            {},
            "data: encrypted end to end (joinServerContext); the key must be the network server's",
        )
    if raw.get("data"):
        return (
            {},
            "object: missing; give the device profile a codec, or the device one that reads data",
        )
    return {}, ""


def _profile(raw: dict[str, Any]) -> str:
    info = raw.get("deviceInfo")
    name = info.get("deviceProfileName") if isinstance(info, dict) else None
    return name[:60] if isinstance(name, str) else ""


def _is_eui(text: str) -> bool:
    return len(text) == 16 and all(character in "0123456789abcdefABCDEF" for character in text)
