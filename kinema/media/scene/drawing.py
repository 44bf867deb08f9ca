"""Plain drawings of lines, areas and words that become SVG or pixels alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

import cv2
import numpy as np
import numpy.typing as npt

from kinema.media.canvas import blend
from kinema.media.frame import Image
from kinema.media.label import FONT

Float64Array = npt.NDArray[np.float64]
Colours = Mapping[str, str]

PAPER: Colours = {"ground": "#ffffff", "ink": "#1b2027", "soft": "#5c6673", "line": "#dfe3e8"}
"""Colours by their names in a drawing, #rrggbb."""
PAGE: Colours = {name: f"var(--{name})" for name in PAPER} | {"ground": "none"}
"""The same as a page names them, which has others in the dark."""
_FRACTION = 4  # OpenCV draws at sixteenths of a pixel


@dataclass(frozen=True)
class Shape:
    """A line through points, or an area within them.

    Attributes:
        points: (P, 2) in the units of the drawing, x right and y down.
        colour: A name of `PAPER`, or #rrggbb.
        width: Of the line.
        fill: Opacity of the area; 0 for a line alone.
        closed: Whether the last point is joined with the first.
        title: What it is, shown when pointed at.
    """

    points: Float64Array
    colour: str
    width: float = 1.0
    fill: float = 0.0
    closed: bool = False
    title: str = ""


@dataclass(frozen=True)
class Words:
    """A text; `anchor` says where of it the place is: start, middle or end of its foot."""

    text: str
    at: tuple[float, float]
    size: float = 13.0
    colour: str = "ink"
    anchor: str = "middle"


@dataclass
class Drawing:
    """What is drawn, from back to front.

    Attributes:
        size: Width and height.
        title: What it shows, for those who do not see it.
        marks: The shapes and words.
    """

    size: tuple[float, float]
    title: str
    marks: list[Shape | Words] = field(default_factory=list)

    def to_svg(self, colours: Colours = PAPER) -> str:
        """The drawing as an SVG element."""
        width, height = self.size
        # A page needs no namespace; a file by itself does.
        namespace = "" if colours is PAGE else 'xmlns="http://www.w3.org/2000/svg" '
        parts = [
            f'<svg {namespace}viewBox="0 0 {width:g} {height:g}" role="img" '
            f'aria-label="{escape(self.title)}" font-family="system-ui, sans-serif">',
        ]
        if colours["ground"] != "none":
            parts.append(f'<rect width="100%" height="100%" fill="{colours["ground"]}"/>')
        for mark in self.marks:
            colour = colours.get(mark.colour, mark.colour)
            if isinstance(mark, Words):
                x, y = mark.at
                parts.append(
                    f'<text x="{x:.1f}" y="{y:.1f}" font-size="{mark.size:g}" fill="{colour}" '
                    f'text-anchor="{mark.anchor}">{escape(mark.text)}</text>'
                )
            else:
                parts.append(_path(mark, colour))
        return "".join([*parts, "</svg>"])

    def to_image(self, scale: float = 2.0, colours: Colours = PAPER) -> Image:
        """The drawing as (H, W, 3) uint8 RGB, `scale` pixels for each of its units."""
        width, height = (max(1, round(side * scale)) for side in self.size)
        image = np.full((height, width, 3), _rgb(colours["ground"]), dtype=np.uint8)
        for mark in self.marks:
            colour = _rgb(colours.get(mark.colour, mark.colour))
            if isinstance(mark, Words):
                _write(image, mark, scale, colour)
                continue
            points = np.rint(mark.points * scale * 2**_FRACTION).astype(np.int32)
            if mark.fill:
                opacity = np.zeros(image.shape[:2], dtype=np.uint8)
                level = (round(255 * mark.fill),)
                cv2.fillPoly(opacity, [points], level, cv2.LINE_AA, _FRACTION)
                image = blend(image, np.full_like(image, colour), opacity)
            if mark.width:
                thickness = max(1, round(mark.width * scale))
                cv2.polylines(
                    image, [points], mark.closed, colour, thickness, cv2.LINE_AA, _FRACTION
                )
        return image


def _path(shape: Shape, colour: str) -> str:
    places = "L".join(f"{x:.1f} {y:.1f}" for x, y in shape.points.tolist())
    fill = f'fill="{colour}" fill-opacity="{shape.fill:g}"' if shape.fill else 'fill="none"'
    stroke = f' stroke="{colour}" stroke-width="{shape.width:g}"' if shape.width else ""
    title = f"<title>{escape(shape.title)}</title>" if shape.title else ""
    return f'<path d="M{places}{"Z" if shape.closed else ""}" {fill}{stroke}>{title}</path>'


def _write(image: Image, words: Words, scale: float, colour: tuple[int, int, int]) -> None:
    stroke = max(1, round(words.size * scale / 18))
    size = cv2.getFontScaleFromHeight(FONT, max(1, round(0.72 * words.size * scale)), stroke)
    (wide, _), _ = cv2.getTextSize(words.text, FONT, size, stroke)
    share = {"start": 0.0, "middle": 0.5, "end": 1.0}[words.anchor]
    place = (round(words.at[0] * scale - share * wide), round(words.at[1] * scale))
    cv2.putText(image, words.text, place, FONT, size, colour, stroke, cv2.LINE_AA)


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue
