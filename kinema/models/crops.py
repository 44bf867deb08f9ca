"""Cutting people out of pictures, upright and in the size that a network wants, and back again.

Positions are pixels of the picture, (0, 0) the centre of its first pixel. A crop W wide of a region
S wide has its pixel u at `(u + 0.5) / W * S` from the region's edge, so that nothing is off by half
a pixel on the way there or back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from kinema.errors import InputError
from kinema.media.frame import Channels, Frame, Image
from kinema.poses import Float32Array

ALONE_MARGIN = 0.1
"""Of the sides of the box: what is left around it where the rest is black."""


@dataclass(frozen=True)
class Region:
    """A rectangle in a picture, which may be turned and may reach beyond the picture.

    Attributes:
        centre: x and y in pixels.
        size: Width and height in pixels.
        angle: By how much it is turned clockwise, in radians: its own x axis points to
            (cos, sin) of it.

    Raises:
        InputError: If the size is not positive or something is not finite.
    """

    centre: tuple[float, float]
    size: tuple[float, float]
    angle: float = 0.0

    def __post_init__(self) -> None:
        numbers = (*self.centre, *self.size, self.angle)
        if not all(map(math.isfinite, numbers)) or min(self.size) <= 0:
            raise InputError(f"no region of a picture: centre {self.centre}, size {self.size}")

    @classmethod
    def around(cls, box: npt.ArrayLike, *, aspect: float = 1.0, padding: float = 1.0) -> Region:
        """The smallest region of an aspect (width / height) around a box, then enlarged.

        Args:
            box: x1 y1 x2 y2 in pixels.
            aspect: Width over height of the region.
            padding: Factor on both its sides.
        """
        x1, y1, x2, y2 = (float(edge) for edge in np.asarray(box))
        # A person lying down or a single joint still makes a region of some size.
        height = max(y2 - y1, (x2 - x1) / aspect, 1.0) * padding
        return cls(((x1 + x2) / 2, (y1 + y2) / 2), (height * aspect, height))

    @classmethod
    def whole(cls, picture: tuple[int, int], *, aspect: float = 1.0) -> Region:
        """The smallest region of an aspect that holds a whole picture (width, height)."""
        width, height = picture
        return cls.around((-0.5, -0.5, width - 0.5, height - 0.5), aspect=aspect)

    def matrix(self, crop: tuple[int, int]) -> npt.NDArray[np.float64]:
        """The (2, 3) matrix from pixels of a crop (width, height) to pixels of the picture."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        scale_x, scale_y = self.size[0] / crop[0], self.size[1] / crop[1]
        turn = np.array([[cos * scale_x, -sin * scale_y], [sin * scale_x, cos * scale_y]])
        first = np.array(self.centre) - turn @ ((np.array(crop) - 1) / 2)
        return np.column_stack([turn, first])

    def to_picture(self, points: Float32Array, crop: tuple[int, int]) -> Float32Array:
        """Points (..., 2) in pixels of a crop of this region, as pixels of the picture."""
        matrix = self.matrix(crop)
        moved: Float32Array = (points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
        return moved


class Cutter:
    """Cuts regions out of one frame. Regions of like size share a smaller copy of it.

    Args:
        frame: To be cut.
        channels: Order of the channels of the crops.
    """

    def __init__(self, frame: Frame, *, channels: Channels = "rgb") -> None:
        self._frame = frame
        self._channels: Channels = channels
        self._copies: dict[int, Image] = {}

    def cut(self, region: Region, size: tuple[int, int]) -> Image:
        """The region as a picture of its own, `size` wide and high; black beyond the frame.

        Regions much larger than the crop are cut from a copy of half, a quarter ... of the frame's
        size, so that no detail is skipped between the pixels that are read.
        """
        shrink = min(region.size[0] / size[0], region.size[1] / size[1])
        picture = self._copy(max(0, math.floor(math.log2(shrink))))
        matrix = region.matrix(size)
        # From pixels of the frame to those of its smaller copy, pixel edges on pixel edges.
        height, width = picture.shape[:2]
        scale = np.array([[width / self._frame.size[0]], [height / self._frame.size[1]]])
        matrix *= scale
        matrix[:, 2:] += (scale - 1) / 2
        crop = cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        return np.asarray(crop, dtype=np.uint8)

    def _copy(self, level: int) -> Image:
        if level not in self._copies:
            width, height = (max(1, round(side / 2**level)) for side in self._frame.size)
            self._copies[level] = self._frame.scaled(width, height, channels=self._channels)
        return self._copies[level]


def cut(
    frame: Frame, region: Region, size: tuple[int, int], *, channels: Channels = "rgb"
) -> Image:
    """One region of a frame; see `Cutter`, which is for several."""
    return Cutter(frame, channels=channels).cut(region, size)


def alone(crop: Image, region: Region, box: Float32Array) -> Image:
    """A crop (H, W, 3) of an upright region, black where it is well beyond a box of the picture."""
    height, width = crop.shape[:2]
    corners = region.to_picture(
        np.array([[0, 0], [width - 1, height - 1]], np.float32), (width, height)
    )
    margin = ALONE_MARGIN * (box[2:] - box[:2])
    inside = [
        (places >= box[axis] - margin[axis]) & (places <= box[axis + 2] + margin[axis])
        for axis, count in ((0, width), (1, height))
        for places in [np.linspace(corners[0, axis], corners[1, axis], count)]
    ]
    shown: Image = crop * (inside[1][:, None] & inside[0])[:, :, None]
    return shown
