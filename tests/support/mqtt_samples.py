"""The sample payloads of mqtt/samples, as tests read them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


def load_samples() -> list[Sample]:
    """Every sample of the index; generated ones are made here."""
    index = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))
    return [_sample(entry) for entry in index["samples"]]


def _sample(entry: dict[str, Any]) -> Sample:
    if "generate" in entry:
        payload = entry["generate"]["byte"].encode() * entry["generate"]["length"]
    else:
        payload = (SAMPLES / entry["file"]).read_bytes()
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
    )
