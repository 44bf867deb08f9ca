"""The Leeds Sports Pose data set: its labels, PCK and PCP.

`joints.mat` holds `joints`, 3 x 14 x 2000: x, y and whether the joint is hidden; the pictures are
`im0001.jpg` to `im2000.jpg`, of which the second half is for tests (Johnson & Everingham 2010). In
the extended set (2011) it is 14 x 3 x 10000, the third number says whether the joint is labelled,
and the pictures are `im00001.jpg` and so on. MATLAB counts pixels from 1, so 1 is taken off.

PCK@0.2: a joint is right within 0.2 of the torso, from the left shoulder to the right hip (Sapp &
Taskar 2013). PCP: of ten parts, as in the comparisons of Pishchulin et al.: the head from neck to
crown, and the trunk from the middle of the hips to the middle of the shoulders.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from kinema.errors import FormatError, InputError
from kinema.evaluation.matlab import read_matlab
from kinema.evaluation.metrics import Floats, Stick, torso_sizes
from kinema.evaluation.one_person import Subject, SubjectLabels
from kinema.skeletons import LSP14

Split = Literal["test", "train", "all"]
THRESHOLDS = (0.1, 0.2)
FIRST_PIXEL = 1  # MATLAB's
PICTURES = 2000  # of the set itself, half of them for training
PICTURES_OF_EXTENDED = 10_000

PARTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "torso": (("left_hip", "right_hip"), ("left_shoulder", "right_shoulder")),
    "head": (("upper_neck",), ("head_top",)),
    **{
        f"{side}_{part}": ((f"{side}_{start}",), (f"{side}_{end}",))
        for part, start, end in (
            ("upper_leg", "hip", "knee"),
            ("lower_leg", "knee", "ankle"),
            ("upper_arm", "shoulder", "elbow"),
            ("lower_arm", "elbow", "wrist"),
        )
        for side in ("left", "right")
    },
}
"""The ten parts of PCP, each from the mean of some joints to the mean of others."""


def sticks() -> tuple[Stick, ...]:
    """The parts as indices of `LSP14`, in the order of `PARTS`."""
    return tuple(
        (tuple(map(LSP14.index, start)), tuple(map(LSP14.index, end)))
        for start, end in PARTS.values()
    )


def read_lsp(path: Path, *, split: Split = "test") -> SubjectLabels:
    """The labelled people of `joints.mat`.

    Args:
        path: Of that file.
        split: Of the 2000 pictures `test` is the second half and `train` the first. A file of
            another number of pictures is not split.

    Raises:
        InputError: If the file cannot be opened, or the split is unknown.
        FormatError: If it is no such file.
        MissingExtra: If SciPy, which reads `.mat`, is not installed.
    """
    if split not in ("test", "train", "all"):
        raise InputError(f"the split must be test, train or all, not {split!r}")
    keypoints = _keypoints(path)
    count = len(keypoints)
    digits = 5 if count >= PICTURES_OF_EXTENDED else 4
    sizes = torso_sizes(keypoints, LSP14)
    chosen = range(count)
    if count == PICTURES and split != "all":
        chosen = range(count // 2, count) if split == "test" else range(count // 2)
    subjects = tuple(
        Subject(f"im{number + 1:0{digits}d}.jpg", keypoints[number], float(sizes[number]))
        for number in chosen
        if sizes[number] > 0
    )
    if not subjects:
        raise FormatError(f"{path} has no person whose torso is labelled")
    return SubjectLabels(path, LSP14, subjects, "the distance from left shoulder to right hip")


def _keypoints(path: Path) -> Floats:
    """(N, 14, 2) pixels from 0; NaN where not labelled."""
    joints = np.asarray(read_matlab(path, "joints"), dtype=np.float64)
    if joints.ndim == 2:  # one picture
        joints = joints[..., None]
    if joints.shape[:2] == (3, len(LSP14)):
        # The third row is of hidden joints, which are labelled all the same.
        return joints[:2].transpose(2, 1, 0) - FIRST_PIXEL
    if joints.shape[:2] == (len(LSP14), 3):
        points = joints.transpose(2, 0, 1)  # (N, 14, 3)
        return np.where(points[..., 2:] > 0, points[..., :2] - FIRST_PIXEL, np.nan)
    raise FormatError(f"{path}: joints must be 3 x 14 x N or 14 x 3 x N, got {joints.shape}")
