"""A rig of cameras as a drawing to scale: from above and, below that, from the side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.camera import Camera, Rig
from kinema.errors import MediaError
from kinema.media.frame import Image
from kinema.media.scene.drawing import PAGE, Drawing, Shape, Words
from kinema.media.scene.ground import frustum, nice_step
from kinema.media.writer import temporary_name, write_image

Float64Array = npt.NDArray[np.float64]

CAMERA_COLOURS = (
    *("#0a6fc2", "#c25e00", "#3c9d63", "#7d4cc2"),
    *("#c0392b", "#0f8f8f", "#a88600", "#8a4b6b"),
)
_WIDTH = 900.0
_MOST_HEIGHT, _SIDE_HEIGHT = 560.0, 300.0  # of the view from above, and of the other
_LEAST_HEIGHT = 150.0
_EDGE, _SIDE_EDGE = 40.0, 74.0  # free space above and below, and at the sides
_REACH = 0.12  # of the rig's extent: how far cameras' cones are drawn
_LEAST_EXTENT = 0.3  # metres
_LINES = 10  # across, about


def colour_of(number: int) -> str:
    """Of a camera, by its place in the rig, #rrggbb."""
    return CAMERA_COLOURS[number % len(CAMERA_COLOURS)]


def rig_svg(rig: Rig, **extras: Sequence[Float64Array]) -> str:
    """The drawing for a page: an SVG element with the colours of the page.

    Args:
        rig: The cameras.
        extras: `outlines` and `paths`, as for `draw_rig`.
    """
    return _drawing(rig, **extras).to_svg(PAGE)


def draw_rig(rig: Rig, **extras: Sequence[Float64Array]) -> Image:
    """The drawing as a picture, (H, W, 3) uint8 RGB, 1800 pixels wide.

    Args:
        rig: The cameras.
        extras: `outlines`, closed lines (P, 3) in metres such as boards; `paths`, lines (P, 3) such
            as where people went, which NaN interrupts.
    """
    return _drawing(rig, **extras).to_image()


def write_rig_picture(path: str | Path, rig: Rig, **extras: Sequence[Float64Array]) -> None:
    """Writes the drawing as .svg, or as .png, .jpg or .webp.

    Args:
        path: Where to. The folder must exist.
        rig: The cameras.
        extras: As for `draw_rig`.

    Raises:
        MediaError: If the name ends otherwise or the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() != ".svg":
        write_image(path, draw_rig(rig, **extras))
        return
    part = temporary_name(path)
    try:
        part.write_text(_drawing(rig, **extras).to_svg() + "\n", "utf-8")
        part.replace(path)
    except OSError as error:
        raise MediaError(f"cannot write {path}: {error.strerror}") from error


@dataclass(frozen=True)
class _View:
    """One view: two axes of the world, and where they are in the drawing."""

    axes: tuple[int, int]  # to the right, and up
    scale: float  # per metre
    shift: Float64Array  # (2,)

    def __call__(self, points: Float64Array) -> Float64Array:
        flat = points[..., list(self.axes)] * [1, -1]
        return np.asarray(flat * self.scale + self.shift)


def _drawing(
    rig: Rig, outlines: Sequence[Float64Array] = (), paths: Sequence[Float64Array] = ()
) -> Drawing:
    centres = np.array([camera.centre for camera in rig])
    known = [centres, *outlines, *(path[~np.isnan(path).any(axis=1)] for path in paths)]
    every = np.concatenate(known)
    reach = _REACH * max(float(np.ptp(every, axis=0).max()), _LEAST_EXTENT)
    cones = [frustum(camera, reach) for camera in rig]
    low, high = _bounds(np.concatenate([every, *cones]))
    scale = min(
        (_WIDTH - 2 * _SIDE_EDGE) / (high - low)[0],
        _MOST_HEIGHT / (high - low)[1],
        _SIDE_HEIGHT / (high - low)[2],
    )
    tops: list[float] = []
    heights: list[float] = []
    for axis in (1, 2):
        tops.append(sum(heights))
        heights.append(max(_LEAST_HEIGHT, float((high - low)[axis]) * scale + 2 * _EDGE))
    drawing = Drawing((_WIDTH, sum(heights)), "The cameras from above and from the side")
    step = nice_step(float((high - low).max()) / _LINES)
    for axis, top, height in zip((1, 2), tops, heights, strict=True):
        middle = (low + high)[[0, axis]] / 2 * [1, -1]
        view = _View((0, axis), scale, np.array([_WIDTH / 2, top + height / 2]) - middle * scale)
        _draw_grid(drawing, view, (top, height), step)
        for line in outlines:
            drawing.marks.append(Shape(view(line), "soft", 0.8, closed=True))
        for path in paths:
            drawing.marks += [Shape(view(part), "soft", 1.6) for part in _parts(path)]
        if axis == 1:
            _draw_distances(drawing, view, centres)
        for number, (camera, cone) in enumerate(zip(rig, cones, strict=True)):
            _draw_camera(drawing, view, camera, cone, colour_of(number))
    return drawing


def _bounds(points: Float64Array) -> tuple[Float64Array, Float64Array]:
    """The corners of the box around the points; with the floor, if it is not far."""
    low, high = points.min(axis=0), points.max(axis=0)
    if 0 < low[2] < 2 * max(float((high - low).max()), _LEAST_EXTENT):
        low[2] = 0.0
    room = np.maximum(_LEAST_EXTENT - (high - low), 0) / 2
    return low - room, high + room


def _draw_grid(drawing: Drawing, view: _View, place: tuple[float, float], step: float) -> None:
    top, height = place
    across, up = "xyz"[view.axes[0]], "xyz"[view.axes[1]]
    ends = (np.array([[0, top + height], [_WIDTH, top]]) - view.shift) / view.scale * [1, -1]
    for i in (0, 1):
        first, last = np.ceil(ends[0, i] / step), np.floor(ends[1, i] / step)
        for tick in (step * np.arange(first, last + 1) + 0.0).tolist():  # never -0
            line = np.zeros((2, 3))
            line[:, view.axes[i]] = tick
            line[:, view.axes[1 - i]] = ends[:, 1 - i]
            floor = i == 1 and up == "z" and tick == 0
            drawing.marks.append(
                Shape(view(line), "soft" if floor else "line", 1.5 if floor else 1.0)
            )
            x, y = view(line[0])
            if i == 0 and 20 < x < _WIDTH - 60:
                drawing.marks.append(Words(f"{tick:g}", (x, top + height - 5), 11, "soft"))
            elif i == 1 and top + 24 < y < top + height - 24:
                drawing.marks.append(Words(f"{tick:g}", (5, y - 4), 11, "soft", "start"))
    name = "from above" if up == "y" else "from the side"
    drawing.marks.append(
        Words(
            f"{name}: {across} to the right, {up} up, in metres", (8, top + 16), 12, "soft", "start"
        )
    )
    if top:
        edge = np.array([[0, top], [_WIDTH, top]])
        drawing.marks.append(Shape(edge, "soft", 1.0))


def _draw_distances(drawing: Drawing, view: _View, centres: Float64Array) -> None:
    """How far each camera is from the next, going round."""
    if len(centres) < 2:
        return
    off = centres - centres.mean(axis=0)
    order = np.argsort(np.arctan2(off[:, 1], off[:, 0])).tolist()
    pairs = list(zip(order, [*order[1:], order[0]], strict=True))
    for a, b in pairs if len(centres) > 2 else pairs[:1]:
        ends = view(centres[[a, b]])
        metres = float(np.linalg.norm(centres[a] - centres[b]))
        x, y = ends.mean(axis=0)
        drawing.marks.append(Shape(ends, "soft", 0.7))
        drawing.marks.append(Words(f"{metres:.2f} m", (float(x), float(y) - 4), 12, "soft"))


def _draw_camera(
    drawing: Drawing, view: _View, camera: Camera, cone: Float64Array, colour: str
) -> None:
    flat = view(cone)
    x, y, z = camera.centre.tolist()
    title = f"{camera.name} at {x:.3f}, {y:.3f}, {z:.3f} m"
    drawing.marks.append(Shape(_hull(flat), colour, 0.0, fill=0.22, closed=True, title=title))
    drawing.marks += [Shape(flat[[0, corner]], colour, 0.9) for corner in range(1, 5)]
    drawing.marks.append(Shape(flat[1:], colour, 1.4, closed=True))
    angles = np.linspace(0, 2 * np.pi, 17)[:-1]
    disc = flat[0] + 4.5 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    drawing.marks.append(Shape(disc, colour, 0.0, fill=1.0, closed=True))
    name = camera.name if view.axes[1] == 1 else f"{camera.name}, {z:.2f} m"
    away = np.sign(flat[0, 1] - flat[1:, 1].mean()) or -1.0  # beside the cone, not on it
    drop = 20.0 if away > 0 else -10.0
    drawing.marks.append(Words(name, (float(flat[0, 0]), float(flat[0, 1]) + drop)))


def _hull(points: Float64Array) -> Float64Array:
    """The convex outline of points (P, 2), by Andrew's monotone chain."""
    ordered = points[np.lexsort((points[:, 1], points[:, 0]))]
    halves = []
    for sequence in (ordered, ordered[::-1]):
        half: list[Float64Array] = []
        for point in sequence:
            while len(half) > 1 and _turn(half[-2], half[-1], point) <= 0:
                half.pop()
            half.append(point)
        halves += half[:-1]
    return np.array(halves)


def _turn(a: Float64Array, b: Float64Array, c: Float64Array) -> float:
    """Positive where the way a, b, c turns counterclockwise (y up)."""
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def _parts(path: Float64Array) -> list[Float64Array]:
    """The stretches of a path without NaN that have two points at least."""
    known = ~np.isnan(path).any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(int)))
    return [path[a:b] for a, b in edges.reshape(-1, 2) if b - a > 1]
