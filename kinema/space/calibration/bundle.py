"""Bundle adjustment: cameras and boards that together explain all corners best.

Unknown are the intrinsics of each camera, its pose, and the pose of the board at each instant; the
first camera is the world. The Jacobian is written out and sparse, for each corner depends on one
camera and one board only. Steps are those of Levenberg and Marquardt, from the sparse normal
equations: `scipy.optimize.least_squares` has only LSMR for sparse problems, which needs hundreds of
iterations a step here and took 100 times as long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import splu

from kinema.errors import InputError
from kinema.space.calibration.poses import pose_matrix

Float64Array = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]

INTRINSICS = 9  # fx fy cx cy k1 k2 p1 p2 k3
POSE = 6
ROBUST_PIXELS = 1.0  # errors well beyond this count less and less
MOST_STEPS = 200
DONE = 1e-9  # share by which the last step made the cost smaller
LEAST_DAMPING, MOST_DAMPING = 1e-12, 1e12


@dataclass(frozen=True, eq=False)
class Corners3D:
    """All M corners that were seen.

    Attributes:
        camera: (M,) number of the camera, in [0, C).
        board: (M,) number of the instant, in [0, B).
        points: (M, 3) the corner on the board, in metres.
        pixels: (M, 2) where it was seen.
    """

    camera: Int64Array
    board: Int64Array
    points: Float64Array
    pixels: Float64Array


@dataclass(frozen=True, eq=False)
class Bundle:
    """The unknowns.

    Attributes:
        intrinsics: (C, 9) fx fy cx cy k1 k2 p1 p2 k3.
        cameras: (C, 6) rotation vector and translation, world to camera; the first is 0.
        boards: (B, 6) the same, board to world.
    """

    intrinsics: Float64Array
    cameras: Float64Array
    boards: Float64Array

    @property
    def vector(self) -> Float64Array:
        """All of them in a row, (U,): lenses, then poses of cameras, then of boards."""
        return np.concatenate([self.intrinsics.ravel(), self.cameras.ravel(), self.boards.ravel()])

    def of(self, vector: Float64Array) -> Bundle:
        """The same unknowns with the values of a row, (U,), as `vector` has it."""
        ends = np.cumsum([self.intrinsics.size, self.cameras.size])
        first, second, third = np.split(vector, ends)
        return Bundle(
            first.reshape(-1, INTRINSICS), second.reshape(-1, POSE), third.reshape(-1, POSE)
        )


@dataclass(frozen=True, eq=False)
class Adjusted:
    """What the adjustment found.

    Attributes:
        bundle: The unknowns.
        sigma: Their standard deviations, from the errors left over; 0 for what was held.
        covariance: (C, 6, 6) of the pose of each camera.
        residuals: (M, 2) pixels, projected minus seen.
    """

    bundle: Bundle
    sigma: Bundle
    covariance: Float64Array
    residuals: Float64Array


def adjust(seen: Corners3D, start: Bundle, free: npt.NDArray[np.bool_]) -> Adjusted:
    """The unknowns that explain the corners best, from a start that is nearly right.

    Errors of more than a pixel count less than squared: first by the soft L1 loss, then by
    Cauchy's.

    Args:
        seen: The corners.
        start: Where to begin; also the values of all that is held.
        free: (C, 9) which intrinsics may change. Poses may, except that of the first camera.

    Raises:
        InputError: If no solution is found.
    """
    poses = np.ones(start.cameras.shape, dtype=bool)
    poses[0] = False
    mask = np.concatenate([free.ravel(), poses.ravel(), np.ones(start.boards.size, dtype=bool)])
    whole = start.vector

    def bundle_at(vector: Float64Array) -> Bundle:
        every = whole.copy()
        every[mask] = vector
        return start.of(every)

    def errors(vector: Float64Array) -> Float64Array:
        return _project(seen, bundle_at(vector)).ravel() - seen.pixels.ravel()

    def slopes(vector: Float64Array) -> sparse.csr_matrix:
        return _jacobian(seen, bundle_at(vector))[:, mask]

    vector = whole[mask]
    for loss in LOSSES:
        vector, left = _least_squares(errors, slopes, vector, loss)
    bundle = bundle_at(vector)
    sigma, covariance = _uncertainty(slopes(vector), left, bundle, mask)
    return Adjusted(bundle, sigma, covariance, left.reshape(-1, 2))


@dataclass(frozen=True)
class _Loss:
    """What errors cost and what they weigh in a step, as functions of (errors / 1 px)²."""

    cost: Callable[[Float64Array], Float64Array]
    weight: Callable[[Float64Array], Float64Array]


# First one that leads from afar, then one that leaves false corners hardly any pull.
LOSSES = (
    _Loss(lambda square: 2 * (np.sqrt(1 + square) - 1), lambda square: 1 / np.sqrt(1 + square)),
    _Loss(np.log1p, lambda square: 1 / (1 + square)),
)


def _least_squares(
    errors: Callable[[Float64Array], Float64Array],
    slopes: Callable[[Float64Array], sparse.csr_matrix],
    start: Float64Array,
    loss: _Loss,
) -> tuple[Float64Array, Float64Array]:
    """Where the robust cost is least, and the errors there (Levenberg-Marquardt)."""

    def cost_of(left: Float64Array) -> float:
        return float(loss.cost((left / ROBUST_PIXELS) ** 2).sum())

    vector, left = start, errors(start)
    cost, damping = cost_of(left), 1e-3
    for _ in range(MOST_STEPS):
        weights = loss.weight((left / ROBUST_PIXELS) ** 2)
        normal, gradient = _normal_equations(slopes(vector), left, weights)
        before = cost
        while damping < MOST_DAMPING:
            damped = normal + sparse.diags(damping * normal.diagonal())
            trial = vector - splu(damped.tocsc()).solve(gradient)
            after = errors(trial)
            lower = cost_of(after)
            if np.isfinite(lower) and lower < cost:
                vector, left, cost = trial, after, lower
                damping = max(damping / 10, LEAST_DAMPING)
                break
            damping *= 10
        if before - cost <= DONE * before:
            return vector, left
    raise InputError(
        "no places of the cameras explain all views of the board; check that the recordings are "
        "synchronised, and --board"
    )


def _normal_equations(
    jacobian: sparse.csr_matrix, errors: Float64Array, weights: Float64Array
) -> tuple[sparse.csc_matrix, Float64Array]:
    weighted = jacobian.multiply(weights[:, None]).tocsr()
    return (weighted.T @ jacobian).tocsc(), np.asarray(weighted.T @ errors)


def _uncertainty(
    jacobian: sparse.csr_matrix, errors: Float64Array, bundle: Bundle, mask: npt.NDArray[np.bool_]
) -> tuple[Bundle, Float64Array]:
    """Standard deviations of the unknowns, and covariances of the poses of the cameras."""
    spare = max(jacobian.shape[0] - jacobian.shape[1], 1)
    weights = LOSSES[-1].weight((errors / ROBUST_PIXELS) ** 2)
    variance = float((weights * errors**2).sum()) / spare
    normal, _ = _normal_equations(jacobian, errors, weights)
    inverse = splu(normal).solve(np.eye(normal.shape[0]))
    covariance = inverse * variance
    sigma = np.zeros(len(mask))
    sigma[mask] = np.sqrt(np.maximum(np.diag(covariance), 0))
    place = np.full(len(mask), -1)
    place[mask] = np.arange(mask.sum())
    poses = np.zeros((len(bundle.cameras), POSE, POSE))
    for number in range(1, len(poses)):
        start = bundle.intrinsics.size + number * POSE
        rows = place[start : start + POSE]
        poses[number] = covariance[np.ix_(rows, rows)]
    return bundle.of(sigma), poses


def _project(seen: Corners3D, bundle: Bundle) -> Float64Array:
    cameras, boards = pose_matrix(bundle.cameras), pose_matrix(bundle.boards)
    world = _moved(boards[seen.board], seen.points)
    inside = _moved(cameras[seen.camera], world)
    plane = inside[:, :2] / inside[:, 2:]
    fx, fy, cx, cy, k1, k2, p1, p2, k3 = bundle.intrinsics[seen.camera].T
    x, y = plane.T
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    column = fx * (x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)) + cx
    row = fy * (y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y) + cy
    return np.stack([column, row], axis=1)


def _moved(poses: Float64Array, points: Float64Array) -> Float64Array:
    return np.asarray((poses[:, :3, :3] @ points[:, :, None])[..., 0] + poses[:, :3, 3])


def _jacobian(seen: Corners3D, bundle: Bundle) -> sparse.csr_matrix:
    """(2 M, all unknowns): how each pixel coordinate moves with each unknown."""
    cameras, boards = pose_matrix(bundle.cameras), pose_matrix(bundle.boards)
    world = _moved(boards[seen.board], seen.points)
    inside = _moved(cameras[seen.camera], world)
    intrinsic, by_place = _lens_slopes(inside, bundle.intrinsics[seen.camera])
    turn = _turn_slopes(cameras, bundle.cameras, seen.camera, world)
    camera = np.concatenate([by_place @ turn, by_place], axis=2)
    by_world = by_place @ cameras[seen.camera, :3, :3]
    turn = _turn_slopes(boards, bundle.boards, seen.board, seen.points)
    board = np.concatenate([by_world @ turn, by_world], axis=2)
    first_camera = bundle.intrinsics.size
    first_board = first_camera + bundle.cameras.size
    columns = np.concatenate(
        [
            seen.camera[:, None] * INTRINSICS + np.arange(INTRINSICS),
            first_camera + seen.camera[:, None] * POSE + np.arange(POSE),
            first_board + seen.board[:, None] * POSE + np.arange(POSE),
        ],
        axis=1,
    )  # (M, 21)
    values = np.concatenate([intrinsic, camera, board], axis=2)  # (M, 2, 21)
    width = columns.shape[1]
    return sparse.csr_matrix(
        (
            values.ravel(),
            np.repeat(columns, 2, axis=0).ravel(),
            np.arange(0, values.size + 1, width),
        ),
        shape=(2 * len(values), len(bundle.vector)),
    )


def _lens_slopes(
    inside: Float64Array, intrinsics: Float64Array
) -> tuple[Float64Array, Float64Array]:
    """How pixels move with the intrinsics, (M, 2, 9), and with the place before the camera."""
    depth = inside[:, 2]
    x, y = inside[:, 0] / depth, inside[:, 1] / depth
    fx, fy, _, _, k1, k2, p1, p2, k3 = intrinsics.T
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    slope = k1 + r2 * (2 * k2 + 3 * r2 * k3)  # of radial, with r2
    zero, one = np.zeros_like(x), np.ones_like(x)
    column = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    row = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    by_column = [fx * f for f in (x * r2, x * r2**2, 2 * x * y, r2 + 2 * x * x, x * r2**3)]
    by_row = [fy * f for f in (y * r2, y * r2**2, r2 + 2 * y * y, 2 * x * y, y * r2**3)]
    lens = np.stack(
        [
            np.stack([column, zero, one, zero, *by_column], axis=1),
            np.stack([zero, row, zero, one, *by_row], axis=1),
        ],
        axis=1,
    )
    mixed = 2 * x * y * slope + 2 * p1 * x + 2 * p2 * y
    bent = np.stack(
        [
            fx * (radial + 2 * x * x * slope + 2 * p1 * y + 6 * p2 * x),
            fx * mixed,
            fy * mixed,
            fy * (radial + 2 * y * y * slope + 6 * p1 * y + 2 * p2 * x),
        ],
        axis=1,
    ).reshape(-1, 2, 2)
    flat = (
        np.stack([np.stack([one, zero, -x], axis=1), np.stack([zero, one, -y], axis=1)], axis=1)
        / depth[:, None, None]
    )
    return lens, bent @ flat


def _turn_slopes(
    poses: Float64Array, vectors: Float64Array, which: Int64Array, points: Float64Array
) -> Float64Array:
    """How turned points move with the rotation vector, (M, 3, 3): -R [X]x J.

    J is the right Jacobian of rotations (Sola et al. 2018, "A micro Lie theory", equation 143).
    """
    right = _right_jacobian(vectors[:, :3])
    return np.asarray(-poses[which, :3, :3] @ _cross(points) @ right[which])


def _right_jacobian(vectors: Float64Array) -> Float64Array:
    angle = np.linalg.norm(vectors, axis=1)[:, None, None]
    small = angle < 1e-5
    safe = np.where(small, 1.0, angle)
    first = np.where(small, 0.5, (1 - np.cos(safe)) / safe**2)
    second = np.where(small, 1 / 6, (safe - np.sin(safe)) / safe**3)
    cross = _cross(vectors)
    return np.asarray(np.eye(3) - first * cross + second * cross @ cross)


def _cross(vectors: Float64Array) -> Float64Array:
    """Matrices (M, 3, 3) that give the cross product with each vector."""
    x, y, z = vectors.T
    zero = np.zeros_like(x)
    return np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
