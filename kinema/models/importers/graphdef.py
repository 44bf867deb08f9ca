"""The messages of a frozen TensorFlow graph, as far as networks of other tools need them.

The classes of these messages come with TensorFlow (600 MB) or TensorBoard alone, so the few that
make up a GraphDef are described here, by the names and field numbers of
tensorflow/core/framework/{graph,node_def,attr_value,tensor,tensor_shape,types}.proto. The package
`protobuf` turns them into classes that write the bytes and read the JSON form.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = "kinema"
_Field = descriptor_pb2.FieldDescriptorProto
_KINDS = {
    "string": _Field.TYPE_STRING,
    "bytes": _Field.TYPE_BYTES,
    "int64": _Field.TYPE_INT64,
    "int32": _Field.TYPE_INT32,
    "float": _Field.TYPE_FLOAT,
    "double": _Field.TYPE_DOUBLE,
    "bool": _Field.TYPE_BOOL,
}
# Message: name, number and kind of each field; * marks a repeated one.
_MESSAGES = {
    "Dim": (("size", 1, "int64"), ("name", 2, "string")),
    "TensorShapeProto": (("dim", 2, "*Dim"), ("unknown_rank", 3, "bool")),
    "TensorProto": (
        ("dtype", 1, "DataType"),
        ("tensor_shape", 2, "TensorShapeProto"),
        ("version_number", 3, "int32"),
        ("tensor_content", 4, "bytes"),
        ("float_val", 5, "*float"),
        ("double_val", 6, "*double"),
        ("int_val", 7, "*int32"),
        ("string_val", 8, "*bytes"),
        ("int64_val", 10, "*int64"),
        ("bool_val", 11, "*bool"),
    ),
    "ListValue": (
        ("s", 2, "*bytes"),
        ("i", 3, "*int64"),
        ("f", 4, "*float"),
        ("b", 5, "*bool"),
        ("type", 6, "*DataType"),
        ("shape", 7, "*TensorShapeProto"),
    ),
    "AttrValue": (
        ("list", 1, "ListValue"),
        ("s", 2, "bytes"),
        ("i", 3, "int64"),
        ("f", 4, "float"),
        ("b", 5, "bool"),
        ("type", 6, "DataType"),
        ("shape", 7, "TensorShapeProto"),
        ("tensor", 8, "TensorProto"),
    ),
    # A map on the wire is a list of such entries.
    "AttrEntry": (("key", 1, "string"), ("value", 2, "AttrValue")),
    "NodeDef": (
        ("name", 1, "string"),
        ("op", 2, "string"),
        ("input", 3, "*string"),
        ("device", 4, "string"),
        ("attr", 5, "*AttrEntry"),
    ),
    "VersionDef": (("producer", 1, "int32"), ("min_consumer", 2, "int32")),
    "GraphDef": (("node", 1, "*NodeDef"), ("versions", 4, "VersionDef")),
}
DATA_TYPES = {
    "DT_INVALID": 0,
    "DT_FLOAT": 1,
    "DT_DOUBLE": 2,
    "DT_INT32": 3,
    "DT_UINT8": 4,
    "DT_INT16": 5,
    "DT_INT8": 6,
    "DT_STRING": 7,
    "DT_INT64": 9,
    "DT_BOOL": 10,
    "DT_HALF": 19,
}
"""The types of arrays, by the names that the JSON form uses."""


@cache
def message_class(name: str) -> Any:
    """The class of one of the messages: `"GraphDef"`, `"AttrValue"` and so on."""
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"{_PACKAGE}.{name}"))


@cache
def _pool() -> Any:
    file = descriptor_pb2.FileDescriptorProto(
        name="kinema_graph.proto", package=_PACKAGE, syntax="proto2"
    )
    types = file.enum_type.add(name="DataType")
    for label, number in DATA_TYPES.items():
        types.value.add(name=label, number=number)
    for message, fields in _MESSAGES.items():
        described = file.message_type.add(name=message)
        for label, number, kind in fields:
            _describe(described.field.add(name=label, number=number), kind)
    # A pool of its own: the usual one may hold TensorFlow's messages in the same process.
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


def _describe(field: Any, kind: str) -> None:
    field.label = _Field.LABEL_REPEATED if kind.startswith("*") else _Field.LABEL_OPTIONAL
    kind = kind.removeprefix("*")
    if kind in _KINDS:
        field.type = _KINDS[kind]
    else:
        field.type = _Field.TYPE_ENUM if kind == "DataType" else _Field.TYPE_MESSAGE
        field.type_name = f".{_PACKAGE}.{kind}"
