"""One person in space: sides, outliers, bones, uncertainty."""

import numpy as np
import pytest

from kinema.skeletons import COCO17
from kinema.space.bones import bone_lengths, bones_of, length_variations
from kinema.space.person import PersonPlan, person_in_space

LEG = [COCO17.index(f"left_{joint}") for joint in ("hip", "knee", "ankle")]
OTHER = [COCO17.index(f"right_{joint}") for joint in ("hip", "knee", "ankle")]
FREE = PersonPlan(keep_bones=False)


def views(scene, walk, noise=0.0):
    pixels = np.stack([camera.project(walk) for camera in scene.rig])  # (C, T, K, 2)
    pixels += np.random.default_rng(5).normal(0, noise, pixels.shape) if noise else 0
    return pixels, np.ones(pixels.shape[:3])


@pytest.mark.parametrize("plan", [None, FREE], ids=["bones", "free"])
def test_project_then_triangulate(scene, plan):
    walk = scene.walk()
    found = person_in_space(scene.rig, COCO17, *views(scene, walk), plan)
    np.testing.assert_allclose(found.points, walk, atol=1e-6)
    assert found.used.all()
    assert not found.exchanged.any()
    assert found.errors.max() < 1e-3
    assert (found.scores == 1).all()


def test_a_leg_that_one_camera_exchanges_is_put_right(scene):
    walk = scene.walk()
    pixels, weights = views(scene, walk)
    pixels[2, 5:12][:, LEG + OTHER] = pixels[2, 5:12][:, OTHER + LEG]
    found = person_in_space(scene.rig, COCO17, pixels, weights, FREE)
    np.testing.assert_allclose(found.points, walk, atol=1e-6)
    expected = np.zeros(found.exchanged.shape, dtype=bool)
    expected[2, 5:12, LEG[1:] + OTHER[1:]] = True
    legs = LEG[1:] + OTHER[1:]
    assert (found.exchanged[2, 5:12][:, legs]).all()
    assert not found.exchanged[[0, 1, 3]].any()
    assert found.used.all()


def test_swaps_are_left_if_asked(scene):
    pixels, weights = views(scene, scene.walk())
    pixels[2, :, LEG + OTHER] = pixels[2, :, OTHER + LEG]
    found = person_in_space(
        scene.rig, COCO17, pixels, weights, PersonPlan(repair_sides=False, max_error=5)
    )
    assert not found.exchanged.any()
    assert not found.used[2][:, LEG[1:]].any()  # the camera is dropped instead


def test_one_ankle_alone_is_put_right(scene):
    walk = scene.walk()
    pixels, weights = views(scene, walk)
    left, right = LEG[2], OTHER[2]
    pixels[0, 3, [left, right]] = pixels[0, 3, [right, left]]
    found = person_in_space(scene.rig, COCO17, pixels, weights, FREE)
    np.testing.assert_allclose(found.points, walk, atol=1e-6)
    assert found.exchanged[0, 3, [left, right]].all()
    assert found.exchanged.sum() == 2


def test_a_wrong_camera_does_not_count(scene):
    walk = scene.walk()
    pixels, weights = views(scene, walk)
    pixels[1, :, 0] += 100
    found = person_in_space(scene.rig, COCO17, pixels, weights)
    np.testing.assert_allclose(found.points, walk, atol=1e-6)
    assert not found.used[1, :, 0].any()
    assert found.errors[1, :, 0].min() > 90  # and yet its error is told


def test_joints_of_one_camera_are_missing(scene):
    pixels, weights = views(scene, scene.walk())
    pixels[1:, :, 3] = np.nan
    weights[:, 4] = 0
    found = person_in_space(scene.rig, COCO17, pixels, weights)
    missing = np.isnan(found.points).all(axis=2)
    assert missing[:, 3].all()
    assert missing[4].all()
    assert missing.sum() == 20 + 16
    assert (np.isnan(found.sigma) == missing).all()
    assert (found.scores[missing] == 0).all()


def test_bones_hardly_change(scene):
    walk = scene.walk(60)
    pixels, weights = views(scene, walk, noise=5)
    free = person_in_space(scene.rig, COCO17, pixels, weights, FREE)
    tied = person_in_space(scene.rig, COCO17, pixels, weights)

    def variation(found):
        return np.median(list(length_variations(COCO17, found.points).values()))

    def error(found):
        return np.sqrt(np.nanmean((found.points - walk) ** 2))

    assert variation(tied) < 0.7 * variation(free)
    assert error(tied) < error(free)


def test_sigma_is_about_the_error(scene):
    walk = scene.walk(60)
    found = person_in_space(scene.rig, COCO17, *views(scene, walk, noise=4), FREE)
    claimed = np.sqrt(np.nanmean(found.sigma**2))
    real = np.sqrt(np.nanmean((found.points - walk) ** 2))
    assert 0.7 < claimed / real < 1.8


def test_lengths_of_bones_by_hand():
    points = np.full((2, 17, 3), np.nan)
    points[:, COCO17.index("left_hip")] = 0
    points[:, COCO17.index("left_knee")] = [[0, 0, 0.4], [0.3, 0, 0.4]]
    lengths = bone_lengths(COCO17, points)
    np.testing.assert_allclose(lengths[("left_hip", "left_knee")], [0.4, 0.5])
    assert np.isnan(lengths[("right_hip", "right_knee")]).all()
    assert set(lengths) == set(bones_of(COCO17))
    assert length_variations(COCO17, points) == {}  # too few frames


def test_nothing_at_all(scene):
    empty = person_in_space(scene.rig, COCO17, np.empty((4, 0, 17, 2)), np.empty((4, 0, 17)))
    assert empty.points.shape == (0, 17, 3)
    blind = person_in_space(scene.rig, COCO17, np.full((4, 3, 17, 2), np.nan), np.zeros((4, 3, 17)))
    assert np.isnan(blind.points).all()
