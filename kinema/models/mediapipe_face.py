"""MediaPipe's network of one face, 468 points, and where to look for it.

Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs", CVPR
Workshop 2019 (arXiv:1907.06724). There a detector of faces says where they are; here the joints of
the head do.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.face_mesh import FACE468
from kinema.models.card import ModelCard
from kinema.models.crop_network import CropNetwork
from kinema.models.crops import Region
from kinema.models.mediapipe_crop import crop_network, square_around
from kinema.models.options import Options
from kinema.poses import Float32Array

INPUT_SIZE = 192
VALUES = (1404, 1)
"""Points in pixels, presence."""

EYES_SHARE, EARS_SHARE, EYE_TO_EAR_SHARE, NECK_SHARE = 3.2, 1.4, 2.2, 0.5
"""The side of the square by distances: between the eyes, between the ears, from an eye to the ear
beside it, from the nose to the neck. A head that turns shortens some and lengthens others, so the
largest counts. A second look follows, so this one is as near as it may be: on COCO, more faces are
found than in a square a third larger."""

UPRIGHT_SHARE = 0.12
"""Eyes and ears that are nearer than this share of the side do not say how the head is turned; the
line from the neck does."""

SCALE = 1.5
"""Of the square for the second look: `face_landmark_landmarks_to_roi.pbtxt`."""

RIGHT_CORNER, LEFT_CORNER, FOREHEAD, CHIN = 33, 263, 10, 152

Point = npt.NDArray[np.float64]


def load_person(card: ModelCard, files: tuple[Path, ...], options: Options) -> CropNetwork:
    """The network, which looks at a crop with one upright face.

    Raises:
        ModelError: If the file is no such network.
        InputError: If an option is of no use.
    """
    return crop_network(
        card, files, options, skeleton=FACE468, size=INPUT_SIZE, values=VALUES, logit=True
    )


def face_region(
    *,
    nose: Float32Array,
    eyes: Float32Array,
    ears: Float32Array,
    neck: Float32Array,
) -> Region | None:
    """The square in which the face of a body is, turned as the head is.

    Args:
        nose: x and y in pixels.
        eyes: (2, 2) the right one, then the left one.
        ears: (2, 2) likewise.
        neck: x and y of the middle of the shoulders.

    Returns:
        The region; None without the nose or without any eye, as from behind.
    """
    head = np.vstack([nose, eyes, ears]).astype(np.float64)
    seen: npt.NDArray[np.bool_] = np.asarray(np.isfinite(head).all(axis=1))
    if not seen[0] or not seen[1:3].any():
        return None
    right_eye, left_eye, right_ear, left_ear = head[1:]
    side = max(
        1.0,
        EYES_SHARE * _distance(right_eye, left_eye),
        EARS_SHARE * _distance(right_ear, left_ear),
        EYE_TO_EAR_SHARE * max(_distance(right_eye, right_ear), _distance(left_eye, left_ear)),
        NECK_SHARE * _distance(head[0], neck.astype(np.float64)),
    )
    across = np.nan_to_num(left_eye - right_eye) + np.nan_to_num(left_ear - right_ear)
    if math.hypot(*across) < UPRIGHT_SHARE * side:
        up = np.nan_to_num(head[seen].mean(axis=0) - neck, nan=0.0)
        across = np.array([-up[1], up[0]]) if up.any() else np.array([1.0, 0.0])
    angle = math.atan2(across[1], across[0])
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    own = head @ turn
    # Across, the middle of all that is seen of the head; down, the middle between eyes and nose.
    middle_x = (np.nanmin(own[:, 0]) + np.nanmax(own[:, 0])) / 2
    middle_y = (own[0, 1] + np.nanmean(own[1:3, 1])) / 2
    x, y = turn @ (middle_x, middle_y)
    return Region((float(x), float(y)), (side, side), angle)


def closer_region(points: Float32Array) -> Region:
    """The square for a second look at a face, from the points of the first.

    MediaPipe's own rule, but for the turn: it takes the line of the eyes, which is short in
    profile; here the line from forehead to chin has a say as well.

    Args:
        points: (468, 2) in pixels; none is NaN.
    """
    across = (points[LEFT_CORNER] - points[RIGHT_CORNER]).astype(np.float64)
    down = (points[CHIN] - points[FOREHEAD]).astype(np.float64)
    angle = math.atan2(across[1] - down[0], across[0] + down[1])
    return square_around(points, angle, scale=SCALE)


def _distance(one: Point, other: Point) -> float:
    """In pixels; 0 if a point is not known."""
    distance = math.hypot(*(one - other))
    return distance if math.isfinite(distance) else 0.0
