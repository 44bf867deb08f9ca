"""The axes of a camera that looks straight at a point, and those of the camera itself.

A person at the edge of a picture is seen from another side than one in its middle. Networks that
see the person alone, not where in the picture it is, give poses in the axes of a camera turned
towards the person; `ray_rotations` turns them into those of the camera.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float64Array = npt.NDArray[np.float64]

USUAL_FOCAL = 1.0
"""Focal length over the longer side of the picture where it is not known.

Video of telephones, webcams and camcorders lies between 0.65 and 1.3 (fields of view of 75 to 42
degrees); Human3.6M's cameras are at 1.15.
"""


def usual_focal(size: tuple[int, int]) -> float:
    """The focal length in pixels of a camera of which nothing is known."""
    return USUAL_FOCAL * max(size)


def ray_rotations(plane: npt.ArrayLike) -> Float64Array:
    """The smallest rotations (..., 3, 3) that turn the z axis onto rays.

    Args:
        plane: (..., 2), where the rays meet the plane z = 1 before the camera.

    Returns:
        Matrices R: R x is in the axes of the camera what x is in those of one that looks along the
        ray. NaN where the ray is.
    """
    plane = np.asarray(plane, dtype=np.float64)
    ray = np.concatenate([plane, np.ones((*plane.shape[:-1], 1))], axis=-1)
    x, y, z = np.moveaxis(ray / np.linalg.norm(ray, axis=-1, keepdims=True), -1, 0)
    # Rodrigues' formula about the axis (-y, x, 0), whose length is the sine; z is the cosine.
    share = 1 / (1 + z)
    rows = [
        [1 - share * x * x, -share * x * y, x],
        [-share * x * y, 1 - share * y * y, y],
        [-x, -y, z],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
