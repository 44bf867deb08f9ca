"""Where BlazePose looks: squares around people, turned upright, and their pixels.

Regions are made as in MediaPipe's `AlignmentPointsRectsCalculator` and
`RectTransformationCalculator`, and read as in its `ImageToTensorCalculator`. The networks are
sensitive to single pixels, so the reading follows the original in everything: no smoothing when a
picture shrinks, places rounded to 1/32 of a pixel (which is how OpenCV did it when MediaPipe was
built; OpenCV 5 rounds only where it is told to), and positions counted from the first column, not
from its edge.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from kinema.media.frame import Frame, Image
from kinema.models.crops import Region
from kinema.poses import Float32Array

ENLARGEMENT = 1.25
"""Of the square around the circle of the body (`scale_x` in `pose_detection_to_roi.pbtxt`)."""

COARSEST_STEP = 6.0
"""Pixels of the picture from one pixel of a crop to the next, at which a picture of half the size
is read instead. Below it, crops are those of the original; above it, the original reads a few of
many pixels, and the whole picture would have to be turned into RGB for that."""

LARGEST_SIDE = 32_000  # OpenCV's `remap` counts pixels with 16 bits


def square(centre: npt.ArrayLike, rim: npt.ArrayLike) -> Region | None:
    """The square around a person, turned so that the person stands upright in it.

    Args:
        centre: x and y of the middle of the hips.
        rim: x and y of a point on the circle around the whole body, above the head.

    Returns:
        The region, or None if the points are not finite or too far off to be anyone.

    >>> square((100, 200), (100, 120))
    Region(centre=(100.0, 200.0), size=(200.0, 200.0), angle=0.0)
    """
    (x, y), (rim_x, rim_y) = np.asarray(centre, float), np.asarray(rim, float)
    radius = math.hypot(rim_x - x, rim_y - y)
    if not math.isfinite(radius) or max(abs(x), abs(y), radius) > 10 * LARGEST_SIDE:
        return None
    side = max(1.0, 2 * radius * ENLARGEMENT)
    return Region((float(x), float(y)), (side, side), math.atan2(rim_x - x, y - rim_y))


def whole_square(picture: tuple[int, int]) -> Region:
    """The square that holds a whole picture (width, height), as the detector sees it."""
    side = float(max(picture))
    return Region((picture[0] / 2, picture[1] / 2), (side, side))


def to_picture(region: Region, places: Float32Array) -> Float32Array:
    """Places (..., 2) in a region, from (0, 0) to (1, 1), as pixels of the picture."""
    turned = (places - 0.5) * np.float32(region.size[0]) @ _turn(region).T
    moved: Float32Array = (turned + np.array(region.centre)).astype(np.float32)
    return moved


class Pixels:
    """The pixels of one frame, for several crops.

    Args:
        frame: To be read.
        halvings: Get ready at once to read from a copy that was halved so often, as the frame
            before was; None for none.

    Attributes:
        frame: The same.
        halvings: How often the copy was halved that was read last.
    """

    def __init__(self, frame: Frame, *, halvings: int | None = None) -> None:
        self.frame = frame
        self.halvings = halvings
        self._copies: dict[int, Image] = {}
        if halvings is not None:
            self._copy(halvings)

    def crop(self, region: Region, size: int, *, black_beyond: bool = False) -> Image:
        """A square region as an RGB picture (size, size, 3).

        Args:
            region: A square.
            size: Width and height of the crop in pixels.
            black_beyond: What lies beyond the frame is black; otherwise the pixels of its edge go
                on for ever.
        """
        self.halvings = self._halvings(region.size[0] / size)
        picture = self._copy(self.halvings)
        width, height = self.frame.size
        scale_x, scale_y = picture.shape[1] / width, picture.shape[0] / height
        turn = _turn(region) * (region.size[0] / size)
        first = np.array(region.centre) - turn @ (size / 2, size / 2)
        steps = np.arange(size)
        x = (turn[0, 1] * steps + first[0])[:, None] + turn[0, 0] * steps
        y = (turn[1, 1] * steps + first[1])[:, None] + turn[1, 0] * steps
        if scale_x != 1 or scale_y != 1:
            x, y = (x + 0.5) * scale_x - 0.5, (y + 0.5) * scale_y - 0.5
        pixels, fractions = cv2.convertMaps(
            x.astype(np.float32), y.astype(np.float32), cv2.CV_16SC2
        )
        border = cv2.BORDER_CONSTANT if black_beyond else cv2.BORDER_REPLICATE
        crop = cv2.remap(picture, pixels, fractions, cv2.INTER_LINEAR, borderMode=border)
        return np.asarray(crop, dtype=np.uint8)

    def _halvings(self, step: float) -> int:
        """How often to halve the frame, so that crop pixels are not too far apart in it."""
        halvings = max(0, math.floor(math.log2(step / COARSEST_STEP)) + 1)
        while max(self.frame.size) / 2**halvings > LARGEST_SIDE:
            halvings += 1
        return halvings

    def _copy(self, halvings: int) -> Image:
        if halvings not in self._copies:
            width, height = (max(1, round(side / 2**halvings)) for side in self.frame.size)
            # The frame keeps its own picture, which others may want too.
            whole = halvings == 0
            self._copies[halvings] = self.frame.image if whole else self.frame.scaled(width, height)
        return self._copies[halvings]


def _turn(region: Region) -> npt.NDArray[np.float64]:
    """The matrix that turns directions in a region into directions in the picture."""
    cos, sin = math.cos(region.angle), math.sin(region.angle)
    return np.array([[cos, -sin], [sin, cos]])
