"""CSV with joint names, one row a frame and person: opens in pandas, R and Excel without options.

The columns are those of `kinema.formats.columns`. Pixels have 3 decimals, metres 5, scores 4,
times 6. The source, the size and the rate of the recording, and limbs of a skeleton of one's own,
have no place in the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from kinema.errors import SkeletonError
from kinema.formats.columns import Columns, Layout
from kinema.formats.delimited import Table
from kinema.formats.growing import GrowingText
from kinema.formats.recording import Header, PoseStream, PoseWriter
from kinema.formats.rows import Row, frames_of
from kinema.poses import SPACE_DIMENSIONS, Poses, Space
from kinema.skeletons import COCO17

ROW_COLUMNS = frozenset(("keypoint", "joint", "bodypart", "landmark"))


class CsvWriter(PoseWriter):
    """Writes a table, each row at once.

    Args:
        path: Of the file, which is opened with the first frame or at `close`.
        header: Its skeleton and space are used only if there are no frames.

    Raises:
        InputError: If the file cannot be written.
    """

    readable_when_cut = True

    def __init__(self, path: Path, header: Header) -> None:
        self.started = False
        self._file = GrowingText(path)
        self._layout = Layout(header.skeleton or COCO17, header.space)

    def write(self, poses: Poses) -> None:
        """Add one frame.

        Raises:
            SkeletonError: If the skeleton or the space is not that of the first frame.
        """
        if not self.started:
            self._start(Layout(poses.skeleton, poses.space))
        begun = self._layout
        if poses.skeleton != begun.skeleton or poses.space != begun.space:
            raise SkeletonError(
                f"frame {poses.frame} is {poses.skeleton.name} in {poses.space} space, but the "
                f"table was begun as {begun.skeleton.name} in {begun.space} space"
            )
        self._file.write(self.text(begun, poses))

    def close(self) -> None:
        """Finish; a recording without frames gets its header now."""
        if self._file.is_open and not self.started:
            self._start(self._layout)
        self._file.close()

    def discard(self) -> None:
        """Remove the file."""
        self._file.discard()

    def _start(self, layout: Layout) -> None:
        self._layout = layout
        self._file.write(",".join(quoted(name) for name in self.header(layout)) + "\n")
        self.started = True

    def header(self, layout: Layout) -> list[str]:
        """The names of the columns."""
        return layout.names()

    def text(self, layout: Layout, poses: Poses) -> str:
        """The lines of one frame."""
        return "".join(line_of(row) for row in layout.rows(poses))


def line_of(row: Sequence[object]) -> str:
    """A line of a table, with its end; None is an empty cell."""
    return ",".join("" if cell is None else str(cell) for cell in row) + "\n"


def quoted(name: str) -> str:
    """A name as a cell, in quotes where it holds what a table uses itself."""
    if any(mark in name for mark in ',"\n;\t'):
        return '"' + name.replace('"', '""') + '"'
    return name


def read_csv(path: Path) -> PoseStream:
    """The frames of a table, row by row.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it has no columns of joints, or a column is missing or twice; while reading,
            if a cell is damaged, or frames or times go back. The message names the line.
    """
    table = Table(path)
    try:
        columns = Columns.of(table.header, path)
        rows = _rows(table, columns)
        first = next(rows, None)
        space = _space(table, columns, first[1] if first else None)
    except ValueError:
        table.close()
        raise
    found = (row for row, _ in ([first] if first else [])), (row for row, _ in rows)
    everything = (row for part in found for row in part)
    frames = frames_of(everything, columns.skeleton, space, path)
    return PoseStream(Header(columns.skeleton, space=space), frames, table.close)


def _rows(table: Table, columns: Columns) -> Iterator[tuple[Row, list[str]]]:
    texts = {*columns.counts.values(), columns.space}
    wanted = {*columns.places, *columns.scores, *columns.box, columns.time, columns.certainty}
    numeric = sorted(number for number in wanted - texts if number is not None and number >= 0)
    for index, cells in enumerate(table.rows()):
        numbers = np.full(len(cells), np.nan)
        try:
            numbers[numeric] = [cells[number] or "nan" for number in numeric]
            usual = bool(np.abs(numbers[np.isfinite(numbers)]).max(initial=0) < 1e30)
        except ValueError:
            usual = False
        if not usual or np.isinf(numbers).any():
            numbers[numeric] = [table.number(cells[i], table.header[i]) for i in numeric]
        counts = {name: table.whole(cells[i], name) for name, i in columns.counts.items()}
        if "frame" in counts and counts["frame"] is None:
            raise table.error("no number in the column frame")
        yield columns.row(numbers, counts, line=table.line, index=index), cells


def _space(table: Table, columns: Columns, cells: list[str] | None) -> Space:
    """The space that the first row names; without one it is `world` in 3D."""
    if columns.dimensions == 2:
        return "image"
    named = cells[columns.space].strip() if cells and columns.space is not None else ""
    if named and SPACE_DIMENSIONS.get(named) != 3:
        raise table.error(f"unknown space {named!r}; known in 3D are body, world")
    return "body" if named == "body" else "world"


def is_csv(path: Path) -> bool:
    """Whether the path is a table, by its name; others are to be asked before."""
    return path.is_file() and path.suffix.lower() in (".csv", ".tsv")
