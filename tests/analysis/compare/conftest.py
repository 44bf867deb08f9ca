"""Somebody who walks, at any rate, from any moment on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kinema.skeleton import Skeleton
from kinema.skeletons import COCO17
from kinema.track import Track


def path(times: np.ndarray) -> np.ndarray:
    """(T, 17, 3) metres, z up: a walk along y whose limbs swing, never twice in the same way."""
    rng = np.random.default_rng(3)
    still = rng.uniform((-0.3, -0.2, 0.1), (0.3, 0.2, 1.7), (17, 3))
    swing = rng.uniform(-0.2, 0.2, (17, 3))
    phase = rng.uniform(0, 6, 17)
    pace = 5 + 0.15 * times  # radians a second, growing
    wave = np.sin((pace * times)[:, None] + phase)
    joints = still + wave[..., None] * swing
    joints[:, :, 1] += times[:, None]
    return joints


def walk(
    start: float = 0.0,
    seconds: float = 4.0,
    *,
    rate: float = 50.0,
    late: float = 0.0,
    skeleton: Skeleton = COCO17,
    noise: float = 0.0,
    seed: int = 0,
) -> Track:
    """What a recording shows that begins at `start` and whose clock is `late` seconds behind."""
    times = start + np.arange(round(seconds * rate)) / rate
    joints = path(times)
    joints = joints + np.random.default_rng(seed).normal(0, noise, joints.shape)
    return Track(skeleton, joints, np.ones(joints.shape[:2]), times - late, space="world")


@pytest.fixture(scope="session")
def walker() -> Callable[..., Track]:
    return walk
