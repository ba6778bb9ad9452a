"""The sample payloads of mqtt/samples, as tests read them."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from iot_bridge.codecs.base import CodecError
from iot_bridge.codecs.mapping import interpret, rules_for
from iot_bridge.codecs.registry import REGISTRY, decode_with
from iot_bridge.protocol.decoded import Decodable, DeviceReading
from iot_bridge.protocol.reasons import DeadLetterReason
from iot_bridge.protocol.topics import Kind
from tests.support.sparkplug import encode

SAMPLES = Path(__file__).parents[2] / "mqtt" / "samples"


@dataclass(frozen=True)
class Sample:
    """One sample: what arrives on a topic and what must become of it."""

    title: str
    codec: str
    kind: str | None
    topic: str
    payload: bytes
    messages: list[dict[str, Any]] | None
    reason: str | None
    personal: tuple[str, ...]
    source: str
    announcements: list[dict[str, Any]] | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    after: tuple[tuple[str, bytes], ...] = ()


def read_sample(sample: Sample, received_at_ms: int) -> list[Decodable]:
    """What the sample's codec, and the mapping of its device, make of it. Raises CodecError.

    A codec that remembers is a fresh one, which has heard what the sample says came before.
    """
    codec = type(REGISTRY.by_name(sample.codec))()
    for topic, payload in sample.after:
        codec.decode(topic, payload, received_at_ms)
    found: list[Decodable] = []
    for item in decode_with(codec, sample.topic, sample.payload, received_at_ms):
        if not isinstance(item, DeviceReading):
            found.append(item)
            continue
        if item.problem:
            raise CodecError(DeadLetterReason.BAD_DATA, item.problem)
        assert sample.kind is not None
        kind = Kind(sample.kind)
        found += interpret(item, kind, rules_for(kind, sample.fields), sample.known)
    return found


def load_samples() -> list[Sample]:
    """Every sample of the index; generated ones are made here."""
    index = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))
    return [_sample(entry) for entry in index["samples"]]


def _sample(entry: dict[str, Any]) -> Sample:
    if "generate" in entry:
        payload = entry["generate"]["byte"].encode() * entry["generate"]["length"]
    else:
        payload = _payload(entry, entry)
    return Sample(
        title=entry["title"],
        codec=entry["codec"],
        kind=entry["kind"],
        topic=entry["topic"],
        payload=payload,
        messages=entry["expect"].get("messages"),
        reason=entry["expect"].get("reason"),
        personal=tuple(entry.get("personal", ())),
        source=entry["source"],
        announcements=entry["expect"].get("announcements"),
        fields=entry.get("fields", {}),
        known=frozenset(entry.get("known", ())),
        after=tuple((one["topic"], _payload(one, entry)) for one in entry.get("after", ())),
    )


def _payload(part: dict[str, Any], entry: dict[str, Any]) -> bytes:
    raw = (SAMPLES / part["file"]).read_bytes()
    return encode(json.loads(raw)) if entry.get("encode") == "sparkplug" else raw
