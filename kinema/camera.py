"""Cameras and rigs: how points in space become pixels.

Units are metres and pixels. The world is right-handed with z up (see `kinema.poses`); a camera's
own axes are those of OpenCV: x to the right of the picture, y down, z forwards into the scene. A
world point X stands at R X + t before the camera. Pixel (0, 0) is the centre of the top-left pixel,
as in OpenCV, so its matrices and distortion coefficients are used as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from kinema.errors import InputError, ShapeError, did_you_mean
from kinema.poses import frozen_array

Float64Array = npt.NDArray[np.float64]

DISTORTION_LENGTHS = (0, 4, 5, 8, 12)
_ROTATION_TOLERANCE = 1e-4
_UNDISTORT_STEPS = 30
_UNDISTORT_DONE = 1e-10  # of the normalised picture, where the focal length is 1
_UNDISTORT_FAILED = 1e-6


@dataclass(frozen=True, eq=False)
class Camera:
    """A pinhole camera with OpenCV's distortion model.

    Attributes:
        name: As in its calibration file.
        size: Width and height of its pictures in pixels.
        matrix: (3, 3) intrinsic matrix K: focal lengths and principal point in pixels.
        distortion: (n,) coefficients k1 k2 p1 p2 [k3 [k4 k5 k6 [s1 s2 s3 s4]]], OpenCV's order;
            n is 0, 4, 5, 8 or 12.
        rotation: (3, 3) matrix R, from the world's axes to the camera's.
        translation: (3,) vector t in metres: where the world's origin stands before the camera.

    Raises:
        ShapeError: If an array has the wrong shape.
        InputError: If `rotation` is none, or a focal length is not positive.
    """

    name: str
    size: tuple[int, int]
    matrix: Float64Array
    distortion: Float64Array = field(default_factory=lambda: np.zeros(0))
    rotation: Float64Array = field(default_factory=lambda: np.eye(3))
    translation: Float64Array = field(default_factory=lambda: np.zeros(3))

    def __post_init__(self) -> None:
        shapes = {"matrix": (3, 3), "rotation": (3, 3), "translation": (3,)}
        for name, shape in shapes.items():
            array = frozen_array(getattr(self, name), np.float64)
            if array.shape != shape:
                raise ShapeError(f"camera {self.name}: {name} must be {shape}, it is {array.shape}")
            object.__setattr__(self, name, array)
        distortion = frozen_array(self.distortion, np.float64)
        if distortion.ndim != 1 or len(distortion) not in DISTORTION_LENGTHS:
            raise ShapeError(
                f"camera {self.name}: distortion must have 0, 4, 5, 8 or 12 coefficients, "
                f"its shape is {distortion.shape}"
            )
        object.__setattr__(self, "distortion", distortion)
        if not (self.matrix[0, 0] > 0 and self.matrix[1, 1] > 0):
            raise InputError(f"camera {self.name}: focal lengths must be positive")
        turned = self.rotation @ self.rotation.T
        is_turn = np.abs(turned - np.eye(3)).max() < _ROTATION_TOLERANCE
        if not (is_turn and np.linalg.det(self.rotation) > 0):
            raise InputError(f"camera {self.name}: the rotation matrix is no rotation")

    @property
    def centre(self) -> Float64Array:
        """Where the camera stands in the world, (3,)."""
        return np.asarray(-self.rotation.T @ self.translation)

    @property
    def projection(self) -> Float64Array:
        """The matrix P = K [R | t], (3, 4), for pixels without distortion."""
        extrinsic = np.concatenate([self.rotation, self.translation[:, None]], axis=1)
        return np.asarray(self.matrix @ extrinsic)

    def project(self, points: npt.ArrayLike) -> Float64Array:
        """The pixels (..., 2) of world points (..., 3); NaN for points behind the camera."""
        inside = np.asarray(points, dtype=np.float64) @ self.rotation.T + self.translation
        depth = inside[..., 2:]
        ahead = depth > 0
        plane = np.divide(
            inside[..., :2], depth, out=np.full(inside[..., :2].shape, np.nan), where=ahead
        )
        return self._pixels(self._distorted(plane))

    def undistorted(self, pixels: npt.ArrayLike) -> Float64Array:
        """Where the pixels (..., 2) would be without distortion, with the same matrix K.

        Solved by fixed-point iteration, as in OpenCV's undistortPoints; NaN where the distortion
        model has no inverse.
        """
        return self._pixels(self.plane(pixels))

    def plane(self, pixels: npt.ArrayLike) -> Float64Array:
        """Pixels (..., 2) on the plane z = 1 before the camera, free of distortion, (..., 2)."""
        pixels = np.asarray(pixels, dtype=np.float64)
        y = (pixels[..., 1] - self.matrix[1, 2]) / self.matrix[1, 1]
        x = (pixels[..., 0] - self.matrix[0, 2] - self.matrix[0, 1] * y) / self.matrix[0, 0]
        seen = np.stack([x, y], axis=-1)
        if not self.distortion.any():
            return seen
        ideal = seen
        with np.errstate(over="ignore", invalid="ignore"):  # where it does not converge
            for _ in range(_UNDISTORT_STEPS):
                error = self._distorted(ideal) - seen
                ideal = ideal - error
                if not np.any(np.abs(error) > _UNDISTORT_DONE):
                    break
            error = np.abs(self._distorted(ideal) - seen).max(axis=-1, keepdims=True)
        return np.where(error < _UNDISTORT_FAILED, ideal, np.nan)

    def rays(self, pixels: npt.ArrayLike) -> Float64Array:
        """Unit vectors (..., 3) in the world from the camera's centre through pixels (..., 2)."""
        plane = self.plane(pixels)
        before = np.concatenate([plane, np.ones((*plane.shape[:-1], 1))], axis=-1)
        rays = before @ self.rotation
        return np.asarray(rays / np.linalg.norm(rays, axis=-1, keepdims=True))

    def scaled(self, size: tuple[int, int]) -> Camera:
        """The camera for its pictures after they have been scaled to another size."""
        across, down = (new / old for new, old in zip(size, self.size, strict=True))
        # The centre of the top-left pixel is (0, 0), its corner (-0.5, -0.5).
        scale = np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]])
        return replace(self, size=size, matrix=scale @ self.matrix)

    def _pixels(self, plane: Float64Array) -> Float64Array:
        x, y = plane[..., 0], plane[..., 1]
        column = self.matrix[0, 0] * x + self.matrix[0, 1] * y + self.matrix[0, 2]
        return np.stack([column, self.matrix[1, 1] * y + self.matrix[1, 2]], axis=-1)

    def _distorted(self, plane: Float64Array) -> Float64Array:
        """The model of OpenCV's calib3d documentation: rational, tangential and thin prism."""
        if not self.distortion.any():
            return plane
        k1, k2, p1, p2, k3, k4, k5, k6, s1, s2, s3, s4 = np.pad(
            self.distortion, (0, 12 - len(self.distortion))
        )
        x, y = plane[..., 0], plane[..., 1]
        r2 = x * x + y * y
        radial = (1 + r2 * (k1 + r2 * (k2 + r2 * k3))) / (1 + r2 * (k4 + r2 * (k5 + r2 * k6)))
        return np.stack(
            [
                x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x) + r2 * (s1 + s2 * r2),
                y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y + r2 * (s3 + s4 * r2),
            ],
            axis=-1,
        )


@dataclass(frozen=True)
class Rig:
    """Cameras that look at the same scene, in one world.

    Attributes:
        cameras: At least one; their names differ.

    Raises:
        InputError: If there is none, or two have one name.
    """

    cameras: tuple[Camera, ...]

    def __post_init__(self) -> None:
        names = [camera.name for camera in self.cameras]
        if not names:
            raise InputError("a rig needs at least one camera")
        if len(set(names)) != len(names):
            raise InputError(f"two cameras of a rig have one name: {', '.join(names)}")

    def __len__(self) -> int:
        return len(self.cameras)

    def __iter__(self) -> Iterator[Camera]:
        return iter(self.cameras)

    def __getitem__(self, name: str) -> Camera:
        """The camera of that name.

        Raises:
            InputError: If there is none; the message names near ones.
        """
        for camera in self.cameras:
            if camera.name == name:
                return camera
        names = [camera.name for camera in self.cameras]
        raise InputError(f"the rig has no camera {name!r}; {did_you_mean(name, names)}")
