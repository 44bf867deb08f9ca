"""The points between which angles and segments are measured, in whatever skeleton is at hand.

An angle asks for a `toe`; one skeleton has a big toe, another a "foot index". `POINTS` says which
keypoints may stand for each point, best first. A point of several keypoints is their mean.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kinema.skeleton import Skeleton

Float64Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

SIDES = ("left", "right")

_SIDED: dict[str, tuple[tuple[str, ...], ...]] = {
    "toe": (("big_toe",), ("foot_index",)),
    "heel": (("heel",),),
    "ankle": (("ankle",),),
    "knee": (("knee",),),
    "hip": (("hip",),),
    "shoulder": (("shoulder",),),
    "elbow": (("elbow",),),
    "wrist": (("wrist",),),
    # The root of the index finger, as in Sports2D; Kinect has the middle of the hand.
    "index": (("index",), ("hand_index_mcp",), ("hand",)),
}

POINTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "mid_hip": (("mid_hip",), ("left_hip", "right_hip")),
    # OpenPose's neck is the middle of the shoulders, and so is ours.
    "neck": (("neck",), ("thorax",), ("left_shoulder", "right_shoulder")),
    "head_base": (("upper_neck",), ("neck",), ("thorax",), ("left_shoulder", "right_shoulder")),
    "head": (("head_top",), ("head",), ("left_ear", "right_ear")),
    "crown": (("head_top",),),
    "head_middle": (("head",), ("left_ear", "right_ear")),
    "nose": (("nose",), ("jaw",)),
    "nape": (("left_ear", "right_ear"), ("neck",), ("left_shoulder", "right_shoulder")),
    **{
        f"{side}_{point}": tuple(tuple(f"{side}_{joint}" for joint in joints) for joints in ways)
        for side in SIDES
        for point, ways in _SIDED.items()
    },
}
"""For each point the keypoints that may stand for it, best first, as (keypoints of the mean, ...).

The head is its crown, else its middle, else the middle of the ears, or the one ear that is seen.
"""

_EARS = ("left_ear", "right_ear")


def sources(skeleton: Skeleton, point: str) -> tuple[int, ...]:
    """The keypoints of `skeleton` whose mean is this point; () if it has none that can be."""
    for joints in POINTS[point]:
        if all(joint in skeleton for joint in joints):
            return tuple(skeleton.index(joint) for joint in joints)
    return ()


def weights(skeleton: Skeleton, start: str, end: str) -> Float64Array | None:
    """The vector from one point to another as weights (K,) of the keypoints; None if it has none.

    Keypoints that both points share cancel, as they do in its uncertainty.
    """
    from_joints, to_joints = sources(skeleton, start), sources(skeleton, end)
    if not from_joints or not to_joints:
        return None
    row = np.zeros(len(skeleton))
    np.add.at(row, list(to_joints), 1 / len(to_joints))
    np.subtract.at(row, list(from_joints), 1 / len(from_joints))
    return row if row.any() else None


def full_name(name: str, *, sided: bool, side: str = "SIDE") -> str:
    """The name with its side before it, where it has one."""
    return f"{side}_{name}" if sided else name


def either_ear(
    skeleton: Skeleton, points: Float64Array, sigma: Float64Array | None
) -> tuple[Float64Array, Float64Array | None]:
    """Points (T, K, D) and sigma (T, K) where a hidden ear is put onto the one that is seen.

    So that the head has a place in side views. Both ears then carry sqrt(2) times the sigma of the
    one, for which reason the mean of the two has the sigma of the one.
    """
    if any(ear not in skeleton for ear in _EARS):
        return points, sigma
    left, right = (skeleton.index(ear) for ear in _EARS)
    missing = np.isnan(points[:, [left, right], 0])  # (T, 2)
    one = missing[:, 0] != missing[:, 1]
    if not one.any():
        return points, sigma
    seen = np.where(missing[one, 0], right, left)
    rows = np.flatnonzero(one)
    points = points.copy()
    points[rows, left] = points[rows, right] = points[rows, seen]
    if sigma is not None:
        sigma = sigma.copy()
        sigma[rows, left] = sigma[rows, right] = np.sqrt(2) * sigma[rows, seen]
    return points, sigma


def any_of(unknown: BoolArray, needed: BoolArray) -> BoolArray:
    """Whether each of A things needs (A, K) a keypoint that is unknown (T, K): (T, A)."""
    # In float32, as BLAS does not multiply booleans.
    count = unknown.astype(np.float32) @ needed.astype(np.float32).T
    return np.asarray(count > 0)
