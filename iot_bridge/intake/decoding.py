"""From received bytes to a checked message of a registered device, to a stranger, or to a dead letter. No writing."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from iot_bridge.codecs.base import Codec, CodecError, MakerCodec
from iot_bridge.codecs.mapping import guess_kind, interpret, known_after
from iot_bridge.codecs.registry import REGISTRY, Registry, decode_with
from iot_bridge.intake.registry import DeviceEntry, DeviceRegistry, Live
from iot_bridge.protocol.decoded import (
    Announcement,
    DeviceMessage,
    DeviceReading,
    Reply,
    Request,
)
from iot_bridge.protocol.reasons import DeadLetterReason
from iot_bridge.protocol.topics import Kind, TopicError, parse_topic
from iot_bridge.rules.state import RuleState

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
class Answered:
    """A reply to a command, with the registered device whose topic it came on."""

    entry: DeviceEntry
    reply: Reply
    received: Received


@dataclass(frozen=True, slots=True)
class Shown:
    """A reading of a device whose protocol answers commands by nothing else."""

    entry: DeviceEntry
    reading: DeviceReading
    received: Received


@dataclass(frozen=True, slots=True)
class Stranger:
    """A device that nobody has registered, as far as its messages or an announcement tell of it.

    `ref` is what its codec calls it. `sample` is what it said, decoded and stripped, as JSON.
    `announced`: it was said to exist, and has not itself been heard by this.
    """

    codec: str
    ref: str
    topic: str
    at_ms: int
    kind: Kind | None = None
    code: str = ""
    maker: str = ""
    model: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    sample: str = ""
    announced: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message that cannot be taken. `code` is where it belongs as far as one can tell."""

    received: Received
    reason: DeadLetterReason
    detail: str
    device_id: str = ""
    code: str = ""
    stranger: Stranger | None = None


@dataclass(slots=True)
class Decoded:
    """What came of one received message: messages, a rejection, or neither (nothing to say, not ours).

    `strangers` were announced; one that spoke itself is in `rejected`. `requests` are to be published.
    """

    messages: list[Addressed] = field(default_factory=list)
    rejected: Rejected | None = None
    strangers: list[Stranger] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    stripped: Mapping[str, int] = field(default_factory=dict)


class Decoder:
    """Decodes with the codecs and addresses with the registry."""

    def __init__(self, devices: DeviceRegistry, codecs: Registry = REGISTRY) -> None:
        self._devices = devices
        self._codecs = codecs
        # What lasts at a device once what was decoded of it is committed, while `live` is not yet replaced.
        self._ahead: dict[str, tuple[Live, frozenset[str]]] = {}

    def decode(self, received: Received) -> Decoded:
        """See the module. Never raises for what a device sent."""
        candidates = self._codecs.candidates(received.topic)
        if not candidates:
            error = CodecError(DeadLetterReason.BAD_TOPIC, "no codec reads this topic")
            return Decoded(rejected=self._reject_undecoded(None, received, error))
        codec = candidates[0] if len(candidates) == 1 else self._choose(candidates, received)
        try:
            decoded = decode_with(codec, received.topic, received.payload, received.at_ms)
        except CodecError as error:
            if error.reason is DeadLetterReason.CODEC_ERROR:
                logger.error("a codec failed on %s: %s", received.topic, error.detail)
            result = Decoded(rejected=self._reject_undecoded(codec, received, error))
            if error.request is not None:
                result.requests.append(error.request)
            return result
        result = Decoded()
        stripped: Counter[str] = Counter()
        for item in decoded:
            if isinstance(item, Request):
                result.requests.append(item)
                continue
            stripped.update(item.stripped)
            if isinstance(item, DeviceMessage):
                self._note(result, self._address(codec, received, item))
            elif isinstance(item, DeviceReading):
                self._read(codec, received, item, result)
            elif isinstance(item, Reply):
                self._answer(codec, received, item, result)
            else:
                self._announce(codec, received, item, result)
        result.stripped = stripped
        return result

    def _choose(self, candidates: tuple[Codec, ...], received: Received) -> Codec:
        """Of codecs that share a topic, the one its device is registered with; else the first, the general one."""
        named = [(codec, codec.reference(received.topic)) for codec in candidates]
        for codec, ref in named:
            if ref is not None and self._devices.by_external(codec.name, ref) is not None:
                return codec
        for codec, ref in named:
            if ref is not None and self._registered(codec.name, ref, received.at_ms):
                return codec
        return candidates[0]

    def _registered(self, codec: str, ref: str, now_ms: int) -> bool:
        if self._devices.by_external(codec, ref) is not None:
            return True
        code = self._devices.look_again(codec, ref, external=True, now_ms=now_ms)
        return code is not None

    @staticmethod
    def _note(result: Decoded, outcome: Addressed | Rejected | None) -> None:
        if isinstance(outcome, Addressed):
            result.messages.append(outcome)
        elif outcome is not None:
            result.rejected = outcome

    def _address(
        self, codec: Codec, received: Received, message: DeviceMessage
    ) -> Addressed | Rejected | None:
        """The device of a message; None when another bridge owns it or it is old news.

        A canonical topic names its jurisdiction, so its owner is known before any look-up; bridges
        whose subscriptions overlap would otherwise both speak for a device on a wrong topic.
        """
        if message.topic is not None and not self._devices.shard.owns(message.topic.code):
            return None
        external = message.topic is None
        entry, code = self._find(codec.name, message.device_ref, received, external=external)
        if entry is None:
            return self._unknown(codec, received, message, code)
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

    def _answer(self, codec: Codec, received: Received, reply: Reply, result: Decoded) -> None:
        """A reply counts for the device whose own topic it came on, and registers nobody."""
        topic = reply.topic
        if received.retained or (topic is not None and not self._devices.shard.owns(topic.code)):
            return
        entry, code = self._find(codec.name, reply.device_ref, received, external=topic is None)
        if entry is None:
            if code is None:
                reason, detail = DeadLetterReason.UNKNOWN_DEVICE, "a reply of nobody known"
                result.rejected = Rejected(
                    received,
                    reason,
                    detail,
                    device_id=reply.device_ref,
                    code=topic.code if topic is not None else "",
                )
        elif topic is not None and (topic.code, topic.kind) != (entry.topic_code, entry.kind):
            result.rejected = refused_reply(
                Answered(entry, reply, received), "on a topic that is not the device's"
            )
        else:
            result.answers.append(Answered(entry, reply, received))

    def _read(
        self, codec: Codec, received: Received, reading: DeviceReading, result: Decoded
    ) -> None:
        """A reading becomes messages by what its device is registered as, and by what is known of it."""
        entry, code = self._find(codec.name, reading.device_ref, received, external=True)
        if entry is None:
            if code is None and self._devices.shard.takes_strangers:
                result.rejected = _unregistered(
                    _reading_stranger(codec, received, reading), received
                )
            return
        if isinstance(codec, MakerCodec) and codec.shows_results and not received.retained:
            result.shown.append(Shown(entry, reading, received))
        known = self._known(entry)
        try:
            if reading.problem:
                raise CodecError(DeadLetterReason.BAD_DATA, reading.problem)
            messages = interpret(
                reading, entry.kind, entry.rules, known, fresh=not received.retained
            )
        except CodecError as error:
            result.rejected = Rejected(
                received,
                error.reason,
                error.detail,
                device_id=entry.subject.id,
                code=entry.subject.code,
            )
            return
        if len(self._ahead) > 10_000:
            self._ahead.clear()
        self._ahead[entry.subject.id] = (entry.live, known_after(known, messages))
        result.messages += [Addressed(entry, message, received) for message in messages]

    def _known(self, entry: DeviceEntry) -> frozenset[str]:
        ahead = self._ahead.get(entry.subject.id)
        if ahead is not None and ahead[0] is entry.live:
            return ahead[1]
        return _lasting(entry.live.state)

    def _announce(
        self, codec: Codec, received: Received, said: Announcement, result: Decoded
    ) -> None:
        """A device that will report where some codec reads; one already registered is no news."""
        if not self._devices.shard.takes_strangers:
            return
        readers = [
            (reader.name, ref)
            for reader in self._codecs.candidates(said.topic)
            if not reader.announces and (ref := reader.reference(said.topic)) is not None
        ]
        if any(self._registered(name, ref, received.at_ms) for name, ref in readers):
            return
        name, ref = readers[0] if readers else (codec.name, said.device_ref)
        sample = {"topic": said.topic, "fields": dict(said.fields)}
        result.strangers.append(
            Stranger(
                codec=name,
                ref=ref,
                topic=said.topic,
                at_ms=received.at_ms,
                kind=said.kind,
                maker=said.maker,
                model=said.model,
                fields=said.fields,
                sample=orjson.dumps(sample).decode(),
                announced=True,
            )
        )

    def _find(
        self, codec: str, ref: str, received: Received, *, external: bool
    ) -> tuple[DeviceEntry | None, str | None]:
        """The device, asking the database about one that is not in memory; else its code if it exists."""
        entry = self._look(codec, ref, external)
        if entry is not None:
            return entry, entry.subject.code
        code = self._devices.look_again(codec, ref, external=external, now_ms=received.at_ms)
        return self._look(codec, ref, external), code

    def _look(self, codec: str, ref: str, external: bool) -> DeviceEntry | None:
        if external:
            return self._devices.by_external(codec, ref)
        return self._devices.by_id(ref)

    def _unknown(
        self, codec: Codec, received: Received, message: DeviceMessage, known_code: str | None
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
        sample = {"type": message.type, "data": message.data}
        stranger = Stranger(
            codec=codec.name,
            ref=message.device_ref,
            topic=received.topic,
            at_ms=received.at_ms,
            kind=message.kind,
            code=topic_code,
            sample=orjson.dumps(sample).decode(),
        )
        return _unregistered(stranger, received)

    def _reject_undecoded(
        self, codec: Codec | None, received: Received, error: CodecError
    ) -> Rejected | None:
        """A letter that could not be decoded belongs to the owner of its topic, as far as that can be read."""
        shard = self._devices.shard
        ref = codec.reference(received.topic) if codec is not None else None
        if codec is not None and ref is not None:
            entry, known = self._find(codec.name, ref, received, external=True)
            if entry is not None:
                id_, code = entry.subject.id, entry.subject.code
                return Rejected(received, error.reason, error.detail, device_id=id_, code=code)
            if known is not None or not shard.takes_strangers:
                return None
            return Rejected(received, error.reason, error.detail, device_id=ref)
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


def refused_reply(answered: Answered, detail: str) -> Rejected:
    """The dead letter of a reply that answers nothing."""
    subject = answered.entry.subject
    return Rejected(
        answered.received,
        DeadLetterReason.BAD_REPLY,
        detail,
        device_id=subject.id,
        code=subject.code,
    )


def _unregistered(stranger: Stranger, received: Received) -> Rejected:
    return Rejected(
        received,
        DeadLetterReason.UNKNOWN_DEVICE,
        "it waits to be registered",
        device_id=stranger.ref,
        code=stranger.code,
        stranger=stranger,
    )


def _reading_stranger(codec: Codec, received: Received, reading: DeviceReading) -> Stranger:
    return Stranger(
        codec=codec.name,
        ref=reading.device_ref,
        topic=received.topic,
        at_ms=received.at_ms,
        kind=guess_kind(reading.values),
        maker=reading.maker,
        model=reading.model,
        sample=orjson.dumps(dict(reading.values), default=str).decode(),
    )


def _lasting(state: RuleState) -> frozenset[str]:
    """What the rules know to last, in the words of a mapping's signals."""
    lasting = frozenset(str(condition) for condition in state.active)
    return lasting if state.occupied_since is None else lasting | {"occupied"}


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
