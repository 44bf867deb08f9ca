"""Reads the weights of a Caffe network (`.caffemodel`).

The file is one protobuf message, `NetParameter` of caffe.proto. Of it only names and arrays are of
interest, so it is walked through here byte by byte (protobuf's "Encoding" page), and the arrays are
views into the file: 200 MB of weights are not held in memory to find out where they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.errors import ModelError
from kinema.poses import Float32Array

Blobs = tuple[Float32Array, ...]
"""The arrays of a layer: of a convolution its weights and then its biases."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_SIZES = {_FIXED64: 8, _FIXED32: 4}

# Numbers of fields in caffe.proto: where NetParameter has its layers, in today's form and in that
# of 2014 ("V1"), and where a layer of either form has its name and its blobs.
_LAYER_FORMS = {100: (1, 7), 2: (4, 6)}
_OLD_SHAPE = (1, 2, 3, 4)  # num, channels, height and width of a blob
_DATA, _SHAPE, _DOUBLE_DATA = 5, 7, 8


def read_blobs(path: Path) -> dict[str, Blobs]:
    """The arrays of all layers that have some, by the name of the layer.

    Returns:
        float32 arrays with the shapes in the file. Old files give every array four axes, the
        first ones 1.

    Raises:
        ModelError: If the file cannot be read, is damaged, or is no such file.
    """
    try:
        empty = path.stat().st_size == 0
        data = b"" if empty else np.memmap(path, np.uint8, "r").data.toreadonly()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from error
    try:
        layers = dict(_layers(memoryview(data)))
    except _Damaged as error:
        raise ModelError(f"{path} is damaged, or no .caffemodel: {error}") from error
    if not layers:
        raise ModelError(f"{path} holds no weights")
    return layers


class _Damaged(Exception):
    """The bytes are not what they should be."""


def _layers(data: memoryview) -> Iterator[tuple[str, Blobs]]:
    for number, content in _fields(data):
        if number in _LAYER_FORMS and isinstance(content, memoryview):
            name_field, blob_field = _LAYER_FORMS[number]
            name, blobs = "", []
            for field, value in _fields(content):
                if field == name_field and isinstance(value, memoryview):
                    name = bytes(value).decode("utf-8", "replace")
                elif field == blob_field and isinstance(value, memoryview):
                    blobs.append(_blob(value))
            if blobs:
                yield name, tuple(blobs)


def _blob(data: memoryview) -> Float32Array:
    old_shape = dict.fromkeys(_OLD_SHAPE, 1)
    shape: tuple[int, ...] | None = None
    pieces: list[npt.NDArray[np.float32]] = []
    for field, value in _fields(data):
        if field == _SHAPE and isinstance(value, memoryview):
            shape = tuple(_sizes(value))
        elif field in old_shape and isinstance(value, int):
            old_shape[field] = value
        elif field == _DATA and isinstance(value, memoryview):
            pieces.append(_numbers(value, "<f4"))
        elif field == _DOUBLE_DATA and isinstance(value, memoryview):
            pieces.append(_numbers(value, "<f8"))
    values = pieces[0] if len(pieces) == 1 else np.concatenate([*pieces, np.empty(0, np.float32)])
    shape = tuple(old_shape.values()) if shape is None else shape
    if math.prod(shape) != values.size:
        raise _Damaged(f"an array of shape {shape} has {values.size} values")
    return values.reshape(shape)


def _numbers(data: memoryview, kind: str) -> npt.NDArray[np.float32]:
    if len(data) % int(kind[-1]):
        raise _Damaged("an array ends within a number")
    return np.frombuffer(data, kind).astype(np.float32, copy=False)


def _sizes(data: memoryview) -> Iterator[int]:
    """The axes in a `BlobShape`, which may be written one by one or all together."""
    for field, value in _fields(data):
        if field == 1 and isinstance(value, int):
            yield value
        elif field == 1 and isinstance(value, memoryview):
            position = 0
            while position < len(value):
                size, position = _varint(value, position)
                yield size


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The fields of a message: their numbers, and whole numbers or the bytes of the rest."""
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        number, kind = key >> 3, key & 7
        if number == 0 or kind not in (_VARINT, _BYTES, *_SIZES):
            raise _Damaged("its bytes are no protobuf message")
        if kind == _VARINT:
            value, position = _varint(data, position)
            yield number, value
            continue
        size = _SIZES.get(kind, 0)
        if kind == _BYTES:
            size, position = _varint(data, position)
        if position + size > len(data):
            raise _Damaged("it ends too early")
        yield number, data[position : position + size]
        position += size


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    """The whole number at a position, seven bits a byte, and the position after it."""
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(data):
            raise _Damaged("it ends too early")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise _Damaged("its bytes are no protobuf message")
