"""The codec port: what turns a maker's MQTT message into canonical ones, and how it fails."""

from typing import Any, Protocol

import orjson

from iot_bridge.protocol.decoded import DeviceMessage
from iot_bridge.protocol.privacy import scrub_text
from iot_bridge.protocol.reasons import DeadLetterReason


class CodecError(Exception):
    """A payload that cannot become a message: `reason` for the table, `detail` for the operator.

    The detail names fields and never repeats a payload's values unscrubbed.
    """

    def __init__(self, reason: DeadLetterReason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason.value)
        self.reason = reason
        self.detail = detail


class Codec(Protocol):
    """One maker's format, at one version.

    `filters` are the MQTT topic filters it reads, `max_bytes` its own payload limit (a face terminal sends
    pictures of a megabyte, which are dropped here), and `silence_s` how long a healthy device of this make
    may say nothing.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def filters(self) -> tuple[str, ...]: ...
    @property
    def max_bytes(self) -> int: ...
    @property
    def silence_s(self) -> int: ...

    def decode(self, topic: str, payload: bytes, received_at_ms: int) -> list[DeviceMessage]:
        """Decode one MQTT message; an empty list is a message that says nothing. Raises only CodecError."""
        ...


def quoted(value: object, limit: int = 40) -> str:
    """A payload's own word for use in a detail: scrubbed, cut and quoted."""
    return repr(scrub_text(str(value)[: 4 * limit])[:limit])


def load_object(payload: bytes, max_bytes: int) -> dict[str, Any]:
    """Parse a JSON object within the limit. Raises CodecError (too_large, not_json, bad_envelope)."""
    if len(payload) > max_bytes:
        raise CodecError(DeadLetterReason.TOO_LARGE, f"{len(payload)} bytes, at most {max_bytes}")
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise CodecError(
            DeadLetterReason.NOT_JSON, f"line {error.lineno} column {error.colno}"
        ) from None
    if not isinstance(value, dict):
        raise CodecError(DeadLetterReason.BAD_ENVELOPE, "the payload is not a JSON object")
    return value
