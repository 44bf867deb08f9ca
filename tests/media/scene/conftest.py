"""Somebody who stands in space, with a left arm that is stretched out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from kinema.skeletons import BODY25
from kinema.track import Track

RATE = 30

# Facing along x; y is to their left.
PERSON = {
    "nose": (0.1, 0, 1.65),
    "neck": (0, 0, 1.45),
    "left_shoulder": (0, 0.2, 1.45),
    "right_shoulder": (0, -0.2, 1.45),
    "left_elbow": (0, 0.5, 1.45),
    "left_wrist": (0, 0.8, 1.45),
    "mid_hip": (0, 0, 0.95),
    "left_hip": (0, 0.12, 0.95),
    "right_hip": (0, -0.12, 0.95),
    "left_knee": (0, 0.12, 0.5),
    "right_knee": (0, -0.12, 0.5),
    "left_ankle": (0, 0.12, 0.05),
    "right_ankle": (0, -0.12, 0.05),
}


def standing(
    frames: int = 10, *, at: tuple[float, float, float] = (0, 0, 0), identity: int = 1
) -> Track:
    keypoints = np.full((frames, 25, 3), np.nan)
    for joint, place in PERSON.items():
        keypoints[:, BODY25.index(joint)] = np.add(place, at)
    scores = np.where(np.isnan(keypoints[..., 0]), 0, 1)
    return Track(BODY25, keypoints, scores, np.arange(frames) / RATE, id=identity, space="world")


@pytest.fixture
def person() -> Callable[..., Track]:
    """Makes somebody who stands at a place in the world."""
    return standing


@pytest.fixture
def in_body_space() -> Callable[..., Track]:
    """The same person as lifting gives it: about the hips, seen from in front."""

    def make(**words) -> Track:
        track = standing(**words)
        x, y, z = np.moveaxis(track.keypoints, 2, 0)
        # The camera looks along -x: the person's left is to the right of the picture.
        return replace(track, keypoints=np.stack([y, 0.95 - z, -x], axis=2), space="body")

    return make
