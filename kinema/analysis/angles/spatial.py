"""Angles in space, for all frames at once, with their first-order uncertainty.

All is done in axes x, y (level) and z (up). Frames of body segments have the axes x forward, y up
and z to the right, as in Wu et al. (2002). Two joints do not fix a segment's turn about itself:
that of the pelvis and of the trunk comes from both hips and both shoulders, that of the thigh from
the hinge of the bent knee.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from kinema.analysis.angles.points import POINTS, SIDES, either_ear, full_name, sources
from kinema.analysis.angles.space_table import ANGLES_3D
from kinema.analysis.angles.vectors import above, across, angle_between, cross, dot, unit
from kinema.poses import Space
from kinema.skeleton import Skeleton

Float64Array = npt.NDArray[np.float64]
_Vectors = Mapping[str, Float64Array]

# The knee's hinge is the mean of that which thigh and shank span, which is as long as the sine of
# the flexion, and of the pelvis's axis with this weight. So the sign holds to 17 degrees of
# overstretching, and a thigh that is turned by 30 degrees shifts a flexion of 60 by 0.2.
_HINGE_FROM_PELVIS = 0.3
_LEAST_FLEXION_FOR_ROTATION = 20.0  # degrees; below, the hinge is mostly noise
_LEAST_IN_PLANE = 0.5  # of a segment: what is turned away from its plane by more than 60 degrees
_STEP = 1e-4  # metres, for derivatives; angles bend on the scale of segments, 0.1 m and more
_CHUNK = 8192  # rows at a time, which bounds memory


@dataclass(frozen=True, eq=False)
class SpatialPlan:
    """What a skeleton allows, A angles.

    Attributes:
        names: A full names.
        columns: (A,) where each stands in the row of all angles.
        low: (A,) the least value of the range, degrees.
        follows: (A,) whether it is followed through full turns.
        points: The keypoints of each point that is used.
        used: All of those.
    """

    names: tuple[str, ...]
    columns: npt.NDArray[np.intp]
    low: Float64Array
    follows: npt.NDArray[np.bool_]
    points: Mapping[str, tuple[int, ...]]
    used: tuple[int, ...]


@lru_cache(maxsize=32)
def spatial_plan(skeleton: Skeleton) -> SpatialPlan:
    """The angles whose points the skeleton has, in the order of the table, left before right."""
    every = [(angle, side) for angle in ANGLES_3D for side in (SIDES if angle.sided else ("",))]
    found = [
        column
        for column, (angle, side) in enumerate(every)
        if all(sources(skeleton, _on(side, point)) for point in angle.points)
    ]
    points = {point: rows for point in POINTS if (rows := sources(skeleton, point))}
    needed = {
        _on(side, point) for i in found for angle, side in [every[i]] for point in angle.points
    }
    return SpatialPlan(
        names=tuple(
            full_name(angle.name, sided=angle.sided, side=side)
            for angle, side in (every[column] for column in found)
        ),
        columns=np.array(found, dtype=np.intp),
        low=np.array([every[column][0].low for column in found]),
        follows=np.array([every[column][0].follows for column in found], bool),
        points=points,
        used=tuple(sorted({row for point in needed for row in points[point]})),
    )


def _on(side: str, point: str) -> str:
    return point if point in POINTS else f"{side}_{point}"


def spatial_angles(
    skeleton: Skeleton, points: Float64Array, sigma: Float64Array | None, space: Space
) -> tuple[Float64Array, Float64Array | None, npt.NDArray[np.bool_]]:
    """All angles of `spatial_plan(skeleton)`, (T, A) in degrees, their sigma, and what is no angle.

    NaN where a joint is missing, and where the segment stands out of the plane of the angle, as an
    arm that is stretched out sideways does from the plane in which the person faces: what is left
    of it in the plane points anywhere, and may go full circle while the arm only goes up and down.
    That is so where the third array, (T, A), is True.

    Args:
        skeleton: Names the K keypoints.
        points: (T, K, 3) metres.
        sigma: (T, K) metres, or None.
        space: `"world"`, or `"body"`, where up is up in the picture.
    """
    plan = spatial_plan(skeleton)
    points, sigma = either_ear(skeleton, points, sigma)
    if space == "body":  # x right, y down, z away
        points = np.stack([points[..., 0], points[..., 2], -points[..., 1]], axis=-1)
    values = _values(plan, points)
    out = _out_of_plane(plan, points)
    values[out] = np.nan
    if sigma is None:
        return values, None, out
    size = max(1, _CHUNK // (3 * len(_groups(skeleton)[0]) + 1))
    parts = [
        _sigma(skeleton, points[i : i + size], sigma[i : i + size], values[i : i + size])
        for i in range(0, max(len(points), 1), size)
    ]
    return values, np.concatenate(parts), out


def _sigma(
    skeleton: Skeleton, points: Float64Array, sigma: Float64Array, values: Float64Array
) -> Float64Array:
    """Standard deviation (T, A), by derivatives over a small step of each coordinate.

    Keypoints of which no angle uses two, such as both knees, take their step together.
    """
    groups, mover = _groups(skeleton)
    moved = np.repeat(points[None], 3 * len(groups), axis=0)  # (G * 3, T, K, 3)
    for row, group in enumerate(groups):
        for axis in range(3):
            moved[3 * row + axis, :, group, axis] += _STEP
    stepped = _values(spatial_plan(skeleton), moved.reshape(-1, *points.shape[1:]))
    change = stepped.reshape(len(groups), 3, *values.shape) - values
    change = (change + 180.0) % 360.0 - 180.0
    slope = (change**2).sum(axis=1) / _STEP**2  # (G, T, A)
    spread = sigma[:, np.maximum(mover, 0)].transpose(1, 0, 2) ** 2  # (G, T, A)
    parts = np.where(mover[:, None] < 0, 0.0, slope * spread)
    result: Float64Array = np.sqrt(parts.sum(axis=0))
    result[np.isnan(values)] = np.nan
    return result


@lru_cache(maxsize=32)
def _groups(skeleton: Skeleton) -> tuple[list[list[int]], npt.NDArray[np.intp]]:
    """Groups of keypoints that share no angle; and (G, A) which of each moves an angle, or -1.

    What moves what is found by trying it on people of random shape.
    """
    plan = spatial_plan(skeleton)
    people = np.random.default_rng(0).normal(size=(32, len(skeleton), 3))
    still = _values(plan, people)
    moves = np.zeros((len(skeleton), len(plan.names)), bool)
    for keypoint in plan.used:
        moved = people.copy()
        moved[:, keypoint] += 0.1
        moves[keypoint] = (np.abs(_values(plan, moved) - still) > 0).any(axis=0)
    groups: list[list[int]] = []
    taken: list[npt.NDArray[np.bool_]] = []
    for keypoint in plan.used:
        free = [i for i in range(len(groups)) if not (taken[i] & moves[keypoint]).any()]
        if not free:
            groups.append([])
            taken.append(np.zeros(len(plan.names), bool))
            free = [len(groups) - 1]
        groups[free[0]].append(keypoint)
        taken[free[0]] |= moves[keypoint]
    mover = np.full((len(groups), len(plan.names)), -1, dtype=np.intp)
    for row, group in enumerate(groups):
        for keypoint in group:
            mover[row, moves[keypoint]] = keypoint
    return groups, mover


def _values(plan: SpatialPlan, points: Float64Array) -> Float64Array:
    """All angles of the plan (T, A) in degrees from points (T, K, 3) with z up."""
    found = _vectors(plan, points)
    with np.errstate(invalid="ignore", divide="ignore"):
        angles = _all_angles(found)
    values: Float64Array = np.degrees(_in_columns(plan, angles))
    return (values - plan.low) % 360.0 + plan.low


def _out_of_plane(plan: SpatialPlan, points: Float64Array) -> npt.NDArray[np.bool_]:
    """Where less than half of a segment lies in the plane of its angle, (T, A); points z up."""
    at = _vectors(plan, points)
    body = _body(at)
    segments = _segment_vectors(at, body.trunk)
    arm = unit(segments["arm_angle"])
    y = unit(across(body.trunk, body.shoulders))
    ahead = cross(y, body.shoulders)
    beside = {
        name: dot(unit(vector), _each(body.right, vector)) for name, vector in segments.items()
    }
    beside["shoulder_flexion"] = dot(arm, body.shoulders[:, None])
    beside["shoulder_abduction"] = dot(arm, ahead[:, None])
    nothing = {
        angle.name: np.zeros((len(points), 2) if angle.sided else len(points))
        for angle in ANGLES_3D
    }
    share = _in_columns(plan, nothing | beside)
    return np.asarray(np.abs(share) > np.sqrt(1 - _LEAST_IN_PLANE**2))


def _in_columns(plan: SpatialPlan, found: _Vectors) -> Float64Array:
    """What there is by name, (T, 2) or (T,) each, as the columns of the plan, (T, A)."""
    rows = [found[angle.name] for angle in ANGLES_3D]
    table = np.concatenate([row if row.ndim == 2 else row[:, None] for row in rows], axis=1)
    return np.asarray(table[:, plan.columns])


def _vectors(plan: SpatialPlan, points: Float64Array) -> dict[str, Float64Array]:
    """Each point by its name without side: (T, 3), or (T, 2, 3) left and right; NaN if none."""
    nowhere = np.full((len(points), 3), np.nan)
    found = {
        point: points[:, rows].mean(axis=1) if len(rows) > 1 else points[:, rows[0]]
        for point, rows in plan.points.items()
    }
    middle = {
        point: found.get(point, nowhere) for point in ("mid_hip", "neck", "head_base", "head")
    }
    sided = {
        point: np.stack([found.get(f"{side}_{point}", nowhere) for side in SIDES], axis=1)
        for point in ("hip", "knee", "ankle", "heel", "toe", "shoulder", "elbow", "wrist", "index")
    }
    return middle | sided


@dataclass(frozen=True, eq=False)
class _Body:
    """Directions of a body, (T, 3) each; of length 1, but for the trunk's, and to the right."""

    trunk: Float64Array
    hips: Float64Array
    shoulders: Float64Array
    right: Float64Array


def _body(at: _Vectors) -> _Body:
    hips = unit(at["hip"][:, 1] - at["hip"][:, 0])
    shoulders = unit(at["shoulder"][:, 1] - at["shoulder"][:, 0])
    right = unit(above(hips) + np.nan_to_num(above(shoulders)))
    return _Body(at["neck"] - at["mid_hip"], hips, shoulders, right)


_SIDE = np.array([1.0, -1.0])  # inwards is to the right for the left side


def _all_angles(at: _Vectors) -> dict[str, Float64Array]:
    """Every angle of `ANGLES_3D` in radians, (T, 2) left and right or (T,)."""
    body = _body(at)
    trunk, hips, shoulders, right = body.trunk, body.hips, body.shoulders, body.right
    forward = np.stack([-right[:, 1], right[:, 0], right[:, 2]], axis=1)
    return {
        **_leg(at, hips, trunk),
        **_arm(at, shoulders, trunk),
        "ankle_dorsiflexion": np.pi / 2
        - angle_between(at["knee"] - at["ankle"], at["toe"] - at["heel"]),
        "trunk_flexion": np.arctan2(dot(trunk, forward), trunk[:, 2]),
        "trunk_lean": np.arctan2(dot(trunk, right), trunk[:, 2]),
        "trunk_rotation": np.arctan2(
            hips[:, 0] * shoulders[:, 1] - hips[:, 1] * shoulders[:, 0],
            hips[:, 0] * shoulders[:, 0] + hips[:, 1] * shoulders[:, 1],
        ),
        "neck_flexion": _neck(at, shoulders, trunk),
        "pelvis_angle": -np.arcsin(hips[:, 2]),
        "shoulders_angle": -np.arcsin(shoulders[:, 2]),
        **_segments(at, forward, trunk),
    }


def _leg(at: _Vectors, hips: Float64Array, trunk: Float64Array) -> dict[str, Float64Array]:
    """Hip by the joint coordinate system of Grood & Suntay (1983), knee about its hinge."""
    thigh, shank = unit(at["knee"] - at["hip"]), unit(at["ankle"] - at["knee"])
    z = hips[:, None]
    y = unit(across(trunk, hips))[:, None]
    x = cross(y, z)
    span = cross(shank, thigh)  # the hinge, to the right, as long as the sine of the flexion
    hinge = unit(span + _HINGE_FROM_PELVIS * unit(across(z, thigh)))
    flexion = np.arctan2(dot(span, hinge), dot(shank, thigh))
    floating = unit(cross(-thigh, z))
    ahead = cross(-thigh, unit(span))  # of the thigh
    turn = np.arctan2(dot(cross(floating, ahead), -thigh), dot(floating, ahead))
    bent = flexion >= np.radians(_LEAST_FLEXION_FOR_ROTATION)
    return {
        "knee_flexion": flexion,
        "hip_flexion": np.arctan2(dot(thigh, x), -dot(thigh, y)),
        "hip_adduction": _SIDE * np.arcsin(np.clip(dot(thigh, z), -1.0, 1.0)),
        "hip_rotation": np.where(bent, -_SIDE * turn, np.nan),
    }


def _arm(at: _Vectors, shoulders: Float64Array, trunk: Float64Array) -> dict[str, Float64Array]:
    arm, forearm = at["elbow"] - at["shoulder"], at["wrist"] - at["elbow"]
    z = shoulders[:, None]
    y = unit(across(trunk, shoulders))[:, None]
    down = -dot(arm, y)
    return {
        "shoulder_flexion": np.arctan2(dot(arm, cross(y, z)), down),
        "shoulder_abduction": np.arctan2(-_SIDE * dot(arm, z), down),
        "shoulder_elevation": angle_between(arm, -trunk[:, None]),
        "elbow_flexion": angle_between(arm, forearm),
        "wrist_flexion": angle_between(forearm, at["index"] - at["wrist"]),
    }


def _neck(at: _Vectors, shoulders: Float64Array, trunk: Float64Array) -> Float64Array:
    head = at["head"] - at["head_base"]
    y = unit(across(trunk, shoulders))
    return np.asarray(np.arctan2(dot(head, cross(y, shoulders)), dot(head, y)))


def _segments(at: _Vectors, forward: Float64Array, trunk: Float64Array) -> dict[str, Float64Array]:
    """Against the horizontal, in the vertical plane in which the person faces."""
    return {
        name: np.arctan2(vector[..., 2], dot(vector, _each(forward, vector)))
        for name, vector in _segment_vectors(at, trunk).items()
    }


def _each(direction: Float64Array, vectors: Float64Array) -> Float64Array:
    """A direction (T, 3) for vectors (T, 3), or (T, 2, 3) of both sides."""
    return direction[:, None] if vectors.ndim == 3 else direction


def _segment_vectors(at: _Vectors, trunk: Float64Array) -> dict[str, Float64Array]:
    return {
        f"{name}_angle": at[end] - at[start]
        for name, start, end in (
            ("foot", "heel", "toe"),
            ("shank", "knee", "ankle"),
            ("thigh", "hip", "knee"),
            ("head", "head_base", "head"),
            ("arm", "shoulder", "elbow"),
            ("forearm", "elbow", "wrist"),
            ("hand", "wrist", "index"),
        )
    } | {"trunk_angle": trunk}
