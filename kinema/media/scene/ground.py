"""What people in space stand on: a grid of metres, the axes, and the cameras around."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from kinema.camera import Camera
from kinema.media.colours import Colour
from kinema.media.frame import Image
from kinema.media.label import FONT
from kinema.media.scene.upright import BODY_AXES, Scene

Float64Array = npt.NDArray[np.float64]

GROUND: Colour = (12, 15, 19)
GRID: Colour = (52, 60, 71)
EDGE: Colour = (84, 95, 110)
TEXT: Colour = (150, 161, 176)
CAMERA: Colour = (122, 134, 150)
AXIS_COLOURS: tuple[Colour, Colour, Colour] = ((240, 96, 96), (94, 201, 98), (110, 150, 255))
"""Of x, y and z, as programs for motion capture have them."""

FRUSTUM = 0.25
"""Metres that the picture of a camera is drawn before it."""
_MOST_LINES = 12  # in one direction
_BESIDE_EDGE = 0.1  # metres from the floor to its numbers
_LEAST_ROOM = 30  # pixels between two numbers
_TRIAD = 0.052  # of the picture's side: length of an axis
_LEAST_AXIS = 0.15  # of its length, in the picture
_TEXT = 0.0165  # of the picture's side: height of a letter
_FRACTION = 4  # OpenCV draws at sixteenths of a pixel


def nice_step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below `least`.

    >>> nice_step(0.7), nice_step(3), nice_step(12)
    (1.0, 5.0, 20.0)
    """
    power = 10.0 ** np.floor(np.log10(max(least, 1e-3)))
    return float(next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least))


def floor_lines(scene: Scene) -> tuple[Float64Array, Float64Array, float]:
    """Where the lines of the floor are: their x, their y, and metres from one to the next.

    The first and the last of each are the border; the others are at round numbers.
    """
    step = nice_step(max(0.5, float(max((scene.high - scene.low)[:2])) / _MOST_LINES))
    ticks = []
    for low, high in zip(scene.low[:2], scene.high[:2], strict=True):
        inside = step * np.arange(np.ceil(low / step), np.floor(high / step) + 1) + 0.0  # never -0
        inside = inside[(inside > low) & (inside < high)]
        ticks.append(np.concatenate([[low], inside, [high]]))
    return ticks[0], ticks[1], step


def draw_ground(image: Image, scene: Scene, viewer: Camera) -> None:
    """Draws floor, numbers in metres, axes and cameras into (H, W, 3) uint8 RGB."""
    xs, ys, step = floor_lines(scene)
    across = [[[x, ys[0]], [x, ys[-1]]] for x in xs]
    along = [[[xs[0], y], [xs[-1], y]] for y in ys]
    ends = np.array([*across, *along])
    ends = np.concatenate([ends, np.full((*ends.shape[:2], 1), scene.floor)], axis=2)
    _segments(image, viewer.project(ends), GRID, 1)
    border = [0, len(xs) - 1, len(xs), len(xs) + len(ys) - 1]
    _segments(image, viewer.project(ends[border]), EDGE, 1)
    _write_metres(image, scene, viewer, (xs, ys))
    for camera in scene.cameras:
        _draw_camera(image, camera, viewer)
    _draw_axes(image, scene, viewer)
    side, margin = _text_height(image), round(0.02 * min(image.shape[:2]))
    _write(image, f"grid {step:g} m", (image.shape[1] - margin, image.shape[0] - margin), side, 1.0)


def frustum(camera: Camera, length: float = FRUSTUM) -> Float64Array:
    """The centre of a camera and the corners of its picture at a distance before it, (5, 3).

    Corners are in the order left top, right top, right bottom, left bottom. A camera whose size is
    unknown (0 x 0) is taken to have its principal point in the middle of its picture.
    """
    width, height = camera.size
    if 0 in camera.size:
        width, height = (int(2 * centre) + 1 for centre in camera.matrix[:2, 2])
    pixels = [(0, 0), (width - 1, 0), (width - 1, height - 1), (0, height - 1)]
    k = camera.matrix  # straight edges: the distortion is left out
    y = (np.array([pixel[1] for pixel in pixels]) - k[1, 2]) / k[1, 1]
    x = (np.array([pixel[0] for pixel in pixels]) - k[0, 2] - k[0, 1] * y) / k[0, 0]
    inside = length * np.stack([x, y, np.ones(4)], axis=1)
    return np.concatenate([[camera.centre], inside @ camera.rotation + camera.centre])


FRUSTUM_EDGES = ((0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (2, 3), (3, 4), (4, 1))


def _draw_camera(image: Image, camera: Camera, viewer: Camera) -> None:
    pixels = viewer.project(frustum(camera))
    _segments(image, pixels[np.array(FRUSTUM_EDGES)], CAMERA, 1)
    if not np.isnan(pixels[0]).any():
        x, y = pixels[0]
        height = _text_height(image)
        _write(image, camera.name, (x, y - 0.6 * height), height, 0.5)


def _write_metres(
    image: Image, scene: Scene, viewer: Camera, ticks: tuple[Float64Array, Float64Array]
) -> None:
    """Numbers along the two edges of the floor that are nearest to the viewer."""
    if scene.axes == BODY_AXES:  # its origin is in the hips, not on the floor
        return
    height = _text_height(image)
    eye = viewer.centre
    for axis in (0, 1):
        edges = ticks[1 - axis][[0, -1]]
        nearer = int(np.argmin(np.abs(edges - eye[1 - axis])))
        places = np.empty((len(ticks[axis]) - 2, 3))
        places[:, axis], places[:, 2] = ticks[axis][1:-1], scene.floor
        places[:, 1 - axis] = edges[nearer] + (-1, 1)[nearer] * _BESIDE_EDGE
        pixels = viewer.project(places)
        if len(pixels) > 1 and np.linalg.norm(np.diff(pixels, axis=0), axis=1).min() < _LEAST_ROOM:
            continue
        for value, (x, y) in zip(places[:, axis], pixels, strict=True):
            if np.isfinite(x):
                _write(image, f"{value:g}", (float(x), float(y) + height / 2), height, 0.5)


def _draw_axes(image: Image, scene: Scene, viewer: Camera) -> None:
    """The directions of the axes, in the lower left corner."""
    side = min(image.shape[:2])
    length = _TRIAD * side
    origin = np.array([0.085 * side, image.shape[0] - 0.085 * side])
    ways = viewer.rotation.T  # row i: axis i as the viewer sees it, x right, y down, z away
    for i in np.argsort(-ways[:, 2]).tolist():  # those that point away first
        if np.hypot(*ways[i, :2]) < _LEAST_AXIS:  # it points at the viewer, or away
            continue
        tip = origin + length * ways[i, :2]
        _segments(image, np.array([[origin, tip]]), AXIS_COLOURS[i], max(1, round(side / 260)))
        x, y = origin + (length + 0.022 * side) * ways[i, :2]
        height = _text_height(image)
        _write(
            image, scene.axes[i], (float(x), float(y) + height / 2), height, 0.5, AXIS_COLOURS[i]
        )


def _segments(image: Image, ends: Float64Array, colour: Colour, width: int) -> None:
    """Lines with ends (S, 2, 2) in pixels; those with an end behind the viewer are left out."""
    limit = 8.0 * max(image.shape)
    for start, end in ends[(np.abs(np.nan_to_num(ends, nan=np.inf)) < limit).all(axis=(1, 2))]:
        a, b = ((point * 2**_FRACTION).round().astype(int).tolist() for point in (start, end))
        cv2.line(image, a, b, colour, width, cv2.LINE_AA, _FRACTION)


def _text_height(image: Image) -> float:
    return max(9.0, _TEXT * float(min(image.shape[:2])))


def _write(
    image: Image,
    text: str,
    at: tuple[float, float],
    height: float,
    share: float,
    colour: Colour = TEXT,
) -> None:
    """A text whose foot is at a place; `share` of its width is to the left of it."""
    if not (abs(at[0]) < 1e5 and abs(at[1]) < 1e5):
        return
    scale = cv2.getFontScaleFromHeight(FONT, round(height), 1)
    (wide, _), _ = cv2.getTextSize(text, FONT, scale, 1)
    left = at[0] - share * wide
    if 0 <= at[0] < image.shape[1]:  # what is in the picture is not cut at its borders
        left = min(max(left, 4.0), image.shape[1] - wide - 4.0)
    place = (round(left), round(at[1]))
    cv2.putText(image, text, place, FONT, scale, colour, 1, cv2.LINE_AA)
