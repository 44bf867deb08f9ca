"""Points in space from what several calibrated cameras see of them.

For each point: weighted direct linear transform (Hartley & Zisserman 2004, section 12.2) over the
cameras that see it, with the worst cameras left out one by one where they disagree, then
Gauss-Newton steps on the reprojection error (section 12.3), whose normal matrix also gives the
uncertainty. All points are solved together, as arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.camera import Camera, Rig
from kinema.errors import InputError, ShapeError

Float64Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_REFINEMENTS = 3
_LEAST_CAMERAS = 2


@dataclass(frozen=True, eq=False)
class Triangulation:
    """Points in space, and how well the cameras agree on them.

    Attributes:
        points: (M, 3) world positions in metres; NaN where fewer than two cameras agree.
        sigma: (M,) standard deviation of a coordinate in metres (root mean square of the three),
            from the pixel errors and the angles between the cameras; NaN where points are.
        errors: (C, M) distances in pixels between what a camera saw and where the point projects
            to; NaN where it saw nothing or there is no point.
        used: (C, M) which cameras made the point.
    """

    points: Float64Array
    sigma: Float64Array
    errors: Float64Array
    used: BoolArray


def triangulate_points(
    rig: Rig,
    pixels: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    *,
    max_error: float = 15.0,
    pixel_sigma: float = 1.0,
) -> Triangulation:
    """The points in space behind what the cameras see.

    Args:
        rig: C cameras.
        pixels: (C, M, 2), point j as camera i sees it, with distortion; NaN where it does not.
        weights: (C, M) in [0, 1], such as the scores of joints; 0 counts as unseen. All 1 if None.
        max_error: In pixels. Cameras that are further off are left out, while two remain; a point
            on which no two cameras agree to this is NaN.
        pixel_sigma: Least standard deviation of what a camera of weight 1 sees, in pixels; where
            the errors are larger, they count.

    Raises:
        InputError: If the rig has one camera only, or `max_error` is not positive.
        ShapeError: If the shapes do not fit.
    """
    seen = np.asarray(pixels, dtype=np.float64)
    if len(rig) < _LEAST_CAMERAS:
        raise InputError("triangulation needs at least two cameras")
    if not max_error > 0:
        raise InputError(f"the largest reprojection error must be positive, got {max_error}")
    if seen.ndim != 3 or seen.shape[0] != len(rig) or seen.shape[2] != 2:
        raise ShapeError(f"pixels must be ({len(rig)}, M, 2), they are {seen.shape}")
    weight = np.ones(seen.shape[:2]) if weights is None else np.asarray(weights, dtype=np.float64)
    if weight.shape != seen.shape[:2]:
        raise ShapeError(f"weights must be {seen.shape[:2]}, they are {weight.shape}")
    solver = _Solver(rig, seen, weight)
    used = solver.visible.copy()
    points = solver.solve(used)
    points, used = _without_outliers(solver, points, used, max_error)
    for _ in range(_REFINEMENTS):
        points = solver.refined(points, used)
    errors = solver.errors(points)
    worst = np.where(used, errors, 0).max(axis=0)
    points[(worst > max_error) | (used.sum(axis=0) < _LEAST_CAMERAS)] = np.nan
    lost = np.isnan(points).any(axis=1)
    used[:, lost] = False
    errors[:, lost] = np.nan
    return Triangulation(points, solver.sigma(points, used, errors, pixel_sigma), errors, used)


def _without_outliers(
    solver: _Solver, points: Float64Array, used: BoolArray, max_error: float
) -> tuple[Float64Array, BoolArray]:
    """Leaves out, again and again, the camera without which the others agree best."""
    for _ in range(len(used) - _LEAST_CAMERAS):
        errors = np.where(used, solver.errors(points), 0)
        bad = np.flatnonzero((errors.max(axis=0) > max_error) & (used.sum(axis=0) > _LEAST_CAMERAS))
        if len(bad) == 0:
            break
        part = solver.only(bad)
        best_points, best_used = points[bad], used[:, bad]
        lowest = np.full(len(bad), np.inf)
        for camera in range(len(used)):
            fewer = used[:, bad].copy()
            fewer[camera] = False
            candidate = part.solve(fewer)
            error = np.where(fewer, part.errors(candidate), 0)
            # What remains of the disagreement, per degree of freedom of the cameras left.
            score = (error**2).sum(axis=0) / np.maximum(2 * fewer.sum(axis=0) - 3, 1)
            better = used[camera, bad] & (score < lowest)
            lowest = np.where(better, score, lowest)
            best_points = np.where(better[:, None], candidate, best_points)
            best_used = np.where(better, fewer, best_used)
        points[bad], used[:, bad] = best_points, best_used
    return points, used


class _Solver:
    """Solves many points at once, on the undistorted planes z = 1 before the cameras."""

    def __init__(self, rig: Rig, pixels: Float64Array, weights: Float64Array) -> None:
        self._cameras = rig.cameras
        self._pixels = pixels
        self._weights = weights
        planes = [camera.plane(seen) for camera, seen in zip(rig, pixels, strict=True)]
        self._planes = np.stack(planes)  # (C, M, 2)
        self._focal = np.array([_focal_length(camera) for camera in rig])
        self._extrinsics = np.stack(
            [np.c_[camera.rotation, camera.translation] for camera in rig]
        )  # (C, 3, 4)
        self.visible = ~np.isnan(self._planes).any(axis=2) & (np.nan_to_num(weights) > 0)

    def only(self, chosen: npt.NDArray[np.intp]) -> _Solver:
        """The solver of some of the points."""
        part = object.__new__(_Solver)
        part._cameras, part._focal = self._cameras, self._focal
        part._extrinsics = self._extrinsics
        part._pixels, part._weights = self._pixels[:, chosen], self._weights[:, chosen]
        part._planes, part.visible = self._planes[:, chosen], self.visible[:, chosen]
        return part

    def solve(self, used: BoolArray) -> Float64Array:
        """Linear solution (M, 3) from the cameras used; NaN where there are fewer than two."""
        weight = np.where(used, self._weights * self._focal[:, None], 0)[..., None]  # (C, M, 1)
        plane = np.where(used[..., None], self._planes, 0)
        # x (r3 . X) - r1 . X = 0 and likewise for y, r the rows of [R | t].
        rows = plane[..., None] * self._extrinsics[:, None, None, 2]
        rows = (rows - self._extrinsics[:, None, :2]) * weight[..., None]  # (C, M, 2, 4)
        system = rows.transpose(1, 0, 2, 3).reshape(rows.shape[1], 2 * len(rows), 4)
        normal = system.transpose(0, 2, 1) @ system
        # With the last coordinate 1: least squares for the other three.
        left, right = normal[:, :3, :3], -normal[:, :3, 3]
        enough = used.sum(axis=0) >= _LEAST_CAMERAS
        points = np.full((len(left), 3), np.nan)
        points[enough] = _solve(left[enough], right[enough])
        return points

    def refined(self, points: Float64Array, used: BoolArray) -> Float64Array:
        """One Gauss-Newton step on the weighted squared reprojection errors."""
        good = ~np.isnan(points).any(axis=1)
        residual, jacobian = self._linearised(points, used)
        normal = np.einsum("cmij,cmik->mjk", jacobian, jacobian)[good]
        gradient = np.einsum("cmij,cmi->mj", jacobian, residual)[good]
        moved = points.copy()
        moved[good] += _solve(normal, gradient)
        return moved

    def errors(self, points: Float64Array) -> Float64Array:
        """Reprojection errors (C, M) in pixels, with distortion."""
        projected = np.stack([camera.project(points) for camera in self._cameras])
        return np.asarray(np.linalg.norm(projected - self._pixels, axis=2))

    def sigma(
        self, points: Float64Array, used: BoolArray, errors: Float64Array, least: float
    ) -> Float64Array:
        """Standard deviation of a coordinate, (M,), in metres."""
        good = ~np.isnan(points).any(axis=1)
        sigma = np.full(len(points), np.nan)
        _, jacobian = self._linearised(points, used)
        normal = np.einsum("cmij,cmik->mjk", jacobian, jacobian)[good]
        freedom = np.maximum(2 * used.sum(axis=0) - 3, 1)[good]
        weight = np.where(used, self._weights, 0)
        square = np.where(used, np.nan_to_num(errors) * weight, 0)[:, good] ** 2
        variance = np.maximum(square.sum(axis=0) / freedom, least**2)
        spread = np.trace(np.linalg.pinv(normal), axis1=1, axis2=2) / 3
        sigma[good] = np.sqrt(variance * spread)
        return sigma

    def _linearised(
        self, points: Float64Array, used: BoolArray
    ) -> tuple[Float64Array, Float64Array]:
        """Weighted residuals (C, M, 2) in pixels and their derivatives (C, M, 2, 3)."""
        rotation, translation = self._extrinsics[..., :3], self._extrinsics[..., 3]
        inside = np.einsum("cij,mj->cmi", rotation, points) + translation[:, None]
        depth = inside[..., 2:]
        ahead = (depth[..., 0] > 0) & used
        depth = np.where(ahead[..., None], depth, 1)
        plane = inside[..., :2] / depth
        scale = np.where(ahead, self._weights * self._focal[:, None], 0)[..., None]
        residual = np.where(ahead[..., None], self._planes - plane, 0) * scale
        jacobian = rotation[:, None, :2] - plane[..., None] * rotation[:, None, 2:3]
        jacobian = jacobian / depth[..., None] * scale[..., None]
        return residual, np.where(np.isnan(jacobian), 0, jacobian)


def _focal_length(camera: Camera) -> float:
    """Pixels that one unit of the plane z = 1 is long, on average."""
    return float(np.sqrt(camera.matrix[0, 0] * camera.matrix[1, 1]))


def _solve(matrices: Float64Array, vectors: Float64Array) -> Float64Array:
    """Solutions of many 3 x 3 systems; least squares ones where cameras stand in a line."""
    determinant = np.linalg.det(matrices)
    scale = np.trace(matrices, axis1=1, axis2=2)
    regular = determinant > 1e-15 * np.maximum(scale, 1e-300) ** 3
    solution = np.full(vectors.shape, np.nan)
    solution[regular] = np.linalg.solve(matrices[regular], vectors[regular][..., None])[..., 0]
    return solution
