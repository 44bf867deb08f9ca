"""The picture of the conventions of angles: a person seen from the side, joints and segments.

Every arc is drawn from the table of angles and the value beside it is what `joint_angles` gives, so
the picture cannot differ from the code.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from kinema.analysis.angles import ANGLES_2D, PlanarAngle, joint_angles
from kinema.media.frame import Image
from kinema.skeleton import Skeleton
from kinema.track import Track

Point = npt.NDArray[np.float64]

# A person who steps, facing right; metres forward and up.
FIGURE = {
    "mid_hip": (0.0, 0.95),
    "hip": (0.0, 0.95),
    "neck": (0.15, 1.46),
    "head_top": (0.33, 1.75),
    "shoulder": (0.15, 1.46),
    "elbow": (0.32, 1.21),
    "wrist": (0.55, 1.29),
    "index": (0.61, 1.37),
    "knee": (0.27, 0.6),
    "ankle": (0.1, 0.21),
    "heel": (0.03, 0.14),
    "big_toe": (0.26, 0.12),
}
OTHER_LEG = ((0.0, 0.95), (-0.12, 0.53), (-0.38, 0.16), (-0.2, 0.02))
BONES = (
    ("mid_hip", "neck"),
    ("neck", "head_top"),
    ("shoulder", "elbow"),
    ("elbow", "wrist"),
    ("wrist", "index"),
    ("hip", "knee"),
    ("knee", "ankle"),
    ("ankle", "heel"),
    ("heel", "big_toe"),
    ("ankle", "big_toe"),
)
SHORT = {"toe": "big_toe", "head_base": "neck", "head": "head_top"}
BACKGROUND, BONE, FAR, TEXT = (34, 38, 46), (214, 219, 228), (80, 87, 100), (206, 212, 222)
ARC, DASH = (255, 170, 80), (125, 134, 150)
SCALE, PANEL = 380, (620, 800)  # pixels a metre; width and height
FINE = 3  # drawn larger by this and made smaller, for smooth lines
RADIUS, REACH = 40, 66
# Where the label of an angle stands, from its joint: beside the arc unless something is there.
LABELS = {
    "neck_flexion": (62, -62),
    "shoulder_flexion": (-178, 30),
    "hip_flexion": (-128, 40),
    "trunk_flexion": (-128, -60),
    "wrist_flexion": (-40, -60),
    "ankle_dorsiflexion": (96, -22),
    "knee_flexion": (54, 60),
    "hand_angle": (44, -14),
    "forearm_angle": (78, 0),
    "foot_angle": (100, 4),
}


def angle_picture() -> Image:
    """Both panels beside each other."""
    track = _track()
    curves = joint_angles(track, facing="right")
    panels = []
    for title, follows in (("Joint angles", False), ("Segment angles", True)):
        canvas = np.full((PANEL[1] * FINE, PANEL[0] * FINE, 3), BACKGROUND, dtype=np.uint8)
        _draw_figure(canvas)
        _write(canvas, title, (24, 40), 0.8)
        for angle in ANGLES_2D:
            if angle.follows == follows and angle.plane == "sagittal":
                name = f"right_{angle.name}" if angle.sided else angle.name
                _draw_angle(canvas, angle, float(curves[name][0]))
        panels.append(cv2.resize(canvas, PANEL, interpolation=cv2.INTER_AREA))
    return np.ascontiguousarray(np.hstack(panels))


def _track() -> Track:
    middle = ("mid_hip", "neck", "head_top")
    joints = [joint if joint in middle else f"right_{joint}" for joint in FIGURE]
    points = np.array([[_pixel(place) for place in FIGURE.values()]])
    skeleton = Skeleton("figure", tuple(joints))
    return Track(skeleton, points, np.ones(points.shape[:2]), [0.0])


def _pixel(place: tuple[float, float]) -> Point:
    return np.array([230 + SCALE * place[0], PANEL[1] - 30 - SCALE * place[1]])


def _draw_figure(canvas: Image) -> None:
    for start, end in pairwise(OTHER_LEG):
        _line(canvas, _pixel(start), _pixel(end), FAR, 7)
    for first, last in BONES:
        _line(canvas, _pixel(FIGURE[first]), _pixel(FIGURE[last]), BONE, 7)
    for place in FIGURE.values():
        centre = tuple(int(v) for v in _pixel(place) * FINE)
        cv2.circle(canvas, centre, 8 * FINE, BONE, -1, cv2.LINE_AA)


def _draw_angle(canvas: Image, angle: PlanarAngle, value: float) -> None:
    """The direction of zero, dashed, and the arc from there to the segment."""
    start, end = (_pixel(FIGURE[SHORT.get(point, point)]) for point in angle.second)
    way = _up(end - start)
    direction = float(np.degrees(np.arctan2(way[1], way[0])))
    zero = direction - angle.sign * value  # what the segment's direction is at an angle of 0
    tip = start + REACH * _down(zero)
    _dashed(canvas, start, tip)
    arc = np.linspace(zero, direction, 60)
    points = np.stack([start + RADIUS * _down(degrees) for degrees in arc])
    cv2.polylines(canvas, [np.round(points * FINE).astype(np.int32)], False, ARC, 3 * FINE)
    back = points[-4] - points[-1]
    size = np.linalg.norm(back)
    if size > 0:
        for turn in (30.0, -30.0):
            matrix = cv2.getRotationMatrix2D((0, 0), turn, 1.0)[:, :2]
            _line(canvas, points[-1], points[-1] + 10 * matrix @ back / size, ARC, 3)
    label = angle.name.removesuffix("_angle").replace("_", " ")
    beside = (RADIUS + 14) * _down((zero + direction) / 2) + np.array([0, 5])
    corner = start + LABELS.get(angle.name, beside)
    _write(canvas, f"{label} {value:.0f}", (float(corner[0]), float(corner[1])), 0.5)


def _up(vector: Point) -> Point:
    return vector * (1, -1)


def _down(degrees: float) -> Point:
    """A direction, counter-clockwise from the right, in a picture whose y points down."""
    return np.array([np.cos(np.radians(degrees)), -np.sin(np.radians(degrees))])


def _dashed(canvas: Image, start: Point, end: Point) -> None:
    for part in np.arange(0.0, 1.0, 0.16):
        _line(canvas, start + part * (end - start), start + (part + 0.09) * (end - start), DASH, 2)


def _line(canvas: Image, a: Point, b: Point, colour: tuple[int, int, int], width: int) -> None:
    first, last = (tuple(int(v) for v in point * FINE) for point in (a, b))
    cv2.line(canvas, first, last, colour, width * FINE, cv2.LINE_AA)


def _write(canvas: Image, text: str, corner: tuple[float, float], size: float) -> None:
    place = round(corner[0] * FINE), round(corner[1] * FINE)
    style = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(canvas, text, place, style, size * FINE, BACKGROUND, 6 * FINE, cv2.LINE_AA)
    cv2.putText(canvas, text, place, style, size * FINE, TEXT, FINE + 1, cv2.LINE_AA)
