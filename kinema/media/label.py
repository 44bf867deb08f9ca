"""A short text on a small plate, readable on any picture."""

from __future__ import annotations

import cv2

from kinema.media.colours import DARK, Colour, ink_on
from kinema.media.frame import Image

FONT = cv2.FONT_HERSHEY_SIMPLEX
SMALLEST_TEXT = 8  # pixels of a capital letter


def draw_label(
    image: Image, text: str, at: tuple[float, float], *, height: float, colour: Colour
) -> None:
    """Write `text` on a plate of `colour` into `image`, kept inside of it as far as it fits.

    Args:
        image: (H, W, 3) uint8 RGB; drawn into.
        text: One line of ASCII; other characters come out as question marks.
        at: Where the middle of the plate's lower edge goes, x and y in pixels.
        height: Of a capital letter, in pixels; at least 8.
        colour: Of the plate. The text is dark or light, whichever reads better.
    """
    height = max(height, SMALLEST_TEXT)
    stroke = max(1, round(height / 9))
    scale = cv2.getFontScaleFromHeight(FONT, max(1, round(height)), stroke)
    (wide, tall), _ = cv2.getTextSize(text, FONT, scale, stroke)
    margin = max(2, round(height * 0.35))
    left, top, right, bottom = _place(
        at, (wide + 2 * margin, tall + 2 * margin), (image.shape[1], image.shape[0])
    )
    rim = max(1, round(height / 12))
    cv2.rectangle(image, (left - rim, top - rim), (right + rim, bottom + rim), DARK, -1)
    cv2.rectangle(image, (left, top), (right, bottom), colour, -1)
    foot = (left + margin, bottom - margin)
    cv2.putText(image, text, foot, FONT, scale, ink_on(colour), stroke, cv2.LINE_AA)


def _place(
    at: tuple[float, float], plate: tuple[int, int], picture: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a plate above `at`, moved into the picture."""
    left = round(min(max(at[0] - plate[0] / 2, 1), max(picture[0] - plate[0] - 2, 1)))
    top = round(min(max(at[1] - plate[1], 1), max(picture[1] - plate[1] - 2, 1)))
    return left, top, left + plate[0], top + plate[1]
