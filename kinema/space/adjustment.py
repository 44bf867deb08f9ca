"""Small corrections of where cameras look, from the people whom they see.

A tripod that was touched after the calibration turns its camera by a few tenths of a degree, and
every point that it sees is off by the same few pixels. As many joints are seen by several cameras,
these turns can be found from the joints themselves: bundle adjustment (Hartley & Zisserman 2004,
section 18.1) of the points and of each camera's rotation and place, with the calibration as a
prior. Lenses are left as they are. The points are eliminated from the normal equations (their Schur
complement), and observations that are far off count less (Huber's weights).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kinema.camera import Camera, Rig
from kinema.space.sightings import LEAST_CAMERAS, Sightings
from kinema.space.triangulation import solve_points

Float64Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

TURN_SIGMA_DEG = 0.5
"""How far a camera may have turned since it was calibrated, as one standard deviation."""
PLACE_SIGMA = 0.02
"""How far it may have moved, in metres."""
WORTH = 2.0
"""Pixels: where all a camera's errors have no more in common than this, all are left alone."""
_MOST_POINTS = 600
_INDEPENDENT = 100  # points
_ROUNDS = 8
_DONE = 1e-4  # radians and metres
_FIRST_MAX_ERROR = 60.0  # pixels; generous, as the cameras are wrong still
_LEAST_SCALE = 2.0  # pixels


@dataclass(frozen=True, eq=False)
class Adjustment:
    """Cameras before and after.

    Attributes:
        rig: The corrected cameras.
        turned_deg: (C,) angles by which they were turned.
        moved: (C,) metres by which they were moved.
        before: (C,) lengths in pixels of the median offset between what each camera saw and where
            the points projected to: what all its observations had in common.
        after: (C,) the same with the corrected cameras.
    """

    rig: Rig
    turned_deg: Float64Array
    moved: Float64Array
    before: Float64Array
    after: Float64Array


def adjust_cameras(rig: Rig, pixels: Float64Array, weights: Float64Array) -> Adjustment:
    """Cameras that fit better to what they saw; the same ones where they fit well already.

    Args:
        rig: C calibrated cameras.
        pixels: (C, M, 2) joints of people as the cameras see them; NaN where they do not.
        weights: (C, M) in [0, 1].
    """
    seen = ~np.isnan(pixels).any(axis=2) & (weights > 0)
    useful = np.flatnonzero(seen.sum(axis=0) >= LEAST_CAMERAS)
    every = max(1, -(-len(useful) // _MOST_POINTS))
    pixels, weights = pixels[:, useful[::every]], weights[:, useful[::every]]
    fitted, before = rig, common_offsets(rig, pixels, weights)
    for _ in range(_ROUNDS if before.max() > WORTH else 0):
        fitted, step = _adjusted_once(rig, fitted, pixels, weights)
        if step < _DONE:
            break
    turns = [_angle(a.rotation @ b.rotation.T) for a, b in zip(fitted, rig, strict=True)]
    moves = [np.linalg.norm(a.centre - b.centre) for a, b in zip(fitted, rig, strict=True)]
    return Adjustment(
        fitted,
        np.degrees(turns),
        np.array(moves),
        before,
        common_offsets(fitted, pixels, weights),
    )


def common_offsets(rig: Rig, pixels: Float64Array, weights: Float64Array) -> Float64Array:
    """What all observations of a camera have in common, (C,): length of their median offset."""
    sightings = Sightings.of(rig, pixels, weights)
    found = solve_points(rig, sightings, max_error=_FIRST_MAX_ERROR)
    offsets = np.zeros(len(rig))
    for i, camera in enumerate(rig):
        offset = (pixels[i] - camera.project(found.points))[found.used[i]]
        if len(offset):
            offsets[i] = np.linalg.norm(np.median(offset, axis=0))
    return offsets


def _adjusted_once(
    rig: Rig, fitted: Rig, pixels: Float64Array, weights: Float64Array
) -> tuple[Rig, float]:
    """One Gauss-Newton step, and how large it is."""
    sightings = Sightings.of(fitted, pixels, weights)
    found = solve_points(fitted, sightings, max_error=_FIRST_MAX_ERROR)
    good = np.flatnonzero(found.used.any(axis=0))
    if len(good) == 0:
        return fitted, 0.0
    sightings, points = sightings.only(good), found.points[good]
    residual, of_camera, of_point = linearised(sightings, points)
    error = np.sqrt((residual**2).sum(axis=2))
    used = found.used[:, good]
    scale = max(_LEAST_SCALE, float(np.median(error[used])))
    # Huber's weights. The joints of one frame, and frames after each other, err alike: however many
    # there are, they do not count for more than so many that are independent.
    weight = np.where(used, sightings.weights * np.minimum(1, scale / np.maximum(error, 1e-9)), 0)
    weight = weight / scale**2 * min(1.0, _INDEPENDENT / len(good))
    matrix, side = reduced(residual, of_camera, of_point, weight)
    prior = np.tile([1 / np.radians(TURN_SIGMA_DEG) ** 2] * 3 + [1 / PLACE_SIGMA**2] * 3, len(rig))
    offset = np.concatenate([_difference(a, b) for a, b in zip(rig, fitted, strict=True)])
    change = np.linalg.solve(matrix + np.diag(prior), side + prior * offset)
    steps = change.reshape(len(rig), 6)
    moved = tuple(_moved(camera, step) for camera, step in zip(fitted, steps, strict=True))
    return Rig(moved), float(np.abs(change).max())


def linearised(
    sightings: Sightings, points: Float64Array
) -> tuple[Float64Array, Float64Array, Float64Array]:
    """How far sightings are from points (M, 3), and how that changes with the cameras.

    Returns:
        Residuals (C, M, 2) in pixels without distortion, and the derivatives of where the points
        project to by turn and place of the camera (C, M, 2, 6) and by the point (C, M, 2, 3).
    """
    rotation, translation = sightings.extrinsics[..., :3], sightings.extrinsics[..., 3]
    inside = points @ rotation.transpose(0, 2, 1) + translation[:, None]  # (C, M, 3)
    x, y, depth = np.moveaxis(inside, -1, 0)
    plane = inside[..., :2] / depth[..., None]
    focal = sightings.focal[:, None, None]
    residual = (sightings.planes - plane) * focal
    zero, one = np.zeros_like(x), np.ones_like(x)
    by_inside = np.stack(
        [
            np.stack([one, zero, -plane[..., 0]], axis=-1),
            np.stack([zero, one, -plane[..., 1]], axis=-1),
        ],
        axis=-2,
    )
    by_inside *= (focal / depth[..., None])[..., None]
    turned = np.stack(  # a small turn w moves a point x before the camera by w x x
        [
            np.stack([zero, depth, -y], axis=-1),
            np.stack([-depth, zero, x], axis=-1),
            np.stack([y, -x, zero], axis=-1),
        ],
        axis=-2,
    )
    of_point = by_inside @ rotation[:, None]
    of_camera = np.concatenate([by_inside @ turned, -of_point], axis=-1)
    return residual, of_camera, of_point


def reduced(
    residual: Float64Array, of_camera: Float64Array, of_point: Float64Array, weight: Float64Array
) -> tuple[Float64Array, Float64Array]:
    """The normal equations of the cameras alone, (P C, P C) and (P C,), without the points.

    Args:
        residual: (C, M, 2).
        of_camera: (C, M, 2, P) derivatives by P parameters of each camera.
        of_point: (C, M, 2, 3).
        weight: (C, M), one over squared pixels; 0 where a camera does not count.
    """
    count, size = len(residual), of_camera.shape[3]
    own = np.einsum("cmai,cmaj,cm->cij", of_camera, of_camera, weight)
    side = np.einsum("cmai,cma,cm->ci", of_camera, residual, weight)
    mixed = np.einsum("cmai,cmaj,cm->cmij", of_camera, of_point, weight)  # (C, M, P, 3)
    points = np.einsum("cmai,cmaj,cm->mij", of_point, of_point, weight)
    points += 1e-9 * np.eye(3)
    point_side = np.einsum("cmai,cma,cm->mi", of_point, residual, weight)
    inverse = np.linalg.inv(points)
    passed = np.einsum("cmij,mjk->cmik", mixed, inverse)
    matrix = -np.einsum("cmik,dmjk->cidj", passed, mixed)
    matrix[np.arange(count), :, np.arange(count)] += own
    side -= np.einsum("cmij,mj->ci", passed, point_side)
    return matrix.reshape(size * count, size * count), side.ravel()


def _difference(target: Camera, camera: Camera) -> Float64Array:
    """The step (6,) that takes a camera to where another is: turn in radians, then metres."""
    return np.concatenate(
        [_vector(target.rotation @ camera.rotation.T), target.centre - camera.centre]
    )


def _moved(camera: Camera, step: Float64Array) -> Camera:
    rotation = _rotation(step[:3]) @ camera.rotation
    return replace(camera, rotation=rotation, translation=-rotation @ (camera.centre + step[3:]))


def _rotation(vector: Float64Array) -> Float64Array:
    """Rodrigues' formula."""
    angle = float(np.linalg.norm(vector))
    if angle == 0:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross)


def _vector(rotation: Float64Array) -> Float64Array:
    """The rotation vector of a small rotation."""
    skew = (rotation - rotation.T) / 2
    return np.array([skew[2, 1], skew[0, 2], skew[1, 0]])


def _angle(rotation: Float64Array) -> float:
    return float(np.linalg.norm(_vector(rotation)))
