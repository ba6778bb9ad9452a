"""Our own format: `sc/v1/…/event`, `state`, `cmd` and `reply`, as docs and mqtt/README.md describe it."""

from base64 import b64decode
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from iot_bridge.codecs.base import CodecError, MakerCodec, load_object, quoted
from iot_bridge.codecs.macs import parse_macs
from iot_bridge.protocol.actions import ACTIONS, DeviceAction
from iot_bridge.protocol.decoded import (
    DeviceMessage,
    Order,
    Reply,
    Request,
    TransientMacs,
    TransientPicture,
)
from iot_bridge.protocol.messages import (
    EVENTS,
    MAX_PAYLOAD_BYTES,
    STATE,
    CommandMessage,
    Envelope,
    Macs,
    NoData,
    Occupied,
    ReplyMessage,
    Seen,
    StateMessage,
    Tampered,
    Vacated,
)
from iot_bridge.protocol.privacy import STRIPPED, hidden_id, is_personal_id, strip
from iot_bridge.protocol.reasons import DeadLetterReason
from iot_bridge.protocol.topics import Channel, Kind, Topic, TopicError, parse_topic

_Model = TypeVar("_Model", bound=BaseModel)

_PICTURED = (Seen, Tampered)

_ENVELOPE_FIELDS = len(Envelope.model_fields)

# The validators themselves: called a few thousand times a second, without pydantic's wrapper around them.
_MODELS: list[type[BaseModel]] = [Envelope, StateMessage, ReplyMessage]
_MODELS += [model for types in EVENTS.values() for model in types.values()]
_VALIDATE: dict[type[BaseModel], Callable[[Any], Any]] = {
    model: TypeAdapter(model).validator.validate_python for model in _MODELS
}


class CanonicalCodec(MakerCodec):
    """Devices that speak the contract themselves."""

    name = "canonical"
    version = "1"
    filters = ("sc/v1/+/+/+/+/+/event", "sc/v1/+/+/+/+/+/state", "sc/v1/+/+/+/+/+/reply")
    max_bytes = MAX_PAYLOAD_BYTES
    late_s = 30
    silence_s = 90

    def decode(
        self, topic: str, payload: bytes, received_at_ms: int
    ) -> Sequence[DeviceMessage | Reply]:
        """One event, state or reply; an empty state payload (a retained message taken back) is none."""
        try:
            parsed = parse_topic(topic)
        except TopicError as error:
            raise CodecError(error.reason, error.detail) from None
        if parsed.channel is Channel.EVENT:
            return [_event(parsed, load_object(payload, self.max_bytes))]
        if parsed.channel is Channel.REPLY:
            return [_reply(parsed, load_object(payload, self.max_bytes))]
        if parsed.channel is not Channel.STATE:
            raise CodecError(DeadLetterReason.BAD_TOPIC, f"nothing is read on {parsed.channel}")
        return [_state(parsed, load_object(payload, self.max_bytes))] if payload else []

    def carries(self, kind: Kind) -> tuple[DeviceAction, ...]:
        """Everything that a kind has."""
        return ACTIONS[kind]

    def encode_command(self, order: Order) -> Request:
        """The command on the device's own `cmd`."""
        message = CommandMessage(
            command_id=order.command_id,
            nonce=order.nonce,
            issued_at=order.issued_at_ms,
            expires_at=order.expires_at_ms,
            action=order.action,
        )
        return Request(str(order.topic), message.model_dump_json().encode())


def _event(topic: Topic, raw: dict[str, Any]) -> DeviceMessage:
    try:
        envelope: Envelope = _VALIDATE[Envelope](raw)
    except ValidationError as error:
        raise _invalid(DeadLetterReason.BAD_ENVELOPE, "", error) from None
    model = EVENTS[topic.kind].get(envelope.type)
    if model is None:
        raise CodecError(
            DeadLetterReason.UNKNOWN_TYPE, f"{topic.kind} has no event {quoted(envelope.type)}"
        )
    data, macs, picture = envelope.data, None, None
    if model is Macs:
        model = NoData
        data, macs = _take_macs(data)
    elif topic.kind is Kind.CAMERA and "snapshot" in data and model in _PICTURED:
        data, picture = _take_picture(data)
    valid, ignored, stripped = _validate(model, data, "data.")
    if isinstance(valid, Occupied | Vacated):
        _require_agreement(valid)
    if len(raw) > _ENVELOPE_FIELDS or "data" not in raw:
        ignored += _count_extras(raw, stripped)
    event_id = envelope.event_id
    return DeviceMessage(
        device_ref=topic.device_id,
        kind=topic.kind,
        channel=topic.channel,
        type=envelope.type,
        data={name: value for name, value in valid.__dict__.items() if value is not None},
        event_id=hidden_id(event_id) if is_personal_id(event_id) else event_id,
        ack_id=event_id,
        device_at_ms=envelope.ts,
        topic=topic,
        stripped=stripped,
        ignored=ignored,
        macs=macs,
        picture=picture,
    )


def _state(topic: Topic, raw: dict[str, Any]) -> DeviceMessage:
    valid, ignored, stripped = _validate(StateMessage, raw, "")
    data: dict[str, Any] = {"online": valid.online}
    if valid.battery is not None:
        data["battery"] = valid.battery
    if "fault" in valid.model_fields_set:
        data["fault"] = valid.fault or None  # an explicit "no fault", unlike a fault not spoken of
    return DeviceMessage(
        device_ref=topic.device_id,
        kind=topic.kind,
        channel=topic.channel,
        type=STATE,
        data=data,
        device_at_ms=valid.ts,
        topic=topic,
        stripped=stripped,
        ignored=ignored,
    )


def _reply(topic: Topic, raw: dict[str, Any]) -> Reply:
    # Our own two words come back as they are: among random digits some look like anything.
    own = {name: raw[name] for name in ("command_id", "nonce") if name in raw}
    rest, stripped = strip({name: value for name, value in raw.items() if name not in own})
    try:
        valid: ReplyMessage = _VALIDATE[ReplyMessage](own | rest)
    except ValidationError as error:
        raise _invalid(DeadLetterReason.BAD_DATA, "", error) from None
    return Reply(
        device_ref=topic.device_id,
        command_id=valid.command_id,
        nonce=valid.nonce,
        result=valid.result,
        detail=valid.detail or "",
        topic=topic,
        stripped=stripped,
    )


def _validate(
    model: type[_Model], data: dict[str, Any], prefix: str
) -> tuple[_Model, int, dict[str, int]]:
    """The data as its model, how many fields the model does not know, and what was stripped."""
    clean, stripped = strip(data)
    try:
        valid: _Model = _VALIDATE[model](clean)
    except ValidationError as error:
        raise _invalid(DeadLetterReason.BAD_DATA, prefix, error) from None
    ignored = len(clean) - len(valid.model_fields_set)
    return valid, ignored, stripped


def _count_extras(raw: dict[str, Any], stripped: dict[str, int]) -> int:
    """Count the envelope's unknown fields, the personal ones under their category."""
    extra, found = strip({k: v for k, v in raw.items() if k not in Envelope.model_fields})
    for category, count in found.items():
        stripped[category] = stripped.get(category, 0) + count
    return len(extra)


def _require_agreement(valid: Occupied | Vacated) -> None:
    expected = isinstance(valid, Occupied)
    if valid.occupied is not expected:
        raise CodecError(
            DeadLetterReason.BAD_DATA,
            f"data.occupied: must be {str(expected).lower()} for this type",
        )


def _take_macs(data: dict[str, Any]) -> tuple[dict[str, Any], TransientMacs]:
    """Take the addresses out before anything else sees the data."""
    rest = {name: value for name, value in data.items() if name != "macs"}
    return rest, parse_macs(data.get("macs"), "data.macs")


def _take_picture(data: dict[str, Any]) -> tuple[dict[str, Any], TransientPicture | None]:
    """Take the picture of a place out before anything else sees the data. A bad one does not spoil the event."""
    rest = {name: value for name, value in data.items() if name != "snapshot"}
    text = data["snapshot"]
    if text is None or text == STRIPPED:
        return rest, None
    try:
        return rest, TransientPicture(b64decode(text, validate=True))
    except (TypeError, ValueError):
        return rest, TransientPicture(b"", fault="bad_base64")


def _invalid(reason: DeadLetterReason, prefix: str, error: ValidationError) -> CodecError:
    """Name the fields that are wrong, never their values."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    return CodecError(reason, "; ".join(_problem(prefix, problem) for problem in problems[:5]))


def _problem(prefix: str, problem: ErrorDetails) -> str:
    return f"{prefix}{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
