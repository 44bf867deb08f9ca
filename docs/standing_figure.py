"""Where each joint of each skeleton is on a person who stands and faces us, for pictures.

x counts from the middle, y from the crown, in body heights, y down. The head, the hands and the
feet are drawn larger than they are, so that their joints can be told apart. The person's right is
on the picture's left.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kinema.skeleton import Skeleton
from kinema.skeletons import FACE68, FACE468, HAND21, OPENPOSE137, WHOLEBODY133

Points = npt.NDArray[np.float64]
"""(K, 2) x and y."""

MIDDLE = {
    "head_top": (0.0, 0.0),
    "head": (0.0, 0.075),
    "nose": (0.0, 0.11),
    "jaw": (0.0, 0.15),
    "upper_neck": (0.0, 0.18),
    "mid_neck": (0.0, 0.185),
    "neck": (0.0, 0.225),
    "thorax": (0.0, 0.225),
    "chest": (0.0, 0.36),
    "spine": (0.0, 0.385),
    "mid_hip": (0.0, 0.52),
}
LEFT = {
    "eye_inner": (0.03, 0.075),
    "eye": (0.058, 0.066),
    "eye_outer": (0.086, 0.075),
    "ear": (0.118, 0.098),
    "mouth": (0.034, 0.152),
    "shoulder": (0.135, 0.23),
    "elbow": (0.21, 0.365),
    "wrist": (0.265, 0.49),
    "hand": (0.283, 0.535),
    "hand_tip": (0.306, 0.59),
    "thumb": (0.226, 0.55),
    "thumb_tip": (0.24, 0.56),
    "index": (0.27, 0.6),
    "pinky": (0.33, 0.575),
    "hip": (0.075, 0.525),
    "knee": (0.092, 0.735),
    "ankle": (0.1, 0.92),
    "heel": (0.07, 0.965),
    "foot": (0.125, 0.98),
    "foot_index": (0.145, 1.0),
    "big_toe": (0.125, 1.01),
    "small_toe": (0.185, 0.985),
}
BODY = MIDDLE | {
    f"{side}_{joint}": (sign * x, y)
    for joint, (x, y) in LEFT.items()
    for side, sign in (("left", 1), ("right", -1))
}

FINGERS = {  # where the finger begins, and the way to its tip; palm towards us, wrist at (0, 0)
    "thumb": ((-0.16, -0.12), (-0.27, -0.3)),
    "index": ((-0.14, -0.44), (-0.06, -0.4)),
    "middle": ((0.0, -0.47), (0.0, -0.44)),
    "ring": ((0.12, -0.44), (0.05, -0.4)),
    "pinky": ((0.23, -0.38), (0.1, -0.3)),
}


def place_joints(skeleton: Skeleton, canvas: tuple[int, int]) -> Points | None:
    """The joints (K, 2) in pixels of a canvas (width, height); None for the face mesh."""
    if skeleton == FACE468:
        return None  # its shape is a model of its own, which is not copied here
    if skeleton == HAND21:
        return _fitted(_hand(), canvas)
    if set(FACE68.keypoints) <= set(skeleton.keypoints):
        return _fitted(_face(len(skeleton)), canvas)
    if skeleton in (OPENPOSE137, WHOLEBODY133):
        return _fitted(_whole_body(skeleton), canvas)
    places = [BODY[joint] for joint in skeleton.keypoints]
    return _fitted(np.array(places), canvas)


def _whole_body(skeleton: Skeleton) -> Points:
    body = [BODY[joint] for joint in skeleton.keypoints if joint in BODY]
    face_points = sum(joint.startswith("face_") for joint in skeleton.keypoints)
    face = _face(face_points) * 0.1 + (0.0, 0.11)
    hand = _hand() * (0.12, -0.12)  # hanging down; the left hand's thumb points to the body
    left = hand + BODY["left_wrist"]
    right = hand * (-1, 1) + BODY["right_wrist"]
    return np.concatenate([body, face, left, right])


def _hand() -> Points:
    joints = [(0.0, 0.0)]
    for (x, y), (across, up) in FINGERS.values():
        joints += [(x + across * step, y + up * step) for step in (0.0, 0.42, 0.73, 1.0)]
    return np.array(joints)


def _face(count: int) -> Points:
    """Of half a unit around (0, 0): jaw, brows, nose, eyes, lips, and the pupils if 70."""
    parts = [
        _arc(17, (0, -0.15), (0.85, 1.15), 180, 0),
        _arc(5, (-0.42, -0.4), (0.27, 0.16), 200, 340),
        _arc(5, (0.42, -0.4), (0.27, 0.16), 200, 340),
        np.linspace((0.0, -0.25), (0.0, 0.14), 4),
        _arc(5, (0, 0.22), (0.17, 0.07), 180, 0),
        _eye(-0.4),
        _eye(0.4),
        _arc(7, (0, 0.52), (0.33, 0.13), 180, 360),
        _arc(7, (0, 0.52), (0.33, 0.16), 0, 180)[1:-1],
        _arc(5, (0, 0.52), (0.24, 0.045), 180, 360),
        _arc(5, (0, 0.52), (0.24, 0.06), 0, 180)[1:-1],
        np.array([(-0.4, -0.22), (0.4, -0.22)]),
    ]
    return np.concatenate(parts)[:count]


def _eye(x: float) -> Points:
    upper = _arc(4, (x, -0.22), (0.16, 0.08), 180, 360)
    return np.concatenate([upper, _arc(4, (x, -0.22), (0.16, 0.08), 0, 180)[1:-1]])


def _arc(
    count: int, centre: tuple[float, float], radii: tuple[float, float], start: float, end: float
) -> Points:
    """Points of an ellipse between two angles in degrees, clockwise from the right."""
    angle = np.radians(np.linspace(start, end, count))
    points: Points = np.stack([np.cos(angle), np.sin(angle)], axis=1) * radii + centre
    return points


def _fitted(places: Points, canvas: tuple[int, int]) -> Points:
    """As large as fits into the canvas with a margin, in its middle."""
    room = np.array(canvas) - 2 * 55
    low, high = places.min(axis=0), places.max(axis=0)
    scale = float(np.min(room / (high - low)))
    fitted: Points = (places - (low + high) / 2) * scale + np.array(canvas) / 2
    return fitted
