import numpy as np
import pytest

from kinema.space.lifting.place import (
    level_camera,
    level_rotation,
    pelvis_at,
    pelvis_places,
)


def body(frames=1, seed=0):
    """Joints (T, 12, 3) about the pelvis, within a metre of it."""
    return np.random.default_rng(seed).uniform(-0.8, 0.8, (frames, 12, 3))


def plane_of(points, place):
    inside = points + np.asarray(place)[..., None, :]
    return inside[..., :2] / inside[..., 2:]


@pytest.mark.parametrize(
    ("tilt", "point", "pixel"),
    [
        pytest.param(0, (0, 5, 0), (320, 240), id="straight ahead"),
        pytest.param(0, (1, 5, 2), (420, 40), id="right and above"),
        pytest.param(30, (0, 4 * np.cos(np.pi / 6), -2), (320, 240), id="looks down 30 degrees"),
        # 45 degrees down, level with the camera: 45 degrees above the middle.
        pytest.param(45, (0, 3, 0), (320, 240 - 500), id="looks down 45 degrees"),
    ],
)
def test_worked_examples_of_a_level_camera(tilt, point, pixel):
    camera = level_camera((641, 481), focal=500, tilt=tilt)
    assert np.allclose(camera.project(point), pixel)


def test_the_usual_focal_length_is_the_longer_side():
    assert level_camera((480, 640)).matrix[0, 0] == 640


def test_a_camera_that_looks_up_is_a_rotation():
    turn = level_rotation(-20)
    assert np.allclose(turn @ turn.T, np.eye(3))
    assert np.linalg.det(turn) == pytest.approx(1)


def test_a_place_is_found_exactly():
    points = body(5)
    truth = np.array([[0, 0, 3], [1, -0.5, 4], [-2, 0.3, 9], [0, 0, 2.2], [5, 2, 30.0]])
    places, spread = pelvis_places(points, plane_of(points, truth), np.ones((5, 12)))
    assert np.allclose(places, truth, atol=1e-6)
    assert np.allclose(spread, 0, atol=1e-6)


def test_a_body_of_twice_the_size_is_twice_as_far_away():
    points = body()
    plane = plane_of(points, [[0.5, 0.2, 4]])
    places, _ = pelvis_places(2 * points, plane, np.ones((1, 12)))
    assert np.allclose(places, [[1, 0.4, 8]])


def test_a_focal_length_twice_as_long_is_nearly_twice_the_distance():
    """Exactly so for a flat body."""
    points = body() * (1, 1, 0)
    plane = plane_of(points, [[0.5, 0.2, 4]])
    places, _ = pelvis_places(points, plane / 2, np.ones((1, 12)))
    assert np.allclose(places, [[0.5, 0.2, 8]])


def test_the_spread_is_what_it_says():
    frames, noise = 2000, 0.003
    points = np.repeat(body(), frames, axis=0)
    plane = plane_of(points, np.tile([0.3, 0.1, 4.0], (frames, 1)))
    plane = plane + np.random.default_rng(1).normal(0, noise, plane.shape)
    places, spread = pelvis_places(points, plane, np.ones((frames, 12)))
    assert places[:, 2].mean() == pytest.approx(4, rel=0.01)
    assert np.median(spread) * 4 == pytest.approx(places[:, 2].std(), rel=0.1)


def test_joints_that_are_not_seen_do_not_count():
    points = body(3)
    plane = plane_of(points, np.tile([0, 0, 4.0], (3, 1)))
    plane[0, :7] = np.nan  # five are left
    plane[1, :8] = np.nan  # four
    wrong = plane[2].copy()
    wrong[0] += 1
    plane[2] = wrong
    weights = np.ones((3, 12))
    weights[2, 0] = 0
    places, spread = pelvis_places(points, plane, weights)
    assert np.allclose(places[[0, 2]], [0, 0, 4])
    assert np.isnan(places[1]).all()
    assert np.isnan(spread[1])


def test_rays_that_cross_behind_the_camera_give_no_place():
    points = body()
    behind = plane_of(points, [[0, 0, -4]])
    places, _ = pelvis_places(points, behind, np.ones((1, 12)))
    assert np.isnan(places).all()


def test_across_the_view_at_a_depth_that_is_known():
    points = body(2)
    plane = plane_of(points, [[0.5, 0.2, 4], [0, 0, 5]])
    plane[1] = np.nan
    places = pelvis_at(points, plane, np.ones((2, 12)), [4, 5])
    assert np.allclose(places[0], [0.5, 0.2, 4])
    assert np.isnan(places[1, :2]).all()
    # Depth and place across the view go together along the ray.
    nearer = pelvis_at(points[:1] * 0, plane[:1] * 0 + 0.1, np.ones((1, 12)), [2])
    assert np.allclose(nearer, [[0.2, 0.2, 2]])


def test_nobody():
    places, spread = pelvis_places(np.empty((0, 12, 3)), np.empty((0, 12, 2)), np.empty((0, 12)))
    assert places.shape == (0, 3)
    assert spread.shape == (0,)
