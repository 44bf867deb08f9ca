import numpy as np
import pytest

from kinema.skeletons import find_skeleton
from kinema.track import Track

HEIGHT = 500.0  # pixels


def _walk(seconds=4.0, rate=30.0, noise=0.0, seed=0, cadence=1.0, name="coco17"):
    """Somebody 500 pixels tall who walks to the right, seen from the side: one stride a second.

    The legs swing like pendulums of two parts, the arms against them.
    """
    skeleton = find_skeleton(name)
    times = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * cadence * times
    keypoints = np.full((len(times), len(skeleton), 2), np.nan)
    middle = 200 + 150 * times
    for side, turn, aside in (("left", 0.0, 4.0), ("right", np.pi, -4.0)):
        leg, arm = np.sin(phase + turn), -np.sin(phase + turn)
        bend = np.maximum(np.sin(phase + turn + 1.2), 0)
        at = {
            "hip": (middle + aside, 250 + 0 * times),
            "knee": (middle + aside + 55 * leg, 370 - 8 * leg**2),
            "ankle": (middle + aside + 110 * leg - 60 * bend, 485 - 25 * bend),
            "heel": (middle + aside + 110 * leg - 70 * bend - 15, 495 - 30 * bend),
            "big_toe": (middle + aside + 110 * leg - 50 * bend + 35, 500 - 20 * bend),
            "shoulder": (middle - aside, 100 + 0 * times),
            "elbow": (middle - aside + 35 * arm, 185 + 0 * times),
            "wrist": (middle - aside + 75 * arm + 15, 255 - 10 * arm),
            "eye": (middle + 25 + aside, 30 + 0 * times),
            "ear": (middle + aside, 40 + 0 * times),
        }
        for joint, (x, y) in at.items():
            if f"{side}_{joint}" in skeleton:
                keypoints[:, skeleton.index(f"{side}_{joint}")] = np.stack([x, y], axis=1)
    keypoints[:, skeleton.index("nose")] = np.stack([middle + 35, 38 + 0 * times], axis=1)
    keypoints += noise * np.random.default_rng(seed).normal(size=keypoints.shape)
    scores = np.where(np.isnan(keypoints[..., 0]), 0, 0.9)
    return Track(skeleton, keypoints, scores, times)


@pytest.fixture
def walk():
    return _walk
