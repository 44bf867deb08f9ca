"""Where a lifted person is: from what a camera sees of a body whose size is known.

A lifted pose says where each joint is from the pelvis, and the picture in which direction it is
seen. The pelvis is where both fit best. How far away it is follows from how large the body is in
the picture: that distance is in proportion to the body's height and to the focal length, and as far
off as these are.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kinema.camera import Camera
from kinema.space.lifting.rays import usual_focal

Float64Array = npt.NDArray[np.float64]

FEWEST_RAYS = 5
"""With fewer joints in the picture nobody is placed."""
_NEAREST = 0.3  # metres before the camera; nearer, nobody is seen as a whole
_ROUNDS = 6
_START = 4.0  # metres


def level_camera(size: tuple[int, int], *, focal: float | None = None, tilt: float = 0.0) -> Camera:
    """A camera at the origin of the world that looks along its y axis, without distortion.

    Args:
        size: Width and height of the picture in pixels.
        focal: Focal length in pixels; None for the usual one.
        tilt: Degrees by which the camera looks down.
    """
    length = focal or usual_focal(size)
    middle = (size[0] - 1) / 2, (size[1] - 1) / 2
    matrix = np.array([[length, 0, middle[0]], [0, length, middle[1]], [0, 0, 1]])
    return Camera("camera", size, matrix, rotation=level_rotation(tilt))


def level_rotation(tilt: float) -> Float64Array:
    """From the axes of a level world to those of a camera that looks down by `tilt` degrees.

    >>> level_rotation(0) @ [0, 0, 1]  # up is against the camera's y
    array([ 0., -1.,  0.])
    """
    sine, cosine = np.sin(np.radians(tilt)), np.cos(np.radians(tilt))
    return np.array([[1.0, 0, 0], [0, -sine, -cosine], [0, cosine, -sine]])


def pelvis_places(
    points: npt.ArrayLike, plane: npt.ArrayLike, weights: npt.ArrayLike
) -> tuple[Float64Array, Float64Array]:
    """Where the pelvis is before the camera, by least squares in the picture.

    Args:
        points: (T, K, 3) joints from the pelvis in metres, in the axes of the camera.
        plane: (T, K, 2) where their rays meet the plane z = 1 before the camera; NaN where unseen.
        weights: (T, K) how much each counts.

    Returns:
        (T, 3) metres, NaN where fewer than 5 joints are seen or the fit is not before the camera;
        and (T,) the standard deviation of the distance as a share of it, from how well joints and
        rays fit.
    """
    points, plane = np.asarray(points, np.float64), np.asarray(plane, np.float64)
    seen = ~(np.isnan(points).any(axis=2) | np.isnan(plane).any(axis=2))
    weights = np.where(seen, weights, 0.0)
    known = (weights > 0).sum(axis=1) >= FEWEST_RAYS
    points, plane = np.where(seen[..., None], points, 0), np.where(seen[..., None], plane, 0)
    depth = np.full(len(points), _START)
    places = np.full((len(points), 3), np.nan)
    variance = np.full(len(points), np.nan)
    for _ in range(_ROUNDS):
        # u (Z + z) = X + x is linear in the place; the depth turns its error into one of u.
        share = weights / np.maximum(points[..., 2] + depth[:, None], _NEAREST) ** 2
        matrix, side = _normal(points, plane, share)
        matrix[~known] = np.eye(3)
        places = np.linalg.solve(matrix, side[..., None])[..., 0]
        depth = np.maximum(places[:, 2], _NEAREST)
    known &= places[:, 2] > _NEAREST
    error = places[:, None, :2] + points[..., :2] - plane * (points[..., 2:] + places[:, None, 2:])
    freedom = np.maximum(2 * (weights > 0).sum(axis=1) - 3, 1)
    scatter = (share[..., None] * error**2).sum(axis=(1, 2)) / freedom
    variance = scatter * np.linalg.inv(matrix)[:, 2, 2]
    spread = np.sqrt(np.maximum(variance, 0)) / depth
    return np.where(known[:, None], places, np.nan), np.where(known, spread, np.nan)


def pelvis_at(
    points: npt.ArrayLike, plane: npt.ArrayLike, weights: npt.ArrayLike, depth: npt.ArrayLike
) -> Float64Array:
    """As `pelvis_places`, at depths (T,) that are known; (T, 3)."""
    points, plane = np.asarray(points, np.float64), np.asarray(plane, np.float64)
    depth = np.asarray(depth, np.float64)
    across = plane * (points[..., 2:] + depth[:, None, None]) - points[..., :2]
    seen = ~np.isnan(across).any(axis=2)
    share = np.where(seen, weights, 0.0)
    total = share.sum(axis=1)
    across = (share[..., None] * np.where(seen[..., None], across, 0)).sum(axis=1)
    across = np.divide(
        across, total[:, None], out=np.full(across.shape, np.nan), where=total[:, None] > 0
    )
    return np.concatenate([across, depth[:, None]], axis=1)


def _normal(
    points: Float64Array, plane: Float64Array, share: Float64Array
) -> tuple[Float64Array, Float64Array]:
    """Matrices (T, 3, 3) and right sides (T, 3) of the least squares for the place."""
    matrix = np.zeros((len(points), 3, 3))
    side = np.zeros((len(points), 3))
    for axis in (0, 1):
        row = np.zeros(points.shape)
        row[..., axis], row[..., 2] = 1, -plane[..., axis]
        value = plane[..., axis] * points[..., 2] - points[..., axis]
        matrix += np.einsum("tk,tka,tkb->tab", share, row, row)
        side += np.einsum("tk,tka,tk->ta", share, row, value)
    return matrix, side
