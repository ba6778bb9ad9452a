"""From received bytes to a checked message of a registered device, or to a dead letter. No writing."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from iot_bridge.codecs.base import CodecError
from iot_bridge.codecs.registry import REGISTRY, Registry
from iot_bridge.intake.registry import DeviceEntry, DeviceRegistry
from iot_bridge.protocol.decoded import DeviceMessage
from iot_bridge.protocol.reasons import DeadLetterReason
from iot_bridge.protocol.topics import TopicError, parse_topic

logger = logging.getLogger(__name__)

STALE_RETAINED_MS = 90_000


@dataclass(frozen=True, slots=True)
class Received:
    """One MQTT message as it came. `at_ms` is the server's clock at arrival."""

    topic: str
    payload: bytes
    at_ms: int
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Addressed:
    """A decoded message with the device that it belongs to."""

    entry: DeviceEntry
    message: DeviceMessage
    received: Received


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message that cannot be taken. `code` is where it belongs as far as one can tell."""

    received: Received
    reason: DeadLetterReason
    detail: str
    device_id: str = ""
    code: str = ""


@dataclass(slots=True)
class Decoded:
    """What came of one received message: messages, a rejection, or neither (nothing to say, not ours)."""

    messages: list[Addressed] = field(default_factory=list)
    rejected: Rejected | None = None
    stripped: Mapping[str, int] = field(default_factory=dict)


class Decoder:
    """Decodes with the codecs and addresses with the registry."""

    def __init__(self, devices: DeviceRegistry, codecs: Registry = REGISTRY) -> None:
        self._devices = devices
        self._codecs = codecs

    def decode(self, received: Received) -> Decoded:
        """See the module. Never raises for what a device sent."""
        try:
            decoded = self._codecs.decode(received.topic, received.payload, received.at_ms)
        except CodecError as error:
            if error.reason is DeadLetterReason.CODEC_ERROR:
                logger.error("a codec failed on %s: %s", received.topic, error.detail)
            return Decoded(rejected=self._reject_undecoded(received, error))
        result = Decoded()
        stripped: Counter[str] = Counter()
        for message in decoded:
            stripped.update(message.stripped)
            outcome = self._address(received, message)
            if isinstance(outcome, Addressed):
                result.messages.append(outcome)
            elif outcome is not None:
                result.rejected = outcome
        result.stripped = stripped
        return result

    def _address(self, received: Received, message: DeviceMessage) -> Addressed | Rejected | None:
        """The device of a message; None when another bridge owns it or it is old news.

        A canonical topic names its jurisdiction, so its owner is known before any look-up; bridges
        whose subscriptions overlap would otherwise both speak for a device on a wrong topic.
        """
        if message.topic is not None and not self._devices.shard.owns(message.topic.code):
            return None
        codec = self._codecs.match(received.topic)
        name = codec.name if codec else ""
        external = message.topic is None
        entry = self._find(name, message.device_ref, external)
        if entry is None:
            code = self._devices.look_again(
                name, message.device_ref, external=external, now_ms=received.at_ms
            )
            entry = self._find(name, message.device_ref, external)
            if entry is None:
                return self._unknown(received, message, code)
        if message.topic is not None and (
            message.topic.code != entry.topic_code or message.topic.kind is not entry.kind
        ):
            return Rejected(
                received,
                DeadLetterReason.WRONG_TOPIC,
                f"registered as {entry.kind} in {entry.topic_code}",
                device_id=entry.subject.id,
                code=entry.subject.code,
            )
        if external and message.kind is not entry.kind:
            return Rejected(
                received,
                DeadLetterReason.UNKNOWN_KIND,
                f"the codec speaks for {message.kind}, the device is a {entry.kind}",
                device_id=entry.subject.id,
                code=entry.subject.code,
            )
        if received.retained and _is_old_news(message.data, message.device_at_ms, received.at_ms):
            return None
        return Addressed(entry, message, received)

    def _find(self, codec: str, ref: str, external: bool) -> DeviceEntry | None:
        if external:
            return self._devices.by_external(codec, ref)
        return self._devices.by_id(ref)

    def _unknown(
        self, received: Received, message: DeviceMessage, known_code: str | None
    ) -> Rejected | None:
        shard = self._devices.shard
        topic_code = message.topic.code if message.topic is not None else ""
        if known_code is not None:
            if topic_code and topic_code != known_code and shard.owns(topic_code):
                detail = "the device is registered in another jurisdiction"
                return Rejected(
                    received,
                    DeadLetterReason.WRONG_TOPIC,
                    detail,
                    device_id=message.device_ref,
                    code=known_code,
                )
            return None
        if not (shard.owns(topic_code) if topic_code else shard.takes_strangers):
            return None
        return Rejected(
            received,
            DeadLetterReason.UNKNOWN_DEVICE,
            "register it first, with this id and codec",
            device_id=message.device_ref if not _is_external(message) else "",
            code=topic_code,
        )

    def _reject_undecoded(self, received: Received, error: CodecError) -> Rejected | None:
        """A letter that could not be decoded belongs to the owner of its topic, as far as that can be read."""
        shard = self._devices.shard
        device_id, code = "", ""
        try:
            topic = parse_topic(received.topic)
            device_id, code = topic.device_id, topic.code
        except TopicError:
            parts = received.topic.split("/")
            if len(parts) > 4 and parts[0] == "sc" and "".join(parts[2:5]).isdigit():
                code = "".join(parts[2:5])[:12]
        if not (shard.owns(code) if code else shard.takes_strangers):
            return None
        entry = self._devices.by_id(device_id) if device_id else None
        if entry is not None:
            code = entry.subject.code
        return Rejected(received, error.reason, error.detail, device_id=device_id, code=code)


def _is_external(message: DeviceMessage) -> bool:
    return message.topic is None


def _is_old_news(data: Mapping[str, Any], device_at_ms: int | None, now_ms: int) -> bool:
    """A retained "online" from long ago says nothing: that device may be gone, its will lost."""
    return (
        bool(data.get("online"))
        and device_at_ms is not None
        and now_ms - device_at_ms > STALE_RETAINED_MS
    )


def counted(addressed: Addressed, data: dict[str, Any]) -> Addressed:
    """The same message after its addresses were counted: a `count` event with no address in it."""
    message = replace(
        addressed.message, type="count", data={**addressed.message.data, **data}, macs=None
    )
    return replace(addressed, message=message)
