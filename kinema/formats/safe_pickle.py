"""Pickles, and objects in NumPy files, without the danger of pickles.

An array of objects in a `.npy` or `.npz` is a pickle, and a pickle can run anything. Here only
arrays, dictionaries, lists, texts and numbers are built; whatever names another class or function
is refused before it is called. NumPy's own loading is not used either, as a damaged pickle can
crash it: what describes an array is gathered first, then checked, then made into one.
"""

from __future__ import annotations

import math
import pickle
import re
import struct
from typing import Any, BinaryIO, NoReturn, cast

import numpy as np
import numpy.typing as npt

from kinema.errors import FormatError

_NUMBERS = frozenset("biuf")
_TYPE = re.compile(r"[<>|=]?([biufUS]\d{1,4}|O\d?)")  # numbers, texts, and lists of such
_ARRAY_MODULES = frozenset(("numpy.core.multiarray", "numpy._core.multiarray"))
_BUFFER_MODULES = frozenset(("numpy.core.numeric", "numpy._core.numeric"))
_MOST_AXES = 32
# What the reader of pickles raises where bytes make no sense.
_DAMAGE = (
    *(pickle.UnpicklingError, EOFError, ValueError, TypeError, LookupError, AttributeError),
    *(NameError, AssertionError, RecursionError, MemoryError, OverflowError, struct.error),
)


def load_plain(stream: BinaryIO) -> object:
    """The object that a pickle describes, if it is made of arrays and plain types only.

    Raises:
        FormatError: If it names anything else, or is damaged.
    """
    try:
        return _Finisher().finished(_PlainUnpickler(stream).load())
    except FormatError:
        raise
    except _DAMAGE as error:
        raise FormatError(f"a damaged pickle: {error or type(error).__name__}") from error


class _PlainUnpickler(pickle._Unpickler):
    """The unpickler written in Python: a damaged file cannot make it ask for much memory."""

    def find_class(self, module: str, name: str) -> object:
        """What a pickle may name; everything else is refused."""
        known: dict[str, object] = {}
        if module in _ARRAY_MODULES:
            known = {"_reconstruct": _reconstruct, "scalar": _scalar}
        elif module in _BUFFER_MODULES:
            known = {"_frombuffer": _from_buffer}
        elif (module, name) == ("collections", "OrderedDict"):
            return dict
        elif module == "numpy":
            known = {"ndarray": _ndarray, "dtype": _DType}
        elif module == "_codecs":
            known = {"encode": _encode}
        if name not in known:
            _refuse(f"{module}.{name}")
        return known[name]

    def persistent_load(self, pid: object) -> object:
        """Objects stored elsewhere are refused."""
        return _refuse("an object outside of the file")


def _refuse(what: str) -> NoReturn:
    raise FormatError(f"refused: the pickle in it asks for {what}, which could run a program")


def _ndarray() -> NoReturn:
    """Stands for the class of arrays, which a pickle only names."""
    _refuse("an array without a shape")


class _DType:
    """A type of numbers in the making."""

    def __init__(self, text: object, *_: object) -> None:
        if not isinstance(text, str) or not _TYPE.fullmatch(text):
            _refuse(f"the type {text!r}")
        self.dtype: np.dtype[Any] = np.dtype(text)

    def __setstate__(self, state: object) -> None:
        order = state[1] if isinstance(state, tuple) and len(state) > 1 else None
        if order not in ("<", ">", "|", "="):
            raise FormatError("a damaged pickle: a type without an order of bytes")
        if order in ("<", ">") and not self.dtype.hasobject:
            self.dtype = self.dtype.newbyteorder(cast("str", order))  # type: ignore[arg-type]


class _Array:
    """An array in the making: what its state says, checked by `finished`."""

    def __init__(self) -> None:
        self._state: tuple[object, ...] = ()

    def __setstate__(self, state: object) -> None:
        if not isinstance(state, tuple) or len(state) != 5:
            raise FormatError("a damaged pickle: an array without a state")
        self._state = state

    def finished(self, finisher: _Finisher) -> npt.NDArray[Any]:
        """The array, of objects that are finished too."""
        if not self._state:
            raise FormatError("a damaged pickle: an array without a state")
        _, shape, kind, fortran, data = self._state
        if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
            raise FormatError(f"a damaged pickle: an array of the shape {shape!r}")
        if not isinstance(kind, _DType) or len(shape) > _MOST_AXES:
            raise FormatError("a damaged pickle: an array of no type")
        size = math.prod(cast("tuple[int, ...]", shape))
        if kind.dtype.hasobject:
            if not isinstance(data, list) or len(data) != size:
                raise FormatError("a damaged pickle: an array of objects that are not there")
            flat: npt.NDArray[Any] = np.empty(size, dtype=object)
            for number, value in enumerate(data):
                flat[number] = finisher.finished(value)
        else:
            if not isinstance(data, bytes) or len(data) != size * kind.dtype.itemsize:
                raise FormatError("a damaged pickle: an array of another size than its data")
            flat = np.frombuffer(data, dtype=kind.dtype)
        return flat.reshape(shape[::-1]).T if fortran else flat.reshape(shape)


def _reconstruct(kind: object, shape: object, typecode: object) -> _Array:
    if kind is not _ndarray:
        _refuse(f"an array of the kind {kind!r}")
    return _Array()


def _from_buffer(data: object, kind: object, shape: object, order: object) -> _Array:
    """An array as protocol 5 has it: its bytes, then what they are."""
    array = _Array()
    plain = bytes(data) if isinstance(data, bytearray) else data
    array.__setstate__((1, shape, kind, order == "F", plain))
    return array


def _scalar(kind: object, data: object) -> object:
    if not isinstance(kind, _DType) or kind.dtype.kind not in _NUMBERS:
        _refuse("a number of an unknown type")
    if not isinstance(data, bytes) or len(data) != kind.dtype.itemsize:
        raise FormatError("a damaged pickle: a number without its bytes")
    return np.frombuffer(data, dtype=kind.dtype)[0]


def _encode(text: object, encoding: object = "latin1") -> object:
    if not isinstance(text, str) or encoding != "latin1":
        _refuse("a text in another encoding")
    return text.encode("latin1")


class _Finisher:
    """Makes all arrays of a value. What is there several times is made once."""

    def __init__(self) -> None:
        self._made: dict[int, object] = {}
        self._open: set[int] = set()

    def finished(self, value: object) -> object:
        """The value with its arrays made, in new dictionaries and lists."""
        if value is None or isinstance(value, str | bytes | bool | int | float | np.generic):
            return value
        if id(value) in self._open:
            raise FormatError("a damaged pickle: it holds itself")
        if id(value) not in self._made:
            self._open.add(id(value))
            self._made[id(value)] = self._make(value)
            self._open.remove(id(value))
        return self._made[id(value)]

    def _make(self, value: object) -> object:
        if isinstance(value, _Array):
            return value.finished(self)
        if isinstance(value, dict):
            return {key: self.finished(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.finished(item) for item in value]
        if isinstance(value, tuple):
            return tuple(self.finished(item) for item in value)
        raise FormatError(f"refused: the pickle in it holds a {type(value).__name__}")
