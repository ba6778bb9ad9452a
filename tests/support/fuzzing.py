"""Throws broken and hostile messages at every codec: `python -m tests.support.fuzzing 1000000` for so many each.

Whatever arrives, a decoder answers with what can be stored or with a CodecError, and nothing else leaves
it. Inputs are samples with bytes flipped, cut, doubled and spliced, JSON with values replaced, and noise; on
real topics and on broken ones. A seed makes a run repeatable. Codecs that plug-ins bring are included, and the
template one begins with: with samples of their own if there are some, with those of the others if not.
"""

from __future__ import annotations

import importlib.util
import json
import os
import random
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any

import orjson

from iot_bridge.codecs.base import Codec, CodecError
from iot_bridge.codecs.mapping import guess_kind, interpret, known_after
from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.protocol.decoded import Announcement, DeviceMessage, DeviceReading, Request
from iot_bridge.protocol.messages import EVENTS, MAX_EPOCH_MS, STATE
from iot_bridge.protocol.topics import Channel, Kind
from tests.support.mqtt_samples import Sample, load_samples

MAC = "5c:cf:7f:a0:b1:c2"
NOW_MS = 1_763_740_900_000
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**31, 2**63, 10**30, 1.5, -0.0, 1e308, "", "0", "ON", "online", "x" * 300,
    "\x00", "\ud7ff", "烟", MAC, "13800138000", "2025-11-22T00:00:07+08:00", "9999-12-31T23:59:59Z", "AQ==",
    [], {}, [1] * 70, {"a": {"b": {"c": {"d": 1}}}}, [[]], {"": 0}, {"state": "online"},
)  # fmt: skip
TEMPLATE = Path(__file__).parents[2] / "templates/codec/lingdun_codec_example/__init__.py"
_TEMPLATE_SAYS = {"seq": 17, "time": NOW_MS, "state": {"smoke": True, "bat": 87}, "mac": MAC}
_LEVELS = ("", "+", "x" * 70, "\x00", "烟感", "bridge", "a b", "0" * 16, "..")


class Inputs:
    """An endless supply of (topic, payload) for one codec."""

    def __init__(self, codec: Codec, samples: list[Sample], dice: random.Random) -> None:
        own = [sample for sample in samples if sample.codec == codec.name] or samples
        self._dice = dice
        self._own = [sample for sample in own if len(sample.payload) < 8_000]
        self._topics = [sample.topic for sample in own if sample.codec == codec.name]
        self._topics += [f.replace("+", "x").replace("#", "x") for f in codec.filters]
        self._said = [part for sample in own for part in sample.after]
        self._kinds: tuple[Callable[[bytes], bytes], ...] = (
            self._flip, self._cut, self._double, self._splice, self._noise, self._json, self._json, bytes,
        )  # fmt: skip

    def one(self) -> tuple[str, bytes]:
        """The next input."""
        dice = self._dice
        if self._said and dice.random() < 0.1:
            return dice.choice(self._said)
        sample = dice.choice(self._own)
        topic = sample.topic if dice.random() < 0.7 else dice.choice(self._topics)
        if dice.random() < 0.1:
            levels = topic.split("/")
            levels[dice.randrange(len(levels))] = dice.choice(_LEVELS)
            topic = "/".join(levels)
        return topic, dice.choice(self._kinds)(sample.payload)

    def _flip(self, payload: bytes) -> bytes:
        broken = bytearray(payload or b"\0")
        for _ in range(self._dice.randint(1, 4)):
            broken[self._dice.randrange(len(broken))] = self._dice.randrange(256)
        return bytes(broken)

    def _cut(self, payload: bytes) -> bytes:
        return payload[: self._dice.randrange(len(payload) + 1)]

    def _double(self, payload: bytes) -> bytes:
        at = self._dice.randrange(len(payload) + 1)
        return payload[:at] + payload[at // 2 : at] * self._dice.randint(1, 3) + payload[at:]

    def _splice(self, payload: bytes) -> bytes:
        other = self._dice.choice(self._own).payload
        return (
            payload[: self._dice.randrange(len(payload) + 1)]
            + other[self._dice.randrange(len(other) + 1) :]
        )

    def _noise(self, _payload: bytes) -> bytes:
        return self._dice.randbytes(self._dice.randrange(80))

    def _json(self, payload: bytes) -> bytes:
        try:
            value = orjson.loads(payload)
        except orjson.JSONDecodeError:
            return self._flip(payload)
        for _ in range(self._dice.randint(1, 3)):
            value = self._changed(value)
        return json.dumps(value).encode()

    def _changed(self, value: Any) -> Any:
        """One value somewhere replaced, taken out or put in."""
        if not isinstance(value, dict) or not value:
            return self._dice.choice(_VALUES)
        name = self._dice.choice(list(value))
        if isinstance(value[name], dict) and self._dice.random() < 0.6:
            return {**value, name: self._changed(value[name])}
        match self._dice.randrange(3):
            case 0:
                return {key: inner for key, inner in value.items() if key != name}
            case 1:
                return {**value, "extra": self._dice.choice(_VALUES)}
            case _:
                return {**value, name: self._dice.choice(_VALUES)}


def check(codec: Codec, topic: str, payload: bytes, kind: Kind = Kind.SMOKE) -> None:
    """Straight at the codec, past the registry's safety net; readings are interpreted as a device of `kind`."""
    messages: list[DeviceMessage] = []
    reference = codec.reference(topic)
    assert reference is None or 0 < len(reference) <= 64
    try:
        for item in codec.decode(topic, payload, NOW_MS):
            match item:
                case DeviceMessage():
                    messages.append(item)
                case DeviceReading():
                    messages += _read(item, kind)
                case Announcement():
                    assert len(item.device_ref) <= 64
                    assert MAC.encode() not in orjson.dumps(dict(item.fields))
                case Request():
                    assert item.topic
    except CodecError as error:
        assert len(error.detail) < 1000
        assert MAC not in error.detail
    for message in messages:
        _check_message(message)


def _read(reading: DeviceReading, kind: Kind) -> list[DeviceMessage]:
    assert 0 < len(reading.device_ref) <= 64
    assert MAC.encode() not in orjson.dumps(dict(reading.values), default=str)
    guess_kind(reading.values)
    messages = interpret(reading, kind, {}, ())
    assert messages
    return [*messages, *interpret(reading, kind, {}, known_after((), messages), fresh=False)]


def _check_message(message: DeviceMessage) -> None:
    stored = orjson.dumps(message.data)
    assert b"\\u0000" not in stored
    assert MAC.encode() not in stored
    assert MAC not in repr((message.device_ref, message.event_id, message.type))
    assert message.device_at_ms is None or 0 <= message.device_at_ms <= MAX_EPOCH_MS
    if message.channel is Channel.EVENT:
        assert message.type in EVENTS[message.kind]
        if message.type != "macs":
            EVENTS[message.kind][message.type].model_validate(message.data)
        assert message.event_id
        assert len(message.event_id) <= 64
    else:
        assert message.type == STATE
        assert message.data["online"] in (True, False)


def codecs() -> tuple[Codec, ...]:
    """Every codec of the registry, and the template's; fresh ones, for some remember."""
    spec = importlib.util.spec_from_file_location("lingdun_codec_example", TEMPLATE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = {codec.name: type(codec)() for codec in REGISTRY.codecs}
    return tuple({"example": module.ExampleCodec(), **found}.values())


def template_sample() -> Sample:
    """A report in the template's format."""
    payload = orjson.dumps(_TEMPLATE_SAYS)
    topic = "example/SN-1/report"
    return Sample("A report", "example", "smoke", topic, payload, None, None, (), "the template")


def fuzz(inputs: int, seed: int) -> dict[str, int]:
    """So many inputs to every codec; how many each has had. Raises what a codec raises."""
    dice, samples = random.Random(seed), [*load_samples(), template_sample()]
    kinds = tuple(Kind)
    done: dict[str, int] = {}
    for codec in codecs():
        supply = Inputs(codec, samples, dice)
        for _ in range(inputs):
            topic, payload = supply.one()
            try:
                check(codec, topic, payload, dice.choice(kinds))
            except Exception as error:
                error.add_note(f"{codec.name}, seed {seed}: {topic!r} {payload!r}")
                raise
        done[codec.name] = inputs
    return done


def main() -> int:
    """Fuzz with every core, each with a seed of its own; the argument is the number of inputs to each codec."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    workers = os.cpu_count() or 1
    seed = time.time_ns() // 1_000_000_000
    seeds = range(seed, seed + workers)
    with ProcessPoolExecutor(workers) as pool:
        shares = list(pool.map(fuzz, repeat(-(-wanted // workers)), seeds))
    each = min(sum(share[name] for share in shares) for name in shares[0])
    names = ", ".join(sorted(shares[0]))
    print(
        f"{each} inputs to each of {names}, seeds {seed} to {seeds[-1]}: no exception left a codec"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
