"""Parquet: the columns of the CSV table, typed and compressed, with the header of the recording.

The columns are those of `kinema.formats.columns`: `frame`, `person` and `id` as int64, the others
as float64 (`time`) or float32, rounded as in CSV; what is not known is null. The file's
metadata holds the header of Kinema's own format under the key `kinema.poses`, so source, size,
rate, model, space and limbs survive. Row groups are written and read one by one.

Tables of other programs are read as CSV is. All this needs `pip install 'kinema[tables]'`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kinema.errors import FormatError, MissingExtra, SkeletonError
from kinema.formats.columns import COUNTS, Columns, Layout
from kinema.formats.encoding import FORMAT_NAME, decode_header, encode_header
from kinema.formats.recording import Header, PoseStream, PoseWriter
from kinema.formats.rows import Row, frames_of
from kinema.formats.staging import StagedBytes, file_errors
from kinema.poses import Poses
from kinema.skeletons import COCO17

if TYPE_CHECKING:
    from types import ModuleType

ROWS_A_GROUP = 5000  # about 1 MB of 17 joints; what a crash of memory would cost is nothing
_MAGIC = b"PAR1"


class ParquetWriter(PoseWriter):
    """Writes row groups as they fill; the file appears under its name at `close`.

    Raises:
        MissingExtra: If pyarrow is not installed.
        InputError: If the file cannot be written.
    """

    readable_when_cut = False

    def __init__(self, path: Path, header: Header) -> None:
        self._arrow, self._parquet = _arrow()
        self.started = False
        self._path = path
        self._header = header
        self._layout = Layout(header.skeleton or COCO17, header.space)
        self._file = StagedBytes(path)
        self._writer: Any = None
        self._rows: list[list[float | int | str | None]] = []

    def write(self, poses: Poses) -> None:
        """Add one frame.

        Raises:
            SkeletonError: If the skeleton or the space is not that of the first frame.
        """
        if not self.started:
            self._layout = Layout(poses.skeleton, poses.space)
            self.started = True
        begun = self._layout
        if poses.skeleton != begun.skeleton or poses.space != begun.space:
            raise SkeletonError(
                f"frame {poses.frame} is {poses.skeleton.name} in {poses.space} space, but the "
                f"table was begun as {begun.skeleton.name} in {begun.space} space"
            )
        self._rows += begun.rows(poses)
        if len(self._rows) >= ROWS_A_GROUP:
            self._flush()

    def close(self) -> None:
        """Write the rest and put the file in its place."""
        if not self._file.is_open:
            return
        self._flush()
        with file_errors("write", self._path):
            self._writer.close()
        self._file.commit()

    def discard(self) -> None:
        """Remove what was written; a file that was there before stays."""
        if self._file.is_open and self._writer is not None:
            with suppress(OSError):  # the disk may be full, which is why this is thrown away
                self._writer.close()
        self._file.discard()

    def _flush(self) -> None:
        arrow = self._arrow
        names = self._layout.names()
        columns = list(zip(*self._rows, strict=True)) or [()] * len(names)
        schema = arrow.schema([(name, self._type(name)) for name in names])
        with file_errors("write", self._path):
            if self._writer is None:
                header = replace(
                    self._header, skeleton=self._layout.skeleton, space=self._layout.space
                )
                metadata = {FORMAT_NAME: encode_header(header)}
                self._writer = self._parquet.ParquetWriter(
                    self._file.stream, schema.with_metadata(metadata), compression="zstd"
                )
            arrays = [
                arrow.array(column, type=field.type)
                for column, field in zip(columns, schema, strict=True)
            ]
            self._writer.write_table(arrow.Table.from_arrays(arrays, schema=self._writer.schema))
        self._rows = []

    def _type(self, name: str) -> Any:
        if name in COUNTS:
            return self._arrow.int64()
        if name == "space":
            return self._arrow.string()
        return self._arrow.float64() if name == "time" else self._arrow.float32()


def read_parquet(path: Path) -> PoseStream:
    """The frames of a table, row group by row group.

    Raises:
        MissingExtra: If pyarrow is not installed.
        InputError: If the file cannot be opened.
        FormatError: If it is not Parquet, is cut off or a column is missing; while reading, if
            frames or times go back. The message names the row, from 1.
    """
    arrow, parquet = _arrow()
    with file_errors("read", path):
        stream = path.open("rb")
    try:
        file = parquet.ParquetFile(stream)
        columns = Columns.of(file.schema_arrow.names, path)
        header = _header(file.schema_arrow, columns, path)
    except (arrow.ArrowException, OSError, UnicodeError) as error:  # all of them mean damage
        stream.close()
        raise FormatError(f"{path} is not a Parquet file, or is cut off: {_line(error)}") from error
    except ValueError:
        stream.close()
        raise
    assert header.skeleton is not None
    rows = _rows(file, replace(columns, skeleton=header.skeleton), path, arrow)
    frames = frames_of(rows, header.skeleton, header.space, path, unit="row")
    return PoseStream(header, frames, stream.close)


def _header(schema: Any, columns: Columns, path: Path) -> Header:
    """The header in the metadata, where it fits the columns, else what the columns tell."""
    space = "world" if columns.dimensions == 3 else "image"
    text = (schema.metadata or {}).get(FORMAT_NAME.encode())
    if text is None:
        return Header(columns.skeleton, space=space)  # type: ignore[arg-type]
    try:
        header = decode_header(text.decode("utf-8", errors="replace"))
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error
    if header.skeleton is None or header.skeleton.keypoints != columns.skeleton.keypoints:
        return replace(header, skeleton=columns.skeleton)
    return header


def _rows(file: Any, columns: Columns, path: Path, arrow: ModuleType) -> Iterator[Row]:
    index = 0
    try:
        for batch in file.iter_batches(batch_size=ROWS_A_GROUP):
            counts, numbers = _cells(batch, columns, path, arrow)
            for row in range(batch.num_rows):
                whole = {name: values[row] for name, values in counts.items()}
                yield columns.row(numbers[row], whole, line=index + 1, index=index)
                index += 1
    except (arrow.ArrowException, OSError, UnicodeError) as error:
        raise FormatError(f"{path}, row {index + 1}: damaged: {_line(error)}") from error


def _cells(
    batch: Any, columns: Columns, path: Path, arrow: ModuleType
) -> tuple[dict[str, list[int | None]], np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    """The whole numbers and all numbers (R, C) of a batch of rows."""
    numbers = np.full((batch.num_rows, batch.num_columns), np.nan)
    for number, column in enumerate(batch.columns):
        kind = column.type
        if not (arrow.types.is_integer(kind) or arrow.types.is_floating(kind)):
            if number in columns.places or number in columns.scores:
                name = batch.schema.names[number]
                raise FormatError(f"{path}: the column {name} holds {kind}, not numbers")
            continue
        values = column.cast(arrow.float64(), safe=False)
        numbers[:, number] = values.to_numpy(zero_copy_only=False)
    counts = {
        name: batch.columns[at].cast(arrow.int64()).to_pylist()
        for name, at in columns.counts.items()
    }
    return counts, numbers


def _line(error: Exception) -> str:
    return str(error).strip().partition(". ")[0].partition("\n")[0] or type(error).__name__


def _arrow() -> tuple[ModuleType, ModuleType]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtra("pyarrow", "tables") from error
    return pyarrow, pyarrow.parquet


def is_parquet(path: Path) -> bool:
    """Whether the path is a Parquet file, by its first bytes."""
    if not path.is_file():
        return False
    with file_errors("read", path), path.open("rb") as file:
        return file.read(4) == _MAGIC or path.suffix.lower() == ".parquet"
