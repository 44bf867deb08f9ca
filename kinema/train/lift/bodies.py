"""Other bodies and poses, made of recorded ones, so that a network sees more than there is.

Motions are (T, K, 3) metres, z up, in the joints of Human3.6M.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kinema.skeletons import H36M17
from kinema.train.lift.plan import RATE

Float64Array = npt.NDArray[np.float64]

LENGTHS = ("hip", "knee", "ankle", "spine", "jaw", "head_top", "shoulder", "elbow", "wrist")
"""What varies together in `with_proportions`: left and right, and the bones of the trunk."""

_I = {joint: i for i, joint in enumerate(H36M17.keypoints)}
_ROOT = _I["mid_hip"]
# The joints that a limb begins at and turns about, and those that go with it.
_LIMBS = {
    "arms": [
        (_I[f"{s}_shoulder"], [_I[f"{s}_elbow"], _I[f"{s}_wrist"]]) for s in ("left", "right")
    ],
    "legs": [(_I[f"{s}_hip"], [_I[f"{s}_knee"], _I[f"{s}_ankle"]]) for s in ("left", "right")],
}
_LASTING, _SWINGING = 0.25, 0.15  # radians, standard deviations
_SWINGS = (0.2, 1.5)  # a second
_TILT = 8.0  # degrees
_ANY_WAY = 0.04  # share of views in which the body lies or hangs any way


def with_proportions(points: Float64Array, factors: npt.ArrayLike) -> Float64Array:
    """The same motion of a body with other proportions, (T, 17, 3).

    Args:
        points: (T, 17, 3).
        factors: One for each of hip width, thigh, shank, trunk, neck, head, shoulder width, upper
            arm and forearm; the bones of both sides and those of the trunk have the same.
    """
    by_kind = dict(zip(LENGTHS, np.asarray(factors).tolist(), strict=True))
    by_kind["thorax"] = by_kind["spine"]
    moved = points.copy()
    for start, end in H36M17.edges:  # parents before children
        kind = end.removeprefix("left_").removeprefix("right_")
        bone = points[:, _I[end]] - points[:, _I[start]]
        moved[:, _I[end]] = moved[:, _I[start]] + by_kind[kind] * bone
    return moved


def with_limbs(points: Float64Array, other: Float64Array, limbs: str) -> Float64Array:
    """The motion with the `arms` or `legs` of another one, as they are held there at the trunk.

    The shorter of the two sets the length.
    """
    count = min(len(points), len(other))
    points, other = points[:count].copy(), other[:count]
    upper, lower = ("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")
    ends = upper if limbs == "arms" else lower
    turn = _trunk_axes(points, ends) @ _trunk_axes(other, ends).transpose(0, 2, 1)
    for start, joints in _LIMBS[limbs]:
        for joint in joints:
            limb = other[:, joint] - other[:, start]
            points[:, joint] = points[:, start] + np.einsum("tij,tj->ti", turn, limb)
    return points


def _trunk_axes(points: Float64Array, ends: tuple[str, str]) -> Float64Array:
    """The axes of the trunk as columns, (T, 3, 3): to the left, up, forwards."""
    left = points[:, _I[ends[0]]] - points[:, _I[ends[1]]]
    up = points[:, _I["thorax"]] - points[:, _ROOT]
    forward = np.cross(left, up)
    left = np.cross(up, forward)
    axes = [axis / np.linalg.norm(axis, axis=1, keepdims=True) for axis in (left, up, forward)]
    return np.stack(axes, axis=2)


def with_turned_limbs(points: Float64Array, rng: np.random.Generator) -> Float64Array:
    """The motion with each limb turned about its beginning, by a lasting and a swinging angle."""
    from scipy.spatial.transform import Rotation

    points = points.copy()
    time = np.arange(len(points))[:, None] / RATE
    for start, joints in (*_LIMBS["arms"], *_LIMBS["legs"]):
        wave = np.sin(2 * np.pi * (rng.uniform(*_SWINGS) * time + rng.random()))
        angles = rng.normal(0, _LASTING, 3) + wave * rng.normal(0, _SWINGING, 3)
        turn = Rotation.from_rotvec(angles).as_matrix()
        limb = points[:, joints] - points[:, [start]]
        points[:, joints] = points[:, [start]] + np.einsum("tij,tkj->tki", turn, limb)
    return points


def tilted(points: Float64Array, rng: np.random.Generator) -> Float64Array:
    """The whole motion a little off the vertical, seldom any way, about its middle."""
    from scipy.spatial.transform import Rotation

    middle = points[:, _ROOT].mean(axis=0)
    if rng.random() < _ANY_WAY:
        turn = Rotation.from_quat(rng.normal(size=4))
    else:
        turn = Rotation.from_rotvec([*np.radians(rng.normal(0, _TILT, 2)), 0.0])
    return np.asarray((points - middle) @ turn.as_matrix().T + middle)
