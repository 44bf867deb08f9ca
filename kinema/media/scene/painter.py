"""Draws a scene frame by frame: people as skeletons over a floor, seen by a viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from kinema.camera import Camera
from kinema.media.colours import DARK, Colour, person_colour
from kinema.media.draw import side_colours
from kinema.media.frame import Image
from kinema.media.label import FONT, draw_label
from kinema.media.scene.ground import GROUND, TEXT, draw_ground
from kinema.media.scene.upright import Scene
from kinema.media.scene.viewpoint import Orbit
from kinema.skeleton import Skeleton

Float64Array = npt.NDArray[np.float64]

LIMB = 0.03
"""Metres that a limb is thick."""
LIMB_SHARE = 0.3
"""At most this share of its own length, so that faces and hands stay readable."""
JOINT = 0.7
"""Radius of a joint by the thickness of its limbs."""
OUTLINE = 0.3
SHADOW: Colour = (34, 40, 48)
_THINNEST = 1.5  # pixels
_ABOVE_HEAD = 0.16  # metres
_FRACTION = 4  # OpenCV draws at sixteenths of a pixel
_LIMIT = 1e5  # pixels; OpenCV's integers end somewhere


@dataclass(frozen=True)
class _Mark:
    """A limb or a joint, in pixels."""

    depth: float
    width: float
    colour: Colour
    start: tuple[int, int]  # in sixteenths
    end: tuple[int, int] | None  # None for a joint


class ScenePainter:
    """Paints a scene as one viewer sees it, at any time and from any side.

    Left limbs are orange, right ones blue and the others white. What is near hides what is far.
    Each person has a shadow straight below on the floor; of several each has a number.

    Args:
        scene: What there is to see.
        size: Width and height of the pictures in pixels.
        orbit: The viewer.
    """

    def __init__(self, scene: Scene, size: tuple[int, int], orbit: Orbit) -> None:
        self._scene, self._size, self._orbit = scene, size, orbit
        self._empty: tuple[float, Image, Camera] | None = None

    def paint(self, time: float, *, turned: float = 0.0) -> Image:
        """The picture at a time, (H, W, 3) uint8 RGB.

        Args:
            time: In seconds of the tracks. Whoever has no frame near it is not drawn.
            turned: Degrees that the viewer has gone round since he stood at his azimuth.
        """
        image, viewer = self._ground(turned)
        marks: list[_Mark] = []
        labels: list[tuple[int, Float64Array]] = []
        for track, joints in self._scene.at(time):
            self._draw_shadow(image, joints, track.skeleton, viewer)
            marks += _marks(joints, track.skeleton, viewer)
            labels.append((track.id, _above(joints)))
        for mark in sorted(marks, key=lambda mark: -mark.depth):
            _draw(image, mark, DARK, mark.width + max(1.0, OUTLINE * mark.width))
            _draw(image, mark, mark.colour, mark.width)
        if len(self._scene.people) > 1:
            self._write_ids(image, labels, viewer)
        self._write_time(image, time)
        return image

    def _ground(self, turned: float) -> tuple[Image, Camera]:
        """The scene without people; drawn once as long as the viewer stands still."""
        if self._empty is None or self._empty[0] != turned:
            orbit = replace(self._orbit, azimuth=self._orbit.azimuth + turned)
            viewer = orbit.camera(self._size)
            image = np.full((self._size[1], self._size[0], 3), GROUND, dtype=np.uint8)
            draw_ground(image, self._scene, viewer)
            self._empty = (turned, image, viewer)
        return self._empty[1].copy(), self._empty[2]

    def _draw_shadow(
        self, image: Image, joints: Float64Array, skeleton: Skeleton, viewer: Camera
    ) -> None:
        below = np.concatenate(
            [joints[:, :2], np.full((len(joints), 1), self._scene.floor)], axis=1
        )
        below[np.isnan(joints).any(axis=1)] = np.nan
        pixels = viewer.project(below)
        depth = _depths(below, viewer)
        for a, b in skeleton.edge_indices.tolist():
            width = LIMB * viewer.matrix[0, 0] / np.mean(depth[[a, b]])
            mark = _mark(pixels[a], pixels[b], 0.0, max(1.0, float(width)), SHADOW)
            if mark is not None:
                _draw(image, mark, SHADOW, mark.width)

    def _write_ids(
        self, image: Image, labels: Sequence[tuple[int, Float64Array]], viewer: Camera
    ) -> None:
        for identity, place in labels:
            x, y = viewer.project(place).tolist()
            if abs(x) < _LIMIT and abs(y) < _LIMIT:
                height = 0.02 * min(image.shape[:2])
                draw_label(
                    image, str(identity), (x, y), height=height, colour=person_colour(identity)
                )

    def _write_time(self, image: Image, time: float) -> None:
        side = min(image.shape[:2])
        scale = cv2.getFontScaleFromHeight(FONT, max(9, round(0.02 * side)), 1)
        place = (round(0.03 * side), round(0.055 * side))
        cv2.putText(image, f"{time:.2f} s", place, FONT, scale, TEXT, 1, cv2.LINE_AA)


def _marks(joints: Float64Array, skeleton: Skeleton, viewer: Camera) -> list[_Mark]:
    """Limbs and joints with a place and a size in the picture."""
    pixels, depth = viewer.project(joints), _depths(joints, viewer)
    edges = skeleton.edge_indices
    starts, ends = edges[:, 0], edges[:, 1]
    focal = viewer.matrix[0, 0]
    length = np.linalg.norm(joints[starts] - joints[ends], axis=1)
    thick = np.minimum(LIMB, LIMB_SHARE * length)
    far = (depth[starts] + depth[ends]) / 2
    limb_colours, joint_colours = side_colours(skeleton)
    found: list[_Mark | None] = [
        _mark(
            pixels[a], pixels[b], float(far[i]), float(focal * thick[i] / far[i]), limb_colours[i]
        )
        for i, (a, b) in enumerate(edges.tolist())
    ]
    radius = np.full(len(joints), LIMB)
    known = ~np.isnan(thick)
    for side in (starts, ends):
        np.minimum.at(radius, side[known], thick[known])
    for i in np.flatnonzero(~np.isnan(pixels[:, 0])).tolist():
        width = float(2 * JOINT * focal * radius[i] / depth[i])
        # A joint lies a little before its own limbs, or their outlines would cut into it.
        found.append(_mark(pixels[i], None, float(depth[i]) - LIMB, width, joint_colours[i]))
    return [mark for mark in found if mark is not None]


def _mark(
    start: Float64Array, end: Float64Array | None, depth: float, width: float, colour: Colour
) -> _Mark | None:
    places = [start] if end is None else [start, end]
    if not all(abs(x) < _LIMIT for place in places for x in place.tolist()):  # also NaN
        return None
    fixed = [_fixed(place) for place in places]
    return _Mark(
        depth, max(_THINNEST, width), colour, fixed[0], fixed[1] if end is not None else None
    )


def _draw(image: Image, mark: _Mark, colour: Colour, width: float) -> None:
    if mark.end is None:
        radius = round(width / 2 * 2**_FRACTION)
        cv2.circle(image, mark.start, radius, colour, cv2.FILLED, cv2.LINE_AA, _FRACTION)
    else:
        cv2.line(image, mark.start, mark.end, colour, max(1, round(width)), cv2.LINE_AA, _FRACTION)


def _fixed(place: Float64Array) -> tuple[int, int]:
    x, y = (place * 2**_FRACTION).round().tolist()
    return int(x), int(y)


def _depths(points: Float64Array, viewer: Camera) -> Float64Array:
    """Metres before the viewer, (K,)."""
    return np.asarray(points @ viewer.rotation[2] + viewer.translation[2])


def _above(joints: Float64Array) -> Float64Array:
    """A place over the highest joint, (3,)."""
    top = joints[int(np.nanargmax(joints[:, 2]))]
    return np.asarray(top + np.array([0, 0, _ABOVE_HEAD]))
