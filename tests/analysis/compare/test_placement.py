"""Laying one set of points over another."""

import numpy as np
import pytest

from kinema.analysis.compare.placement import (
    Similarity,
    best_similarity,
    frame_by_frame,
    root_path,
)
from kinema.errors import InputError, ShapeError

QUARTER = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
POINTS = np.array([[0.0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3]])


@pytest.mark.parametrize(
    ("scale", "rotation", "shift"),
    [
        pytest.param(1.0, np.eye(3), (1, 2, 3), id="moved"),
        pytest.param(1.0, QUARTER, (0, 0, 0), id="a quarter turn"),
        pytest.param(2.5, QUARTER @ QUARTER, (-1, 0, 5), id="half a turn and larger"),
    ],
)
def test_the_movement_is_found_exactly(scale, rotation, shift):
    target = scale * POINTS @ rotation.T + shift
    found = best_similarity(POINTS, target)
    assert found.scale == pytest.approx(scale)
    np.testing.assert_allclose(found.rotation, rotation, atol=1e-12)
    np.testing.assert_allclose(found.translation, shift, atol=1e-12)
    np.testing.assert_allclose(found.apply(POINTS), target, atol=1e-12)


def test_in_the_plane():
    angle = np.radians(30)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    flat = POINTS[:, :2] + [[0, 0], [0, 0], [0, 0], [1, 1]]
    found = best_similarity(flat, 3 * flat @ turn.T + [7, 8])
    assert (found.scale, found.turn_deg) == (pytest.approx(3), pytest.approx(30))


def test_without_scale_the_size_stays():
    """Points of half the size about one centre: turned right, each as far out as it was."""
    found = best_similarity(POINTS, POINTS / 2, scale=False)
    assert found.scale == 1
    np.testing.assert_allclose(found.rotation, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(found.translation, -POINTS.mean(axis=0) / 2, atol=1e-12)


def test_no_reflection():
    """Umeyama's own example (section IV): a triangle and its mirror image, both seen from above."""
    source, target = np.array([[0.0, 0], [1, 0], [0, 2]]), np.array([[0.0, 0], [-1, 0], [0, 2]])
    found = best_similarity(source, target)
    np.testing.assert_allclose(found.rotation, [[0.832, 0.555], [-0.555, 0.832]], atol=5e-4)
    assert found.scale == pytest.approx(0.721, abs=5e-4)
    np.testing.assert_allclose(found.translation, [-0.8, 0.4], atol=5e-4)


def test_points_that_are_missing_do_not_count():
    target = POINTS @ QUARTER.T + 1
    holes = np.concatenate([target, [[9, 9, 9]]])
    source = np.concatenate([POINTS, [[np.nan, 0, 0]]])
    np.testing.assert_allclose(best_similarity(source, holes).rotation, QUARTER, atol=1e-12)


def test_each_frame_for_itself():
    poses = np.stack([POINTS, 2 * POINTS @ QUARTER.T, np.full((4, 3), np.nan)])
    placed = frame_by_frame(poses, np.stack([POINTS + 1] * 3))
    np.testing.assert_allclose(placed[:2], np.stack([POINTS + 1] * 2), atol=1e-12)
    assert np.isnan(placed[2]).all()


def test_identity():
    np.testing.assert_array_equal(Similarity.identity(3).apply(POINTS), POINTS)
    assert Similarity.identity(2).turn_deg == 0
    assert best_similarity(POINTS, POINTS @ QUARTER.T).turn_deg == pytest.approx(90)


def test_roots():
    joints = ("left_hip", "right_hip", "nose")
    path = np.array([[[0.0, 0], [2, 4], [9, 9]]])
    np.testing.assert_array_equal(root_path(path, joints), [[1, 2]])
    np.testing.assert_array_equal(root_path(path, ("mid_hip", "a", "b")), [[0, 0]])
    with pytest.raises(InputError, match="these have no hips"):
        root_path(path, ("a", "b", "c"))


def test_what_cannot_be_fitted():
    with pytest.raises(InputError, match="2 common points are too few"):
        best_similarity(POINTS[:2], POINTS[:2])
    with pytest.raises(InputError, match="stand in one place"):
        best_similarity(np.ones((4, 3)), POINTS)
    with pytest.raises(ShapeError, match=r"\(M, D\)"):
        best_similarity(POINTS, POINTS[:3])
