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

from kinema.camera import Rig
from kinema.errors import InputError, ShapeError
from kinema.space.sightings import LEAST_CAMERAS, Sightings

Float64Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_REFINEMENTS = 3


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
    if len(rig) < LEAST_CAMERAS:
        raise InputError("triangulation needs at least two cameras")
    if not max_error > 0:
        raise InputError(f"the largest reprojection error must be positive, got {max_error}")
    if seen.ndim != 3 or seen.shape[0] != len(rig) or seen.shape[2] != 2:
        raise ShapeError(f"pixels must be ({len(rig)}, M, 2), they are {seen.shape}")
    weight = np.ones(seen.shape[:2]) if weights is None else np.asarray(weights, dtype=np.float64)
    if weight.shape != seen.shape[:2]:
        raise ShapeError(f"weights must be {seen.shape[:2]}, they are {weight.shape}")
    sightings = Sightings.of(rig, seen, weight)
    return solve_points(rig, sightings, max_error=max_error, pixel_sigma=pixel_sigma)


def solve_points(
    rig: Rig, sightings: Sightings, *, max_error: float, pixel_sigma: float = 1.0
) -> Triangulation:
    """As `triangulate_points`, of what has been taken to the planes before the cameras already."""
    used = sightings.visible.copy()
    points = sightings.linear(used)
    points, used = without_outliers(sightings, points, used, max_error)
    for _ in range(_REFINEMENTS):
        points = sightings.refined(points, used)
    errors = sightings.pixel_errors(rig, points)
    worst = np.where(used, errors, 0).max(axis=0)
    points[(worst > max_error) | (used.sum(axis=0) < LEAST_CAMERAS)] = np.nan
    lost = np.isnan(points).any(axis=1)
    used[:, lost] = False
    errors[:, lost] = np.nan
    sigma = sightings.sigma(points, used, errors, least=pixel_sigma)
    return Triangulation(points, sigma, errors, used)


def without_outliers(
    sightings: Sightings, points: Float64Array, used: BoolArray, max_error: float
) -> tuple[Float64Array, BoolArray]:
    """Leaves out, again and again, the camera without which the others agree best.

    Args:
        sightings: Of M points by C cameras.
        points: (M, 3), their linear solutions with the cameras used.
        used: (C, M).
        max_error: In undistorted pixels; points with no larger error stay as they are.
    """
    count = len(used)
    for _ in range(count - LEAST_CAMERAS):
        errors = np.where(used, sightings.errors(points), 0)
        bad = np.flatnonzero((errors.max(axis=0) > max_error) & (used.sum(axis=0) > LEAST_CAMERAS))
        if len(bad) == 0:
            break
        part = sightings.only(bad)
        fewer = used[None, :, bad] & ~np.eye(count, dtype=bool)[:, :, None]  # (left out, C, B)
        candidates = part.linear(fewer)  # (left out, B, 3)
        error = np.where(fewer, part.errors(candidates), 0)
        # What remains of the disagreement, per degree of freedom of the cameras left.
        score = (error**2).sum(axis=1) / np.maximum(2 * fewer.sum(axis=1) - 3, 1)
        score[~used[:, bad] | np.isnan(score)] = np.inf
        best, row = score.argmin(axis=0), np.arange(len(bad))
        points[bad], used[:, bad] = candidates[best, row], fewer[best, :, row].T
    return points, used
