"""Fitting a whole picture into the input of a network, aspect kept, and finding the way back.

Two ways of counting meet here. Boxes are measured between the edges of pixels: 0 is the left edge
of the first one. Keypoints of COCO are numbers of pixels. Networks are trained on labels of both
kinds multiplied by the same scale, so both are divided by it again, and only boxes move by half a
pixel, as the edge of a picture is at -0.5 for Kinema.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinema.media.frame import Channels, Frame, Image
from kinema.poses import Float32Array

GREY = 114
"""Value of the pixels beside the picture, as in YOLOX, MMDetection and Ultralytics."""


@dataclass(frozen=True)
class Letterbox:
    """Where a picture lies in the input of a network.

    Attributes:
        picture: Width and height of the picture.
        fitted: Width and height of it in the input.
        corner: Column and row of the input where it begins.
    """

    picture: tuple[int, int]
    fitted: tuple[int, int]
    corner: tuple[int, int]

    @classmethod
    def fit(
        cls, picture: tuple[int, int], size: tuple[int, int], *, centred: bool = True
    ) -> Letterbox:
        """A picture as large as it can be in an input of `size`, in its middle or its corner."""
        scale = min(size[0] / picture[0], size[1] / picture[1])
        width, height = (max(1, round(side * scale)) for side in picture)
        corner = ((size[0] - width) // 2, (size[1] - height) // 2) if centred else (0, 0)
        return cls(picture, (width, height), corner)

    def prepare(
        self, frame: Frame, size: tuple[int, int], *, channels: Channels, fill: int = GREY
    ) -> Image:
        """The input of that size: the frame in its place, `fill` around it."""
        image = frame.scaled(*self.fitted, channels=channels)
        if self.fitted == size:
            return image
        canvas = np.full((size[1], size[0], 3), fill, dtype=np.uint8)
        (x, y), (width, height) = self.corner, self.fitted
        canvas[y : y + height, x : x + width] = image
        return canvas

    def points(self, points: Float32Array) -> Float32Array:
        """Keypoints (..., 2) of the input as those of the picture."""
        scale = np.divide(self.picture, self.fitted)
        moved: Float32Array = ((points - self.corner) * scale).astype(np.float32)
        return moved

    def boxes(self, boxes: Float32Array) -> Float32Array:
        """Boxes (N, 4), x1 y1 x2 y2, of the input as those of the picture, cut at its edges."""
        corners = self.points(boxes.reshape(-1, 2, 2))
        cut: Float32Array = np.clip(corners, 0, self.picture).reshape(-1, 4) - np.float32(0.5)
        return cut.astype(np.float32)
