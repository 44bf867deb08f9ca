"""Drawing hands and faces of whole bodies, which are small and full of joints."""

from __future__ import annotations

import numpy as np
import pytest

from kinema.media.draw import draw_poses
from kinema.poses import Poses
from kinema.skeletons import HAND21, OPENPOSE137

GREY = np.full((600, 800, 3), 128, np.uint8)
BODY = {
    "neck": (400, 100),
    "mid_hip": (400, 300),
    "right_hip": (380, 300),
    "right_knee": (380, 560),
}


def person(hand_size: float, score: float = 1.0) -> Poses:
    """A trunk, and to the right of it a left hand whose fingers are rays."""
    keypoints = np.full((1, len(OPENPOSE137), 2), np.nan, np.float32)
    for joint, place in BODY.items():
        keypoints[0, OPENPOSE137.index(joint)] = place
    for finger, name in enumerate(("thumb", "index", "middle", "ring", "pinky")):
        for step, joint in enumerate(j for j in HAND21.keypoints if j.startswith(name)):
            place = (600 + hand_size * (step + 1) / 4, 200 + hand_size * finger / 4)
            keypoints[0, OPENPOSE137.index(f"left_hand_{joint}")] = place
    keypoints[0, OPENPOSE137.index("left_hand_wrist")] = 600, 200 + hand_size / 2
    scores = np.where(np.isnan(keypoints[..., 0]), 0, np.float32(score))
    return Poses(OPENPOSE137, keypoints, scores)


def drawn(picture: np.ndarray) -> np.ndarray:
    return (np.abs(picture.astype(int) - 128) > 40).any(axis=2)


def test_fingers_are_thinner_than_arms_and_legs():
    marked = drawn(draw_poses(GREY, person(100)))
    leg = np.count_nonzero(marked[430, 300:460])
    finger = np.count_nonzero(marked[190:210, 688])  # between the last joints of the thumb
    assert 1 <= finger < leg


@pytest.mark.parametrize("size", [2, 60, 100, 180])
@pytest.mark.parametrize("score", [0.3, 1.0])
def test_fingers_stay_apart(size, score):
    marked = drawn(draw_poses(GREY, person(size, score)))[:, 590:]
    assert marked.any()
    if size > 2:
        column = marked[:, 10 + round(size * 0.87)]
        starts = np.count_nonzero(np.diff(column.astype(int)) == 1)
        assert starts == 5


def test_a_hand_alone_is_drawn():
    poses = person(20)
    keypoints = poses.keypoints.copy()
    keypoints[0, :25] = np.nan
    hand = Poses(OPENPOSE137, keypoints, np.where(np.isnan(keypoints[..., 0]), 0, 1))
    assert drawn(draw_poses(GREY, hand)).any()
