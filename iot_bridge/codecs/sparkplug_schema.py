"""The Sparkplug B payload as Protocol Buffers: the fields this system reads, and no others.

After the published schema (Sparkplug 3.0.0, appendix "Google Protocol Buffers schema", package
org.eclipse.tahu.protobuf): field numbers and types are those of the standard. Unknown fields (data sets,
templates, metadata) are skipped by the parser, as the standard of Protocol Buffers has it. Of a property
only its key and an integer value are read, for `Quality`.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

_Field = descriptor_pb2.FieldDescriptorProto
_PACKAGE = "lingdun.sparkplug"
_VALUES = (
    ("int_value", 10, _Field.TYPE_UINT32),
    ("long_value", 11, _Field.TYPE_UINT64),
    ("float_value", 12, _Field.TYPE_FLOAT),
    ("double_value", 13, _Field.TYPE_DOUBLE),
    ("boolean_value", 14, _Field.TYPE_BOOL),
    ("string_value", 15, _Field.TYPE_STRING),
    ("bytes_value", 16, _Field.TYPE_BYTES),
)

PayloadError = DecodeError


def _file() -> Any:
    file = descriptor_pb2.FileDescriptorProto(
        name="lingdun_sparkplug_b.proto", package=_PACKAGE, syntax="proto2"
    )
    _add_properties(file)
    metric = file.message_type.add(name="Metric")
    metric.oneof_decl.add(name="value")
    for name, number, type_ in (
        ("name", 1, _Field.TYPE_STRING),
        ("alias", 2, _Field.TYPE_UINT64),
        ("timestamp", 3, _Field.TYPE_UINT64),
        ("datatype", 4, _Field.TYPE_UINT32),
        ("is_historical", 5, _Field.TYPE_BOOL),
        ("is_null", 7, _Field.TYPE_BOOL),
    ):
        metric.field.add(name=name, number=number, type=type_, label=_Field.LABEL_OPTIONAL)
    metric.field.add(
        name="properties",
        number=9,
        type=_Field.TYPE_MESSAGE,
        label=_Field.LABEL_OPTIONAL,
        type_name=f".{_PACKAGE}.PropertySet",
    )
    for name, number, type_ in _VALUES:
        metric.field.add(
            name=name, number=number, type=type_, label=_Field.LABEL_OPTIONAL, oneof_index=0
        )
    payload = file.message_type.add(name="Payload")
    payload.field.add(
        name="timestamp", number=1, type=_Field.TYPE_UINT64, label=_Field.LABEL_OPTIONAL
    )
    payload.field.add(
        name="metrics",
        number=2,
        type=_Field.TYPE_MESSAGE,
        label=_Field.LABEL_REPEATED,
        type_name=f".{_PACKAGE}.Metric",
    )
    payload.field.add(name="seq", number=3, type=_Field.TYPE_UINT64, label=_Field.LABEL_OPTIONAL)
    return file


def _add_properties(file: Any) -> None:
    value = file.message_type.add(name="PropertyValue")
    for name, number, type_ in (
        ("type", 1, _Field.TYPE_UINT32),
        ("int_value", 3, _Field.TYPE_UINT32),
    ):
        value.field.add(name=name, number=number, type=type_, label=_Field.LABEL_OPTIONAL)
    properties = file.message_type.add(name="PropertySet")
    properties.field.add(
        name="keys", number=1, type=_Field.TYPE_STRING, label=_Field.LABEL_REPEATED
    )
    properties.field.add(
        name="values",
        number=2,
        type=_Field.TYPE_MESSAGE,
        label=_Field.LABEL_REPEATED,
        type_name=f".{_PACKAGE}.PropertyValue",
    )


_POOL = descriptor_pool.DescriptorPool()
_POOL.Add(_file())
Payload: Any = message_factory.GetMessageClass(_POOL.FindMessageTypeByName(f"{_PACKAGE}.Payload"))
"""The message class: `Payload.FromString(bytes)`, `.SerializeToString()`."""
