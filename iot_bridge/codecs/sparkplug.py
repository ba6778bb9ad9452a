"""Sparkplug B edge nodes and their devices.

Source: Eclipse Sparkplug Specification 3.0.0 (sparkplug.eclipse.org), chapters 4 "Topics and Messages" and 6
"Payloads": topic `spBv1.0/{group}/{type}/{edge node}[/{device}]`, payload in Protocol Buffers
(`sparkplug_schema`). A BIRTH names every metric with its data type and may give each an alias; DATA calls a
metric by its alias, if it has one, and tells no data type (payloads-alias-data-cmd-requirement,
payloads-metric-datatype-not-req). A DEATH of a node is its Last Will and ends its devices too. QoS is 0 for all but NDEATH: what is lost is noticed by a gap in `seq` (0 to 255, counted over
all of a node's messages but NDEATH), and mended by asking the node to be born again (`Node Control/Rebirth` on
NCMD), whose BIRTH carries every value as it is now.

A metric marked `is_historical` is no current value (6.4, Metric), and one whose `Quality` is not 192 (GOOD) no
sure one (Quality Codes): neither changes what is known of a device. The message is a sign of life all the same.

A device is registered as `group/node/device`, a node as `group/node`. What births said is held in memory, for
MAX_NODES nodes, the longest silent forgotten first. Data that cannot be read without a BIRTH nobody heard is
`no_birth`, and the node is asked for it, once in REBIRTH_MS. Data sets, templates and bytes are not read.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from iot_bridge.codecs.base import (
    MAX_FIELDS,
    CodecError,
    MakerCodec,
    arrival_id,
    quoted,
    usable_reference,
)
from iot_bridge.codecs.sparkplug_schema import Payload, PayloadError
from iot_bridge.protocol.decoded import Decodable, DeviceReading, Request, Scalar
from iot_bridge.protocol.messages import MAX_EPOCH_MS
from iot_bridge.protocol.privacy import strip
from iot_bridge.protocol.reasons import DeadLetterReason

NAMESPACE = "spBv1.0"
MAX_NODES = 4_096
MAX_DEVICES = 512
"""Devices remembered per node."""
REBIRTH_MS = 30_000

_NODE_TYPES = ("NBIRTH", "NDATA", "NDEATH")
_DEVICE_TYPES = ("DBIRTH", "DDATA", "DDEATH")
_SIGNED = {1: 8, 2: 16, 3: 32, 4: 64}
"""Bits of the signed types, which are sent as their two's complement."""
_BD_SEQ = "bdSeq"
_REBIRTH = "Node Control/Rebirth"
_QUALITY = "quality"
_GOOD = 192


@dataclass(frozen=True, slots=True)
class _Born:
    """What one BIRTH said: names by alias, and the data types of signed metrics by name."""

    names: dict[int, str] = field(default_factory=dict)
    signed: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Node:
    """What the BIRTHs of one edge node said, by device; "" is the node itself."""

    born: bool = False
    bd_seq: int | None = None
    seq: int | None = None
    asked_ms: int = -REBIRTH_MS
    births: dict[str, _Born] = field(default_factory=dict)


_UNBORN = _Born()


@dataclass(frozen=True, slots=True)
class _Address:
    group: str
    type: str
    node: str
    device: str = ""

    @property
    def ref(self) -> str:
        return self.of(self.device)

    def of(self, device: str) -> str:
        """The reference of a device of this node."""
        return f"{self.group}/{self.node}/{device}" if device else f"{self.group}/{self.node}"


class SparkplugCodec(MakerCodec):
    """Nodes and devices of every group. Not thread-safe, as nothing in the bridge needs to be."""

    name = "sparkplug"
    version = "3.0"
    filters = (
        *(f"{NAMESPACE}/+/{type_}/+" for type_ in _NODE_TYPES),
        *(f"{NAMESPACE}/+/{type_}/+/+" for type_ in _DEVICE_TYPES),
    )
    commands = (f"{NAMESPACE}/+/NCMD/+",)
    silence_s = 604_800  # nodes report by exception; their Last Will says when they are gone

    def __init__(self) -> None:
        self._nodes: OrderedDict[tuple[str, str], _Node] = OrderedDict()

    def reference(self, topic: str) -> str | None:
        """Group, node and device, joined by `/`."""
        try:
            return _address(topic).ref
        except CodecError:
            return None

    def decode(self, topic: str, payload: bytes, received_at_ms: int) -> Sequence[Decodable]:
        """Readings of the node or device; a dead node's devices are offline with it."""
        address = _address(topic)
        message = _parse(payload, self.max_bytes)
        node = self._node(address)
        if address.type == "NDEATH":
            return self._death(address, node, message, arrival_id(topic, payload, received_at_ms))
        request = self._follow(address, node, message, received_at_ms)
        if address.type == "DDEATH":
            id_ = arrival_id(topic, payload, received_at_ms)
            gone = self._death(address, node, message, id_)
            return [*gone, request] if request else gone
        values = self._values(address, node, message, received_at_ms)
        clean, stripped = strip(values)
        at = message.timestamp if message.HasField("timestamp") else None
        if at is not None and at > MAX_EPOCH_MS:
            raise CodecError(DeadLetterReason.BAD_ENVELOPE, "timestamp: must be epoch ms")
        event_id = (
            arrival_id(topic, payload, received_at_ms) if at is None else f"{at}-{message.seq}"
        )
        reading = DeviceReading(
            address.ref, clean, event_id, device_at_ms=at, stripped=stripped, maker="Sparkplug"
        )
        return [reading, request] if request else [reading]

    def _node(self, address: _Address) -> _Node:
        key = address.group, address.node
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = _Node()
            while len(self._nodes) > MAX_NODES:
                self._nodes.popitem(last=False)
        self._nodes.move_to_end(key)
        return node

    def _follow(self, address: _Address, node: _Node, message: Any, now_ms: int) -> Request | None:
        """Learn from a BIRTH; count `seq`. A gap asks the node to begin anew, for something was lost."""
        if address.type == "NBIRTH":
            node.born, node.births = True, {"": _born(message)}
            node.bd_seq = _bd_seq(message)
            node.seq = message.seq
            return None
        if address.type == "DBIRTH":
            if len(node.births) >= MAX_DEVICES and address.device not in node.births:
                raise CodecError(
                    DeadLetterReason.BAD_DATA, f"more than {MAX_DEVICES} devices at one node"
                )
            node.births[address.device] = _born(message)
        if not node.born or not message.HasField("seq"):
            return None
        expected = 0 if node.seq is None else (node.seq + 1) % 256
        node.seq = message.seq
        return None if message.seq == expected else self._ask(address, node, now_ms)

    def _values(
        self, address: _Address, node: _Node, message: Any, now_ms: int
    ) -> dict[str, Scalar]:
        """The current metrics by name. Raises CodecError (no_birth) for an alias that no BIRTH gave."""
        own, of_node = node.births.get(address.device, _UNBORN), node.births.get("", _UNBORN)
        values: dict[str, Scalar] = {}
        for metric in message.metrics[:MAX_FIELDS]:
            name = metric.name or own.names.get(metric.alias) or of_node.names.get(metric.alias)
            if not name:
                raise CodecError(
                    DeadLetterReason.NO_BIRTH,
                    f"metric alias {metric.alias} was given by no BIRTH that was heard",
                    request=self._ask(address, node, now_ms),
                )
            if metric.is_historical or not _is_good(metric) or name in (_BD_SEQ, _REBIRTH):
                continue
            told = own.signed.get(name) or of_node.signed.get(name, 0)
            value = _value(metric, metric.datatype or told)
            if value is not None:
                values[name[:120]] = value
        return values

    def _death(
        self, address: _Address, node: _Node, message: Any, event_id: str
    ) -> list[DeviceReading]:
        """Offline, the node's devices too. A Last Will of an earlier session (`bdSeq`) says nothing."""
        if address.device:
            gone: Iterable[str] = (address.device,)
            node.births.pop(address.device, None)
        else:
            bd_seq = _bd_seq(message)
            if node.bd_seq is not None and bd_seq is not None and bd_seq != node.bd_seq:
                return []
            gone = ("", *(device for device in node.births if device))
            node.born, node.births, node.seq = False, {}, None
        return [
            DeviceReading(address.of(device), {}, event_id, online=False, maker="Sparkplug")
            for device in gone
        ]

    def _ask(self, address: _Address, node: _Node, now_ms: int) -> Request | None:
        if now_ms - node.asked_ms < REBIRTH_MS:
            return None
        node.asked_ms = now_ms
        command = Payload(timestamp=now_ms)
        command.metrics.add(name=_REBIRTH, datatype=11, boolean_value=True)
        topic = f"{NAMESPACE}/{address.group}/NCMD/{address.node}"
        return Request(topic, command.SerializeToString())


def _address(topic: str) -> _Address:
    levels = topic.split("/")
    types = _NODE_TYPES if len(levels) == 4 else _DEVICE_TYPES
    if len(levels) not in (4, 5) or levels[0] != NAMESPACE or levels[2] not in types:
        raise CodecError(DeadLetterReason.BAD_TOPIC, "not a Sparkplug topic of a node or device")
    address = _Address(levels[1], levels[2], *levels[3:])
    if not all(levels) or usable_reference(address.ref) is None:
        raise CodecError(
            DeadLetterReason.BAD_TOPIC, "group/node/device: must be 1 to 64 printable characters"
        )
    return address


def _parse(payload: bytes, max_bytes: int) -> Any:
    if len(payload) > max_bytes:
        raise CodecError(DeadLetterReason.TOO_LARGE, f"{len(payload)} bytes, at most {max_bytes}")
    try:
        message = Payload.FromString(payload)
    except PayloadError:
        message = None
    # Text that is not UTF-8 comes out as bytes.
    if message is None or not all(
        isinstance(metric.name, str) and isinstance(metric.string_value, str)
        for metric in message.metrics[:MAX_FIELDS]
    ):
        raise CodecError(
            DeadLetterReason.BAD_ENVELOPE, "the payload is not Sparkplug B's Protocol Buffers"
        )
    return message


def _born(message: Any) -> _Born:
    metrics = [metric for metric in message.metrics[:MAX_FIELDS] if metric.name]
    return _Born(
        {metric.alias: metric.name for metric in metrics if metric.HasField("alias")},
        {metric.name: metric.datatype for metric in metrics if metric.datatype in _SIGNED},
    )


def _is_good(metric: Any) -> bool:
    """Whether the value is sure: without the property `Quality`, or with the code 192."""
    if not metric.HasField("properties"):
        return True
    return all(
        value.int_value == _GOOD
        for key, value in zip(metric.properties.keys, metric.properties.values, strict=False)
        if isinstance(key, str) and key.lower() == _QUALITY
    )


def _bd_seq(message: Any) -> int | None:
    for metric in message.metrics[:MAX_FIELDS]:
        if metric.name == _BD_SEQ:
            value = _value(metric, metric.datatype)
            return value if isinstance(value, int) else None
    return None


def _value(metric: Any, datatype: int) -> Scalar | None:
    """A metric's value as its data type has it; None for null and for what is not read."""
    which = metric.WhichOneof("value")
    if which is None or metric.is_null or which == "bytes_value":
        return None
    value: Any = getattr(metric, which)
    if isinstance(value, str):
        return value[:120]
    if (isinstance(value, float) and value != value) or value in (float("inf"), float("-inf")):
        return None
    bits = _SIGNED.get(datatype)
    if bits is not None and isinstance(value, int) and not isinstance(value, bool):
        value &= (1 << bits) - 1
        return int(value - (1 << bits) if value >> (bits - 1) else value)
    if not isinstance(value, bool | int | float):
        raise CodecError(DeadLetterReason.BAD_DATA, f"metric {quoted(metric.name)} cannot be read")
    return value
