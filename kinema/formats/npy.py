"""NPY: one array of positions and nothing else, (T, K, D) for one person or (T, N, K, D).

Writing. One person, (T, K, D) float32: row t is the t-th frame, NaN where a joint was not found.
Frames that a recording skips are not there. A frame without the person is a row of NaN. Names,
scores and times have no place.

Reading. As nothing in the file says so, the number of keypoints tells the skeleton: 17 is COCO's in
a picture and Human3.6M's in space (as VideoPose3D writes them), 14 is LSP's, 15 OpenPose's MPI, 16
MPII's, 18 OpenPose's COCO model, 20 and 25 Kinect's in space (25 is BODY_25 in a picture), 21 a
hand, 26 Halpe's, 33 BlazePose's, 68 and 70 a face. Three columns are x, y and a score if the third
lies within 0 and 1 in the first frames and the others reach beyond 10; else they are metres. Four
columns are x, y, z and a score.

Axes. Which axis is up, people who are upright in the first frames tell, as in
`kinema.formats.axes`; where they do not, z is, and for Human3.6M's joints y is down, as VideoPose3D
has it. With y down it is "body" space, else it is turned to "world".
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

import numpy as np

from kinema.errors import FormatError, InputError, SkeletonError
from kinema.formats.arrays import Array, ArrayStream, RowSpool, write_header
from kinema.formats.axes import Up, up_axis, z_up
from kinema.formats.recording import Header, PoseStream, PoseWriter, require_one_person
from kinema.formats.staging import StagedBytes, file_errors
from kinema.poses import SPACE_DIMENSIONS, Poses, Space
from kinema.skeleton import Skeleton
from kinema.skeletons import BODY25, COCO17, H36M17, KINECT20, KINECT25, SKELETONS

_IN_SPACE = {17: H36M17, 20: KINECT20, 25: KINECT25}
_IN_PICTURES = {17: COCO17, 25: BODY25}
_FAR = 10.0  # pixels, and more than metres of a body ever are
_FIRST_FRAMES = 100


class NpyWriter(PoseWriter):
    """Writes the positions of one person; the file appears under its name at `close`.

    Raises:
        InputError: If the file cannot be written.
    """

    readable_when_cut = False

    def __init__(self, path: Path, header: Header) -> None:
        self.started = False
        self._path = path
        self._file = StagedBytes(path)
        self._skeleton = header.skeleton or COCO17
        self._space: Space = header.space
        self._counts = array("q")
        self._spool: RowSpool | None = None

    def write(self, poses: Poses) -> None:
        """Add one frame.

        Raises:
            InputError: If it has several people.
            SkeletonError: If the skeleton or the space is not that of the first frame.
        """
        require_one_person(poses, "a NumPy array")
        if not self.started:
            self._start(poses.skeleton, poses.space)
        if (poses.skeleton, poses.space) != (self._skeleton, self._space):
            raise SkeletonError(
                f"frame {poses.frame} is {poses.skeleton.name} in {poses.space} space, other than "
                "the first frame"
            )
        assert self._spool is not None
        with file_errors("write", self._path):
            self._spool.add(poses.keypoints)
        self._counts.append(len(poses))

    def close(self) -> None:
        """Write the array and put the file in its place."""
        if not self._file.is_open:
            return
        if self._spool is None:
            self._start(self._skeleton, self._space)
        assert self._spool is not None
        counts = np.array(self._counts, dtype=np.int64)
        with file_errors("write", self._path):
            write_header(self._file.stream, (len(counts), *self._spool.shape), np.float32)
            for block in self._spool.grouped(counts, 1, np.nan):
                self._file.stream.write(block.tobytes())
            self._spool.close()
        self._file.commit()

    def discard(self) -> None:
        """Remove what was written; a file that was there before stays."""
        if self._spool is not None:
            self._spool.close()
        self._file.discard()

    def _start(self, skeleton: Skeleton, space: Space) -> None:
        self._skeleton, self._space = skeleton, space
        shape = (len(skeleton), SPACE_DIMENSIONS[space])
        self._spool = RowSpool(self._path.parent, shape, np.float32)
        self.started = True


def read_npy(path: Path) -> PoseStream:
    """The frames of an array.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it is not an array of such a shape; while reading, if it is cut off.
    """
    with file_errors("read", path):
        file = path.open("rb")
    try:
        stream = ArrayStream(file, str(path))
        shape = stream.shape
        if len(shape) not in (3, 4) or stream.dtype.kind not in "fiu":
            raise FormatError(f"{path}: expected numbers (T, K, D) or (T, N, K, D), got {shape}")
        rows = stream.rows()
        first = list(islice(rows, _FIRST_FRAMES))
        sample = np.array(first, dtype=np.float64) if first else None
        skeleton, space, scored = guess(shape[-2], shape[-1], sample, path)
        up: Up | None = None
        if space != "image":
            space, up = upright(skeleton, sample, scored=scored)
    except ValueError:
        file.close()
        raise
    frames = _frames(chain(first, rows), skeleton, space, up, scored, path)
    return PoseStream(Header(skeleton, space=space), frames, file.close)


def upright(skeleton: Skeleton, sample: Array | None, *, scored: bool) -> tuple[Space, Up]:
    """The space of positions in metres, and the axis that is up in the file.

    Args:
        skeleton: Of the positions.
        sample: The first frames, (T, K, D) or (T, N, K, D), or None.
        scored: Whether the last column is a score.
    """
    usual: Up = "-y" if skeleton == H36M17 else "z"
    if sample is None:
        return ("body" if usual == "-y" else "world"), usual
    points = np.asarray(sample, dtype=np.float64)
    points = points.reshape(-1, *points.shape[-2:])[..., : -1 if scored else None]
    up = up_axis(skeleton.keypoints, points, usual)
    return ("body" if up == "-y" else "world"), up


def guess(k: int, d: int, sample: Array | None, path: Path) -> tuple[Skeleton, Space, bool]:
    """What K keypoints of D columns are, by the rules of this module.

    Args:
        k: Number of keypoints.
        d: Number of columns.
        sample: The first frames, (..., K, D), or None.
        path: The file, for errors.

    Returns:
        The skeleton, the space, and whether the last column is a score.

    Raises:
        FormatError: If nothing has so many keypoints or columns.
    """
    if d not in (2, 3, 4):
        raise FormatError(f"{path}: a keypoint has 2, 3 or 4 numbers, not {d}")
    scored = d == 4 or (d == 3 and sample is not None and _has_scores(sample))
    in_picture = d - scored == 2
    chosen = (_IN_PICTURES if in_picture else _IN_SPACE).get(k)
    known = [skeleton for skeleton in SKELETONS.values() if len(skeleton) == k]
    if chosen is None and not known:
        sizes = sorted({len(skeleton) for skeleton in SKELETONS.values()})
        raise FormatError(f"{path}: no skeleton has {k} keypoints; known are {sizes}")
    skeleton = chosen or known[0]
    space: Space = "image" if in_picture else "body" if skeleton == H36M17 else "world"
    return skeleton, space, scored


def _has_scores(sample: Array) -> bool:
    values = np.asarray(sample, dtype=np.float64)
    last, others = values[..., -1], np.abs(values[..., :-1])
    last, others = last[~np.isnan(last)], others[~np.isnan(others)]
    return bool(len(last) and ((last >= 0) & (last <= 1)).all() and others.max(initial=0) > _FAR)


def _frames(
    rows: Iterator[Array],
    skeleton: Skeleton,
    space: Space,
    up: Up | None,
    scored: bool,
    path: Path,
) -> Iterator[Poses]:
    for index, row in enumerate(rows):
        values = row.reshape(-1, *row.shape[-2:]).astype(np.float32)
        points = values[..., :-1] if scored else values
        if up is not None and space == "world":
            points = z_up(points.astype(np.float64), up).astype(np.float32)
        found = np.asarray(~np.isnan(points)).all(axis=2)
        scores = np.where(found, values[..., -1] if scored else np.nan, 0.0)
        poses = Poses.empty(skeleton, frame=index, time=float("nan"), space=space)
        there = found.sum(axis=1) > 0
        try:
            yield replace(poses, keypoints=points[there], scores=scores[there])
        except InputError as error:
            raise FormatError(f"{path}, row {index}: {error}") from error


def is_npy(path: Path) -> bool:
    """Whether the path is a NumPy array, by its name."""
    return path.is_file() and path.suffix.lower() == ".npy"
