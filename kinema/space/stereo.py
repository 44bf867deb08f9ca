"""Depth from two cameras by disparity: similar triangles.

Two equal cameras look the same way, the second a distance B (the baseline) to the right of the
first. A point at depth Z then stands on the same row of both pictures, and in the first picture
d = x1 - x2 pixels further right than in the second. By similar triangles, f the focal length in
pixels and (cx, cy) the centre of the picture:

    Z = f B / d        X = (x1 - cx) Z / f        Y = (y - cy) Z / f

Pixels may be turned into metres on the sensor first, with 0.0002645833 m for each: a focal length
of 525 px is 0.13890625 m then. That factor cancels out: Z is a focal length times B over a
disparity, both of which have it, and X and Y are a pixel distance over the focal length, times Z.
(It is 1/96 of an inch, the pixel of a screen. No sensor has pixels of that size, and none need be
known.)

>>> m = 0.0002645833
>>> round(525 * m, 8), round((525 * m) * 0.28 / (49 * m), 9), 525 * 0.28 / 49
(0.13890623, 3.0, 3.0)

A disparity of 0 is a point at infinity, a negative one no point at all: both are missing, NaN.
An error of sigma pixels in each picture is one of sigma_d = sqrt(2) sigma of the disparity, and

    sigma_Z = Z^2 / (f B) sigma_d

Cameras in general positions, with distortion, are taken to this case by rectification: both
pictures are turned, as `cv2.stereoRectify` (Fusiello et al. 2000, Machine Vision and Applications
12(1), have the idea) finds the turns. Cameras one above the other have their disparity in y.

Axes. The camera's are those of OpenCV: x right, y down, z away from it. The world of parallel
cameras has its origin in the first one: x right, y away from the camera, z up, so that
(X, Y, Z) of the camera is (X, Z, -Y) of the world. The world of a calibrated rig is the rig's.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from kinema.camera import Camera, Rig
from kinema.errors import InputError, ShapeError

Float64Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

METRES_PER_PIXEL = 0.0002645833
"""Of the sensor, as some programs take it; see above why it does not matter."""
MAX_ROW_ERROR = 15.0
"""Pixels that a joint may stand on different rows of the rectified pictures."""
# From the camera's axes (x right, y down, z away) to the world's (x right, y away, z up).
_TO_WORLD = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])


@dataclass(frozen=True, eq=False)
class StereoPair:
    """Two cameras, and how their pictures are turned so that equal points stand on equal rows.

    Attributes:
        cameras: The first (left) and the second.
        turns: (2, 3, 3) rotations from each camera's axes to the common, rectified ones.
        focal: Of both rectified pictures, in pixels.
        centre: (2,) where the common axis meets both rectified pictures, in pixels.
        baseline: Distance between the cameras in metres.
        along: The coordinate that the disparity is in: 0 for x, 1 for y.
        sign: 1 if the second camera stands to the right or below, else -1.
    """

    cameras: tuple[Camera, Camera]
    turns: Float64Array
    focal: float
    centre: Float64Array
    baseline: float
    along: int = 0
    sign: float = 1.0

    @classmethod
    def parallel(
        cls,
        baseline: float,
        focal: float,
        *,
        centre: tuple[float, float] = (319.5, 239.5),
        size: tuple[int, int] = (640, 480),
    ) -> StereoPair:
        """Two equal cameras that look the same way, side by side, without distortion.

        Args:
            baseline: From the left to the right camera, in metres.
            focal: Focal length in pixels; that of the Kinect's colour camera is 525.
            centre: Of the pictures, in pixels; the default is the middle of 640 x 480.
            size: Of the pictures.

        Raises:
            InputError: If baseline or focal length is not a positive number.
        """
        for name, value in (("baseline", baseline), ("focal length", focal)):
            if not (np.isfinite(value) and value > 0):
                raise InputError(f"the {name} must be a positive number, got {value}")
        matrix = np.array([[focal, 0, centre[0]], [0, focal, centre[1]], [0, 0, 1]], float)
        left = Camera("left", size, matrix, rotation=_TO_WORLD.T)
        right = Camera(
            "right", size, matrix, rotation=_TO_WORLD.T, translation=np.array([-baseline, 0, 0])
        )
        turns = np.stack([np.eye(3), np.eye(3)])
        return cls((left, right), turns, float(focal), np.array(centre, float), float(baseline))

    @classmethod
    def of(cls, rig: Rig) -> StereoPair:
        """The two cameras of a calibrated rig, in any positions, by rectification.

        Raises:
            InputError: If the rig has not two cameras, or they stand in one place or one behind
                the other.
        """
        if len(rig) != 2:
            raise InputError(f"stereo needs two cameras, the rig has {len(rig)}")
        first, second = rig
        rotation = second.rotation @ first.rotation.T
        translation = second.translation - rotation @ first.translation
        distance = float(np.linalg.norm(translation))
        if distance == 0:
            raise InputError(f"the cameras {first.name} and {second.name} stand in one place")
        forward = first.rotation @ (second.centre - first.centre)
        if abs(forward[2]) > np.hypot(forward[0], forward[1]):
            raise InputError(
                f"camera {second.name} stands behind or before camera {first.name}, not beside "
                "it; triangulate instead"
            )
        turn1, turn2, matrix1, matrix2, *_ = cv2.stereoRectify(
            first.matrix,
            _coefficients(first),
            second.matrix,
            _coefficients(second),
            first.size,
            rotation,
            translation[:, None],
            flags=cv2.CALIB_ZERO_DISPARITY,
        )
        along = int(abs(matrix2[1, 3]) > abs(matrix2[0, 3]))
        return cls(
            (first, second),
            np.stack([turn1, turn2]),
            float(matrix1[0, 0]),
            np.array([matrix1[0, 2], matrix1[1, 2]]),
            distance,
            along,
            -float(np.sign(matrix2[along, 3])),
        )

    def rectified(self, camera: int, pixels: npt.ArrayLike) -> Float64Array:
        """Where pixels (..., 2) of camera 0 or 1 stand in its rectified picture, (..., 2)."""
        plane = self.cameras[camera].plane(pixels)
        ahead = np.concatenate([plane, np.ones((*plane.shape[:-1], 1))], axis=-1)
        turned = ahead @ self.turns[camera].T
        depth = np.where(turned[..., 2:] > 0, turned[..., 2:], np.nan)
        return np.asarray(turned[..., :2] / depth * self.focal + self.centre)

    def to_world(self, points: Float64Array) -> Float64Array:
        """Points (..., 3) in the rectified axes of the first camera, in the world."""
        first = self.cameras[0]
        return np.asarray((points @ self.turns[0] - first.translation) @ first.rotation)

    def depth_sigma(self, depth: npt.ArrayLike, pixel_sigma: float = 1.0) -> Float64Array:
        """Standard deviation of a depth in metres, for an error of `pixel_sigma` in each picture.

        >>> round(float(StereoPair.parallel(0.28, 525).depth_sigma(3.0)), 4)  # 9 / 147 * sqrt(2)
        0.0866
        """
        square = np.asarray(depth, dtype=np.float64) ** 2
        return np.asarray(square / (self.focal * self.baseline) * np.sqrt(2) * pixel_sigma)


@dataclass(frozen=True, eq=False)
class StereoPoints:
    """Points in space from two pictures, and what is missing of them and why.

    Attributes:
        points: (..., 3) in the world, in metres; NaN where missing.
        sigma: (...) standard deviation of a coordinate in metres, root mean square of the three.
        depth: (...) from the first camera's rectified picture, in metres.
        depth_sigma: (...) its standard deviation.
        disparity: (...) in pixels, also where it is 0 or negative; NaN where a view lacks.
        row_error: (...) difference of the rows in the two pictures, in pixels.
        one_view: (...) which are in one picture only.
        no_disparity: (...) which are in both, but with a disparity of 0 or less.
        off_row: (...) which have a disparity, but stand on different rows.
    """

    points: Float64Array
    sigma: Float64Array
    depth: Float64Array
    depth_sigma: Float64Array
    disparity: Float64Array
    row_error: Float64Array
    one_view: BoolArray
    no_disparity: BoolArray
    off_row: BoolArray


def locate(
    pair: StereoPair,
    left: npt.ArrayLike,
    right: npt.ArrayLike,
    *,
    pixel_sigma: float = 1.0,
    max_row_error: float = MAX_ROW_ERROR,
) -> StereoPoints:
    """Where in space the points are that two cameras see.

    The row of a point is the mean of its rows in the two pictures, the least squares solution.

    Args:
        pair: The cameras.
        left: (..., 2) pixels in the first camera's picture, with distortion; NaN where unseen.
        right: (..., 2) the same points in the second camera's picture.
        pixel_sigma: Standard deviation of each coordinate in each picture.
        max_row_error: Pixels; points on rows further apart are missing.

    Raises:
        ShapeError: If the two differ in shape or are not (..., 2).
        InputError: If `max_row_error` is not positive.
    """
    first, second = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if first.shape != second.shape or first.shape[-1:] != (2,):
        raise ShapeError(f"both pictures need points (..., 2), got {first.shape}, {second.shape}")
    if not max_row_error > 0:
        raise InputError(f"the largest row error must be positive, got {max_row_error}")
    one, two = pair.rectified(0, first), pair.rectified(1, second)
    across = 1 - pair.along
    disparity = pair.sign * (one[..., pair.along] - two[..., pair.along])
    row_error = one[..., across] - two[..., across]
    ahead = disparity > 0
    on_row = np.abs(row_error) <= max_row_error
    valid = np.where(ahead & on_row, disparity, np.nan)
    scale = pair.baseline / valid  # metres a pixel at that depth: Z / f
    place = np.empty((*disparity.shape, 3))
    place[..., pair.along] = (one[..., pair.along] - pair.centre[pair.along]) * scale
    middle = (one[..., across] + two[..., across]) / 2
    place[..., across] = (middle - pair.centre[across]) * scale
    place[..., 2] = pair.focal * scale
    seen = [~np.isnan(side).any(axis=-1) for side in (one, two)]
    depth = place[..., 2]
    return StereoPoints(
        points=pair.to_world(place),
        sigma=_sigma(pair, place, scale, valid, pixel_sigma),
        depth=depth,
        depth_sigma=pair.depth_sigma(depth, pixel_sigma),
        disparity=disparity,
        row_error=row_error,
        one_view=np.asarray(seen[0] != seen[1]),
        no_disparity=disparity <= 0,
        off_row=ahead & ~on_row,
    )


def pixel_noise(row_errors: npt.ArrayLike) -> float:
    """The error of a coordinate in one picture, in pixels, as the rows of many points tell it.

    Both pictures show a point on one row; how far the differences scatter about their median is
    sqrt(2) times the error of each. Robust: 1.4826 times the median absolute deviation. NaN where
    nothing was seen in both.

    >>> round(pixel_noise([-1.0, 0.0, 1.0, 0.0, -1.0, 1.0]), 4)  # 1.4826 / sqrt(2)
    1.0484
    """
    errors = np.asarray(row_errors, dtype=np.float64)
    errors = errors[~np.isnan(errors)]
    if len(errors) == 0:
        return float("nan")
    return float(1.4826 * np.median(np.abs(errors - np.median(errors))) / np.sqrt(2))


def _sigma(
    pair: StereoPair,
    place: Float64Array,
    scale: Float64Array,
    disparity: Float64Array,
    pixel_sigma: float,
) -> Float64Array:
    """First-order propagation of equal, independent errors of the four coordinates."""
    along, across = place[..., pair.along], place[..., 1 - pair.along]
    signed = pair.sign * disparity
    variance = (scale - along / signed) ** 2 + (along / signed) ** 2
    variance += scale**2 / 2 + 2 * (across / disparity) ** 2
    variance += 2 * (place[..., 2] / disparity) ** 2
    return np.asarray(pixel_sigma * np.sqrt(variance / 3))


def _coefficients(camera: Camera) -> Float64Array:
    return camera.distortion[:, None] if camera.distortion.any() else np.zeros((5, 1))
