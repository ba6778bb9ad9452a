"""Sparkplug B payloads as bytes, from the notation of the specification's examples."""

from typing import Any

from iot_bridge.codecs.sparkplug_schema import Payload

TYPES = {
    "Int32": (3, "int_value"),
    "Int64": (4, "long_value"),
    "UInt64": (8, "long_value"),
    "Float": (9, "float_value"),
    "Double": (10, "double_value"),
    "Boolean": (11, "boolean_value"),
    "String": (12, "string_value"),
}


def encode(example: dict[str, Any]) -> bytes:
    """The bytes of a payload. `hex`: these bytes, whatever they are. Without `dataType`, as DATA should be: a flag."""
    if "hex" in example:
        return bytes.fromhex(example["hex"])
    payload = Payload()
    if "timestamp" in example:
        payload.timestamp = example["timestamp"]
    if "seq" in example:
        payload.seq = example["seq"]
    for one in example.get("metrics", ()):
        metric = payload.metrics.add(timestamp=one["timestamp"])
        field = "boolean_value"
        if "dataType" in one:
            metric.datatype, field = TYPES[one["dataType"]]
        if "name" in one:
            metric.name = one["name"]
        if "alias" in one:
            metric.alias = one["alias"]
        setattr(metric, field, one["value"])
    made: bytes = payload.SerializeToString()
    return made
