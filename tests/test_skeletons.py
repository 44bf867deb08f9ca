"""The named skeletons: orders, mirror pairs, limbs, sigmas, and conversion between them."""

import math

import numpy as np
import pytest

from kinema import skeletons
from kinema.errors import SkeletonError
from kinema.skeleton import Skeleton
from kinema.skeletons import SKELETONS, find_skeleton

ALL = [pytest.param(skeleton, id=name) for name, skeleton in SKELETONS.items()]
BODIES = [
    pytest.param(skeleton, id=name)
    for name, skeleton in SKELETONS.items()
    if not name.startswith(("hand", "face", "openpose137", "wholebody"))
]

# name: keypoints, limbs, mirror pairs, published sigmas
COUNTS = {
    "coco17": (17, 19, 8, 17),
    "openpose18": (18, 17, 8, 17),
    "body25": (25, 24, 11, 23),
    "mpi15": (15, 14, 6, 0),
    "mpii16": (16, 15, 6, 0),
    "lsp14": (14, 15, 6, 0),
    "halpe26": (26, 24, 11, 26),
    "h36m17": (17, 16, 6, 0),
    "blazepose33": (33, 35, 16, 0),
    "kinect20": (20, 19, 8, 0),
    "kinect25": (25, 24, 10, 0),
    "hand21": (21, 20, 0, 21),
    "face68": (68, 63, 29, 68),
    "face70": (70, 63, 30, 68),
    "face468": (468, 124, 220, 0),
    "openpose137": (137, 127, 62, 133),
    "wholebody133": (133, 128, 61, 133),
}

# Chosen numbers of the original definitions, mainly where one slips: sides and feet.
ORIGINAL_NUMBERS = {
    "coco17": {0: "nose", 1: "left_eye", 5: "left_shoulder", 10: "right_wrist", 16: "right_ankle"},
    "openpose18": {1: "neck", 2: "right_shoulder", 8: "right_hip", 14: "right_eye", 17: "left_ear"},
    "body25": {8: "mid_hip", 14: "left_ankle", 15: "right_eye", 19: "left_big_toe"}
    | {20: "left_small_toe", 21: "left_heel", 22: "right_big_toe", 24: "right_heel"},
    "mpi15": {0: "head_top", 1: "upper_neck", 2: "right_shoulder", 13: "left_ankle", 14: "chest"},
    "mpii16": {0: "right_ankle", 3: "left_hip", 6: "mid_hip", 7: "thorax", 8: "upper_neck"}
    | {9: "head_top", 10: "right_wrist", 13: "left_shoulder", 15: "left_wrist"},
    "lsp14": {0: "right_ankle", 3: "left_hip", 6: "right_wrist", 9: "left_shoulder"}
    | {11: "left_wrist", 12: "upper_neck", 13: "head_top"},
    "halpe26": {16: "right_ankle", 17: "head_top", 18: "upper_neck", 19: "mid_hip"}
    | {20: "left_big_toe", 21: "right_big_toe", 23: "right_small_toe", 25: "right_heel"},
    "h36m17": {0: "mid_hip", 1: "right_hip", 4: "left_hip", 7: "spine", 8: "thorax", 9: "jaw"}
    | {10: "head_top", 11: "left_shoulder", 14: "right_shoulder", 16: "right_wrist"},
    "blazepose33": {1: "left_eye_inner", 9: "left_mouth", 11: "left_shoulder", 17: "left_pinky"}
    | {22: "right_thumb", 23: "left_hip", 29: "left_heel", 32: "right_foot_index"},
    "kinect20": {0: "mid_hip", 2: "thorax", 3: "head", 7: "left_hand", 12: "left_hip"}
    | {19: "right_foot"},
    "kinect25": {0: "mid_hip", 2: "mid_neck", 3: "head", 20: "thorax", 21: "left_hand_tip"}
    | {22: "left_thumb_tip", 23: "right_hand_tip", 24: "right_thumb_tip"},
    "hand21": {0: "wrist", 1: "thumb_cmc", 4: "thumb_tip", 5: "index_mcp", 8: "index_tip"}
    | {12: "middle_tip", 16: "ring_tip", 17: "pinky_mcp", 20: "pinky_tip"},
    "face68": {0: "jaw_00", 8: "jaw_08", 17: "right_brow_0", 22: "left_brow_0", 30: "nose_bridge_3"}
    | {33: "nose_base_2", 36: "right_eye_0", 42: "left_eye_0", 48: "outer_lip_00"}
    | {54: "outer_lip_06", 60: "inner_lip_0", 67: "inner_lip_7"},
    "face70": {67: "inner_lip_7", 68: "right_pupil", 69: "left_pupil"},
    "face468": {0: "mesh_000", 467: "mesh_467"},
    "openpose137": {0: "nose", 25: "face_jaw_00", 94: "face_left_pupil", 95: "left_hand_wrist"}
    | {115: "left_hand_pinky_tip", 116: "right_hand_wrist", 136: "right_hand_pinky_tip"},
    # COCO-WholeBody numbers from 1: 18-23 feet, 24-91 face, 92-112 left hand, 113-133 right hand.
    "wholebody133": {0: "nose", 16: "right_ankle", 17: "left_big_toe", 18: "left_small_toe"}
    | {19: "left_heel", 20: "right_big_toe", 22: "right_heel", 23: "face_jaw_00"}
    | {90: "face_inner_lip_7", 91: "left_hand_wrist", 111: "left_hand_pinky_tip"}
    | {112: "right_hand_wrist", 132: "right_hand_pinky_tip"},
}


def test_the_registry_is_complete_and_in_its_documented_order():
    assert list(SKELETONS) == list(COUNTS)
    constants = {value for value in vars(skeletons).values() if isinstance(value, Skeleton)}
    assert constants == set(SKELETONS.values())
    assert all(getattr(skeletons, name.upper()) is SKELETONS[name] for name in SKELETONS)
    assert set(skeletons.__all__) >= {name.upper() for name in SKELETONS}


@pytest.mark.parametrize("name", COUNTS)
def test_counts(name):
    skeleton = SKELETONS[name]
    published = sum(not math.isnan(sigma) for sigma in skeleton.sigmas)
    counts = (len(skeleton), len(skeleton.edges), len(skeleton.mirror), published)
    assert counts == COUNTS[name]


@pytest.mark.parametrize("name", ORIGINAL_NUMBERS)
def test_order_of_the_original(name):
    expected = ORIGINAL_NUMBERS[name]
    assert {number: SKELETONS[name].keypoints[number] for number in expected} == expected


@pytest.mark.parametrize("skeleton", ALL)
def test_limbs_are_drawn_once(skeleton):
    limbs = [frozenset(edge) for edge in skeleton.edges]
    assert len(set(limbs)) == len(limbs)
    assert all(len(limb) == 2 for limb in limbs)


@pytest.mark.parametrize("skeleton", BODIES)
def test_every_joint_of_a_body_is_in_a_limb(skeleton):
    assert {joint for edge in skeleton.edges for joint in edge} == set(skeleton.keypoints)


@pytest.mark.parametrize("skeleton", ALL)
def test_mirroring_twice_changes_nothing(skeleton):
    order = skeleton.mirror_order
    assert (order[order] == np.arange(len(skeleton))).all()


@pytest.mark.parametrize("skeleton", ALL)
def test_limbs_are_mirrored_to_limbs(skeleton):
    if skeleton.name == "hand21":  # a hand is mirrored to the other hand
        return
    limbs = {frozenset(edge) for edge in skeleton.edge_indices.tolist()}
    mirrored = {frozenset(edge) for edge in skeleton.mirror_order[skeleton.edge_indices].tolist()}
    assert mirrored == limbs


@pytest.mark.parametrize("skeleton", BODIES)
def test_sides_are_in_the_names(skeleton):
    for joint in skeleton.keypoints:
        side = joint.split("_")[0]
        assert skeleton.side(joint) == (side if side in ("left", "right") else "middle")


@pytest.mark.parametrize(
    ("name", "left", "right"),
    [
        # Numbers as in 300-W and in MediaPipe's mesh.
        pytest.param("face68", 16, 0, id="jaw"),
        pytest.param("face68", 22, 21, id="inner ends of the brows"),
        pytest.param("face68", 26, 17, id="outer ends of the brows"),
        pytest.param("face68", 35, 31, id="nostrils"),
        pytest.param("face68", 45, 36, id="outer corners of the eyes"),
        pytest.param("face68", 42, 39, id="inner corners of the eyes"),
        pytest.param("face68", 44, 37, id="upper lids"),
        pytest.param("face68", 46, 41, id="lower lids"),
        pytest.param("face68", 54, 48, id="corners of the mouth"),
        pytest.param("face68", 55, 59, id="lower lip"),
        pytest.param("face68", 64, 60, id="inner corners of the mouth"),
        pytest.param("face68", 65, 67, id="inner lower lip"),
        pytest.param("face70", 69, 68, id="pupils"),
        pytest.param("face468", 263, 33, id="mesh: outer corners of the eyes"),
        pytest.param("face468", 362, 133, id="mesh: inner corners of the eyes"),
        pytest.param("face468", 386, 159, id="mesh: upper lids"),
        pytest.param("face468", 291, 61, id="mesh: corners of the mouth"),
        pytest.param("face468", 308, 78, id="mesh: inner corners of the mouth"),
        pytest.param("face468", 454, 234, id="mesh: sides of the oval"),
        pytest.param("face468", 300, 70, id="mesh: outer ends of the brows"),
        pytest.param("face468", 327, 98, id="mesh: nostrils"),
        pytest.param("openpose137", 25 + 45, 25 + 36, id="whole: eyes"),
        pytest.param("openpose137", 95 + 4, 116 + 4, id="whole: tips of the thumbs"),
        pytest.param("openpose137", 19, 22, id="whole: big toes"),
        pytest.param("wholebody133", 19, 22, id="wholebody: heels"),
        pytest.param("wholebody133", 23 + 16, 23, id="wholebody: jaw"),
        pytest.param("wholebody133", 91 + 8, 112 + 8, id="wholebody: tips of the index fingers"),
    ],
)
def test_mirror_pairs_of_faces_and_hands(name, left, right):
    skeleton = SKELETONS[name]
    assert skeleton.mirror_order[left] == right
    assert skeleton.side(skeleton.keypoints[left]) == "left"
    assert skeleton.side(skeleton.keypoints[right]) == "right"


@pytest.mark.parametrize(
    ("name", "midline"),
    [
        ("face68", [8, 27, 28, 29, 30, 33, 51, 57, 62, 66]),
        (
            "face468",
            [0, 1, 2, 4, 5, 6, *range(8, 20), *(94, 151, 152, 164, 168, 175, 195, 197, 199, 200)],
        ),
        ("hand21", list(range(21))),
        ("body25", [0, 1, 8]),
    ],
)
def test_midline(name, midline):
    order = SKELETONS[name].mirror_order
    assert np.flatnonzero(order == np.arange(len(order))).tolist() == midline


def test_one_name_is_one_joint():
    # Parts of faces and of single hands must not meet joints of the body by accident.
    body = {joint for param in BODIES for joint in param.values[0].keypoints}
    for name in ("hand21", "face68", "face70", "face468"):
        assert body.isdisjoint(SKELETONS[name].keypoints)
    assert body & set(SKELETONS["openpose137"].keypoints) == set(SKELETONS["body25"].keypoints)
    assert set(SKELETONS["wholebody133"].keypoints) < set(SKELETONS["openpose137"].keypoints)
    # Nor must the same word for another place: see the top of kinema/skeletons.py.
    users = {
        joint: {name for name, skeleton in SKELETONS.items() if joint in skeleton}
        for joint in ("neck", "upper_neck", "mid_neck", "left_thumb", "left_thumb_tip")
    }
    assert users == {
        "neck": {"openpose18", "body25", "openpose137"},
        "upper_neck": {"mpi15", "mpii16", "lsp14", "halpe26"},
        "mid_neck": {"kinect25"},
        "left_thumb": {"blazepose33"},
        "left_thumb_tip": {"kinect25"},
    }


@pytest.mark.parametrize(
    ("name", "joint", "sigma"),
    [
        ("coco17", "nose", 0.026),
        ("coco17", "left_hip", 0.107),
        ("openpose18", "right_ear", 0.035),
        ("openpose18", "neck", math.nan),
        ("body25", "left_big_toe", 0.068),
        ("body25", "right_heel", 0.094),
        ("body25", "mid_hip", math.nan),
        ("halpe26", "mid_hip", 0.066),
        ("halpe26", "right_heel", 0.079),
        ("mpii16", "left_knee", math.nan),
        ("hand21", "wrist", 0.029),
        ("hand21", "thumb_tip", 0.047),
        ("hand21", "pinky_tip", 0.031),
        ("face68", "jaw_00", 0.042),
        ("face68", "outer_lip_00", 0.008),
        ("face68", "left_eye_5", 0.034),
        ("openpose137", "right_hand_pinky_tip", 0.031),
        ("openpose137", "face_left_pupil", math.nan),
    ],
)
def test_sigmas(name, joint, sigma):
    skeleton = SKELETONS[name]
    assert skeleton.sigmas[skeleton.index(joint)] == pytest.approx(sigma, nan_ok=True)


def test_sum_of_coco_sigmas():
    # From COCO's evaluation: .26 + 2 (.25 + .35 + .79 + .72 + .62 + 1.07 + .87 + .89), over 10.
    assert sum(skeletons.COCO17.sigmas) == pytest.approx(1.138)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("coco17", "coco17"),
        ("COCO", "coco17"),
        ("COCO-17", "coco17"),
        ("BODY_25", "body25"),
        ("Body 25", "body25"),
        ("MPII", "mpii16"),
        ("h36m", "h36m17"),
        ("BlazePose", "blazepose33"),
        ("Kinect_25", "kinect25"),
    ],
)
def test_find_skeleton(spelling, name):
    assert find_skeleton(spelling) is SKELETONS[name]


@pytest.mark.parametrize(
    ("spelling", "message"),
    [
        pytest.param("coco71", "no skeleton 'coco71'; did you mean coco17", id="near"),
        pytest.param("OpenPose", "did you mean openpose18 or openpose137", id="several"),
        pytest.param("?", "no skeleton '\\?'; known are coco17, openpose18, body25", id="far"),
        pytest.param("", "no skeleton ''; known are coco17", id="empty"),
    ],
)
def test_unknown_skeleton(spelling, message):
    with pytest.raises(SkeletonError, match=message):
        find_skeleton(spelling)
