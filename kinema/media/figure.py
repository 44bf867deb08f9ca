"""One person as a drawing: limbs, joints, an outline around them, and how opaque each part is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from kinema.media.canvas import blend
from kinema.media.colours import DARK, Colour
from kinema.media.frame import Image
from kinema.poses import Float32Array
from kinema.skeleton import Skeleton

OUTLINE = 0.34  # both sides together, of the limb's thickness, but at least one pixel
JOINT_RADIUS = 0.78  # of the limb's thickness
SHORT_LIMB_THICKNESS = 0.35  # at most this share of its length, so that faces stay readable
SHORT_LIMB_RADIUS = 0.3
LEAST_LIMIT_OF_DISCS = 2.5  # where limbs may be no thicker, they have no discs at their joints
FRACTION_BITS = 4  # OpenCV draws at sixteenths of a pixel


@dataclass(frozen=True)
class Figure:
    """What is drawn of one person.

    Attributes:
        points: (K, 2) pixels, x and y; NaN where nothing is drawn.
        opacity: (K,) from 0 to 1.
        thickness: Of the limbs, in pixels; at least 1.
        limb_colours: One for each edge of the skeleton.
        joint_colours: K colours.
        limits: (K,) the most that a limb at a joint is thick, in pixels; inf for no limit.
    """

    points: Float32Array
    opacity: Float32Array
    thickness: float
    limb_colours: Sequence[Colour]
    joint_colours: Sequence[Colour]
    limits: Float32Array

    @property
    def outline(self) -> int:
        """How much wider than its limb an outline is, in pixels, where limbs have no limit."""
        return _outline(self.thickness)

    @property
    def joint_radius(self) -> float:
        """Of a joint that has room, in pixels."""
        return max(1.0, JOINT_RADIUS * self.thickness)


def _outline(thickness: float) -> int:
    return max(1, round(OUTLINE * thickness))


@dataclass(frozen=True)
class _Limb:
    edge: int
    joints: tuple[int, int]
    start: tuple[int, int]  # in sixteenths of a pixel
    end: tuple[int, int]
    length: float
    thickness: int
    opacity: float


def draw_figure(canvas: Image, figure: Figure, skeleton: Skeleton) -> None:
    """Draw one person into `canvas`, (H, W, 3) uint8 RGB.

    Everything is drawn opaque and then fades by a map of opacities. That is much faster than
    blending limb by limb, and crossing limbs do not shine through one another.
    """
    region = _region(canvas, figure)
    if region is None:
        return
    part = canvas[region]
    points = figure.points - np.array([region[1].start, region[0].start], dtype=np.float32)
    limbs = _limbs(points, figure, skeleton)
    radii = _joint_radii(points, figure, limbs)
    if float(figure.opacity[~np.isnan(points[:, 0])].min()) == 1:
        _paint(part, points, figure, limbs, radii)
        return
    before = part.copy()
    _paint(part, points, figure, limbs, radii)
    part[:] = blend(before, part, _opacities(part, points, figure, limbs, radii))


def _region(canvas: Image, figure: Figure) -> tuple[slice, slice] | None:
    """Rows and columns of the picture that the drawing may touch; None if it is all outside."""
    margin = figure.joint_radius + figure.outline + 3
    low = np.floor(np.nanmin(figure.points, axis=0) - margin)
    high = np.ceil(np.nanmax(figure.points, axis=0) + margin) + 1
    left, top = (int(value) for value in np.maximum(low, 0))
    right, bottom = (int(value) for value in np.minimum(high, (canvas.shape[1], canvas.shape[0])))
    if left >= right or top >= bottom:
        return None
    return slice(top, bottom), slice(left, right)


def _limbs(points: Float32Array, figure: Figure, skeleton: Skeleton) -> list[_Limb]:
    starts, ends = points[skeleton.edge_indices[:, 0]], points[skeleton.edge_indices[:, 1]]
    lengths = np.hypot(*(ends - starts).T)
    limbs = []
    for edge in np.flatnonzero(~np.isnan(lengths)).tolist():
        a, b = skeleton.edge_indices[edge].tolist()
        length = float(lengths[edge])
        most = min(figure.thickness, float(figure.limits[a]), float(figure.limits[b]))
        limbs.append(
            _Limb(
                edge,
                (a, b),
                _fixed(starts[edge]),
                _fixed(ends[edge]),
                length,
                max(1, round(min(most, SHORT_LIMB_THICKNESS * length))),
                float(min(figure.opacity[a], figure.opacity[b])),
            )
        )
    return limbs


def _joint_radii(points: Float32Array, figure: Figure, limbs: list[_Limb]) -> dict[int, float]:
    """The radius of each joint that has a disc: smaller where limbs are short, never thinner."""
    shown = np.flatnonzero(~np.isnan(points[:, 0])).tolist()
    radii = {
        joint: min(figure.joint_radius, JOINT_RADIUS * float(figure.limits[joint]))
        for joint in shown
    }
    for limb in limbs:
        for joint in limb.joints:
            radii[joint] = min(radii[joint], SHORT_LIMB_RADIUS * limb.length)
    for limb in limbs:
        for joint in limb.joints:
            radii[joint] = max(radii[joint], 0.6 * limb.thickness)
    tied = {joint for limb in limbs for joint in limb.joints}
    return {
        joint: max(radius, 1.0)
        for joint, radius in radii.items()
        if joint not in tied or figure.limits[joint] >= LEAST_LIMIT_OF_DISCS
    }


def _paint(
    part: Image,
    points: Float32Array,
    figure: Figure,
    limbs: list[_Limb],
    radii: dict[int, float],
) -> None:
    """Everything in full colour: outlines of limbs, limbs, joints with their outlines."""
    for limb in limbs:
        _line(part, limb, limb.thickness + _limb_outline(limb, figure), DARK)
    for limb in limbs:
        _line(part, limb, limb.thickness, figure.limb_colours[limb.edge])
    for joint, radius in radii.items():
        _disc(part, points[joint], radius + _joint_outline(joint, figure) / 2, DARK)
        _disc(part, points[joint], radius, figure.joint_colours[joint])


def _opacities(
    part: Image,
    points: Float32Array,
    figure: Figure,
    limbs: list[_Limb],
    radii: dict[int, float],
) -> Image:
    """(H, W) uint8: how much of the drawing shows. A pixel wider than the drawing itself."""
    opacities = np.zeros(part.shape[:2], dtype=np.uint8)
    for limb in limbs:
        level = round(255 * limb.opacity)
        width = limb.thickness + _limb_outline(limb, figure) + 2
        cv2.line(opacities, limb.start, limb.end, (level,), width, cv2.LINE_8, FRACTION_BITS)
    for joint, radius in radii.items():
        level = round(255 * float(figure.opacity[joint]))
        size = round((radius + _joint_outline(joint, figure) / 2 + 1) * 2**FRACTION_BITS)
        cv2.circle(
            opacities, _fixed(points[joint]), size, (level,), cv2.FILLED, cv2.LINE_8, FRACTION_BITS
        )
    return opacities


def _limb_outline(limb: _Limb, figure: Figure) -> int:
    """Thinner where limbs are thin because of what they are a part of."""
    return max(_joint_outline(joint, figure) for joint in limb.joints)


def _joint_outline(joint: int, figure: Figure) -> int:
    return _outline(min(figure.thickness, float(figure.limits[joint])))


def _line(part: Image, limb: _Limb, thickness: int, colour: Colour) -> None:
    cv2.line(part, limb.start, limb.end, colour, thickness, cv2.LINE_AA, FRACTION_BITS)


def _disc(part: Image, centre: Float32Array, radius: float, colour: Colour) -> None:
    size = round(radius * 2**FRACTION_BITS)
    cv2.circle(part, _fixed(centre), size, colour, cv2.FILLED, cv2.LINE_AA, FRACTION_BITS)


def _fixed(point: Float32Array) -> tuple[int, int]:
    """A point in OpenCV's integers, sixteenths of a pixel."""
    x, y = (point * 2**FRACTION_BITS).round().tolist()
    return int(x), int(y)
