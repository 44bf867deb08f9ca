"""MediaPipe's network of one hand, left or right, and where to look for it.

Zhang et al., "MediaPipe Hands: On-device Real-time Hand Tracking", CVPR Workshop 2020
(arXiv:2006.10214). There a detector of palms says where hands are; here the forearm does.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from kinema.face_and_hands import HAND21
from kinema.models.card import ModelCard
from kinema.models.crop_network import CropNetwork
from kinema.models.crops import Region
from kinema.models.mediapipe_crop import crop_network, square_around
from kinema.models.options import Options
from kinema.poses import Float32Array

INPUT_SIZE = 224
VALUES = (63, 1, 1, 63)
"""Points in pixels, presence, right or left, points in metres."""

BEYOND_WRIST = 0.33
UPPER_ARM = 0.9
"""OpenPose's rule for hands (`HandDetector::getHandFromPoseIndexes`): how far the middle is beyond
the wrist, in forearms; and how long a forearm is by the upper arm, as it may point to the camera.
"""

FOREARMS = 1.1
"""The side of the square. OpenPose takes 1.5; this network finds half as many hands again on COCO
in squares of 1.1, best of 0.8 to 1.8."""

PALM = tuple(
    number
    for number, joint in enumerate(HAND21.keypoints)
    if joint.endswith(("wrist", "cmc", "mcp", "pip", "thumb_ip"))
)
"""The 12 joints that the next square is made of: all but the tips and the joints before them.

`SplitNormalizedLandmarkListCalculator` in MediaPipe's `hand_landmark_landmarks_to_roi.pbtxt`."""

SCALE, LIFT = 2.0, 0.1
"""Of that square: how large it is and how much it is moved to the fingers, likewise."""


def load_person(card: ModelCard, files: tuple[Path, ...], options: Options) -> CropNetwork:
    """The network, which looks at a crop with one hand, fingers up.

    Raises:
        ModelError: If the file is no such network.
        InputError: If an option is of no use.
    """
    return crop_network(
        card, files, options, skeleton=HAND21, size=INPUT_SIZE, values=VALUES, logit=False
    )


def hand_region(wrist: Float32Array, elbow: Float32Array, shoulder: Float32Array) -> Region | None:
    """The square in which the hand of an arm is, turned so that the forearm points up.

    Args:
        wrist: x and y in pixels, as of the others.
        elbow: Of the same arm.
        shoulder: Of the same arm; may be NaN.

    Returns:
        The region; None if wrist or elbow is NaN, or both are at one place.

    >>> xy = lambda x, y: np.array([x, y], np.float32)
    >>> region = hand_region(xy(100, 100), xy(100, 200), xy(100, 300))
    >>> region.centre, round(region.size[0]), region.angle
    ((100.0, 67.0), 110, 0.0)
    """
    forearm = (wrist - elbow).astype(np.float64)
    length = math.hypot(*forearm)
    if not math.isfinite(length) or length == 0:
        return None
    upper_arm = math.hypot(*(elbow - shoulder))
    reach = max(length, UPPER_ARM * upper_arm) if math.isfinite(upper_arm) else length
    x, y = wrist + BEYOND_WRIST * forearm
    side = max(1.0, FOREARMS * reach)
    return Region((float(x), float(y)), (side, side), math.atan2(forearm[0], -forearm[1]))


def closer_region(points: Float32Array) -> Region:
    """The square for a second look at a hand, from the points of the first: MediaPipe's own rule.

    Args:
        points: (21, 2) in pixels; none is NaN.
    """
    hand = dict(zip(HAND21.keypoints, points.astype(np.float64), strict=True))
    fingers = ((hand["index_pip"] + hand["ring_pip"]) / 2 + hand["middle_pip"]) / 2
    x, y = fingers - hand["wrist"]
    return square_around(points[list(PALM)], math.atan2(x, -y), scale=SCALE, lift=LIFT)
