"""TensorFlow.js graph models as frozen TensorFlow graphs, which the runtime reads as they are.

A graph model is a JSON file and one or more files of weights. Its `modelTopology` is the JSON form
of a GraphDef; what has to be done is to put the weights back into the Const nodes (many are stored
with fewer bits), and to split the operations that the TensorFlow.js converter has fused into ones
that TensorFlow itself has. How weights are stored is described in the documentation of
`tf.io.decodeWeights`.
"""

from __future__ import annotations

import base64
import json
import math
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from google.protobuf import json_format

from kinema.errors import ModelError
from kinema.models.importers.graphdef import DATA_TYPES, message_class

WRITER_VERSION = 1
"""Part of the names of the files that this module writes; to be raised when they change."""

Array = npt.NDArray[Any]
_Json = Mapping[str, Any]
_Type = type[np.generic]
# Types of weights, and of what they are stored as.
_TYPES: Mapping[str, _Type] = {
    "float32": np.float32,
    "int32": np.int32,
    "bool": np.bool_,
    "uint8": np.uint8,
}
_STORED_TYPES: Mapping[str, _Type] = {"float16": np.float16, "uint8": np.uint8, "uint16": np.uint16}
# Types of Const nodes, and the field of a tensor that holds a single value.
_CONSTANTS: Mapping[str, tuple[_Type, str]] = {
    "DT_FLOAT": (np.float32, "float_val"),
    "DT_DOUBLE": (np.float64, "double_val"),
    "DT_INT32": (np.int32, "int_val"),
    "DT_INT64": (np.int64, "int64_val"),
    "DT_UINT8": (np.uint8, "int_val"),
    "DT_BOOL": (np.bool_, "bool_val"),
}
_TYPE_NAMES = {number: name for name, number in DATA_TYPES.items()}
# What a fused operation begins with, and which of its attributes belong to that.
_FUSED = {
    "_FusedConv2D": "Conv2D",
    "FusedDepthwiseConv2dNative": "DepthwiseConv2dNative",
    "_FusedMatMul": "MatMul",
}
_OF_FUSED = {
    *("T", "strides", "padding", "explicit_paddings", "data_format", "dilations"),
    *("transpose_a", "transpose_b"),
}
_ACTIVATIONS = {"Relu", "Relu6", "Elu", "Selu", "Sigmoid", "Tanh"}


def frozen_graph(model: Path, weights: Sequence[Path]) -> Path:
    """The frozen graph of a graph model: a `.pb` file beside it, written if it is not there yet.

    Args:
        model: The JSON file.
        weights: Its files of weights, in the order in which it names them.

    Raises:
        ModelError: If they are damaged, no graph model, or hold what cannot be converted; or if the
            folder cannot be written.
    """
    graph = model.with_name(f"{model.stem}.v{WRITER_VERSION}.pb")
    if graph.is_file():
        return graph
    data = converted(model, weights)
    part = graph.with_name(f"{graph.name}.{uuid.uuid4().hex}.part")
    try:
        part.write_bytes(data)
        part.replace(graph)
    except OSError as error:
        raise ModelError(f"{graph} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    return graph


def converted(model: Path, weights: Sequence[Path]) -> bytes:
    """The bytes of the frozen graph of a graph model; see `frozen_graph`.

    Raises:
        ModelError: If the files are damaged, no graph model, or hold what cannot be converted.
    """
    try:
        document = json.loads(model.read_text(encoding="utf-8"))
        data = b"".join(path.read_bytes() for path in weights)
    except OSError as error:
        raise ModelError(f"{error.filename} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ModelError(f"{model} is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format", "graph-model") != "graph-model":
        named = document.get("format") if isinstance(document, dict) else type(document).__name__
        raise ModelError(f"{model} is no TensorFlow.js graph model but {named}; convert it to one")
    try:
        specs = [spec for group in document["weightsManifest"] for spec in group["weights"]]
        graph = _Graph(read_weights(specs, data))
        for node in document["modelTopology"]["node"]:
            graph.add(node)
    except _Unusable as error:
        raise ModelError(f"{model} cannot be converted: {error}") from error
    except KeyError as error:
        raise ModelError(
            f"{model} is no TensorFlow.js graph model, or damaged: it has no {error}"
        ) from error
    except (TypeError, AttributeError, ValueError, json_format.ParseError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(
            f"{model} is no TensorFlow.js graph model, or damaged: {reason}"
        ) from error
    return graph.to_bytes()


class _Unusable(Exception):
    """What of a graph model cannot be converted."""


def read_weights(specs: Sequence[_Json], data: bytes) -> dict[str, Array]:
    """The weights by name, as the manifest describes them, in the types that the graph wants.

    Args:
        specs: Entries of the manifest: name, shape, dtype and perhaps quantization.
        data: The contents of all files of weights.
    """
    weights: dict[str, Array] = {}
    at = 0
    for spec in specs:
        name, shape = spec["name"], tuple(spec["shape"])
        packing = spec.get("quantization")
        stored = _known(_STORED_TYPES, packing["dtype"], name) if packing else None
        final = _known(_TYPES, spec["dtype"], name)
        kind = np.dtype(stored or final).newbyteorder("<")
        count = math.prod(shape)
        if at + count * kind.itemsize > len(data):
            raise _Unusable(f"its weights end within {name}; a file of weights is missing or cut")
        values = np.frombuffer(data, kind, count, at).reshape(shape)
        at += count * kind.itemsize
        weights[name] = _unpacked(values, packing, final) if packing else values.astype(final)
    if at != len(data):
        raise _Unusable(f"it describes {at} bytes of weights, but there are {len(data)}")
    return weights


def _known(types: Mapping[str, _Type], name: str, weight: str) -> _Type:
    if name not in types:
        raise _Unusable(f"{weight} has the type {name!r}; known are {', '.join(types)}")
    return types[name]


def _unpacked(values: Array, packing: _Json, final: _Type) -> Array:
    if "scale" not in packing:  # float16, as it is
        return values.astype(final)
    floats = values.astype(np.float32) * np.float32(packing["scale"])
    floats += np.float32(packing.get("min", 0))
    return (np.rint(floats) if np.issubdtype(final, np.integer) else floats).astype(final)


class _Graph:
    """A frozen graph to which nodes are added."""

    def __init__(self, weights: Mapping[str, Array]) -> None:
        self._weights = weights
        self._message = message_class("GraphDef")()
        self._message.versions.producer = 1000  # a TensorFlow 2

    def to_bytes(self) -> bytes:
        data: bytes = self._message.SerializeToString()
        return data

    def add(self, node: _Json) -> None:
        """Adds a node of the graph model, as one node or several."""
        name, operation = node["name"], node["op"]
        inputs: list[str] = list(node.get("input", ()))
        attributes = {
            key: value for key, value in node.get("attr", {}).items() if not key.startswith("_")
        }
        if operation == "Const":
            self._add_constant(name, attributes)
        elif operation in _FUSED:
            self._add_fused(name, operation, inputs, attributes)
        elif operation == "Prelu":
            self._add_prelu(name, *inputs, type_=attributes.get("T", {"type": "DT_FLOAT"}))
        else:
            self._put(name, operation, inputs, attributes)

    def _put(
        self, name: str, operation: str, inputs: Sequence[str], attributes: Mapping[str, _Json]
    ) -> Any:
        node = self._message.node.add(name=name, op=operation)
        node.input.extend(inputs)
        for key, value in attributes.items():
            json_format.ParseDict(_with_base64(value), node.attr.add(key=key).value)
        return node

    def _add_constant(self, name: str, attributes: Mapping[str, _Json]) -> None:
        if name not in self._weights:
            raise _Unusable(f"there are no weights for {name}")
        declared = attributes["dtype"]["type"]
        kind = _TYPE_NAMES.get(declared, str(declared))
        if kind not in _CONSTANTS:
            raise _Unusable(f"{name} has the type {kind}; known are {', '.join(_CONSTANTS)}")
        dtype, single = _CONSTANTS[kind]
        values: Array = self._weights[name].astype(dtype)
        node = self._put(name, "Const", (), {"dtype": {"type": kind}})
        tensor = node.attr.add(key="value").value.tensor
        tensor.dtype = DATA_TYPES[kind]
        for size in values.shape:
            tensor.tensor_shape.dim.add(size=size)
        if values.size == 1:  # readers take a single value from here alone
            getattr(tensor, single).append(values.item())
        else:
            tensor.tensor_content = values.tobytes()

    def _add_fused(
        self, name: str, operation: str, inputs: list[str], attributes: Mapping[str, _Json]
    ) -> None:
        """Adds an operation and, one after the other, what was fused to it.

        The last node has the name of the fused one, so that those that follow find it.
        """
        fused = [_text(item) for item in attributes.get("fused_ops", {})["list"].get("s", ())]
        own = {key: value for key, value in attributes.items() if key in _OF_FUSED}
        names = [f"{name}/{step}" for step in (_FUSED[operation], *fused)]
        names[-1] = name
        self._put(names[0], _FUSED[operation], inputs[:2], own)
        arguments = inputs[2:]
        for step, before, after in zip(fused, names[:-1], names[1:], strict=True):
            taken = 4 if step == "FusedBatchNorm" else int(step in ("BiasAdd", "Prelu"))
            if len(arguments) < taken:
                raise _Unusable(f"{name} has no input for its {step}")
            self._add_step(step, after, [before, *arguments[:taken]], attributes)
            arguments = arguments[taken:]

    def _add_step(
        self, step: str, name: str, inputs: list[str], attributes: Mapping[str, _Json]
    ) -> None:
        """Adds what was fused to a convolution: bias, batch normalisation or activation."""
        own: dict[str, _Json] = {"T": attributes.get("T", {"type": "DT_FLOAT"})}
        layout = {key: attributes[key] for key in ("data_format",) if key in attributes}
        if step == "BiasAdd":
            self._put(name, step, inputs, own | layout)
        elif step == "FusedBatchNorm":
            extra = {"U": own["T"], "is_training": {"b": False}}
            extra |= {key: attributes[key] for key in ("epsilon",) if key in attributes}
            self._put(name, "FusedBatchNormV3", inputs, own | layout | extra)
        elif step == "LeakyRelu":
            slope = attributes.get("leakyrelu_alpha", {"f": 0.2})  # TensorFlow's own
            self._put(name, step, inputs, own | {"alpha": slope})
        elif step == "Prelu":
            self._add_prelu(name, *inputs, type_=own["T"])
        elif step in _ACTIVATIONS:
            self._put(name, step, inputs, own)
        else:
            raise _Unusable(f"{name} is fused with {step}, which is not known")

    def _add_prelu(self, name: str, value: str, slope: str, *, type_: _Json) -> None:
        """Adds max(x, 0) + slope * (x - max(x, 0)); TensorFlow has no operation for it."""
        own = {"T": type_}
        self._put(f"{name}/above", "Relu", [value], own)
        self._put(f"{name}/below", "Sub", [value, f"{name}/above"], own)
        self._put(f"{name}/scaled", "Mul", [slope, f"{name}/below"], own)
        self._put(name, "AddV2", [f"{name}/above", f"{name}/scaled"], own)


def _text(value: str | Sequence[int]) -> str:
    """A text of the JSON form: in base64, or as the numbers of its characters."""
    return base64.b64decode(value).decode() if isinstance(value, str) else bytes(value).decode()


def _with_base64(value: _Json) -> _Json:
    """A value of the JSON form with its texts in base64, as protobuf expects."""
    text = value.get("s")
    if isinstance(text, list):
        return {"s": base64.b64encode(bytes(text)).decode()}
    return value
