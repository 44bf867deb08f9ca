"""The colours of drawings: for sides of the body, for people, for limbs and for directions.

All colours are (red, green, blue), 0 to 255.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

Colour = tuple[int, int, int]
Palette = npt.NDArray[np.uint8]
"""(M, 3) uint8 RGB."""

DARK: Colour = (18, 20, 26)
LIGHT: Colour = (245, 246, 248)

SIDE_COLOURS: dict[str, Colour] = {
    "left": (255, 138, 20),
    "right": (38, 156, 255),
    "middle": LIGHT,
}
"""Orange and blue stay apart for every common kind of colour blindness (Okabe & Ito 2008)."""

PERSON_COLOURS: tuple[Colour, ...] = (
    (167, 110, 255),  # violet
    (236, 72, 153),  # pink
    (46, 204, 113),  # green
    (250, 204, 21),  # yellow
    (45, 212, 218),  # cyan
    (239, 68, 68),  # red
    (163, 230, 53),  # lime
    (216, 160, 115),  # tan
    (240, 150, 240),  # orchid
    (150, 165, 180),  # steel
    (196, 92, 120),  # wine
    (150, 150, 70),  # olive
)
"""None is that of a side: neither orange nor blue."""


def person_colour(identity: int) -> Colour:
    """The colour of one person; the same number always has the same one.

    Repeats after twelve people.
    """
    return PERSON_COLOURS[identity % len(PERSON_COLOURS)]


@cache
def rainbow(count: int) -> tuple[Colour, ...]:
    """`count` colours from red through yellow, green and blue to pink.

    >>> rainbow(6)[:3]
    ((255, 0, 0), (255, 220, 0), (71, 255, 0))
    """
    hues = np.arange(count) * (310 / max(count, 1))  # degrees; stops short of red again
    hsv = np.stack([hues, np.ones(count), np.ones(count)], axis=-1).astype(np.float32)
    rgb = cv2.cvtColor(hsv.reshape(1, -1, 3), cv2.COLOR_HSV2RGB).reshape(-1, 3)
    return tuple((int(r), int(g), int(b)) for r, g, b in np.rint(rgb * 255))


@cache
def heat_palette() -> Palette:
    """256 colours for values from low to high: violet, red, orange, pale yellow.

    Matplotlib's inferno without its black beginning: equal steps of value look like equal steps.
    """
    start = 40
    ramp = np.rint(np.linspace(start, 255, 256)).astype(np.uint8).reshape(1, -1)
    bgr = cv2.applyColorMap(ramp, cv2.COLORMAP_INFERNO)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)[0], dtype=np.uint8)


@cache
def direction_palette() -> Palette:
    """256 equally bright colours for the directions of one turn, clockwise from the right.

    Amber is right, pink down, blue left and green up: most limbs of standing people hang down,
    and pink is rare in pictures. A circle around the grey axis of CIE L*a*b*.
    """
    lightness, chroma, hue_of_right = 70.0, 80.0, 80.0
    hues = np.deg2rad(hue_of_right - np.arange(256) * (360 / 256))
    lab = np.stack([np.full(256, lightness), chroma * np.cos(hues), chroma * np.sin(hues)], axis=-1)
    rgb = cv2.cvtColor(lab.reshape(1, -1, 3).astype(np.float32), cv2.COLOR_Lab2RGB)[0]
    return np.asarray(np.rint(np.clip(rgb, 0, 1) * 255), dtype=np.uint8)


def lighter(colour: Colour, share: float = 0.5) -> Colour:
    """`colour` mixed with white."""
    red, green, blue = (round(value + (255 - value) * share) for value in colour)
    return red, green, blue


def ink_on(colour: Colour) -> Colour:
    """Dark or light, whichever reads better on a ground of `colour` (Rec. 709 luma)."""
    luma = 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]
    return DARK if luma > 110 else LIGHT
