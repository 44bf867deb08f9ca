"""CSV with joint names, one row a frame, person and joint: "tidy", as plotting libraries want it.

    frame, time, person, id, keypoint, x, y, score
    0, 0.0, 0, 1, nose, 613.25, 201.5, 0.9312

`frame` counts from 0; `time` is in seconds; `person` is the row of the frame, from 0; `id` is the
identity over time; x and y are pixels, (0, 0) being the centre of the top-left pixel; in space
there are x, y and z in metres, and a column `space`. `score` is 0 to 1. Every joint of every person
has a row, with empty x and y where it was not found; a frame without people is one row with
`frame`, `time` and `space` only. Boxes and the certainty of a person have no place.

Reading. `keypoint` may be called joint, bodypart or landmark; `id` individual or track_id; `score`
likelihood, confidence or visibility. The file is read twice: first for the names of the joints. A
joint without a row was not found. Without `frame`, rows of one `time` are a frame. An individual
that is not a number is numbered in the order in which they come.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import numpy as np

from kinema.errors import FormatError
from kinema.formats.columns import AXES, SCORE_WORDS, Layout, skeleton_of
from kinema.formats.csv_wide import ROW_COLUMNS, CsvWriter, line_of, quoted
from kinema.formats.delimited import Table, first_cells
from kinema.formats.recording import Header, PoseStream
from kinema.formats.rows import Row, frames_of, scores_of
from kinema.poses import Poses, Space
from kinema.skeleton import Skeleton

_IDS = ("id", "individual", "track_id")


class LongCsvWriter(CsvWriter):
    """Writes a table of joints, each row at once."""

    def header(self, layout: Layout) -> list[str]:
        """The names of the columns."""
        space = [] if layout.space == "image" else ["space"]
        return ["frame", "time", "person", "id", *space, "keypoint", *layout.axes, "score"]

    def text(self, layout: Layout, poses: Poses) -> str:
        """The lines of one frame."""
        size = len(layout.axes) + 1
        head = 4 if layout.space == "image" else 5
        joints = layout.skeleton.keypoints
        lines = []
        for row in layout.rows(poses):
            if len(poses) == 0:
                lines.append([*row[:head], None, *([None] * size)])
                continue
            cells = row[-size * len(joints) :]
            lines += [
                [*row[:head], quoted(joint), *cells[number * size : (number + 1) * size]]
                for number, joint in enumerate(joints)
            ]
        return "".join(line_of(line) for line in lines)


def read_long_csv(path: Path) -> PoseStream:
    """The frames of a table of joints.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If a column is missing; while reading, if a cell is damaged, a joint stands
            twice, or frames or times go back. The message names the line.
    """
    skeleton, space = _survey(path)
    table = Table(path)
    columns = _columns(table)
    rows = _people(table, columns, skeleton)
    return PoseStream(
        Header(skeleton, space=space), frames_of(rows, skeleton, space, path), table.close
    )


def _columns(table: Table) -> dict[str, int]:
    """Where each column stands, by the names used here."""
    at = {name.lower(): number for number, name in enumerate(table.header)}
    known = {name: at[name] for name in ("frame", "time", "person", "space", *AXES) if name in at}
    groups = {"keypoint": sorted(ROW_COLUMNS), "id": _IDS, "score": SCORE_WORDS}
    for name, words in groups.items():
        number = next((at[word] for word in words if word in at), None)
        if number is not None:
            known[name] = number
    missing = [name for name in ("keypoint", "x", "y") if name not in known]
    if missing or not ("frame" in known or "time" in known):
        table.close()
        raise FormatError(f"{table.path}: the column {(missing or ['frame'])[0]} is missing")
    return known


def _survey(path: Path) -> tuple[Skeleton, Space]:
    """The joints and the space that the whole file names."""
    table = Table(path)
    columns = _columns(table)
    joints: dict[str, None] = {}
    spaces: set[str] = set()
    for cells in table.rows():
        joints[cells[columns["keypoint"]].strip()] = None
        if "space" in columns:
            spaces.add(cells[columns["space"]].strip())
    table.close()
    joints.pop("", None)
    if not joints:
        raise FormatError(f"{path} names no joints")
    space: Space = "image" if "z" not in columns else "body" if "body" in spaces else "world"
    return skeleton_of(joints), space


def _people(table: Table, columns: dict[str, int], skeleton: Skeleton) -> Iterator[Row]:
    """One row a person from the rows of joints."""
    names: dict[str, int] = {}

    def key(cells: list[str]) -> tuple[str, ...]:
        wanted = [columns[name] for name in ("frame", "time", "person", "id") if name in columns]
        return tuple(cells[number].strip() for number in wanted)

    for _, group in groupby(table.rows(), key):
        yield _person(table, columns, skeleton, group, names)


def _person(
    table: Table,
    columns: dict[str, int],
    skeleton: Skeleton,
    group: Iterator[list[str]],
    names: dict[str, int],
) -> Row:
    axes = [axis for axis in AXES if axis in columns]
    keypoints = np.full((len(skeleton), len(axes)), np.nan)
    scores = np.full(len(skeleton), np.nan)
    seen: set[str] = set()
    line, first = 0, None
    for cells in group:
        if first is None:
            line, first = table.line, cells
            frame = table.whole(cells[columns["frame"]], "frame") if "frame" in columns else None
            time = table.number(cells[columns["time"]], "time") if "time" in columns else np.nan
        joint = cells[columns["keypoint"]].strip()
        if not joint:
            continue
        if joint in seen:
            raise table.error(f"the joint {joint} is twice in one person; give people ids")
        seen.add(joint)
        row = skeleton.index(joint)
        keypoints[row] = [table.number(cells[columns[axis]], axis) for axis in axes]
        if "score" in columns:
            scores[row] = table.number(cells[columns["score"]], "score")
    assert first is not None
    keypoints[np.isnan(keypoints).any(axis=1)] = np.nan
    if "frame" in columns and frame is None:
        raise table.error("no number in the column frame")
    return Row(
        line=line,
        frame=frame,
        time=time,
        keypoints=keypoints if seen else None,
        scores=scores_of(scores, keypoints),
        id=_identity(table, first[columns["id"]], names) if "id" in columns else None,
    )


def _identity(table: Table, cell: str, names: dict[str, int]) -> int | None:
    """A number as it is; other names numbered in their order."""
    text = cell.strip()
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        return names.setdefault(text, len(names))


def is_long_csv(path: Path) -> bool:
    """Whether the path is a table with a column of joint names."""
    cells = {cell.lower() for cell in first_cells(path)}
    return bool(cells & ROW_COLUMNS) and bool({"x", "y"} & cells)
