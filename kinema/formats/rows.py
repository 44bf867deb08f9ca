"""Rows of a table, one a person and frame, and how they become frames of people.

Rows of one frame stand together and frames in order. A row without a person says that a frame is
empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.errors import FormatError, InputError
from kinema.poses import Poses, Space
from kinema.skeleton import Skeleton

Float64Array = npt.NDArray[np.float64]
_SAME_TIME = 5e-7  # seconds; half of the last decimal that files keep
_NAN = float("nan")


@dataclass(frozen=True)
class Row:
    """One person in one frame.

    Attributes:
        line: Where it stands in its file, from 1.
        frame: Number of the frame, or None where the table has none: frames differ by their times.
        time: Seconds, NaN where it is not known.
        keypoints: (K, D), NaN where a joint was not found; None for a frame without people.
        scores: (K,), NaN where no score is known.
        id: Identity, or None.
        box: x1 y1 x2 y2, NaN where there is none; or None.
        certainty: Of the person, NaN where it is not known.
    """

    line: int
    frame: int | None
    time: float
    keypoints: Float64Array | None
    scores: Float64Array
    id: int | None = None
    box: Float64Array | None = None
    certainty: float = _NAN


def frames_of(
    rows: Iterable[Row], skeleton: Skeleton, space: Space, path: Path, unit: str = "line"
) -> Iterator[Poses]:
    """The frames that the rows make up.

    Args:
        rows: In the order of the file.
        skeleton: Of all of them.
        space: As in `Poses`.
        path: The file, for errors.
        unit: What `Row.line` counts, for errors.

    Raises:
        FormatError: If frames or times go back, a person stands twice in a frame, or a score is
            none; the message names the line.
    """
    people: list[Row] = []
    count = 0
    for row in rows:
        if people and not _same_frame(people[-1], row):
            yield _poses(people, skeleton, space, count, path, unit)
            count += 1
            _check_order(people[-1], row, f"{path}, {unit} {row.line}")
            people = []
        elif people:
            _check_same(people, row, f"{path}, {unit} {row.line}")
        people.append(row)
    if people:
        yield _poses(people, skeleton, space, count, path, unit)


def _same_frame(before: Row, row: Row) -> bool:
    if row.frame is not None or before.frame is not None:
        return row.frame == before.frame
    return abs(row.time - before.time) <= _SAME_TIME  # False where both are NaN


def _check_order(before: Row, row: Row, where: str) -> None:
    if row.frame is not None and before.frame is not None and row.frame < before.frame:
        raise FormatError(f"{where}: frame {row.frame} after frame {before.frame}; sort by frame")
    if row.time <= before.time:
        raise FormatError(
            f"{where}: the time {row.time:g} s of a new frame after {before.time:g} s; times must "
            "increase: correct them, or empty the column and say --rate"
        )


def _check_same(people: list[Row], row: Row, where: str) -> None:
    if abs(row.time - people[0].time) > _SAME_TIME:
        raise FormatError(
            f"{where}: frame {row.frame} has the times {people[0].time:g} and {row.time:g} s"
        )
    if row.id is not None and row.id in [person.id for person in people]:
        raise FormatError(f"{where}: person {row.id} is twice in frame {row.frame}")


def _poses(
    people: list[Row], skeleton: Skeleton, space: Space, count: int, path: Path, unit: str
) -> Poses:
    first = people[0]
    frame = count if first.frame is None else first.frame
    there = [row for row in people if row.keypoints is not None]
    if not there:
        return Poses.empty(skeleton, frame=frame, time=first.time, space=space)
    ids = [row.id for row in there]
    boxes = [row.box for row in there if row.box is not None]
    if np.isnan(boxes).all():
        boxes = []
    certainty = np.array([row.certainty for row in there])
    try:
        return Poses(
            skeleton,
            np.stack([row.keypoints for row in there if row.keypoints is not None]),
            np.stack([row.scores for row in there]),
            ids=np.array(ids, dtype=np.int64) if None not in ids else None,
            boxes=np.stack(boxes) if len(boxes) == len(there) else None,
            frame=frame,
            time=first.time,
            space=space,
            certainty=None if np.isnan(certainty).any() else certainty,
        )
    except (InputError, OverflowError) as error:
        raise FormatError(f"{path}, {unit} {first.line}: {error}") from error


def scores_of(scores: Float64Array, keypoints: Float64Array) -> Float64Array:
    """The scores (K,) with 0 for the joints that were not found, and NaN for no known score."""
    absent = np.isnan(keypoints).any(axis=1)
    return np.where(absent & np.isnan(scores), 0.0, scores)
