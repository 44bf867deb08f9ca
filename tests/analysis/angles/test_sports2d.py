"""Our angles of the side view are those of Sports2D 0.8.34, by the facts of its table of angles."""

import numpy as np
import pytest

from kinema.analysis.angles import joint_angles
from kinema.skeleton import Skeleton
from kinema.track import Track

# Its points, offset and factor; angles in a picture with y down whose x is negated for people who
# face left. Its left wrist has two of its points exchanged by mistake and is left out.
TABLE = {
    "SIDE_ankle_dorsiflexion": ("knee ankle toe heel", 90, 1),
    "SIDE_knee_flexion": ("ankle knee hip", -180, 1),
    "SIDE_hip_flexion": ("knee hip mid_hip neck", 0, -1),
    "SIDE_shoulder_flexion": ("elbow shoulder mid_hip neck", 0, -1),
    "SIDE_elbow_flexion": ("wrist elbow shoulder", 180, -1),
    "right_wrist_flexion": ("elbow wrist index", -180, 1),
    "SIDE_foot_angle": ("toe heel", 0, -1),
    "SIDE_shank_angle": ("ankle knee", 0, -1),
    "SIDE_thigh_angle": ("knee hip", 0, -1),
    "pelvis_angle": ("left_hip right_hip", 0, -1),
    "trunk_angle": ("neck mid_hip", 0, -1),
    "shoulders_angle": ("left_shoulder right_shoulder", 0, -1),
    "head_angle": ("head_top neck", 0, -1),
    "SIDE_arm_angle": ("elbow shoulder", 0, -1),
    "SIDE_forearm_angle": ("wrist elbow", 0, -1),
    "SIDE_hand_angle": ("index wrist", 0, -1),
}
JOINTS = ["shoulder", "elbow", "wrist", "index", "hip", "knee", "ankle", "heel", "big_toe"]
SKELETON = Skeleton(
    "all",
    ("mid_hip", "neck", "head_top", *(f"{s}_{j}" for s in ("left", "right") for j in JOINTS)),
)


def theirs(name, points):
    """The angle by the table, of points (T, K, 2) that were flipped for who faces left."""
    side = "left" if name.startswith("left") else "right"
    key = name if name in TABLE else name.replace(side, "SIDE", 1)
    joints, offset, factor = TABLE[key]
    places = []
    for joint in joints.replace("toe", "big_toe").split():
        full = joint if joint in SKELETON else f"{side}_{joint}"
        places.append(points[:, SKELETON.index(full)])
    if len(places) == 2:
        u = places[0] - places[1]
        angle = np.degrees(np.arctan2(u[:, 1], u[:, 0]))
    else:
        if len(places) == 3:
            u, v = places[0] - places[1], places[2] - places[1]
        else:
            u, v = places[1] - places[0], places[3] - places[2]
        cross = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
        angle = -np.degrees(np.arctan2(cross, (u * v).sum(axis=1)))
    return (angle + offset) * factor


@pytest.mark.parametrize("facing", ["right", "left"])
@pytest.mark.parametrize("name", TABLE)
def test_the_same_but_for_whole_turns(name, facing):
    points = np.random.default_rng(1).normal(500, 200, size=(2000, len(SKELETON), 2))
    points = points.astype(np.float32).astype(float)
    track = Track(SKELETON, points, np.ones(points.shape[:2]), np.arange(2000) / 30)
    ours = joint_angles(track, facing=facing)
    flipped = points * (-1, 1) if facing == "left" else points
    turn = 180 if name in ("pelvis_angle", "shoulders_angle") else 360
    for side in ("left", "right") if name.startswith("SIDE") else ("",):
        full = name.replace("SIDE", side)
        difference = ours[full] - theirs(full, flipped)
        assert difference / turn == pytest.approx(np.round(difference / turn), abs=1e-9)


def test_the_same_values_where_people_walk():
    """Within the usual ranges not even whole turns differ."""
    rng = np.random.default_rng(2)
    base = {
        "mid_hip": (0, 0), "neck": (0, -50), "head_top": (0, -80), "shoulder": (0, -50),
        "elbow": (0, -20), "wrist": (5, 5), "index": (6, 15), "hip": (0, 0), "knee": (3, 45),
        "ankle": (0, 90), "heel": (-5, 100), "big_toe": (20, 100),
    }  # fmt: skip
    rows = [base.get(j, base.get(j.partition("_")[2])) for j in SKELETON.keypoints]
    points = (np.array(rows, float) + rng.normal(size=(500, len(rows), 2)) * 3).astype(np.float32)
    track = Track(SKELETON, points, np.ones(points.shape[:2]), np.arange(500) / 30)
    ours = joint_angles(track, facing="right")
    for name in ("knee_flexion", "hip_flexion", "ankle_dorsiflexion", "thigh_angle", "foot_angle"):
        full = f"left_{name}"
        wrapped = (theirs(full, points.astype(float)) + 180) % 360 - 180
        assert ours[full] == pytest.approx(wrapped, abs=1e-9)
