"""Angles in space: zeros, signs, axes, invariance and uncertainty."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinema.analysis.angles import joint_angles
from kinema.skeleton import Skeleton
from kinema.track import Track

# A person upright in metres: x forward, y to the left, z up. Places of the left side.
MIDDLE = {"mid_hip": (0, 0, 0.9), "neck": (0, 0, 1.4), "head_top": (0, 0, 1.75)}
LEFT = {
    "shoulder": (0, 0.18, 1.4), "elbow": (0, 0.18, 1.1), "wrist": (0, 0.18, 0.85),
    "index": (0, 0.18, 0.75), "hip": (0, 0.09, 0.9), "knee": (0, 0.09, 0.5),
    "ankle": (0, 0.09, 0.1), "heel": (-0.05, 0.09, 0), "big_toe": (0.2, 0.09, 0),
}  # fmt: skip
SKELETON = Skeleton(
    "all", (*MIDDLE, *(f"{s}_{joint}" for s in ("left", "right") for joint in LEFT))
)


def person(changes=None):
    """Keypoints (K, 3); changes of a joint without side apply to both, mirrored."""
    changes = changes or {}
    rows = []
    for joint in SKELETON.keypoints:
        side, _, name = joint.partition("_")
        if side not in ("left", "right"):
            rows.append(changes.get(joint, MIDDLE.get(joint)))
            continue
        x, y, z = changes.get(name, LEFT[name])
        rows.append(changes.get(joint, (x, y if side == "left" else -y, z)))
    return np.array(rows, dtype=float)


def track_of(frames, space="world", sigma=None):
    frames = np.asarray(frames, dtype=float)
    times = np.arange(len(frames)) / 30
    return Track(SKELETON, frames, np.ones(frames.shape[:2]), times, space=space, sigma=sigma)


def of_one(points, space="world"):
    curves = joint_angles(track_of([points], space))
    return dict(zip(curves.names, curves.values[0].tolist(), strict=True))


UPRIGHT = {
    "ankle_dorsiflexion": 0, "knee_flexion": 0, "hip_flexion": 0, "hip_adduction": 0,
    "shoulder_flexion": 0, "shoulder_abduction": 0, "shoulder_elevation": 0, "elbow_flexion": 0,
    "wrist_flexion": 0, "foot_angle": 0, "shank_angle": -90, "thigh_angle": -90, "arm_angle": -90,
    "forearm_angle": -90, "hand_angle": -90, "trunk_flexion": 0, "trunk_lean": 0,
    "trunk_rotation": 0, "neck_flexion": 0, "pelvis_angle": 0, "shoulders_angle": 0,
    "trunk_angle": 90, "head_angle": 90,
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), UPRIGHT.items())
def test_zeros_of_a_person_upright(name, value):
    angles = of_one(person())
    for full in {name, f"left_{name}", f"right_{name}"} & set(angles):
        assert angles[full] == pytest.approx(value, abs=1e-3)


S, C = np.sin(np.radians(30)), np.cos(np.radians(30))
BENDS = [
    pytest.param({"ankle": (-0.4 * S, 0.09, 0.5 - 0.4 * C)}, "knee_flexion", 30, id="knee bent"),
    pytest.param({"ankle": (0.04, 0.09, 0.1)}, "knee_flexion", -5.7106, id="knee overstretched"),
    pytest.param({"knee": (0.4, 0.09, 0.9)}, "hip_flexion", 90, id="knee forward"),
    pytest.param({"knee": (-0.4 * S, 0.09, 0.9 - 0.4 * C)}, "hip_flexion", -30, id="knee back"),
    pytest.param({"knee": (0, 0.09 + 0.4 * S, 0.9 - 0.4 * C)}, "hip_adduction", -30, id="outward"),
    pytest.param({"knee": (0, 0.09 - 0.4 * S, 0.9 - 0.4 * C)}, "hip_adduction", 30, id="inward"),
    pytest.param({"ankle": (-0.4, 0.09, 0.5)}, "hip_rotation", 0, id="shank straight back"),
    pytest.param({"ankle": (-0.4 * C, 0.09 + 0.4 * S, 0.5)}, "hip_rotation", 30, id="foot outward"),
    pytest.param({"ankle": (-0.4 * C, 0.09 - 0.4 * S, 0.5)}, "hip_rotation", -30, id="foot inward"),
    pytest.param({"ankle": (-0.4 * C, 0.09 + 0.4 * S, 0.5)}, "knee_flexion", 89.5, id="turned hip"),
    pytest.param({"big_toe": (0.25 * C - 0.05, 0.09, S / 4)}, "ankle_dorsiflexion", 30, id="toe"),
    pytest.param({"elbow": (0.3, 0.18, 1.4)}, "shoulder_flexion", 90, id="arm forward"),
    pytest.param({"elbow": (0, 0.48, 1.4)}, "shoulder_abduction", 90, id="arm outward"),
    pytest.param({"elbow": (0, 0.48, 1.4)}, "shoulder_elevation", 90, id="arm raised"),
    pytest.param({"elbow": (0.3 * S, 0.18, 1.4 + 0.3 * C)}, "shoulder_flexion", 150, id="arm up"),
    pytest.param({"wrist": (0.25, 0.18, 1.1)}, "elbow_flexion", 90, id="forearm forward"),
    pytest.param({"index": (0.1, 0.18, 0.85)}, "wrist_flexion", 90, id="hand forward"),
    pytest.param({"neck": (0.5, 0, 1.4)}, "trunk_flexion", 45, id="leaning forward"),
    pytest.param({"neck": (0.5, 0, 1.4)}, "trunk_angle", 45, id="trunk angle"),
    pytest.param({"neck": (0, -0.5, 1.4)}, "trunk_lean", 45, id="leaning right"),
    pytest.param({"head_top": (0.35, 0, 1.75)}, "neck_flexion", 45, id="head forward"),
    pytest.param({"left_hip": (0, 0.09, 1.08)}, "pelvis_angle", 45, id="left hip higher"),
    pytest.param({"left_shoulder": (0, 0.18, 1.04)}, "shoulders_angle", -45, id="left lower"),
    pytest.param(
        {"left_shoulder": (-0.18, 0.18, 1.4), "right_shoulder": (0.18, -0.18, 1.4)},
        "trunk_rotation", 45, id="turned left",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "name", "value"), BENDS)
def test_signs(changes, name, value):
    angles = of_one(person(changes))
    tolerance = 0.5 if value == 89.5 else 1e-2
    for full in {name, f"left_{name}", f"right_{name}"} & set(angles):
        assert angles[full] == pytest.approx(value, abs=tolerance), full


def test_the_way_a_person_stands_in_the_room_changes_nothing():
    rng = np.random.default_rng(0)
    frames = person() + rng.normal(size=(50, *person().shape)) * 0.05
    turned = Rotation.from_euler("z", 130, degrees=True).apply(frames.reshape(-1, 3))
    moved = turned.reshape(frames.shape) + np.array([3.0, -2.0, 0.5])
    a, b = joint_angles(track_of(frames)), joint_angles(track_of(moved))
    assert np.nan_to_num(a.values) == pytest.approx(np.nan_to_num(b.values), abs=1e-3)


def test_body_space_is_the_same_person_in_the_axes_of_the_picture():
    """x right, y down, z away: the person faces the camera."""
    frames = person() + np.random.default_rng(0).normal(size=(20, *person().shape)) * 0.05
    picture = np.stack([frames[..., 1], -frames[..., 2], -frames[..., 0]], axis=-1)
    a, b = joint_angles(track_of(frames)), joint_angles(track_of(picture, "body"))
    assert np.nan_to_num(a.values) == pytest.approx(np.nan_to_num(b.values), abs=1e-3)


def test_mirrored_people_exchange_left_and_right():
    frames = person() + np.random.default_rng(1).normal(size=(20, *person().shape)) * 0.05
    order = [
        SKELETON.index(
            j.replace("left", "X").replace("right", "left").replace("X", "right")
        )
        for j in SKELETON.keypoints
    ]  # fmt: skip
    mirrored = (frames * (1, -1, 1))[:, order]
    a, b = joint_angles(track_of(frames)), joint_angles(track_of(mirrored))
    for name in a.names:
        sided = name.startswith(("left_", "right_"))
        if sided:
            side, _, rest = name.partition("_")
            other, sign = f"{'right' if side == 'left' else 'left'}_{rest}", 1
        else:
            flips = ("trunk_lean", "trunk_rotation", "pelvis_angle", "shoulders_angle")
            other, sign = name, -1 if name in flips else 1
        first, second = np.nan_to_num(a[name]), sign * np.nan_to_num(b[other])
        assert first == pytest.approx(second, abs=1e-3), name


def test_sigma_is_that_of_many_noisy_tracks():
    rng = np.random.default_rng(3)
    changes = {
        "ankle": (-0.2, 0.15, 0.17), "knee": (0.1, 0.12, 0.52), "elbow": (0.1, 0.3, 1.15),
        "wrist": (0.3, 0.3, 1.1), "index": (0.38, 0.32, 1.15), "neck": (0.05, 0.02, 1.4),
        "head_top": (0.12, 0, 1.72), "heel": (-0.25, 0.15, 0.08), "big_toe": (-0.02, 0.2, 0.05),
    }  # fmt: skip
    points = person(changes)
    spread = rng.uniform(0.5e-3, 2e-3, len(SKELETON))
    noisy = points + rng.normal(size=(8000, *points.shape)) * spread[:, None]
    measured = joint_angles(track_of(noisy))
    one = joint_angles(track_of([points], sigma=[spread]))
    for name in one.names:
        assert measured[name].std() == pytest.approx(one.sigma_of(name)[0], rel=0.05), name


def test_unknown_sigma_matters_where_the_joint_does():
    sigma = np.full((1, len(SKELETON)), 0.01)
    sigma[0, SKELETON.index("left_wrist")] = np.nan
    points = person({"ankle": (-0.2, 0.09, 0.15), "elbow": (0.1, 0.2, 1.15)})
    curves = joint_angles(track_of([points], sigma=sigma))
    unknown = {name for name in curves.names if np.isnan(curves.sigma_of(name)[0])}
    assert unknown == {
        f"left_{name}" for name in ("elbow_flexion", "wrist_flexion", "forearm_angle", "hand_angle")
    }


def test_the_turn_of_a_stretched_leg_is_unknown():
    assert np.isnan(of_one(person())["left_hip_rotation"])


def test_an_arm_that_is_raised_sideways_does_not_go_full_circle():
    """Up a little behind the body, down a little before it: seen from the side it goes round."""
    raised = np.radians(np.concatenate([np.arange(0, 171), np.arange(170, -1, -1)]))
    ahead = np.where(np.arange(len(raised)) < 171, -0.05, 0.05) * np.sin(raised)
    shoulder = np.array(LEFT["shoulder"])
    elbows = shoulder + 0.3 * np.stack([ahead, np.sin(raised), -np.cos(raised)], axis=1)
    angles = joint_angles(track_of([person({"left_elbow": tuple(elbow)}) for elbow in elbows]))
    arm = angles["left_arm_angle"]
    in_plane = np.hypot(np.cos(raised), ahead) / np.linalg.norm(elbows - shoulder, axis=1) * 0.3
    assert np.array_equal(np.isnan(arm), in_plane < 0.5)
    down, up = raised < np.radians(60), raised > np.radians(121)
    assert arm[[0, -1]] == pytest.approx([-90, -90])
    assert np.abs(arm[down] + 90).max() < 6
    assert np.abs(arm[up] - 90).max() < 6
    assert np.array_equal(np.isnan(angles["left_shoulder_flexion"]), in_plane < 0.5)
    assert np.nanmax(angles["left_shoulder_abduction"]) == pytest.approx(170, abs=0.1)
    assert np.isfinite(angles["right_arm_angle"]).all()


def test_an_arm_that_swings_full_circle_is_followed():
    turned = np.radians(np.arange(0, 721, 10))
    elbows = [(0.3 * np.sin(turn), 0.18, 1.4 - 0.3 * np.cos(turn)) for turn in turned]
    arm = joint_angles(track_of([person({"elbow": elbow}) for elbow in elbows]))["left_arm_angle"]
    assert arm - arm[0] == pytest.approx(np.degrees(turned), abs=1e-3)
