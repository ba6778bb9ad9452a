"""The codec port: what turns a maker's MQTT message into canonical ones, and how it fails."""

import hmac
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import orjson

from iot_bridge.protocol.actions import CommandResult, DeviceAction
from iot_bridge.protocol.decoded import Decodable, Order, Request, Scalar
from iot_bridge.protocol.messages import MAX_PAYLOAD_BYTES
from iot_bridge.protocol.privacy import scrub_text
from iot_bridge.protocol.reasons import DeadLetterReason
from iot_bridge.protocol.topics import Kind


class CodecError(Exception):
    """A payload that cannot become a message: `reason` for the table, `detail` for the operator.

    The detail names fields and never repeats a payload's values unscrubbed. `request` is what to say
    to the sender so that the next message can be read.
    """

    def __init__(
        self, reason: DeadLetterReason, detail: str = "", request: Request | None = None
    ) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason.value)
        self.reason = reason
        self.detail = detail
        self.request = request


class Codec(Protocol):
    """One maker's format, at one version. `MakerCodec` has defaults for what most codecs do not need.

    `filters` are the MQTT topic filters it reads, `commands` those of the requests it makes, `max_bytes`
    its own payload limit (a face terminal sends pictures of a megabyte, which are dropped here), and
    `silence_s` how long a healthy device of this make may say nothing before it counts as off line. A codec
    may have `late_s`: after how long it is late, None for two thirds of that, and never where that is more
    than an hour (`rules.thresholds.timing_of`). `announces`: it reads of devices
    and not from them, so that no device is registered with it.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def filters(self) -> tuple[str, ...]: ...
    @property
    def commands(self) -> tuple[str, ...]: ...
    @property
    def max_bytes(self) -> int: ...
    @property
    def silence_s(self) -> int: ...
    @property
    def announces(self) -> bool: ...

    def reference(self, topic: str) -> str | None:
        """What the maker calls the device, as far as the topic alone tells; None if only the payload does."""
        ...

    def decode(self, topic: str, payload: bytes, received_at_ms: int) -> Sequence[Decodable]:
        """Decode one MQTT message; an empty answer is a message that says nothing. Raises only CodecError."""
        ...

    def carries(self, kind: Kind) -> tuple[DeviceAction, ...]:
        """What devices of this make and kind can be told to do, of `protocol.actions.ACTIONS`."""
        ...

    def encode_command(self, order: Order) -> Request:
        """The message that tells a device so. Raises CodecError for what `carries` does not name."""
        ...


class MakerCodec:
    """What most makers' codecs have in common; a subclass names itself and decodes.

    `shows_results`: its protocol answers no command by name, so that what became of one is seen in the next
    readings (`answered`). `opens_by_output`: what opens a gate depends on its wiring, so that opening is offered
    only where the device's fields name the output (`mapping.OPENS`).
    """

    name: str
    version: str = "1"
    filters: tuple[str, ...]
    commands: tuple[str, ...] = ()
    max_bytes: int = MAX_PAYLOAD_BYTES
    silence_s: int = 90
    late_s: int | None = None
    announces: bool = False
    shows_results: bool = False
    opens_by_output: bool = False

    def reference(self, topic: str) -> str | None:
        """None: the payload tells."""
        return None

    def decode(self, topic: str, payload: bytes, received_at_ms: int) -> Sequence[Decodable]:
        """For the subclass. Raises only CodecError."""
        raise NotImplementedError

    def carries(self, kind: Kind) -> tuple[DeviceAction, ...]:
        """Nothing: most makers' devices only report."""
        return ()

    def encode_command(self, order: Order) -> Request:
        """For a subclass that carries some."""
        raise CodecError(DeadLetterReason.UNKNOWN_TYPE, f"{self.name} carries no {order.action}")

    def answered(
        self, action: DeviceAction, output: str, values: Mapping[str, Scalar]
    ) -> CommandResult | None:
        """For a subclass with `shows_results`: whether a reading shows what became of a command; None if it does not."""
        return None


MAX_FIELDS = 256
_MAX_TEXT = 120
_MAX_PATH = 120


def flatten(raw: dict[str, Any]) -> dict[str, Scalar]:
    """The numbers, words and flags of an object by their path (`AM2301.Temperature`).

    Lists and nulls are left out, and whatever comes after MAX_FIELDS values.
    """
    values: dict[str, Scalar] = {}
    pending: list[tuple[str, dict[str, Any]]] = [("", raw)]
    while pending and len(values) < MAX_FIELDS:
        prefix, part = pending.pop()
        for key, value in part.items():
            path = prefix + key
            if len(path) > _MAX_PATH:
                continue
            if isinstance(value, dict):
                pending.append((f"{path}.", value))
            elif isinstance(value, str):
                values[path] = value[:_MAX_TEXT]
            elif isinstance(value, bool | int | float):
                values[path] = value
    return values


_ARRIVAL_KEY = secrets.token_bytes(32)
"""Of this process, in its memory only."""


def arrival_id(topic: str, payload: bytes, received_at_ms: int) -> str:
    """An event id for formats that have none: the moment it came, and what came.

    A delivery repeated later gets another one, so a format without ids counts it again. Keyed, for the payload
    may hold what is stripped and the id is kept: nobody can try out whether some address was in it.
    """
    digest = hmac.digest(_ARRIVAL_KEY, topic.encode() + b"\0" + payload, "sha256")[:6].hex()
    return f"rx-{received_at_ms}-{digest}"


def usable_reference(text: object) -> str | None:
    """A maker's word for a device, if it can be kept: 1 to 64 printable characters."""
    if isinstance(text, str) and 0 < len(text) <= 64 and text.isprintable():
        return text
    return None


def topic_part(text: str) -> str:
    """A maker's word for a device as one level of a topic. Raises CodecError if it would be more or less than one."""
    if not text or set(text) & set("/+#\0"):
        raise CodecError(DeadLetterReason.BAD_TOPIC, f"{quoted(text)} is no level of a topic")
    return text


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
