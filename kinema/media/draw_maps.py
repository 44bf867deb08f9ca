"""Show what a network sees: its confidence maps and part affinity fields, over the picture.

A map of h x w cells covers the picture evenly: the centre of cell (i, j) lies at
x = (j + 0.5) W / w - 0.5, y = (i + 0.5) H / h - 0.5.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from kinema.errors import InputError, ShapeError
from kinema.media.canvas import blend, check_image
from kinema.media.colours import (
    DARK,
    LIGHT,
    Palette,
    direction_palette,
    heat_palette,
    rainbow,
)
from kinema.media.frame import Image
from kinema.media.label import draw_label
from kinema.poses import Float32Array

Map = npt.NDArray[np.floating]

STRONGEST = 0.85  # opacity of a full value: the picture shimmers through even there
STRONGEST_BY_PART = 0.6
STRONGEST_FIELD = 0.7
FULL_VALUE = 0.6  # of a map: networks rarely reach 1
FULL_LENGTH = 0.6  # of a field
NOISE = 0.05  # share of the full value below which nothing is shown: maps are never quite 0
FIELD_NOISE = 0.2
OPAQUE = 0.75  # share of the full value from which a map is as opaque as it gets

TEXT_SHARE = 0.022  # of sqrt(width * height)
ARROW_SPACING = 0.02  # the same
LEAST_SPACING = 10.0  # pixels
ARROW_REACH = 1.1  # of the spacing, for a vector of full length
ARROW_HEAD = 0.35  # of the arrow
LEAST_ARROW = 0.3  # of the full length: shorter vectors have no arrow
FRACTION_BITS = 4


def draw_confidence_map(
    image: Image, heatmap: Map, *, label: str | None = None, full: float = FULL_VALUE
) -> Image:
    """The picture with the confidence map of one part glowing over it.

    The higher the value, the brighter the colour (Matplotlib's inferno) and the less of the
    picture shows through.

    Args:
        image: (H, W, 3) uint8 RGB; stays as it is.
        heatmap: (h, w) values; those below 0 and NaN count as 0.
        label: A text for the lower left corner, such as the name of the part.
        full: The value that is shown at full strength, as are all above it.

    Returns:
        A new (H, W, 3) uint8 RGB array.

    Raises:
        ShapeError: If picture or map do not have these shapes.
        InputError: If `full` is not above 0.
    """
    _check(image, "a confidence map", heatmap, 2, full)
    levels = _levels(_enlarged(_clean(heatmap), image), full)
    glow = _coloured(levels, heat_palette())
    return _labelled(blend(image, glow, _fade(NOISE, STRONGEST)[levels]), label)


def draw_all_maps(
    image: Image,
    heatmaps: Map,
    *,
    by_part: bool = False,
    label: str | None = None,
    full: float = FULL_VALUE,
) -> Image:
    """The picture with the confidence maps of all parts over it.

    Args:
        image: (H, W, 3) uint8 RGB; stays as it is.
        heatmaps: (h, w, K), one map a part. Leave out a map of the background.
        by_part: Whether each part has its own colour of the rainbow; otherwise the highest value
            of all parts glows as in `draw_confidence_map`.
        label: A text for the lower left corner.
        full: The value that is shown at full strength.

    Returns:
        A new (H, W, 3) uint8 RGB array; a copy of the picture where K = 0.

    Raises:
        ShapeError: If picture or maps do not have these shapes.
        InputError: If `full` is not above 0.
    """
    _check(image, "confidence maps", heatmaps, 3, full)
    if heatmaps.shape[2] == 0:
        return image.copy()
    maps = _clean(heatmaps)
    highest = maps.max(axis=2)
    if not by_part:
        return draw_confidence_map(image, highest, label=label, full=full)
    weights = maps**2  # the leading part rules the mixture where two meet
    total = np.maximum(weights.sum(axis=2, keepdims=True), 1e-12)
    colours = np.array(rainbow(maps.shape[2]), dtype=np.float32)  # (K, 3)
    mixed = (weights / total) @ colours
    glow = np.clip(_enlarged(mixed.astype(np.float32), image), 0, 255).astype(np.uint8)
    opacity = _fade(NOISE, STRONGEST_BY_PART)[_levels(_enlarged(highest, image), full)]
    return _labelled(blend(image, glow, opacity), label)


def draw_fields(
    image: Image,
    fields: Map,
    *,
    arrows: bool = True,
    label: str | None = None,
    full: float = FULL_LENGTH,
) -> Image:
    """The picture with part affinity fields over it: hue is direction, opacity is length.

    Where fields overlap, the longest vector counts. One limb alone is `fields[:, :, e : e + 1]`.

    Args:
        image: (H, W, 3) uint8 RGB; stays as it is.
        fields: (h, w, E, 2), one field a limb; x points right, y down.
        arrows: Whether to draw arrows as well, where vectors are long enough.
        label: A text for the lower left corner, such as the name of the limb.
        full: The length that is shown at full strength.

    Returns:
        A new (H, W, 3) uint8 RGB array; a copy of the picture where E = 0.

    Raises:
        ShapeError: If picture or fields do not have these shapes.
        InputError: If `full` is not above 0.
    """
    _check(image, "part affinity fields", fields, 4, full)
    if fields.shape[3] != 2:
        raise ShapeError(f"part affinity fields are (h, w, E, 2), got {fields.shape}")
    if fields.shape[2] == 0:
        return image.copy()
    vectors = _enlarged(_longest(np.nan_to_num(fields).astype(np.float32)), image)
    across, down = cv2.split(vectors)
    length, angle = cv2.cartToPolar(across, down, angleInDegrees=True)
    directions = (angle * np.float32(256 / 360)).astype(np.uint16).astype(np.uint8)  # 256 is 0
    glow = _coloured(directions, direction_palette())
    drawn = blend(
        image,
        glow,
        _fade(FIELD_NOISE, STRONGEST_FIELD)[_levels(np.asarray(length, dtype=np.float32), full)],
    )
    if arrows:
        _draw_arrows(drawn, vectors, full)
    return _labelled(drawn, label)


def _check(image: Image, name: str, values: Map, dimensions: int, full: float) -> None:
    check_image(image)
    if values.ndim != dimensions or 0 in values.shape[:2]:
        shape = ("h", "w", "E" if dimensions == 4 else "K", "2")[:dimensions]
        raise ShapeError(f"{name} must be ({', '.join(shape)}) with cells, got {values.shape}")
    if not full > 0:
        raise InputError(f"the value shown at full strength must be above 0, not {full}")


def _clean(values: Map) -> Float32Array:
    return np.maximum(np.nan_to_num(values), 0).astype(np.float32)


def _longest(fields: Float32Array) -> Float32Array:
    """At each cell the longest vector of all limbs, (h, w, 2)."""
    winner = (fields**2).sum(axis=3).argmax(axis=2)  # (h, w)
    chosen = np.take_along_axis(fields, winner[:, :, None, None], axis=2)  # (h, w, 1, 2)
    return np.asarray(chosen[:, :, 0], dtype=np.float32)


def _enlarged(values: Float32Array, image: Image) -> Float32Array:
    """A map in the size of the picture. OpenCV aligns both by their edges, as maps must be."""
    size = (image.shape[1], image.shape[0])
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_CUBIC), dtype=np.float32)


def _levels(values: Float32Array, full: float) -> Image:
    """Values from 0 to `full` as 0 to 255, (H, W) uint8."""
    levels: Image = np.clip(values * np.float32(255 / full), 0, 255).astype(np.uint8)
    return levels


def _fade(noise: float, strongest: float) -> Image:
    """The opacity, 0 to 255, of each of 256 levels: none in the noise, then a soft rise."""
    rise = np.clip((np.linspace(0, 1, 256) - noise) / (OPAQUE - noise), 0, 1)
    soft = rise * (2 - rise)
    return np.rint(255 * strongest * soft).astype(np.uint8)


def _coloured(levels: Image, palette: Palette) -> Image:
    """The colour of each level, (H, W, 3) uint8 RGB."""
    colours = cv2.applyColorMap(levels, palette.reshape(256, 1, 3))
    return np.asarray(colours, dtype=np.uint8)


def _labelled(image: Image, label: str | None) -> Image:
    if label is not None:
        height, width = image.shape[:2]
        size = TEXT_SHARE * float(np.sqrt(width * height))
        draw_label(image, label, (0, height - 1 - size), height=size, colour=LIGHT)
    return image


def _draw_arrows(image: Image, vectors: Float32Array, full: float) -> None:
    """Arrows on an even grid, centred on their place, as long as the field is strong there."""
    height, width = vectors.shape[:2]
    step = max(LEAST_SPACING, ARROW_SPACING * float(np.sqrt(width * height)))
    rows = np.arange(step / 2, height, step).astype(int)
    columns = np.arange(step / 2, width, step).astype(int)
    chosen = vectors[np.ix_(rows, columns)] / full
    lengths = np.hypot(chosen[..., 0], chosen[..., 1])
    for i, j in np.argwhere(lengths > LEAST_ARROW).tolist():
        reach = chosen[i, j] * min(1.0, 1 / lengths[i, j]) * step * ARROW_REACH / 2
        centre = np.array([columns[j], rows[i]])
        _arrow(image, centre - reach, centre + reach, max(1, round(step / 12)))


def _arrow(
    image: Image, tail: npt.NDArray[np.float64], tip: npt.NDArray[np.float64], width: int
) -> None:
    start, end = _fixed(tail), _fixed(tip)
    for colour, thickness in ((DARK, width + 1), (LIGHT, width)):
        cv2.arrowedLine(
            image, start, end, colour, thickness, cv2.LINE_AA, FRACTION_BITS, ARROW_HEAD
        )


def _fixed(point: npt.NDArray[np.float64]) -> tuple[int, int]:
    x, y = (point * 2**FRACTION_BITS).round().tolist()
    return int(x), int(y)
