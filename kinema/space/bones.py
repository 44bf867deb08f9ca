"""Bones, whose lengths hardly change: how long they are, and points that respect it.

The knee of a picture is not a point of the body, so that the length of a thigh between two found
joints does change a little with view and pose. It is a soft rule here: a deviation of
`LENGTH_SIGMA` counts as much as an error of one standard deviation in what a camera saw. Lengths
are measured, not assumed: the median over all frames, for each side on its own, as bodies are not
symmetric.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.skeleton import Skeleton
from kinema.space.sightings import solve_symmetric

Float64Array = npt.NDArray[np.float64]

LENGTH_SIGMA = 0.15
"""Standard deviation of a bone's length, as a share of it."""
_FEWEST_FRAMES = 5
_SWEEPS = 2
_STEADY = 1 / 0.1**2  # 1 / m^2: what holds a joint that the cameras hardly see where it is

_ONE_SIDE = (
    ("shoulder", "elbow"),
    ("elbow", "wrist"),
    ("hip", "knee"),
    ("knee", "ankle"),
    ("ankle", "heel"),
    ("ankle", "big_toe"),
    ("ankle", "foot_index"),
    ("heel", "big_toe"),
    ("heel", "foot_index"),
)
_ACROSS = (("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"))
Bone = tuple[str, str]
_UNIT = np.array([1.0, 0, 0, 1, 0, 1])  # the unit matrix, as an upper triangle


def bones_of(skeleton: Skeleton) -> tuple[Bone, ...]:
    """The pairs of joints that a bone ties: upper and lower arms and legs, feet, and the pelvis.

    >>> from kinema.skeletons import COCO17
    >>> len(bones_of(COCO17))
    10
    """
    pairs = [
        (f"{side}_{a}", f"{side}_{b}") for a, b in _ONE_SIDE for side in ("left", "right")
    ] + list(_ACROSS)
    return tuple(pair for pair in pairs if pair[0] in skeleton and pair[1] in skeleton)


def bone_lengths(skeleton: Skeleton, points: Float64Array) -> dict[Bone, Float64Array]:
    """The length (T,) of each bone in points (T, K, 3); NaN where a joint is."""
    return {
        (a, b): np.linalg.norm(points[:, skeleton.index(a)] - points[:, skeleton.index(b)], axis=1)
        for a, b in bones_of(skeleton)
    }


def length_variations(skeleton: Skeleton, points: Float64Array) -> dict[Bone, float]:
    """Standard deviation over mean of the length of each bone in points (T, K, 3).

    Of those alone that are seen in at least 5 frames.
    """
    lengths = bone_lengths(skeleton, points)
    known = {bone: length[~np.isnan(length)] for bone, length in lengths.items()}
    return {
        bone: float(length.std() / length.mean())
        for bone, length in known.items()
        if len(length) >= _FEWEST_FRAMES and length.mean() > 0
    }


@dataclass(frozen=True)
class Tie:
    """Two joints, by number, and how far apart they should be.

    Attributes:
        a: One joint.
        b: The other.
        length: In metres.
    """

    a: int
    b: int
    length: float


def measured_ties(skeleton: Skeleton, points: Float64Array) -> list[Tie]:
    """The bones with their median lengths, of those seen in at least 5 of the T frames."""
    ties = []
    for (a, b), length in bone_lengths(skeleton, points).items():
        known = length[~np.isnan(length)]
        if len(known) >= _FEWEST_FRAMES:
            ties.append(Tie(skeleton.index(a), skeleton.index(b), float(np.median(known))))
    return ties


def tied_step(
    points: Float64Array, normal: Float64Array, gradient: Float64Array, ties: Sequence[Tie]
) -> Float64Array:
    """Points (T, K, 3) after a Gauss-Newton step that heeds the lengths of bones.

    Joint after joint is moved to where the cameras and its bones pull it (Gauss-Seidel), in all
    frames at once.

    Args:
        points: (T, K, 3), where the step begins.
        normal: (T, K, 6) upper triangles of the cameras' information matrices, 1 / m^2.
        gradient: (T, K, 3) their right sides, 1 / m.
        ties: The bones.
    """
    moved = points.copy()
    untied = sorted(
        set(range(points.shape[1])) - {joint for tie in ties for joint in (tie.a, tie.b)}
    )
    moved[:, untied] += solve_symmetric(normal[:, untied], gradient[:, untied])
    tied = sorted({joint for tie in ties for joint in (tie.a, tie.b)})
    for _ in range(_SWEEPS):
        for joint in tied:
            matrix = normal[:, joint] + _STEADY * _UNIT
            side = gradient[:, joint].copy()
            side -= _times(matrix, moved[:, joint] - points[:, joint])
            for tie in ties:
                if joint in (tie.a, tie.b):
                    other = tie.b if joint == tie.a else tie.a
                    pull, along = _pull(moved[:, joint], moved[:, other], tie.length)
                    matrix += along
                    side += pull
            step = solve_symmetric(matrix, side)
            moved[:, joint] += np.where(np.isnan(step), 0, step)
    return moved


def tie_information(points: Float64Array, ties: Sequence[Tie]) -> Float64Array:
    """What the bones add to the information matrices (T, K, 6) of the joints."""
    added = np.zeros((*points.shape[:2], 6))
    for tie in ties:
        _, along = _pull(points[:, tie.a], points[:, tie.b], tie.length)
        # The other end is not known exactly either: half of what a fixed end would give.
        added[:, tie.a] += along / 2
        added[:, tie.b] += along / 2
    return added


def _pull(
    joint: Float64Array, other: Float64Array, length: float
) -> tuple[Float64Array, Float64Array]:
    """Right side (T, 3) and information (T, 6) of a bone on one of its joints; 0 where unknown."""
    way = joint - other
    distance = np.linalg.norm(way, axis=1)
    known = distance > 0
    ahead = way / np.where(known, distance, 1.0)[:, None]
    strength = np.where(known, 1 / (LENGTH_SIGMA * length) ** 2, 0.0)
    ahead = np.where(known[:, None], ahead, 0.0)
    pull = np.where(known, (length - distance) * strength, 0.0)[:, None] * ahead
    x, y, z = ahead.T
    along = np.stack([x * x, x * y, x * z, y * y, y * z, z * z], axis=1) * strength[:, None]
    return pull, along


def _times(matrices: Float64Array, vectors: Float64Array) -> Float64Array:
    """Products of symmetric matrices, given as upper triangles (T, 6), and vectors (T, 3)."""
    a, b, c, d, e, f = matrices.T
    x, y, z = vectors.T
    product = np.stack(
        [a * x + b * y + c * z, b * x + d * y + e * z, c * x + e * y + f * z], axis=1
    )
    return np.asarray(np.where(np.isnan(product), 0, product))
