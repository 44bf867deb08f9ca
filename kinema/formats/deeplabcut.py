"""DeepLabCut's CSV, which `movement`, SLEAP's converters and many analyses of behaviour read.

    scorer,kinema,kinema,kinema,...
    individuals,person_1,person_1,person_1,...
    bodyparts,nose,nose,nose,left_eye,...
    coords,x,y,likelihood,x,...
    0,613.25,201.5,0.9312,...

One row a frame, the first cell being its number; one group of columns a person. In a picture x, y
and likelihood, in pixels; in space x, y, z in metres, and likelihood, which DeepLabCut's own tables
in 3D do not have. An empty cell is a joint that was not found.

Writing. People are known by their ids: `person_7`. One person without an id is written as in
single-animal projects, without the line `individuals`. Frames that a recording skips become empty
rows, as readers count rows. Times have no place: tell readers the rate.

Reading. Scorer and names of individuals may be any; a number at the end of every name is the id,
else they are numbered from 1. A person is in a frame where one of the joints is. Rows that begin
with the name of a picture are counted. Values of `likelihood` are scores.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.errors import FormatError, InputError, SkeletonError
from kinema.formats.arrays import RowSpool
from kinema.formats.columns import AXES, skeleton_of
from kinema.formats.csv_wide import line_of, quoted
from kinema.formats.delimited import Table, first_cells
from kinema.formats.encoding import METRE_DECIMALS, PIXEL_DECIMALS, SCORE_DECIMALS
from kinema.formats.recording import Header, PoseStream, PoseWriter
from kinema.formats.rows import Row, frames_of, scores_of
from kinema.formats.staging import StagedText, file_errors
from kinema.poses import SPACE_DIMENSIONS, Poses, Space
from kinema.skeleton import Skeleton
from kinema.skeletons import COCO17

_SCORER = "kinema"
_LIKELIHOOD = "likelihood"
_NOBODY = -1  # the id of one person without an id


class DeepLabCutWriter(PoseWriter):
    """Collects the rows on disk, as the people must be known first; writes them at `close`.

    Raises:
        InputError: If the file cannot be written.
    """

    readable_when_cut = False

    def __init__(self, path: Path, header: Header) -> None:
        self.started = False
        self._path = path
        self._file = StagedText(path)
        self._skeleton, self._space = header.skeleton or COCO17, header.space
        self._spool: RowSpool | None = None
        self._frames, self._counts, self._ids = array("q"), array("q"), array("q")

    def write(self, poses: Poses) -> None:
        """Add one frame.

        Raises:
            InputError: If it has several people without ids, or does not come after the one before.
            SkeletonError: If the skeleton or the space is not that of the first frame.
        """
        if poses.ids is None and len(poses) > 1:
            raise InputError(
                f"frame {poses.frame} has {len(poses)} people without ids; DeepLabCut's tables "
                "need to know who is who: track them first"
            )
        if self._spool is None:
            self._skeleton, self._space = poses.skeleton, poses.space
            shape = (len(poses.skeleton), SPACE_DIMENSIONS[poses.space] + 1)
            self._spool = RowSpool(self._path.parent, shape, np.float32)
            self.started = True
        if (poses.skeleton, poses.space) != (self._skeleton, self._space):
            raise SkeletonError(
                f"frame {poses.frame} is {poses.skeleton.name} in {poses.space} space, other than "
                "the first frame"
            )
        if self._frames and poses.frame <= self._frames[-1]:
            raise InputError(f"frame {poses.frame} comes after frame {self._frames[-1]}; sort them")
        self._frames.append(poses.frame)
        self._counts.append(len(poses))
        self._ids.extend([_NOBODY] * len(poses) if poses.ids is None else poses.ids.tolist())
        with file_errors("write", self._path):
            self._spool.add(np.concatenate([poses.keypoints, poses.scores[..., None]], axis=2))

    def close(self) -> None:
        """Write the table and put it in its place."""
        if not self._file.is_open:
            return
        people = sorted(set(self._ids)) or [_NOBODY]
        coords = [*AXES[: SPACE_DIMENSIONS[self._space]], _LIKELIHOOD]
        self._write_head(people, coords)
        self._write_rows(people, len(coords))
        self._close_spool()
        self._file.commit()

    def discard(self) -> None:
        """Remove what was written; a file that was there before stays."""
        self._close_spool()
        self._file.discard()

    def _close_spool(self) -> None:
        if self._spool is not None:
            self._spool.close()

    def _write_head(self, people: list[int], coords: list[str]) -> None:
        joints = [quoted(joint) for joint in self._skeleton.keypoints]
        columns = [(who, joint, what) for who in people for joint in joints for what in coords]
        self._file.write(line_of(["scorer", *[_SCORER] * len(columns)]))
        if people != [_NOBODY]:
            names = ["person" if who == _NOBODY else f"person_{who}" for who, _, _ in columns]
            self._file.write(line_of(["individuals", *names]))
        self._file.write(line_of(["bodyparts", *(joint for _, joint, _ in columns)]))
        self._file.write(line_of(["coords", *(what for _, _, what in columns)]))

    def _write_rows(self, people: list[int], width: int) -> None:
        if self._spool is None:
            return
        slots = {identity: number for number, identity in enumerate(people)}
        counts = np.array(self._counts, dtype=np.int64)
        most = int(counts.max(initial=0))
        cells = len(people) * len(self._skeleton) * width
        number, person, before = 0, 0, self._frames[0] - 1
        for block in self._spool.grouped(counts, most, np.nan):
            for rows in block.astype(np.float64):
                frame, count = self._frames[number], self._counts[number]
                for skipped in range(before + 1, frame):
                    self._file.write(line_of([skipped, *[None] * cells]))
                chosen = [slots[identity] for identity in self._ids[person : person + count]]
                self._file.write(line_of([frame, *self._cells(rows[:count], chosen, len(people))]))
                number, person, before = number + 1, person + count, frame

    def _cells(
        self, rows: npt.NDArray[np.float64], chosen: list[int], people: int
    ) -> list[float | None]:
        """The cells of a frame: of each person of the file, those who are not in it empty."""
        decimals = PIXEL_DECIMALS if self._space == "image" else METRE_DECIMALS
        places = np.round(rows[..., :-1], decimals)
        scores = np.round(rows[..., -1:], SCORE_DECIMALS)
        places = np.concatenate([places, scores], axis=2)
        full = np.full((people, len(self._skeleton), places.shape[2]), np.nan)
        full[chosen] = places
        return [None if cell != cell else cell for cell in (full + 0.0).ravel().tolist()]


def read_deeplabcut(path: Path) -> PoseStream:
    """The frames of a table, row by row.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If its header is not DeepLabCut's, or x or y of a joint is missing; while
            reading, if a cell is damaged or frames go back. The message names the line.
    """
    table = Table(path)
    try:
        columns = _read_head(table)
        skeleton = skeleton_of(dict.fromkeys(joint for _, joint, _ in columns if joint))
        space: Space = "world" if any(what == "z" for _, _, what in columns) else "image"
        people = dict.fromkeys(who for who, joint, _ in columns if joint)
        at = _places(columns, list(people), skeleton, SPACE_DIMENSIONS[space], path)
    except ValueError:
        table.close()
        raise
    ids = _ids(list(people))
    rows = _rows(table, at, ids, [joint != "" for _, joint, _ in columns])
    return PoseStream(
        Header(skeleton, space=space), frames_of(rows, skeleton, space, path), table.close
    )


_Column = tuple[str, str, str]


def _read_head(table: Table) -> list[_Column]:
    """Of each column the individual, the joint and the coordinate; "" for those before them."""
    lines = {table.header[0].lower(): table.header}
    while "coords" not in lines:
        row = table.next_row()
        if row[0].lower() not in ("individuals", "bodyparts", "coords"):
            raise table.error("not DeepLabCut's header: scorer, (individuals,) bodyparts, coords")
        lines[row[0].lower()] = row
    coords = lines["coords"]
    if "bodyparts" not in lines or any(len(row) != len(coords) for row in lines.values()):
        raise table.error("the lines of DeepLabCut's header do not fit each other")
    individuals = lines.get("individuals", [""] * len(coords))
    columns = list(zip(individuals, lines["bodyparts"], coords, strict=True))
    return [column if column[2] in (*AXES, _LIKELIHOOD) else ("", "", "") for column in columns]


def _places(
    columns: list[_Column], people: list[str], skeleton: Skeleton, d: int, path: Path
) -> npt.NDArray[np.int64]:
    """The columns of everybody's joints, (N, K, D + 1); -1 where there is none."""
    at = {column: number for number, column in enumerate(columns)}
    coords = [*AXES[:d], _LIKELIHOOD]
    places = np.full((len(people), len(skeleton), d + 1), -1, dtype=np.int64)
    for i, who in enumerate(people):
        for k, joint in enumerate(skeleton.keypoints):
            places[i, k] = [at.get((who, joint, what), -1) for what in coords]
            some = places[i, k, :d] >= 0
            if some.any() and not some.all():
                missing = coords[int(np.argmin(some))]
                name = f"{who} {joint}".strip()
                raise FormatError(f"{path}: the column {missing} of {name} is missing")
    return places


def _ids(names: list[str]) -> list[int | None]:
    if names == [""]:
        return [None]
    found = [re.search(r"(\d+)$", name) for name in names]
    numbers = [int(match[1]) for match in found if match]
    if len(set(numbers)) == len(names):
        return [*numbers]
    return [*range(1, len(names) + 1)]


def _rows(
    table: Table, places: npt.NDArray[np.int64], ids: list[int | None], used: list[bool]
) -> Iterator[Row]:
    for count, cells in enumerate(table.rows(len(used))):
        numbers = np.full(len(used) + 1, np.nan)  # -1 points at the last
        for i in np.flatnonzero(used).tolist():
            numbers[i] = _cell(table, cells, i)
        frame = int(cells[0]) if cells[0].strip().isdecimal() else count
        nobody = True
        for identity, values in zip(ids, numbers[places], strict=True):
            keypoints = values[:, :-1]
            keypoints[np.isnan(keypoints).any(axis=1)] = np.nan
            if np.isnan(keypoints).all():
                continue
            nobody = False
            scores = scores_of(values[:, -1], keypoints)
            yield Row(table.line, frame, float("nan"), keypoints, scores, id=identity)
        if nobody:
            yield Row(table.line, frame, float("nan"), None, np.empty(0))


def _cell(table: Table, cells: list[str], number: int) -> float:
    text = cells[number]
    try:
        value = float(text) if text else float("nan")
    except ValueError:
        value = float("inf")
    return value if abs(value) != float("inf") else table.number(text, str(number + 1))


def is_deeplabcut(path: Path) -> bool:
    """Whether the path is a table with DeepLabCut's header."""
    return first_cells(path)[:1] == ["scorer"]
