"""The tables of OpenPose's networks, against its own, which are given here in its numbers."""

import numpy as np
import pytest

from kinema.benchmark import crowd_keypoints
from kinema.models.openpose.ideal_maps import ideal_maps
from kinema.models.openpose.layouts import (
    BODY25_CHANNELS,
    BODY_CHANNELS,
    COCO_CHANNELS,
    MPI15_CHANNELS,
    OPENPOSE18_CHANNELS,
    PART_CHANNELS,
)
from kinema.models.openpose.part_fields import find_best_joints, find_people

# POSE_BODY_PART_PAIRS and POSE_MAP_INDEX of poseParameters.cpp.
BODY25_PAIRS = """1,8 1,2 1,5 2,3 3,4 5,6 6,7 8,9 9,10 10,11 8,12 12,13 13,14 1,0 0,15 15,17 0,16
16,18 2,17 5,18 14,19 19,20 14,21 11,22 22,23 11,24"""
BODY25_INDEX = """0,1 14,15 22,23 16,17 18,19 24,25 26,27 6,7 2,3 4,5 8,9 10,11 12,13 30,31 32,33
36,37 34,35 38,39 20,21 28,29 40,41 42,43 44,45 46,47 48,49 50,51"""
COCO_PAIRS = """1,2 1,5 2,3 3,4 5,6 6,7 1,8 8,9 9,10 1,11 11,12 12,13 1,0 0,14 14,16 0,15 15,17
2,16 5,17"""
COCO_INDEX = """12,13 20,21 14,15 16,17 22,23 24,25 0,1 2,3 4,5 6,7 8,9 10,11 28,29 30,31 34,35
32,33 36,37 18,19 26,27"""
MPI_PAIRS = "0,1 1,2 2,3 3,4 1,5 5,6 6,7 1,14 14,8 8,9 9,10 14,11 11,12 12,13"
MPI_INDEX = "0,1 2,3 4,5 6,7 8,9 10,11 12,13 14,15 16,17 18,19 20,21 22,23 24,25 26,27"
# A person's right half, in cells: x to the left of the middle, y down.
STANDING = {
    "head_top": (0, 1),
    "nose": (0, 5),
    "eye": (1.5, 3.5),
    "ear": (3, 4.5),
    "upper_neck": (0, 7),
    "neck": (0, 9),
    "shoulder": (4, 9),
    "elbow": (6, 14),
    "wrist": (7, 19),
    "chest": (0, 14),
    "mid_hip": (0, 20),
    "hip": (2.5, 20),
    "knee": (3, 27),
    "ankle": (3, 34),
    "heel": (3, 37),
    "big_toe": (5, 36),
    "small_toe": (7, 35),
}
ids = {"ids": lambda channels: channels.skeleton.name}


def pairs(text):
    return [tuple(map(int, pair.split(","))) for pair in text.split()]


@pytest.mark.parametrize(
    ("channels", "limbs", "index", "parts"),
    [
        pytest.param(BODY25_CHANNELS, BODY25_PAIRS, BODY25_INDEX, 25, id="BODY_25"),
        pytest.param(OPENPOSE18_CHANNELS, COCO_PAIRS, COCO_INDEX, 18, id="COCO"),
        pytest.param(COCO_CHANNELS, COCO_PAIRS, COCO_INDEX, 18, id="TF-OpenPose"),
        pytest.param(MPI15_CHANNELS, MPI_PAIRS, MPI_INDEX, 15, id="MPI"),
    ],
)
def test_limbs_and_channels_are_openpose_s(channels, limbs, index, parts):
    assert [tuple(limb) for limb in channels.layout.limb_ends.tolist()] == pairs(limbs)
    fields = [(x - parts - 1, y - parts - 1) for x, y in channels.fields]
    assert fields == pairs(index)
    assert sorted(sum(channels.fields, ())) == list(range(parts + 1, channels.count))
    assert (len(channels.skeleton), channels.heatmaps) == (parts, 0)


def test_the_counts():
    counts = {c.skeleton.name: c.count for c in (*BODY_CHANNELS, *PART_CHANNELS)}
    assert counts == {"body25": 78, "openpose18": 57, "mpi15": 44, "hand21": 22, "face70": 71}


def test_the_neck_of_mpi_is_the_upper_one():
    assert "neck" not in MPI15_CHANNELS.skeleton
    assert MPI15_CHANNELS.layout.limbs[0] == ("head_top", "upper_neck")


def network_output(channels, maps):
    """What a network would give for maps."""
    output = np.full((1, channels.count, *maps.size[::-1]), -9, np.float32)
    output[0, : len(channels.skeleton)] = maps.heatmaps
    for (x, y), field in zip(channels.fields, maps.fields, strict=True):
        output[0, x], output[0, y] = field
    return output


@pytest.mark.parametrize("channels", (*BODY_CHANNELS, COCO_CHANNELS, *PART_CHANNELS), **ids)
def test_maps_are_split_and_turned(channels):
    maps = ideal_maps(channels.layout, crowd_keypoints(channels.skeleton, 2, (40, 30)), (40, 30))
    split = channels.split(network_output(channels, maps))
    assert (split.heatmaps == maps.heatmaps).all()
    assert (split.fields == maps.fields).all()
    twice = split.mirrored().mirrored()
    assert (twice.heatmaps == maps.heatmaps).all()
    assert (twice.fields == maps.fields).all()


def standing(skeleton, middles):
    """People (N, K, 2) in cells."""
    people = []
    for middle in middles:
        for joint in skeleton.keypoints:
            x, y = STANDING[joint.removeprefix("left_").removeprefix("right_")]
            people.append((middle + (x if joint.startswith("left_") else -x), y))
    return np.array(people, np.float32).reshape(len(middles), -1, 2)


@pytest.mark.parametrize("channels", BODY_CHANNELS, **ids)
def test_people_are_found_in_ideal_maps(channels):
    crowd = standing(channels.skeleton, [10, 28, 46])
    maps = ideal_maps(channels.layout, crowd, (60, 40))
    people, scores = find_people(
        channels.split(network_output(channels, maps)), channels.thresholds
    )
    order = np.argsort(people[:, 1, 0])
    np.testing.assert_allclose(people[order], crowd, atol=0.2)
    assert (scores > 0.5).all()


@pytest.mark.parametrize("channels", PART_CHANNELS, **ids)
def test_a_hand_and_a_face_are_found_in_ideal_maps(channels):
    points = np.random.default_rng(0).uniform(3, 42, (1, len(channels.skeleton), 2))
    maps = ideal_maps(channels.layout, points.astype(np.float32), (46, 46))
    found, _ = find_best_joints(channels.split(network_output(channels, maps)), 0.05)
    np.testing.assert_allclose(found, points, atol=0.05)
