"""Chains of joints that turn: what BVH and ASF/AMC hold, and how positions follow from it.

Each joint has a place in its parent (`offset`) and turns by its own rotation; what hangs on it
turns with it: forward kinematics.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float64Array = npt.NDArray[np.float64]

CMU_UNIT = 0.0254 / 0.45
"""Metres in a unit of CMU's ASF files, which hold inches times 0.45 (`length 0.45`)."""

# Thigh and shank together of a person, in each unit that is in use: no two ranges overlap.
_LEG_LENGTHS = (
    ("m", 1.0, 0.35, 1.3),
    ("CMU", CMU_UNIT, 7.0, 21.0),
    ("inch", 0.0254, 21.0, 40.0),
    ("cm", 0.01, 40.0, 130.0),
    ("mm", 0.001, 400.0, 1300.0),
)


@dataclass(frozen=True, eq=False)
class Joint:
    """One joint of a hierarchy.

    Attributes:
        name: As in the file.
        parent: Its place in the list of joints, before this one; -1 for the root.
        offset: (3,) from the parent, in the parent's axes.
        channels: BVH's channels in the order of the file: `Zrotation`, `Xposition`, ...
    """

    name: str
    parent: int
    offset: Float64Array
    channels: tuple[str, ...] = ()


def joint_positions(
    joints: Sequence[Joint], rotations: Float64Array, shifts: Float64Array
) -> Float64Array:
    """The positions (T, J, 3) that joints come to.

    Args:
        joints: J joints, parents first.
        rotations: (T, J, 3, 3), each in the axes of the parent.
        shifts: (T, J, 3), of each joint from its parent, in the parent's axes.
    """
    positions = np.empty_like(shifts)
    turned = np.empty_like(rotations)
    for i, joint in enumerate(joints):
        if joint.parent < 0:
            positions[:, i], turned[:, i] = shifts[:, i], rotations[:, i]
            continue
        above = turned[:, joint.parent]
        positions[:, i] = positions[:, joint.parent] + np.einsum("tij,tj->ti", above, shifts[:, i])
        turned[:, i] = above @ rotations[:, i]
    return positions


def rotation_matrices(order: str, angles: Float64Array, *, degrees: bool = True) -> Float64Array:
    """The rotations (T, 3, 3) of angles (T, len(order)).

    Args:
        order: Axes, as `ZYX` or `xyz`: in capitals each about the axes that those before have
            turned, in small letters about fixed axes.
        angles: One column an axis, in the same order.
        degrees: Whether they are in degrees.
    """
    from scipy.spatial.transform import Rotation

    if len(angles) == 0:
        return np.empty((0, 3, 3))
    return np.asarray(Rotation.from_euler(order, angles, degrees=degrees).as_matrix())


def rotation_angles(rotations: Float64Array, order: str) -> Float64Array:
    """Rotations over time (T, J, 3, 3) as angles (T, J, 3) in degrees, without jumps over time.

    Every rotation is two triples of angles, (a, b, c) and (a + 180, 180 - b, c + 180), and each
    angle may have full turns added. Of all these the one nearest to the frame before is taken.

    Args:
        rotations: J rotations in T frames.
        order: Three different axes, as for `rotation_matrices`.
    """
    from scipy.spatial.transform import Rotation

    with warnings.catch_warnings():  # in gimbal lock, one of the many solutions is as good
        warnings.simplefilter("ignore", UserWarning)
        first = Rotation.from_matrix(rotations.reshape(-1, 3, 3)).as_euler(order, degrees=True)
    first = first.reshape(*rotations.shape[:2], 3)
    second = first * (1, -1, 1) + 180
    for row in range(1, len(first)):
        before = first[row - 1]
        ways = [way[row] - 360 * np.round((way[row] - before) / 360) for way in (first, second)]
        far = [np.abs(way - before).sum(axis=1, keepdims=True) for way in ways]
        first[row] = np.where(far[0] <= far[1], *ways)
    return np.asarray(first)


def metres_in_unit(joints: Sequence[str], points: Float64Array) -> float | None:
    """How many metres a unit of length is, by the length of the legs; None if it cannot be told.

    Motion files name no unit. Thigh and shank of a person are 0.35 to 1.3 m long together (from a
    small child on), which tells metres, centimetres, millimetres, inches and CMU's units apart.

    Args:
        joints: K names, as Kinema has them.
        points: (T, K, 3); the first frame counts.
    """
    lengths = []
    for side in ("left", "right"):
        leg = [f"{side}_{joint}" for joint in ("hip", "knee", "ankle")]
        if len(points) and all(joint in joints for joint in leg):
            places = points[0, [list(joints).index(joint) for joint in leg]]
            lengths.append(np.linalg.norm(np.diff(places, axis=0), axis=1).sum())
    if not lengths:
        return None
    leg_length = float(np.mean(lengths))
    for _, metres, low, high in _LEG_LENGTHS:
        if low <= leg_length < high:
            return metres
    return None
