"""MSR-Action3D: 20 actions of 10 people, two or three times each, by a depth sensor (567 texts).

Li, Zhang, Liu 2010, "Action recognition based on a bag of 3D points".

A folder of `aAA_sSS_eEE_skeleton3D.txt`, of 20 lines a frame with x y z in metres and a confidence;
or of `aAA_sSS_eEE_skeleton.txt`, whose x and y are in the picture (and z, its depth, is not used).
Where a folder holds both, those in metres are read. All zeros is a joint that is absent.

Sides and axes. The files do not say which of two shoulders is the left one, nor whether x goes to
the left or to the right of the sensor, so the recordings themselves tell. People used their right
arm where an action takes one arm (Li et al.), so the side whose wrist goes the longer way in
actions 1 to 9, 17, 18 and 20 is the right one; and they faced the sensor, so that their right side
is on its left. Without any of those actions the first of two joints counts as the left one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.actions.datasets.bodies import body_of
from kinema.actions.datasets.files import files_below
from kinema.actions.datasets.texts import rows_of
from kinema.actions.sequences import ActionSequence, ActionSet, People
from kinema.errors import FormatError
from kinema.skeletons import KINECT20

NAME = "msr-action3d"
LABELS = (
    "high arm wave",
    "horizontal arm wave",
    "hammer",
    "hand catch",
    "forward punch",
    "high throw",
    "draw x",
    "draw tick",
    "draw circle",
    "hand clap",
    "two hand wave",
    "side-boxing",
    "bend",
    "forward kick",
    "side kick",
    "jogging",
    "tennis swing",
    "tennis serve",
    "golf swing",
    "pickup & throw",
)
"""Of the actions 1 to 20."""

RATE = 15.0
"""Frames a second (Li et al. 2010, section 4)."""

_PAIRS = ("elbow", "wrist", "hand", "knee", "ankle", "foot")
_FILE = re.compile(r"(a(\d{2})_s(\d{2})_e\d{2})_skeleton(3D)?\.txt")
_ONE_ARM = (*range(1, 10), 17, 18, 20)
_ENOUGH = 30  # recordings, to tell the sides
Float64Array = npt.NDArray[np.float64]


def _joints(first: str, second: str) -> tuple[str, ...]:
    """In the order of the files."""
    both = [f"{side}_{joint}" for joint in _PAIRS for side in (first, second)]
    trunk = ("thorax", "spine", f"{first}_hip", f"{second}_hip", "mid_hip")
    return (f"{first}_shoulder", f"{second}_shoulder", *trunk, *both, "head")


@dataclass(frozen=True)
class _Layout:
    """What the files do not say: the joints in their order, and the sign of x to the right."""

    joints: tuple[str, ...]
    right: float
    in_metres: bool


def read_msr_action3d(path: Path) -> ActionSet:
    """The recordings of a folder.

    Raises:
        InputError: If it cannot be read.
        FormatError: If it holds no recordings, or one that is damaged or of an unknown action.
    """
    every = [(file, match) for file in files_below(path, _FILE) if (match := _match(file))]
    in_metres = any(match[4] for _, match in every)
    chosen = [(file, match) for file, match in every if bool(match[4]) == in_metres]
    if not chosen:
        raise FormatError(f"{path} holds no aAA_sSS_eEE_skeleton3D.txt or _skeleton.txt")
    layout = _layout([file for file, match in chosen if int(match[2]) in _ONE_ARM], in_metres)
    sequences = []
    for file, match in chosen:
        if not 1 <= int(match[2]) <= len(LABELS):
            raise FormatError(f"{file} is of action {int(match[2])}; there are {len(LABELS)}")
        read = partial(_read_file, file, layout)
        label = LABELS[int(match[2]) - 1]
        sequences.append(ActionSequence(match[1], label, read, subject=f"s{match[3]}"))
    return ActionSet(NAME, LABELS, tuple(sequences))


def _match(path: Path) -> re.Match[str] | None:
    return _FILE.fullmatch(path.name)


def _layout(files: list[Path], in_metres: bool) -> _Layout:
    left_first, right_first = _joints("left", "right"), _joints("right", "left")
    wrists = [left_first.index("left_wrist"), left_first.index("right_wrist")]
    ways = np.zeros(2)
    across = []
    step = max(1, len(files) // _ENOUGH)
    for file in files[::step]:
        points, _ = _points(file)
        ways += np.nansum(np.linalg.norm(np.diff(points[:, wrists], axis=0), axis=2), axis=0)
        across.append(np.nanmean(points[:, 1, 0] - points[:, 0, 0]) if len(points) else np.nan)
    known = np.array([value for value in across if np.isfinite(value)])
    second_minus_first = float(np.median(known)) if len(known) else 1.0
    is_right_first = bool(ways[0] > ways[1])
    # The person's right is on the sensor's left, where "world" has the smaller x.
    left_minus_right = second_minus_first if is_right_first else -second_minus_first
    right = -1.0 if left_minus_right < 0 else 1.0
    return _Layout(right_first if is_right_first else left_first, right, in_metres)


def _points(path: Path) -> tuple[Float64Array, Float64Array]:
    """Places (T, 20, 3) as they are in the file, NaN where absent, and confidences (T, 20)."""
    rows = rows_of(path)
    if any(len(row) not in (3, 4) for row in rows):
        raise FormatError(f"{path}: a line holds x y z and a confidence")
    if len(rows) % len(KINECT20):
        raise FormatError(f"{path}: {len(rows)} lines; a frame has 20")
    values = np.array([[*row, np.nan][:4] for row in rows]).reshape(-1, len(KINECT20), 4)
    points = values[..., :3].copy()
    points[(points == 0).all(axis=2)] = np.nan
    sure = values[..., 3]
    in_range = (sure >= 0) & (sure <= 1)
    return points, np.where(in_range, sure, np.nan)


def _read_file(path: Path, layout: _Layout) -> People:
    points, sure = _points(path)
    if len(points) == 0:
        return ()
    order = [layout.joints.index(joint) for joint in KINECT20.keypoints]
    places, scores = points[:, order], sure[:, order]
    if not layout.in_metres:
        return (body_of(KINECT20, places[..., :2], space="image", rate=RATE, scores=scores),)
    x, y, z = np.moveaxis(places, -1, 0)
    turned = np.stack([layout.right * x, z, y], axis=-1)
    return (body_of(KINECT20, turned, space="world", rate=RATE, scores=scores),)


def is_msr_action3d(path: Path) -> bool:
    """Whether the path is a folder of such recordings."""
    return path.is_dir() and bool(files_below(path, _FILE, most=1))
