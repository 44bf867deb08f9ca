"""Which way is up in a file of motion, and how its axes are turned to Kinema's and back.

Kinema's "world" is in metres, right-handed, with z up. OpenSim's TRC and BVH have y up, C3D mostly
z. Turning is about x, so x stays x: OpenSim's x forward, y up, z right become x forward, y left,
z up.

Which axis is up in a file. Where the file says it (C3D's screen axes), it counts. Else a person
who is upright on the whole tells: the way from the feet to the head, taken as the median of all
frames, must lie within 37 degrees of an axis (a cosine of 0.8). Else it is the axis that is usual
for the format. A recording of somebody who lies or crawls all the time therefore goes by the usual
axis, or by the one that the caller names.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from kinema.errors import InputError, did_you_mean
from kinema.known_values import mean_of_known
from kinema.poses import Poses

Float64Array = npt.NDArray[np.float64]
Up = Literal["x", "y", "z", "-x", "-y", "-z"]
UPRIGHT_COSINE = 0.8

_HEAD = (
    *("head_top", "head", "nose", "left_ear", "right_ear", "upper_neck", "neck", "thorax"),
    *("left_shoulder", "right_shoulder"),
    *("LFHD", "RFHD", "LBHD", "RBHD", "C7", "CLAV", "LSHO", "RSHO"),  # Plug-in Gait
)
_FEET = (
    *("left_heel", "right_heel", "left_big_toe", "right_big_toe", "left_ankle", "right_ankle"),
    *("left_foot_index", "right_foot_index"),
    *("LHEE", "RHEE", "LTOE", "RTOE", "LANK", "RANK"),
)
# Rows are the new x, y, z. Each is a rotation, so that left stays left.
_TO_Z_UP: dict[str, list[list[int]]] = {
    "x": [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
    "y": [[1, 0, 0], [0, 0, -1], [0, 1, 0]],
    "z": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "-x": [[0, 0, 1], [0, 1, 0], [-1, 0, 0]],
    "-y": [[1, 0, 0], [0, 0, 1], [0, -1, 0]],
    "-z": [[1, 0, 0], [0, -1, 0], [0, 0, -1]],
}


def z_up(points: Float64Array, up: Up) -> Float64Array:
    """Points (..., 3) of a file in which `up` points up, as points with z up.

    >>> z_up(np.array([1.0, 2.0, 3.0]), "y")
    array([ 1., -3.,  2.])

    Raises:
        InputError: If `up` is no axis.
    """
    if up not in _TO_Z_UP:
        raise InputError(f"no axis {up!r}; {did_you_mean(str(up), get_args(Up))}")
    return np.asarray(points @ np.array(_TO_Z_UP[up], dtype=np.float64).T)


def y_up(points: Float64Array) -> Float64Array:
    """Points (..., 3) with z up as points with y up, as OpenSim and BVH have them.

    >>> y_up(np.array([1.0, -3.0, 2.0]))
    array([1., 2., 3.])
    """
    return np.asarray(points @ np.array(_TO_Z_UP["y"], dtype=np.float64))


def world_points(poses: Poses) -> Float64Array:
    """The keypoints (N, K, 3) of poses in metres, with z up.

    "body" space is turned: what was down in the picture is down, and what was away from the camera
    is y; its origin stays at the pelvis.
    """
    points = poses.keypoints.astype(np.float64)
    return z_up(points, "-y") if poses.space == "body" else points


def up_axis(joints: tuple[str, ...], points: Float64Array, usual: Up) -> Up:
    """The axis that points up, by the rule of this module.

    Args:
        joints: K names, as Kinema or Plug-in Gait have them.
        points: (T, K, 3) in the axes of the file.
        usual: For a person who is not upright, or has no head or feet.
    """
    head, feet = _group(joints, points, _HEAD), _group(joints, points, _FEET)
    if head is None or feet is None:
        return usual
    ways = head - feet
    ways = ways[~np.isnan(ways).any(axis=1)]
    if len(ways) == 0:
        return usual
    way = np.median(ways, axis=0)
    axis = int(np.argmax(np.abs(way)))
    if abs(way[axis]) < UPRIGHT_COSINE * np.linalg.norm(way) or way[axis] == 0:
        return usual
    axes: tuple[Up, ...] = ("x", "y", "z") if way[axis] > 0 else ("-x", "-y", "-z")
    return axes[axis]


def _group(
    joints: tuple[str, ...], points: Float64Array, names: tuple[str, ...]
) -> Float64Array | None:
    """The middle of the named joints in each frame, (T, 3), NaN where none of them is there."""
    columns = [joints.index(name) for name in names if name in joints]
    if not columns:
        return None
    return mean_of_known(points[:, columns], axis=1)
