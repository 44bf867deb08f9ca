"""The columns of a table with one row a frame and person, shared by CSV and Parquet.

    frame, time, person, id, certainty, box_x1, box_y1, box_x2, box_y2,
    nose_x, nose_y, nose_score, left_eye_x, left_eye_y, left_eye_score, ...

- `frame` counts from 0; `time` is in seconds; `person` is the row of the frame, from 0; `id` is the
  identity over time.
- JOINT`_x`, JOINT`_y` in pixels, (0, 0) the centre of the top-left pixel; in space JOINT`_x`,
  JOINT`_y`, JOINT`_z` in metres, and a column `space` says `body` or `world`.
- JOINT`_score` from 0 to 1; 0 = not found.
- A frame without people is one row with `frame` and `time` (and `space`) only.
- What is not known is empty: `id` before tracking, `certainty` where the model says nothing of
  people as a whole, the box where there is none.

Reading. Only the columns of positions must be there, in any order. Without `person`, each row is a
person; without `frame`, rows of one `time` are a frame; without both, each row is a frame of its
own. JOINT`_likelihood`, `_confidence`, `_visibility`, `_conf` and `_v` are read as scores. Where
the joints are those of a known skeleton the recording has that one. Columns of other names are left
out, with a warning.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinema.errors import FormatError
from kinema.formats.encoding import METRE_DECIMALS, PIXEL_DECIMALS, SCORE_DECIMALS, TIME_DECIMALS
from kinema.formats.rows import Float64Array, Row, scores_of
from kinema.poses import SPACE_DIMENSIONS, Poses, Space
from kinema.skeleton import Skeleton, mirror_by_name
from kinema.skeletons import SKELETONS

COUNTS = ("frame", "person", "id")
BOX = ("box_x1", "box_y1", "box_x2", "box_y2")
AXES = ("x", "y", "z")
SCORE_WORDS = ("score", "likelihood", "confidence", "visibility", "conf", "v")

_JOINT_COLUMN = re.compile(rf"(?P<joint>.+)_(?P<what>x|y|z|{'|'.join(SCORE_WORDS)})")
_log = logging.getLogger(__name__)


def skeleton_of(joints: Iterable[str], name: str = "table") -> Skeleton:
    """The known skeleton with these joints, in this order if there is one, else one of their own.

    The latter has the limbs of the smallest known skeleton that has all of these joints.

    >>> skeleton_of(["left_knee", "left_ankle", "right_knee"]).edges
    (('left_knee', 'left_ankle'),)
    """
    names = tuple(joints)
    for skeleton in SKELETONS.values():
        if skeleton.keypoints == names:
            return skeleton
    larger = [known for known in SKELETONS.values() if set(names) <= set(known.keypoints)]
    nearest = min(larger, key=len, default=Skeleton(name, names))
    if larger and len(nearest) == len(names):
        return nearest
    edges = tuple(edge for edge in nearest.edges if set(edge) <= set(names))
    return Skeleton(name, names, edges, mirror_by_name(names))


@dataclass(frozen=True)
class Columns:
    """Where a table keeps what.

    Attributes:
        skeleton: Of the recording.
        dimensions: 2 or 3.
        places: (K x D) numbers of the columns of positions.
        scores: K numbers of the columns of scores; -1 where there is none.
        counts: Number of the column of each of `frame`, `person`, `id`, where there is one.
        time: Number of the column, or None.
        certainty: Number of the column, or None.
        box: 4 numbers of columns, or none.
        space: Number of the column that names the space, or None.
    """

    skeleton: Skeleton
    dimensions: int
    places: tuple[int, ...]
    scores: tuple[int, ...]
    counts: dict[str, int]
    time: int | None
    certainty: int | None
    box: tuple[int, ...]
    space: int | None

    @classmethod
    def of(cls, names: Sequence[str], path: Path) -> Columns:
        """The columns of these names.

        Raises:
            FormatError: If one is missing or twice, or there are no joints.
        """
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise FormatError(f"{path} has the column {twice!r} twice")
        at = {name: number for number, name in enumerate(names)}
        joints = _joints(at, path)
        dimensions = 3 if any(f"{joint}_z" in at for joint in joints) else 2
        skeleton = skeleton_of(joints)
        wanted = [f"{j}_{axis}" for j in skeleton.keypoints for axis in AXES[:dimensions]]
        missing = [name for name in wanted if name not in at]
        if missing:
            raise FormatError(f"{path}: the column {missing[0]} is missing")
        words = [[f"{j}_{word}" for word in SCORE_WORDS] for j in skeleton.keypoints]
        scores = tuple(next((at[w] for w in of if w in at), -1) for of in words)
        columns = cls(
            skeleton,
            dimensions,
            places=tuple(at[name] for name in wanted),
            scores=scores,
            counts={name: at[name] for name in COUNTS if name in at},
            time=at.get("time"),
            certainty=at.get("certainty"),
            box=tuple(at[name] for name in BOX) if all(name in at for name in BOX) else (),
            space=at.get("space"),
        )
        columns._tell_of_others(names, path)
        return columns

    def _tell_of_others(self, names: Sequence[str], path: Path) -> None:
        used = {*self.places, *self.scores, *self.counts.values(), *self.box}
        used |= {number for number in (self.time, self.certainty, self.space) if number is not None}
        others = [name for number, name in enumerate(names) if number not in used and name]
        if others:
            _log.warning("%s: columns left out: %s", path, ", ".join(others))

    def row(
        self, numbers: Float64Array, counts: dict[str, int | None], *, line: int, index: int
    ) -> Row:
        """The row of a table.

        Args:
            numbers: All cells; NaN where they are empty or hold text.
            counts: The whole numbers among them, by the name of their column.
            line: For errors.
            index: Number of the row, from 0.
        """
        k = len(self.skeleton)
        keypoints = numbers[list(self.places)].reshape(k, self.dimensions)
        known = np.array([numbers[i] if i >= 0 else np.nan for i in self.scores])
        identity = counts.get("id")
        if "person" in self.counts:
            empty = counts["person"] is None
        else:
            empty = identity is None and bool(np.isnan(keypoints).all() and np.isnan(known).all())
        frame = counts.get("frame")
        if "frame" not in self.counts and self.time is None:
            frame = index
        return Row(
            line=line,
            frame=frame,
            time=float("nan") if self.time is None else float(numbers[self.time]),
            keypoints=None if empty else np.where(_absent(keypoints), np.nan, keypoints),
            scores=scores_of(known, keypoints),
            id=identity,
            box=numbers[list(self.box)] if self.box else None,
            certainty=float("nan") if self.certainty is None else float(numbers[self.certainty]),
        )


def _absent(keypoints: Float64Array) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.asarray(np.isnan(keypoints).any(axis=1, keepdims=True))


def _joints(names: Iterable[str], path: Path) -> list[str]:
    """The joints that have a column of positions, in the order of the columns."""
    joints: dict[str, None] = {}
    for name in names:
        match = _JOINT_COLUMN.fullmatch(name)
        if match and match["what"] in AXES:
            joints[match["joint"]] = None
    if not joints:
        listed = ", ".join(list(names)[:6])
        raise FormatError(
            f"{path} has no columns of joints, such as left_knee_x and left_knee_y, but {listed}"
        )
    return list(joints)


@dataclass(frozen=True)
class Layout:
    """Which columns are written.

    Attributes:
        skeleton: Of all frames.
        space: Of all frames.
    """

    skeleton: Skeleton
    space: Space

    @property
    def axes(self) -> tuple[str, ...]:
        """Two in a picture, three in space."""
        return AXES[: SPACE_DIMENSIONS[self.space]]

    def _space(self, text: str) -> list[str]:
        return [] if self.space == "image" else [text]

    def names(self) -> list[str]:
        """The columns, in order."""
        names = ["frame", "time", "person", "id", *self._space("space"), "certainty", *BOX]
        for joint in self.skeleton.keypoints:
            names += [f"{joint}_{what}" for what in (*self.axes, "score")]
        return names

    def rows(self, poses: Poses) -> list[list[float | int | str | None]]:
        """One row a person, or one that says that the frame is empty; None where unknown."""
        time = None if np.isnan(poses.time) else round(float(poses.time), TIME_DECIMALS)
        head: list[float | int | str | None] = [int(poses.frame), time]
        space = self._space(self.space)
        if len(poses) == 0:
            rest = len(self.names()) - 4 - len(space)
            return [[*head, None, None, *space, *([None] * rest)]]
        ids = [None] * len(poses) if poses.ids is None else poses.ids.tolist()
        cells = self._cells(poses)
        return [
            [*head, person, identity, *space, *row]
            for person, (identity, row) in enumerate(zip(ids, cells, strict=True))
        ]

    def _cells(self, poses: Poses) -> list[list[float | None]]:
        n = len(poses)
        decimals = PIXEL_DECIMALS if self.space == "image" else METRE_DECIMALS
        places = np.where(poses.found[..., None], poses.keypoints, np.nan).astype(np.float64)
        scores = np.round(poses.scores.astype(np.float64), SCORE_DECIMALS)
        joints = np.concatenate([np.round(places, decimals), scores[..., None]], axis=2)
        boxes = np.full((n, 4), np.nan) if poses.boxes is None else poses.boxes
        boxes = np.round(boxes.astype(np.float64), PIXEL_DECIMALS)
        sure = np.full(n, np.nan) if poses.certainty is None else poses.certainty
        sure = np.round(sure.astype(np.float64), SCORE_DECIMALS)[:, None]
        parts = [sure, boxes, joints.reshape(n, -1)]
        numbers = np.concatenate(parts, axis=1) + 0.0  # turns -0.0 into 0.0
        rows: list[list[float | None]] = numbers.tolist()
        for person, cell in np.argwhere(np.isnan(numbers)).tolist():
            rows[person][cell] = None
        return rows
