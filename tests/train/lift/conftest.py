import numpy as np
import pytest

from kinema.skeletons import H36M17
from kinema.train.lift.mocap import Motion

# A person 1.7 m high who stands upright and faces y; x is to the person's right, z is up.
UPRIGHT = {
    "mid_hip": (0, 0, 0.9),
    "right_hip": (0.1, 0, 0.9),
    "right_knee": (0.1, 0, 0.48),
    "right_ankle": (0.1, 0, 0.07),
    "left_hip": (-0.1, 0, 0.9),
    "left_knee": (-0.1, 0, 0.48),
    "left_ankle": (-0.1, 0, 0.07),
    "spine": (0, 0, 1.15),
    "thorax": (0, 0, 1.4),
    "jaw": (0, 0, 1.5),
    "head_top": (0, 0, 1.7),
    "left_shoulder": (-0.18, 0, 1.4),
    "left_elbow": (-0.18, 0, 1.1),
    "left_wrist": (-0.18, 0, 0.84),
    "right_shoulder": (0.18, 0, 1.4),
    "right_elbow": (0.18, 0, 1.1),
    "right_wrist": (0.18, 0, 0.84),
}


@pytest.fixture
def motion():
    """Makes a recording of someone who walks along y, swinging arms and legs."""

    def make(subject="01", *, frames=240, rate=120.0, name=None):
        points = np.tile([UPRIGHT[joint] for joint in H36M17.keypoints], (frames, 1, 1))
        time = np.arange(frames) / rate
        points[..., 1] += 1.2 * time[:, None]
        for side, phase in (("left", 0.0), ("right", np.pi)):
            swing = np.sin(2 * np.pi * time + phase)
            for joint, reach in (("knee", 0.2), ("ankle", 0.4), ("elbow", -0.1), ("wrist", -0.25)):
                points[:, H36M17.index(f"{side}_{joint}"), 1] += reach * swing
        return Motion(name or f"{subject}_01", subject, rate, points.astype(np.float32))

    return make
