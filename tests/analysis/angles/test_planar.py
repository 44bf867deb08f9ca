"""Angles in the picture: zeros and signs, views, uncertainty, continuity."""

import numpy as np
import pytest

from kinema.analysis.angles import angles_of, joint_angles
from kinema.errors import InputError
from kinema.poses import Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import BODY25, COCO17, HAND21, SKELETONS
from kinema.track import Track

SIDED = ["shoulder", "elbow", "wrist", "index", "hip", "knee", "ankle", "heel", "big_toe"]
WHOLE = Skeleton(
    "whole",
    ("mid_hip", "neck", "head_top", *(f"{s}_{j}" for s in ("left", "right") for j in SIDED)),
)
# A person upright in a picture, facing right: trunk, legs and arms vertical, soles level.
UPRIGHT = {
    "mid_hip": (100, 100),
    "neck": (100, 50),
    "head_top": (100, 20),
    "shoulder": (100, 50),
    "elbow": (100, 80),
    "wrist": (100, 105),
    "index": (100, 115),
    "hip": (100, 100),
    "knee": (100, 145),
    "ankle": (100, 190),
    "heel": (95, 200),
    "big_toe": (120, 200),
}
STANDING = {
    "ankle_dorsiflexion": 0,
    "knee_flexion": 0,
    "hip_flexion": 0,
    "shoulder_flexion": 0,
    "elbow_flexion": 0,
    "wrist_flexion": 0,
    "trunk_flexion": 0,
    "neck_flexion": 0,
    "foot_angle": 0,
    "shank_angle": -90,
    "thigh_angle": -90,
    "trunk_angle": 90,
    "head_angle": 90,
    "arm_angle": -90,
    "forearm_angle": -90,
    "hand_angle": -90,
}


def person(changes=None, *, mirrored=False):
    """Keypoints (K, 2) of `WHOLE`; both sides alike. Mirrored, the person faces left."""
    places = UPRIGHT | (changes or {})
    rows = [places[joint.removeprefix("left_").removeprefix("right_")] for joint in WHOLE.keypoints]
    points = np.array(rows, dtype=float)
    return (200 - points[:, 0])[:, None] * (1, 0) + points * (0, 1) if mirrored else points


def track_of(points, skeleton=WHOLE, sigma=None, rate=30.0):
    points = np.asarray(points, dtype=float)
    scores = np.ones(points.shape[:2])
    times = np.arange(len(points)) / rate
    return Track(skeleton, points, scores, times, sigma=sigma)


def of_one(points, **options):
    curves = joint_angles(track_of([points]), **options)
    return dict(zip(curves.names, curves.values[0].tolist(), strict=True))


def either(angles, name):
    return angles.get(name, angles.get(f"left_{name}"))


@pytest.mark.parametrize("mirrored", [False, True], ids=["faces right", "faces left"])
@pytest.mark.parametrize(("name", "value"), STANDING.items())
def test_zeros_of_a_person_upright(name, value, mirrored):
    angles = of_one(person(mirrored=mirrored))
    assert either(angles, name) == pytest.approx(value, abs=1e-4)


R = np.sqrt(0.5)
BENDS = [
    pytest.param({"ankle": (55, 145)}, "knee_flexion", 90, id="shank back"),
    pytest.param(
        {"ankle": (100 - 45 * R, 145 - 45 * R)}, "knee_flexion", 135, id="heel to buttock"
    ),
    pytest.param({"ankle": (104, 190)}, "knee_flexion", -5.0797, id="knee overstretched"),
    pytest.param({"knee": (145, 100)}, "hip_flexion", 90, id="knee forward"),
    pytest.param({"knee": (100 - 45 * R, 100 + 45 * R)}, "hip_flexion", -45, id="knee backward"),
    pytest.param({"big_toe": (95 + 25 * R, 200 - 25 * R)}, "ankle_dorsiflexion", 45, id="toes up"),
    pytest.param(
        {"big_toe": (95 + 25 * R, 200 + 25 * R)}, "ankle_dorsiflexion", -45, id="toes down"
    ),
    pytest.param({"elbow": (130, 50)}, "shoulder_flexion", 90, id="arm forward"),
    pytest.param({"elbow": (100, 20)}, "shoulder_flexion", 180, id="arm overhead"),
    pytest.param({"elbow": (70, 50)}, "shoulder_flexion", -90, id="arm backward"),
    pytest.param({"wrist": (125, 80)}, "elbow_flexion", 90, id="forearm forward"),
    pytest.param({"index": (110, 105)}, "wrist_flexion", 90, id="fingers forward"),
    pytest.param({"neck": (125, 50), "shoulder": (125, 50)}, "trunk_flexion", 26.5651, id="lean"),
    pytest.param({"head_top": (130, 20)}, "neck_flexion", 45, id="head forward"),
    pytest.param({"big_toe": (95 + 25 * R, 200 - 25 * R)}, "foot_angle", 45, id="foot up"),
    pytest.param({"ankle": (145, 145)}, "shank_angle", 0, id="shank forward"),
    pytest.param({"ankle": (55, 145)}, "shank_angle", -180, id="shank backward"),
    pytest.param({"knee": (145, 100)}, "thigh_angle", 0, id="thigh forward"),
    pytest.param({"neck": (125, 50)}, "trunk_angle", 63.4349, id="trunk forward"),
    pytest.param({"head_top": (130, 20)}, "head_angle", 45, id="head angle"),
    pytest.param({"elbow": (130, 50)}, "arm_angle", 0, id="arm angle"),
    pytest.param({"wrist": (125, 80)}, "forearm_angle", 0, id="forearm angle"),
    pytest.param({"index": (110, 105)}, "hand_angle", 0, id="hand angle"),
]


@pytest.mark.parametrize("mirrored", [False, True], ids=["faces right", "faces left"])
@pytest.mark.parametrize(("changes", "name", "value"), BENDS)
def test_signs_of_the_side_view(changes, name, value, mirrored):
    facing = "left" if mirrored else "right"
    angles = of_one(person(changes, mirrored=mirrored), facing=facing)
    assert either(angles, name) == pytest.approx(value, abs=1e-3)


def frontal(changes=None, *, back=False):
    """A person seen from the front: the left side on the right of the picture."""
    places = {joint: UPRIGHT[joint] for joint in ("mid_hip", "neck", "head_top")}
    for side, sign in (("left", 1), ("right", -1)):
        for joint in SIDED:
            width = 18 if joint in ("shoulder", "elbow", "wrist", "index") else 10
            places[f"{side}_{joint}"] = (100 + sign * width, UPRIGHT[joint][1])
    places |= changes or {}
    points = np.array([places[joint] for joint in WHOLE.keypoints], dtype=float)
    return points * (-1, 1) + (200, 0) if back else points


FRONTAL = [
    pytest.param({"left_knee": (110 + 45 * R, 100 + 45 * R)}, "left_hip_adduction", -45, id="left"),
    pytest.param(
        {"right_knee": (90 - 45 * R, 100 + 45 * R)}, "right_hip_adduction", -45, id="right"
    ),
    pytest.param({"left_knee": (105, 145)}, "left_hip_adduction", 6.3402, id="knee inward"),
    pytest.param({"left_ankle": (110 + 45 * R, 145 + 45 * R)}, "left_knee_valgus", 45, id="valgus"),
    pytest.param(
        {"right_ankle": (90 + 45 * R, 145 + 45 * R)}, "right_knee_valgus", -45, id="varus"
    ),
    pytest.param({"left_elbow": (148, 50)}, "left_shoulder_abduction", 90, id="left arm"),
    pytest.param({"right_elbow": (52, 50)}, "right_shoulder_abduction", 90, id="right arm"),
    pytest.param({"neck": (50, 50)}, "trunk_lean", 45, id="lean to the right"),
    pytest.param({"left_hip": (110, 80)}, "pelvis_angle", 45, id="left hip higher"),
    pytest.param({"left_shoulder": (118, 86)}, "shoulders_angle", -45, id="left shoulder lower"),
]


@pytest.mark.parametrize("facing", ["front", "back"])
@pytest.mark.parametrize(("changes", "name", "value"), FRONTAL)
def test_signs_of_front_and_back_views(changes, name, value, facing):
    angles = of_one(frontal(changes, back=facing == "back"), facing=facing)
    assert angles[name] == pytest.approx(value, abs=1e-3)


def test_a_view_gives_only_what_it_shows():
    side, front = of_one(person(), facing="right"), of_one(frontal(), facing="front")
    assert "left_knee_flexion" in side
    assert "left_knee_valgus" not in side
    assert "left_knee_flexion" not in front
    assert "left_knee_valgus" in front
    turning = joint_angles(track_of([person(), frontal()]), facing=["right", "front"])
    assert np.isnan(turning["left_knee_flexion"]).tolist() == [False, True]
    assert np.isnan(turning["left_knee_valgus"]).tolist() == [True, False]
    assert not np.isnan(turning["pelvis_angle"][1])


def test_a_tilted_camera_is_corrected_by_the_angle_of_the_floor():
    tilt = np.radians(10)
    turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])  # y down
    points = person() @ turn.T  # the floor rises to the right by 10 degrees
    assert of_one(points)["left_foot_angle"] == pytest.approx(10, abs=1e-4)
    corrected = of_one(points, floor_angle=10)
    for name, value in STANDING.items():
        assert either(corrected, name) == pytest.approx(value, abs=1e-4)


def test_sigma_is_that_of_many_noisy_tracks():
    rng = np.random.default_rng(3)
    spread = rng.uniform(0.1, 0.4, len(WHOLE))
    bent = {"ankle": (70, 175), "big_toe": (96, 196), "wrist": (120, 90), "neck": (106, 50)}
    points = person(bent)
    noisy = points + rng.normal(size=(20_000, *points.shape)) * spread[:, None]
    measured = joint_angles(track_of(noisy), facing="right")
    one = joint_angles(track_of([points], sigma=[spread]), facing="right")
    known = [name for name in one.names if name not in ("pelvis_angle", "shoulders_angle")]
    assert len(known) == 24 + 4
    for name in known:
        assert measured[name].std() == pytest.approx(one.sigma_of(name)[0], rel=0.03), name


def test_joints_that_are_derived_share_their_errors():
    """Without mid_hip and neck in the skeleton, the hip is in both vectors of the hip's angle."""
    rng = np.random.default_rng(4)
    points = np.array(
        [person()[WHOLE.index(j)] if j in WHOLE else (100, 30) for j in COCO17.keypoints]
    )
    noisy = points + rng.normal(size=(20_000, 17, 2)) * 0.3
    measured = joint_angles(track_of(noisy, COCO17), facing="right")
    one = joint_angles(track_of([points], COCO17, np.full((1, 17), 0.3)), facing="right")
    for name in ("left_hip_flexion", "trunk_flexion", "right_shoulder_flexion", "neck_flexion"):
        assert measured[name].std() == pytest.approx(one.sigma_of(name)[0], rel=0.03), name


def test_unknown_sigma_makes_unknown_sigma_only_where_it_matters():
    sigma = np.ones((1, len(WHOLE)))
    sigma[0, WHOLE.index("left_knee")] = np.nan
    curves = joint_angles(track_of([person()], sigma=sigma))
    unknown = {name for name in curves.names if np.isnan(curves.sigma_of(name)[0])}
    left = ("ankle_dorsiflexion", "knee_flexion", "hip_flexion", "shank_angle", "thigh_angle")
    flat = {"pelvis_angle", "shoulders_angle"}  # both ends are in one place
    assert unknown - flat == {f"left_{name}" for name in left}
    assert joint_angles(track_of([person()])).sigma is None


def test_segments_are_followed_through_full_turns_and_over_gaps():
    """A somersault: the trunk turns forward twice; one frame in five is not seen."""
    turns = np.radians(np.linspace(0, 720, 61))
    frames = []
    for turn in turns:
        matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        frames.append((person() - 100) @ matrix.T + 100)
    frames = np.array(frames)
    frames[2::5] = np.nan
    trunk = joint_angles(track_of(frames), facing="right")["trunk_angle"]
    seen = ~np.isnan(trunk)
    assert np.isnan(trunk[2::5]).all()
    expected = 90 - np.degrees(turns)
    offset = trunk[seen] - expected[seen]
    assert offset == pytest.approx(np.full(seen.sum(), offset[0]), abs=1e-3)
    assert offset[0] % 360 == pytest.approx(0, abs=1e-3) or offset[0] % 360 > 359.9


def test_joint_angles_do_not_jump_where_joints_go():
    """A knee from overstretched to full flexion; an arm from far back to overhead and beyond."""
    knee, arm = [], []
    for degrees in range(-20, 161):
        turn = np.radians(degrees)
        ankle = (100 - 45 * np.sin(turn), 145 + 45 * np.cos(turn))
        knee.append(of_one(person({"ankle": ankle}), facing="right")["left_knee_flexion"])
    for degrees in range(-90, 231):
        turn = np.radians(degrees)
        elbow = (100 + 30 * np.sin(turn), 50 + 30 * np.cos(turn))
        arm.append(of_one(person({"elbow": elbow}), facing="right")["left_shoulder_flexion"])
    assert knee == pytest.approx(list(range(-20, 161)), abs=1e-3)
    assert arm == pytest.approx(list(range(-90, 231)), abs=1e-3)


@pytest.mark.parametrize("name", SKELETONS)
def test_every_skeleton_gives_what_it_can(name):
    skeleton = SKELETONS[name]
    points = np.random.default_rng(0).normal(size=(3, len(skeleton), 2))
    curves = joint_angles(track_of(points, skeleton), facing="right")
    assert len(set(curves.names)) == len(curves.names)
    assert not np.isnan(curves.values).any()
    assert ("left_knee_flexion" in curves.names) == ("left_knee" in skeleton)
    has_foot = "left_heel" in skeleton
    assert ("left_ankle_dorsiflexion" in curves.names) == has_foot


def test_a_joint_that_is_never_seen_gives_nan():
    points = np.array([person(), person()])
    points[:, WHOLE.index("left_ankle")] = np.nan
    curves = joint_angles(track_of(points))
    assert np.isnan(curves["left_knee_flexion"]).all()
    assert curves["right_knee_flexion"] == pytest.approx([0, 0], abs=1e-4)


def test_one_ear_is_enough_for_the_head():
    points = np.full((1, len(COCO17), 2), np.nan)
    for joint, place in {"left_ear": (110, 20), "left_shoulder": (100, 50)}.items():
        points[0, COCO17.index(joint)] = place
    points[0, COCO17.index("right_shoulder")] = 100, 50
    sigma = np.ones((1, len(COCO17)))
    curves = joint_angles(track_of(points, COCO17, sigma), facing="right")
    assert curves["head_angle"][0] == pytest.approx(np.degrees(np.arctan2(30, 10)))
    # The ear with sigma 1 and the mean of two shoulders with sigma 1, at a distance of sqrt(1000).
    expected = np.degrees(np.sqrt((1 + 0.5) / 1000))
    assert curves.sigma_of("head_angle")[0] == pytest.approx(expected)


@pytest.mark.parametrize("space", ["image", "body", "world"])
def test_segments_without_length_and_empty_tracks(space):
    d = 2 if space == "image" else 3
    nobody = Track(
        BODY25, np.empty((0, 25, d)), np.empty((0, 25)), np.empty(0), space=space,
        sigma=np.empty((0, 25)),
    )  # fmt: skip
    curves = joint_angles(nobody)
    assert len(curves) == 0
    assert len(curves.names) > 20
    point = Track(BODY25, np.ones((2, 25, d)), np.ones((2, 25)), [0, 1], space=space)
    assert np.isnan(joint_angles(point).values).all()
    unseen = Track(BODY25, np.full((2, 25, d), np.nan), np.zeros((2, 25)), [0, 1], space=space)
    assert np.isnan(joint_angles(unseen).values).all()


def test_a_skeleton_without_a_body_gives_no_angles():
    curves = joint_angles(track_of(np.ones((2, 21, 2)), HAND21))
    assert curves.values.shape == (2, 0)


def test_angles_of_people_in_one_picture():
    points = np.stack([person({"ankle": (55, 145)}), person(mirrored=True), frontal()])
    poses = Poses(WHOLE, points, np.ones(points.shape[:2]))
    names, values = angles_of(poses)
    assert values[:2, names.index("left_knee_flexion")] == pytest.approx([90, 0], abs=1e-4)
    assert np.isnan(values[2, names.index("left_knee_flexion")])
    assert values[2, names.index("left_knee_valgus")] == pytest.approx(0, abs=1e-4)
    names, values = angles_of(Poses.empty(WHOLE))
    assert values.shape == (0, len(names))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"facing": "rigth"}, "did you mean right", id="misspelt"),
        pytest.param({"facing": ["right"] * 3}, "each of 2 frames", id="too many"),
        pytest.param({"floor_angle": float("nan")}, "number of degrees", id="no angle"),
    ],
)
def test_what_cannot_be(options, message):
    with pytest.raises(InputError, match=message):
        joint_angles(track_of([person(), person()]), **options)
