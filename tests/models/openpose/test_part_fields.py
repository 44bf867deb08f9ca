"""From ideal maps of known people back to the people."""

import numpy as np
import pytest

from kinema.benchmark import crowd_keypoints
from kinema.errors import ShapeError, SkeletonError
from kinema.models.openpose.ideal_maps import ideal_maps
from kinema.models.openpose.model import COCO_CHANNELS
from kinema.models.openpose.part_fields import (
    PartLayout,
    PartMaps,
    Thresholds,
    find_best_joints,
    find_doubles,
    find_people,
)
from kinema.skeleton import Skeleton

LAYOUT = COCO_CHANNELS.layout
JOINTS = LAYOUT.skeleton.keypoints
SIZE = (82, 46)
LEGS = [joint for joint in JOINTS if joint.split("_")[-1] in ("hip", "knee", "ankle")]


def figure(x=41.3, top=3.2, height=36.0):
    """A standing person (18, 2): the middle, the crown and the height in cells."""
    return crowd_keypoints(LAYOUT.skeleton, 1, (0, 1))[0] / 0.95 * height + np.float32([x, top])


def with_joints(person, **places):
    person = person.copy()
    for joint, place in places.items():
        person[JOINTS.index(joint)] = place
    return person


def without(person, joints):
    return with_joints(person, **{joint: np.nan for joint in joints})


def maps_of(*people, size=SIZE, noise=0.0, seed=0):
    maps = ideal_maps(LAYOUT, np.array(people, np.float32).reshape(-1, 18, 2), size)
    if not noise:
        return maps
    rng = np.random.default_rng(seed)
    arrays = (
        array + rng.normal(0, noise, array.shape).astype(np.float32)
        for array in (maps.heatmaps, maps.fields)
    )
    return PartMaps(LAYOUT, *arrays)


def assert_people(found, expected, tolerance=0.05):
    """The people found are the expected ones, joint by joint, in any order."""
    keypoints, scores = found
    expected = np.array(expected, np.float32).reshape(-1, 18, 2)
    assert keypoints.shape == expected.shape
    assert scores.shape == expected.shape[:2]
    assert keypoints.dtype == scores.dtype == np.float32
    assert ((scores == 0) == np.isnan(keypoints[..., 0])).all()
    left = list(range(len(keypoints)))
    for person in expected:
        errors = [np.nan_to_num(np.abs(keypoints[i] - person), nan=99).sum() for i in left]
        best = left.pop(int(np.argmin(errors)))
        np.testing.assert_allclose(keypoints[best], person, atol=tolerance)


def test_nobody():
    assert_people(find_people(maps_of(), Thresholds()), [])


@pytest.mark.parametrize("seed", range(3))
def test_one_person(seed):
    person = figure() + np.random.default_rng(seed).uniform(-1, 1, (18, 2)).astype(np.float32)
    keypoints, scores = find_people(maps_of(person), Thresholds())
    assert_people((keypoints, scores), [person], tolerance=0.01)
    assert scores.min() >= np.exp(-0.25)  # at most half a cell off in x and in y


@pytest.mark.parametrize(("people", "tolerance"), [(2, 0.01), (9, 0.1)])
def test_crowds(people, tolerance):
    crowd = crowd_keypoints(LAYOUT.skeleton, people, SIZE)
    assert_people(find_people(maps_of(*crowd), Thresholds()), crowd, tolerance)


@pytest.mark.parametrize("people", [30, 60])
def test_dense_crowds(people):
    """Faces of 2 cells may lose a joint, nobody is lost; 60 people are 68,400 pairs of joints."""
    crowd = crowd_keypoints(LAYOUT.skeleton, people, SIZE)
    keypoints, _ = find_people(maps_of(*crowd), Thresholds())
    assert len(keypoints) == people
    assert np.isfinite(keypoints[..., 0]).sum() >= 0.98 * people * 18
    places = crowd.mean(axis=1)
    middles = np.nanmean(keypoints, axis=1)
    nearest = np.linalg.norm(middles[:, None] - places, axis=2).argmin(axis=1)
    assert sorted(nearest.tolist()) == list(range(people))
    assert np.nanmax(np.abs(keypoints - crowd[nearest])) < 0.6


def test_crossing_forearms():
    person = with_joints(
        figure(),
        right_elbow=(35, 20),
        right_wrist=(47, 14),
        left_elbow=(47, 20),
        left_wrist=(35, 14),
    )
    assert_people(find_people(maps_of(person), Thresholds()), [person])


def test_crossing_legs_of_two_people():
    left, right = figure(x=33), figure(x=47)
    left = with_joints(left, left_knee=(40, 29), left_ankle=(48, 37))
    right = with_joints(right, left_knee=(40.5, 31), left_ankle=(33, 38))
    assert_people(find_people(maps_of(left, right), Thresholds()), [left, right], tolerance=0.3)


def test_forearms_of_two_people_cross():
    left, right = figure(x=32), figure(x=48)
    left = with_joints(left, left_elbow=(38, 12), left_wrist=(44, 20))
    right = with_joints(right, left_elbow=(44, 12), left_wrist=(38, 20))
    assert_people(find_people(maps_of(left, right), Thresholds()), [left, right])


@pytest.mark.parametrize("shift", [3.0, 3.5, 4.0], ids="{} cells".format)
def test_one_person_close_behind_another(shift):
    people = [figure(), figure(x=41.3 + shift, top=3.9)]
    assert_people(find_people(maps_of(*people), Thresholds()), people, tolerance=0.25)


def test_two_people_in_the_same_place_are_one():
    found = find_people(maps_of(figure(), figure(x=41.7)), Thresholds())
    assert_people(found, [figure(x=41.5)], tolerance=0.05)


def test_shoulders_that_two_people_share():
    """They are a cell apart, so there is one peak; it is somebody's, and nobody else is mixed."""
    left, right = figure(x=30), figure(x=50)
    left = with_joints(left, left_shoulder=(39.6, 10))
    right = with_joints(right, left_shoulder=(40.4, 10), left_elbow=(47, 16), left_wrist=(49, 22))
    left = with_joints(left, left_elbow=(33, 16), left_wrist=(31, 22))
    keypoints, _ = find_people(maps_of(left, right), Thresholds())
    assert len(keypoints) == 2
    order = np.argsort(keypoints[:, JOINTS.index("neck"), 0])
    for found, person in zip(keypoints[order], (left, right), strict=True):
        seen = ~np.isnan(found)
        assert seen[:, 0].sum() >= 15
        assert np.abs(found - person)[seen].max() < 0.6


@pytest.mark.parametrize(
    ("missing", "also_lost"),
    [
        pytest.param(["nose"], [], id="nose"),
        pytest.param(["right_ear"], [], id="ear"),
        pytest.param(["left_eye", "right_eye"], [], id="eyes: the ears hang on the shoulders"),
        pytest.param(["right_shoulder"], ["right_elbow", "right_wrist"], id="shoulder"),
        pytest.param(["left_elbow"], ["left_wrist"], id="elbow"),
        pytest.param(["left_wrist"], [], id="wrist"),
        pytest.param(["right_hip"], ["right_knee", "right_ankle"], id="hip"),
        pytest.param(["left_knee"], ["left_ankle"], id="knee"),
        pytest.param(["neck", *LEGS], [], id="neck: rejoined by ears and shoulders"),
        pytest.param(LEGS, [], id="no legs"),
    ],
)
def test_missing_joints_are_absent_and_the_rest_is_right(missing, also_lost):
    maps = maps_of(without(figure(), missing))
    expected = without(figure(), [*missing, *also_lost])
    assert_people(find_people(maps, Thresholds()), [expected])


def test_fewer_than_three_joints_are_nobody():
    arm = ["right_elbow", "right_wrist"]
    maps = maps_of(without(figure(), [joint for joint in JOINTS if joint not in arm]))
    assert_people(find_people(maps, Thresholds()), [])
    assert_people(
        find_people(maps, Thresholds(joints=2)), [without(figure(), set(JOINTS) - {*arm})]
    )


def groups_inside(person):
    """What is left of a person at the border: joints in the map that limbs of the map connect."""
    inside = {
        joint
        for joint, (x, y) in zip(JOINTS, person, strict=True)
        if 0 <= x <= SIZE[0] - 1 and 0 <= y <= SIZE[1] - 1
    }
    groups = [{joint} for joint in inside]
    for a, b in LAYOUT.limbs:
        if {a, b} <= inside:
            joined = [group for group in groups if a in group or b in group]
            groups = [group for group in groups if group not in joined] + [set().union(*joined)]
    return [without(person, set(JOINTS) - group) for group in groups if len(group) >= 3]


@pytest.mark.parametrize(
    ("place", "joints"),
    [
        pytest.param({"x": 0.9, "top": 3.2, "height": 40}, 10, id="left"),
        pytest.param({"x": 80.1, "top": 3.2, "height": 40}, 10, id="right"),
        pytest.param({"x": 41, "top": -5, "height": 40}, 13, id="top"),
        pytest.param({"x": 41, "top": 20, "height": 40}, 14, id="bottom"),
    ],
)
def test_people_cut_by_the_border(place, joints):
    person = figure(**place)
    expected = groups_inside(person)
    maps = maps_of(person)
    keypoints, scores = find_people(maps, Thresholds())
    # Joints just outside still show on the border; they are another matter.
    seen = ~np.isnan(np.array(expected)).all(axis=0)
    keypoints[:, ~seen[:, 0]] = np.nan
    scores[:, ~seen[:, 0]] = 0
    assert seen[:, 0].sum() >= joints
    assert_people((keypoints, scores), expected, tolerance=0.41)
    assert np.nanmin(keypoints) >= 0


# The authors' values; those of Kinema are for the smooth maps of a small network.
FOR_NOISE = Thresholds(peak=0.05, sample=0.05, samples=0.8)


@pytest.mark.parametrize("noise", [0.02, 0.03])
@pytest.mark.parametrize("people", [0, 1, 3, 9])
@pytest.mark.parametrize("seed", range(3))
def test_noise_invents_nobody(people, seed, noise):
    crowd = crowd_keypoints(LAYOUT.skeleton, people, SIZE)
    maps = maps_of(*crowd, noise=noise, seed=seed)
    assert_people(find_people(maps, FOR_NOISE), crowd, tolerance=0.4)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("people", [0, 3, 9])
def test_in_strong_noise_everybody_is_one_person(people, seed):
    """Noise of 0.05 has over a hundred maxima above the threshold in each map."""
    maps = maps_of(*crowd_keypoints(LAYOUT.skeleton, people, SIZE), noise=0.05, seed=seed)
    assert len(find_people(maps, FOR_NOISE)[0]) == people


@pytest.mark.parametrize("seed", range(3))
def test_mirrored_maps_give_mirrored_people(seed):
    crowd = crowd_keypoints(LAYOUT.skeleton, 4, SIZE)
    maps = maps_of(*crowd, noise=0.02, seed=seed)
    keypoints, scores = find_people(maps.mirrored(), Thresholds())
    order = LAYOUT.skeleton.mirror_order
    back = keypoints[:, order]
    back[..., 0] = SIZE[0] - 1 - back[..., 0]
    expected, expected_scores = find_people(maps, Thresholds())
    assert_people((back, scores[:, order]), expected, tolerance=1e-3)
    np.testing.assert_allclose(np.sort(scores, axis=None), np.sort(expected_scores, axis=None))


def test_mirrored_twice_is_the_same():
    maps = maps_of(figure(x=30), noise=0.02)
    twice = maps.mirrored().mirrored()
    assert twice.heatmaps.tolist() == maps.heatmaps.tolist()
    assert twice.fields.tolist() == maps.fields.tolist()


def test_mirrored_maps_are_those_of_mirrored_people():
    person = figure(x=30)
    mirrored = person[LAYOUT.skeleton.mirror_order].copy()
    mirrored[:, 0] = SIZE[0] - 1 - mirrored[:, 0]
    maps, expected = maps_of(person).mirrored(), maps_of(mirrored)
    np.testing.assert_allclose(maps.heatmaps, expected.heatmaps, atol=1e-4)
    # The edge of a limb may fall on the other side of the middle of a cell by rounding.
    assert (np.abs(maps.fields - expected.fields) > 1e-4).mean() < 1e-3


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (1, 30), (30, 1), (82, 46)], ids=str)
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0, -1.0, np.nan], ids=str)
def test_constant_maps_hold_nobody(value, size):
    shape = (size[1], size[0])
    maps = PartMaps(
        LAYOUT,
        np.full((18, *shape), value, np.float32),
        np.full((19, 2, *shape), value, np.float32),
    )
    keypoints, scores = find_people(maps, Thresholds())
    assert keypoints.shape == (0, 18, 2)
    assert scores.shape == (0, 18)


def test_fields_of_nan_hold_nobody():
    maps = maps_of(figure())
    nan = np.full_like(maps.fields, np.nan)
    assert_people(find_people(PartMaps(LAYOUT, maps.heatmaps, nan), Thresholds()), [])


def test_nan_in_one_map_costs_one_joint():
    maps = maps_of(figure())
    maps.heatmaps[JOINTS.index("left_wrist")] = np.nan
    assert_people(find_people(maps, Thresholds()), [without(figure(), ["left_wrist"])])


def test_best_joints_of_one_person():
    person = without(figure(), ["left_ear", "neck"])
    assert_people(find_best_joints(maps_of(person), 0.1), [person])


def test_best_joints_are_the_highest_whoever_they_are_of():
    maps = maps_of(figure(x=20), figure(x=60))
    weaker = maps_of(figure(x=20)).heatmaps[JOINTS.index("nose")] > 0.01
    maps.heatmaps[JOINTS.index("nose")][weaker] *= 0.9
    keypoints, scores = find_best_joints(maps, 0.1)
    assert keypoints.shape == (1, 18, 2)
    np.testing.assert_allclose(keypoints[0, 0], figure(x=60)[0], atol=0.01)
    assert scores.min() > 0.7


@pytest.mark.parametrize("value", [0.0, 0.09, np.nan], ids=str)
def test_best_joints_below_the_threshold_are_nobody(value):
    maps = PartMaps(
        LAYOUT, np.full((18, 9, 9), value, np.float32), np.zeros((19, 2, 9, 9), np.float32)
    )
    assert_people(find_best_joints(maps, 0.1), [])


def test_a_limb_seen_twice_is_no_second_person():
    arm = ["neck", "left_shoulder", "left_elbow", "left_wrist"]
    opposite = without(figure(), set(JOINTS) - {"right_knee", "right_ankle", "right_hip"})
    people = [
        without(figure(), arm[1:]),
        opposite[LAYOUT.skeleton.mirror_order] + np.float32(0.8),  # the other leg, seen again
        figure(x=60),
        without(figure(x=64), set(JOINTS) - {*arm}),  # stands apart
    ]
    doubles = find_doubles(np.array(people), LAYOUT.skeleton)
    assert doubles.tolist() == [False, True, False, False]


def test_a_leg_taken_for_both_legs_is_one_person():
    order = LAYOUT.skeleton.mirror_order
    right_leg = without(figure(), set(JOINTS) - {"right_hip", "right_knee", "right_ankle"})
    maps = maps_of(figure(), right_leg[order])  # a left leg in the place of the right one
    assert_people(find_people(maps, Thresholds()), [figure()])


def test_doubles_of_nobody():
    assert find_doubles(np.zeros((0, 18, 2), np.float32), LAYOUT.skeleton).shape == (0,)


def test_a_layout_must_have_the_mirror_image_of_every_limb():
    skeleton = Skeleton("s", ("neck", "left", "right"), mirror=(("left", "right"),))
    with pytest.raises(SkeletonError, match="not the same after left and right swap"):
        PartLayout(skeleton, (("neck", "left"),))
    with pytest.raises(SkeletonError, match="no keypoint 'hand'"):
        PartLayout(skeleton, (("neck", "hand"),))


@pytest.mark.parametrize(
    ("heatmaps", "fields", "message"),
    [
        pytest.param((17, 4, 5), (19, 2, 4, 5), r"heatmaps .* \(18, 4, 5\)", id="joints"),
        pytest.param((18, 4, 5), (19, 4, 5), r"fields .* \(19, 2, 4, 5\)", id="components"),
        pytest.param((18, 4, 5), (19, 2, 5, 4), r"fields .* \(19, 2, 4, 5\)", id="cells"),
    ],
)
def test_maps_that_do_not_fit(heatmaps, fields, message):
    with pytest.raises(ShapeError, match=message):
        PartMaps(LAYOUT, np.zeros(heatmaps, np.float32), np.zeros(fields, np.float32))
