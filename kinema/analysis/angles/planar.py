"""Angles in the picture, for all frames at once, with their first-order uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from kinema.analysis.angles.facing import FacingArray
from kinema.analysis.angles.picture_table import ANGLES_2D
from kinema.analysis.angles.points import POINTS, SIDES, any_of, either_ear, full_name, weights
from kinema.skeleton import Skeleton

Float64Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PlanarPlan:
    """What a skeleton allows, A angles as arrays.

    Attributes:
        names: A full names.
        first: (A, K) weights of the keypoints in the first vector; rows of 0 for an axis.
        second: (A, K) the same of the second.
        needed: (A, K) whether the angle needs the keypoint.
        sign: (A,) that of the convention, turned for frontal angles of right limbs: outwards counts
            for both sides alike.
        offset: (A,) degrees.
        low: (A,) the least value of the range, degrees.
        period: (A,) degrees.
        frontal: (A,) whether a front or back view shows it.
        sagittal: (A,) whether a side view shows it.
        from_forward: (A,) whether the first vector is the horizontal.
        from_up: (A,) whether it is the vertical.
        follows: (A,) whether it is followed through full turns.
    """

    names: tuple[str, ...]
    first: Float64Array
    second: Float64Array
    needed: BoolArray
    sign: Float64Array
    offset: Float64Array
    low: Float64Array
    period: Float64Array
    frontal: BoolArray
    sagittal: BoolArray
    from_forward: BoolArray
    from_up: BoolArray
    follows: BoolArray

    def shown(self, facing: FacingArray) -> BoolArray:
        """Which angles at least one of these views shows, (A,); without views, the side's."""
        sideways = (facing == "left") | (facing == "right")
        some_side, some_front = bool(sideways.any()), bool((~sideways).any())
        return (self.sagittal & (some_side or not some_front)) | (self.frontal & some_front)


@lru_cache(maxsize=32)
def planar_plan(skeleton: Skeleton) -> PlanarPlan:
    """The angles whose points the skeleton has, in the order of the table, left before right."""
    found = [
        (angle, side, first, second)
        for angle in ANGLES_2D
        for side in (SIDES if angle.sided else ("",))
        if (first := _row(skeleton, angle.first, side)) is not None
        and (second := _row(skeleton, angle.second, side)) is not None
    ]
    angles = tuple(angle for angle, *_ in found)
    shape = (len(found), len(skeleton))
    first = np.array([row for _, _, row, _ in found]).reshape(shape)
    second = np.array([row for _, _, _, row in found]).reshape(shape)
    inward = [side == "right" and angle.plane == "frontal" for angle, side, *_ in found]
    return PlanarPlan(
        names=tuple(full_name(angle.name, sided=angle.sided, side=s) for angle, s, *_ in found),
        first=first,
        second=second,
        needed=(first != 0) | (second != 0),
        sign=np.array([a.sign for a in angles], float) * np.where(inward, -1.0, 1.0),
        offset=np.array([angle.offset for angle in angles]),
        low=np.array([angle.low for angle in angles]),
        period=np.array([angle.period for angle in angles]),
        frontal=np.array([angle.plane != "sagittal" for angle in angles], bool),
        sagittal=np.array([angle.plane != "frontal" for angle in angles], bool),
        from_forward=np.array([angle.first == "forward" for angle in angles], bool),
        from_up=np.array([angle.first == "up" for angle in angles], bool),
        follows=np.array([angle.follows for angle in angles], bool),
    )


def _row(skeleton: Skeleton, vector: tuple[str, str] | str, side: str) -> Float64Array | None:
    if isinstance(vector, str):
        return np.zeros(len(skeleton))
    start, end = (point if point in POINTS else f"{side}_{point}" for point in vector)
    return weights(skeleton, start, end)


def planar_angles(
    skeleton: Skeleton,
    points: Float64Array,
    sigma: Float64Array | None,
    facing: FacingArray,
    floor_angle: float,
) -> tuple[Float64Array, Float64Array | None]:
    """All angles of `planar_plan(skeleton)`, (T, A) in degrees, and their sigma.

    Args:
        skeleton: Names the K keypoints.
        points: (T, K, 2) pixels, y down.
        sigma: (T, K) pixels, or None.
        facing: (T,) as of `kinema.analysis.angles.facing`.
        floor_angle: Degrees by which a level floor rises to the right of the picture.
    """
    plan = planar_plan(skeleton)
    points, sigma = either_ear(skeleton, points, sigma)
    unknown: BoolArray = np.asarray(np.isnan(points).any(axis=2))
    y_up = np.where(unknown[..., None], 0.0, points) * (1.0, -1.0)
    first, second = plan.first @ y_up, plan.second @ y_up  # (T, A, 2)
    mirrored = np.where((facing == "left") | (facing == "back"), -1.0, 1.0)[:, None]  # (T, 1)
    floor = np.radians(floor_angle)
    right, up = np.array([[np.cos(floor), np.sin(floor)], [-np.sin(floor), np.cos(floor)]])
    first[:, plan.from_forward] = (mirrored * right)[:, None]
    first[:, plan.from_up] = up
    cross = first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]
    dot = (first * second).sum(axis=2)
    lengths = (first**2).sum(axis=2), (second**2).sum(axis=2)
    side_view = ((facing == "left") | (facing == "right"))[:, None]
    absent = any_of(unknown, plan.needed) | ~np.where(side_view, plan.sagittal, plan.frontal)
    absent |= (lengths[0] == 0) | (lengths[1] == 0)
    values = plan.sign * mirrored * np.degrees(np.arctan2(cross, dot)) + plan.offset
    values = np.where(absent, np.nan, (values - plan.low) % plan.period + plan.low)
    if sigma is None:
        return values, None
    return values, _sigma(plan, sigma, dot, lengths, absent)


def _sigma(
    plan: PlanarPlan,
    sigma: Float64Array,
    dot: Float64Array,
    lengths: tuple[Float64Array, Float64Array],
    absent: BoolArray,
) -> Float64Array:
    """First-order standard deviation (T, A) in degrees of independent errors of the keypoints.

    The angle between u and v changes by the cross parts of their changes over their lengths. With
    weights a_k of keypoint k in u and b_k in v, its variance is
    sum_k sigma_k^2 (a_k^2/|u|^2 + b_k^2/|v|^2 - 2 a_k b_k u.v / (|u|^2 |v|^2)).
    """
    unknown = np.isnan(sigma)
    square = np.where(unknown, 0.0, sigma) ** 2  # (T, K)
    fixed = plan.from_forward | plan.from_up
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = (
            np.where(fixed, 0.0, square @ (plan.first**2).T / lengths[0])
            + square @ (plan.second**2).T / lengths[1]
            - 2 * (square @ (plan.first * plan.second).T) * dot / (lengths[0] * lengths[1])
        )
    result: Float64Array = np.degrees(np.sqrt(np.maximum(variance, 0.0)))
    result[absent | any_of(unknown, plan.needed)] = np.nan
    return result
