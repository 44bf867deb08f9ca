"""What cameras see of points, ready to be solved: on the planes before them, with weights.

The planes are free of distortion and at distance 1 (`kinema.camera.Camera.plane`). What one camera
sees of a point gives two linear equations for the point (Hartley & Zisserman 2004, section 12.2).
Their normal equations are made once for each camera and point; any choice of cameras is then a
sum, which makes it cheap to try many.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.camera import Camera, Rig

Float64Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_SINGULAR = 1e-15  # determinant over cube of the trace: rays that are parallel
_ROWS, _COLUMNS = np.triu_indices(3)
LEAST_CAMERAS = 2


@dataclass(frozen=True, eq=False)
class Sightings:
    """M points as C cameras see them.

    Attributes:
        pixels: (C, M, 2), with distortion.
        planes: (C, M, 2), without, 0 where the camera does not see the point.
        weights: (C, M), 0 where the camera does not see the point.
        visible: (C, M).
        focal: (C,) pixels that one unit of the plane is long.
        extrinsics: (C, 3, 4) matrices [R | t].
        moments: (C, M, 9): the upper triangle of the normal matrix, and the right side.
    """

    pixels: Float64Array
    planes: Float64Array
    weights: Float64Array
    visible: BoolArray
    focal: Float64Array
    extrinsics: Float64Array
    moments: Float64Array

    @classmethod
    def of(cls, rig: Rig, pixels: Float64Array, weights: Float64Array) -> Sightings:
        """Takes pixels (C, M, 2) and weights (C, M); NaN and weight 0 are unseen."""
        planes = np.stack([camera.plane(seen) for camera, seen in zip(rig, pixels, strict=True)])
        visible = ~np.isnan(planes).any(axis=2) & (np.nan_to_num(weights) > 0)
        planes = np.where(visible[..., None], planes, 0.0)
        weight = np.where(visible, weights, 0.0)
        focal = np.array([focal_length(camera) for camera in rig])
        extrinsics = np.stack([np.c_[camera.rotation, camera.translation] for camera in rig])
        moments = _moments(planes, weight * focal[:, None], extrinsics)
        return cls(pixels, planes, weight, visible, focal, extrinsics, moments)

    def only(self, chosen: npt.NDArray[np.intp] | BoolArray) -> Sightings:
        """Some of the points, by their numbers or by a mask of all."""
        return Sightings(
            self.pixels[:, chosen],
            self.planes[:, chosen],
            self.weights[:, chosen],
            self.visible[:, chosen],
            self.focal,
            self.extrinsics,
            self.moments[:, chosen],
        )

    def linear(self, used: BoolArray) -> Float64Array:
        """Linear solutions (..., M, 3) from cameras used (..., C, M); NaN for fewer than two."""
        moments = (used[..., None] * self.moments).sum(axis=-3)
        points = solve_symmetric(moments[..., :6], moments[..., 6:])
        points[used.sum(axis=-2) < LEAST_CAMERAS] = np.nan
        return points

    def errors(self, points: Float64Array) -> Float64Array:
        """Distances (..., C, M) of points (..., M, 3) from what was seen, in undistorted pixels.

        Infinite behind a camera.
        """
        offset, depth = self._offsets(points)
        error = np.sqrt((offset**2).sum(axis=-1)) * self.focal[:, None]
        return np.where(depth > 0, error, np.where(np.isnan(depth), np.nan, np.inf))

    def pixel_errors(self, rig: Rig, points: Float64Array) -> Float64Array:
        """Distances (C, M) of points (M, 3) from what was seen, in pixels with distortion."""
        projected = np.stack([camera.project(points) for camera in rig])
        return np.asarray(np.linalg.norm(projected - self.pixels, axis=2))

    def refined(self, points: Float64Array, used: BoolArray) -> Float64Array:
        """One Gauss-Newton step (M, 3) on the weighted squared reprojection errors."""
        normal, gradient = self.step(points, used)
        return np.asarray(points + solve_symmetric(normal, gradient))

    def step(
        self, points: Float64Array, used: BoolArray, *, robust: float | None = None
    ) -> tuple[Float64Array, Float64Array]:
        """The normal equations of a Gauss-Newton step: matrices (M, 6) and right sides (M, 3).

        In pixels squared; the upper triangles of the symmetric matrices. Cameras that are further
        off than `robust` pixels count less (pseudo-Huber).
        """
        offset, depth = self._offsets(points)
        ahead = (depth > 0) & used
        scale = np.where(ahead, self.weights * self.focal[:, None], 0.0)
        if robust is not None:
            off = (offset**2).sum(axis=2) * (self.focal[:, None] / robust) ** 2
            scale /= np.sqrt(np.sqrt(1 + np.where(ahead, off, 0.0)))
        inverse = scale / np.where(ahead, depth, 1.0)
        plane = np.where(ahead[..., None], self.planes - offset, 0.0)
        residual = np.where(ahead[..., None], offset, 0.0) * scale[..., None]
        # Component by component, each (C, M): numpy is slow where the last axis is short.
        rows = self.extrinsics[:, None, :, :3]
        jacobian = [
            [(rows[..., a, i] - plane[..., a] * rows[..., 2, i]) * inverse for i in range(3)]
            for a in range(2)
        ]
        normal = [
            sum((row[i] * row[j]).sum(axis=0) for row in jacobian)
            for i, j in zip(_ROWS, _COLUMNS, strict=True)
        ]
        gradient = [
            sum((jacobian[a][i] * residual[..., a]).sum(axis=0) for a in range(2)) for i in range(3)
        ]
        return np.stack(normal, axis=-1), np.stack(gradient, axis=-1)

    def sigma(
        self, points: Float64Array, used: BoolArray, errors: Float64Array, *, least: float
    ) -> Float64Array:
        """Standard deviation of a coordinate, (M,), in metres."""
        normal, _ = self.step(points, used)
        freedom = np.maximum(2 * used.sum(axis=0) - 3, 1)
        square = np.where(used, np.nan_to_num(errors) * self.weights, 0) ** 2
        variance = np.maximum(square.sum(axis=0) / freedom, least**2)
        sigma = np.sqrt(variance * inverse_trace(normal) / 3)
        return np.where(np.isnan(points).any(axis=1), np.nan, sigma)

    def _offsets(self, points: Float64Array) -> tuple[Float64Array, Float64Array]:
        """What was seen less where the points project to (..., C, M, 2), and depths (..., C, M)."""
        rotation, translation = self.extrinsics[..., :3], self.extrinsics[..., 3]
        inside = points[..., None, :, :] @ rotation.transpose(0, 2, 1) + translation[:, None]
        depth = inside[..., 2]
        safe = np.where(depth > 0, depth, np.where(np.isnan(depth), np.nan, 1.0))
        return self.planes - inside[..., :2] / safe[..., None], depth


def focal_length(camera: Camera) -> float:
    """Pixels that one unit of the plane z = 1 is long, on average."""
    return float(np.sqrt(camera.matrix[0, 0] * camera.matrix[1, 1]))


def _moments(planes: Float64Array, weights: Float64Array, extrinsics: Float64Array) -> Float64Array:
    # x (r3 . X) - r1 . X = 0 and likewise for y, r the rows of [R | t].
    rows = extrinsics[:, None]
    equations = [
        [(planes[..., a] * rows[..., 2, i] - rows[..., a, i]) * weights for i in range(4)]
        for a in range(2)
    ]
    moments = [
        sum(row[i] * row[j] for row in equations) for i, j in zip(_ROWS, _COLUMNS, strict=True)
    ]
    moments += [-sum(row[i] * row[3] for row in equations) for i in range(3)]
    return np.stack(moments, axis=-1)


def solve_symmetric(matrices: Float64Array, vectors: Float64Array) -> Float64Array:
    """Solutions (..., 3) of 3 x 3 systems, given as upper triangles (..., 6); NaN if singular."""
    cofactors, determinant, regular = _inverse(matrices)
    c0, c1, c2, c3, c4, c5 = np.moveaxis(cofactors, -1, 0)
    x, y, z = np.moveaxis(vectors, -1, 0)
    solution = np.stack(
        [c0 * x + c1 * y + c2 * z, c1 * x + c3 * y + c4 * z, c2 * x + c4 * y + c5 * z], axis=-1
    )
    solution /= np.where(regular, determinant, 1.0)[..., None]
    solution[~regular] = np.nan
    return solution


def inverse_trace(matrices: Float64Array) -> Float64Array:
    """Traces (...) of the inverses of 3 x 3 matrices, as above; NaN if singular."""
    cofactors, determinant, regular = _inverse(matrices)
    trace = cofactors[..., 0] + cofactors[..., 3] + cofactors[..., 5]
    return np.where(regular, trace / np.where(regular, determinant, 1.0), np.nan)


def _inverse(matrices: Float64Array) -> tuple[Float64Array, Float64Array, BoolArray]:
    """Cofactors (..., 6), determinants, and where these are not 0."""
    a, b, c, d, e, f = np.moveaxis(matrices, -1, 0)
    cofactors = np.stack(
        [d * f - e * e, c * e - b * f, b * e - c * d, a * f - c * c, b * c - a * e, a * d - b * b],
        axis=-1,
    )
    determinant = a * cofactors[..., 0] + b * cofactors[..., 1] + c * cofactors[..., 2]
    size = np.maximum(a + d + f, 1e-100)
    return cofactors, determinant, determinant > _SINGULAR * size**3
