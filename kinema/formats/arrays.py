"""NumPy's files, read and written piece by piece: `.npy` arrays alone and in `.npz` archives."""

from __future__ import annotations

import struct
import tempfile
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO, cast

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from kinema.errors import FormatError
from kinema.formats.safe_pickle import load_plain
from kinema.formats.staging import file_errors

Array = npt.NDArray[np.generic]
ROWS_AT_ONCE = 1024
_DAMAGE = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError),
    *(NotImplementedError, RuntimeError, OverflowError),  # other compressions, passwords
    tokenize.TokenError,
    *(ValueError, SyntaxError, TypeError, LookupError, MemoryError, struct.error),
)
_ZIP_MAGIC = b"PK"


class ArrayStream:
    """An array in a file, row by row along its first axis.

    Attributes:
        shape: Of the whole.
        dtype: Of the numbers.

    Raises:
        FormatError: If it is not an array, or one of objects.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream = stream
        self._name = name
        self.shape, self._fortran, self.dtype = _head(stream, name)
        if self.dtype.hasobject:
            raise FormatError(f"{name} holds objects, not numbers")

    def rows(self) -> Iterator[Array]:
        """The rows, one after the other.

        Raises:
            FormatError: If the file ends before.
        """
        if self._fortran or not self.shape:
            yield from self.whole()
            return
        left, size = self.shape[0], int(np.prod(self.shape[1:], dtype=np.int64))
        while left > 0:
            count = min(left, ROWS_AT_ONCE)
            block = self._take(count * size)
            yield from block.reshape(count, *self.shape[1:])
            left -= count

    def whole(self) -> Array:
        """The whole array.

        Raises:
            FormatError: If the file ends before.
        """
        flat = self._take(int(np.prod(self.shape, dtype=np.int64)))
        return flat.reshape(self.shape[::-1]).T if self._fortran else flat.reshape(self.shape)

    def _take(self, count: int) -> Array:
        size = count * self.dtype.itemsize
        if size < 0:
            raise FormatError(f"{self._name} is damaged: its size is {size}")
        try:
            data = self._stream.read(size)
        except _DAMAGE as error:
            raise FormatError(f"{self._name} is damaged: {error}") from error
        if len(data) < size:
            raise FormatError(f"{self._name} is cut off")
        return np.frombuffer(data, dtype=self.dtype)


def _head(stream: BinaryIO, name: str) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    try:
        version = npy.read_magic(stream)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        return cast("tuple[tuple[int, ...], bool, np.dtype[np.generic]]", read(stream))
    except _DAMAGE as error:
        reason = str(error).partition("\n")[0]
        raise FormatError(f"{name} is not a NumPy array: {reason}") from error


class Archive:
    """A `.npz` file.

    Attributes:
        names: Of its arrays.

    Raises:
        InputError: If it cannot be opened.
        FormatError: If it is not such a file, or is cut off.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with file_errors("read", path):
            try:
                self._zip = zipfile.ZipFile(path)
            except _DAMAGE as error:
                raise FormatError(f"{path} is not an .npz file, or is cut off: {error}") from error
        files = self._zip.namelist()
        self.names = [name.removesuffix(".npy") for name in files if name.endswith(".npy")]

    def stream(self, name: str) -> ArrayStream:
        """One array, to be read row by row.

        Raises:
            FormatError: If it is not an array of numbers.
        """
        return ArrayStream(self._open(name), f"{self._path}: {name}")

    def objects(self, name: str) -> object:
        """What an array without axes holds, if it is made of plain types; see `load_plain`.

        Raises:
            FormatError: If it asks for anything else.
        """
        stream = self._open(name)
        shape, _, dtype = _head(stream, f"{self._path}: {name}")
        if not dtype.hasobject or shape != ():
            raise FormatError(f"{self._path}: {name} must be a dictionary")
        try:
            value = load_plain(stream)
        except FormatError as error:
            raise FormatError(f"{self._path}: {name} is {error}") from error
        return value.item() if isinstance(value, np.ndarray) and value.shape == () else value

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()

    def _open(self, name: str) -> BinaryIO:
        with file_errors("read", self._path):
            try:
                return cast("BinaryIO", self._zip.open(f"{name}.npy"))
            except _DAMAGE as error:
                raise FormatError(f"{self._path}: {name} cannot be read: {error}") from error


class RowSpool:
    """Rows of numbers on disk until their count is known.

    Args:
        folder: Where there is room.
        shape: Of a row.
        dtype: Of the numbers.
    """

    def __init__(self, folder: Path, shape: tuple[int, ...], dtype: npt.DTypeLike) -> None:
        self.shape = shape
        self.dtype = np.dtype(dtype)
        with file_errors("write", folder):
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `close`

    def add(self, rows: Array) -> None:
        """Add rows (n, *shape)."""
        self._file.write(np.ascontiguousarray(rows, dtype=self.dtype).tobytes())

    def grouped(self, counts: npt.NDArray[np.int64], width: int, fill: float) -> Iterator[Array]:
        """Blocks (t, width, *shape) of frames with `counts` rows each, filled up with `fill`."""
        self._file.seek(0)
        size = int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize
        for start in range(0, len(counts), ROWS_AT_ONCE):
            some = counts[start : start + ROWS_AT_ONCE]
            block = np.full((len(some), width, *self.shape), fill, dtype=self.dtype)
            data = self._file.read(int(some.sum()) * size)
            there = np.arange(width) < some[:, None]  # (t, width)
            block[there] = np.frombuffer(data, dtype=self.dtype).reshape(-1, *self.shape)
            yield block

    def close(self) -> None:
        """Remove the rows."""
        self._file.close()


def write_header(stream: IO[bytes], shape: tuple[int, ...], dtype: npt.DTypeLike) -> None:
    """The head of a `.npy` file."""
    descr = npy.dtype_to_descr(np.dtype(dtype))
    npy.write_array_header_1_0(stream, {"descr": descr, "fortran_order": False, "shape": shape})


def is_archive(path: Path) -> bool:
    """Whether the path is a zip file of arrays."""
    if not path.is_file():
        return False
    with file_errors("read", path), path.open("rb") as file:
        return file.read(2) == _ZIP_MAGIC and path.suffix.lower() == ".npz"
