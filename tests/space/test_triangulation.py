"""Points in space from several cameras."""

import numpy as np
import pytest

from kinema.camera import Camera, Rig
from kinema.errors import InputError, ShapeError
from kinema.space.triangulation import triangulate_points

K = np.array([[1000.0, 0, 640], [0, 1000, 360], [0, 0, 1]])


def looking_at_origin(name, place, distortion=(-0.1, 0.02, 0.001, -0.001)):
    """A camera at `place` that looks at (0, 0, 1) and stands upright."""
    ahead = np.array([0, 0, 1.0]) - place
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, [0, 0, 1])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(ahead, right), ahead])
    return Camera(name, (1280, 720), K, distortion, rotation, -rotation @ place)


def ring(count=4, radius=4.0):
    angles = 2 * np.pi * np.arange(count) / count
    places = np.c_[radius * np.cos(angles), radius * np.sin(angles), np.full(count, 1.5)]
    return Rig(tuple(looking_at_origin(f"cam{i}", place) for i, place in enumerate(places)))


RIG = ring()
POINTS = np.random.default_rng(3).uniform([-1, -1, 0], [1, 1, 2], (500, 3))


def views(rig=RIG, points=POINTS):
    return np.stack([camera.project(points) for camera in rig])


@pytest.mark.parametrize("cameras", [2, 3, 4, 7])
def test_project_then_triangulate(cameras):
    rig = ring(cameras if cameras > 2 else 3)
    rig = Rig(rig.cameras[:cameras])
    found = triangulate_points(rig, views(rig))
    np.testing.assert_allclose(found.points, POINTS, atol=1e-7)
    assert found.used.all()
    assert found.errors.max() < 1e-4


def test_parallel_cameras_by_hand():
    """Baseline 0.28 m, focal length 525 px, disparity 49 px: 0.28 * 525 / 49 = 3 m away."""
    inner = np.array([[525.0, 0, 320], [0, 525, 240], [0, 0, 1]])
    pair = Rig(
        (
            Camera("left", (640, 480), inner),
            Camera("right", (640, 480), inner, translation=[-0.28, 0, 0]),
        )
    )
    found = triangulate_points(pair, [[[320, 240]], [[271, 240]]])
    np.testing.assert_allclose(found.points, [[0, 0, 3]], atol=1e-12)


def test_one_wrong_camera_is_left_out():
    seen = views()
    rng = np.random.default_rng(0)
    wrong = rng.integers(0, 4, len(POINTS))
    seen[wrong, np.arange(len(POINTS))] += 80
    found = triangulate_points(RIG, seen)
    np.testing.assert_allclose(found.points, POINTS, atol=1e-6)
    assert (found.used.sum(axis=0) == 3).all()
    assert not found.used[wrong, np.arange(len(POINTS))].any()


def test_two_cameras_that_disagree_give_nothing():
    pair = Rig(RIG.cameras[:2])
    seen = views(pair)
    seen[0, :, 1] += 60  # off the epipolar line
    found = triangulate_points(pair, seen)
    assert np.isnan(found.points).all()
    assert np.isnan(found.sigma).all()
    assert not found.used.any()


def test_unseen_points():
    seen = views()
    seen[0] = np.nan  # a blind camera
    seen[1:, 0] = np.nan  # nobody sees point 0
    seen[2:, 1] = np.nan  # one camera sees point 1
    found = triangulate_points(RIG, seen)
    assert np.isnan(found.points[:2]).all()
    np.testing.assert_allclose(found.points[2:], POINTS[2:], atol=1e-7)
    assert found.used.sum(axis=0)[:3].tolist() == [0, 0, 3]
    assert triangulate_points(RIG, np.empty((4, 0, 2))).points.shape == (0, 3)


def test_weights_pull_towards_the_sure():
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(4, len(POINTS), 2)) * np.array([1, 1, 8, 8])[:, None, None]
    weights = np.repeat([[1.0], [1.0], [0.125], [0.125]], len(POINTS), axis=1)
    plain = triangulate_points(RIG, views() + noise, max_error=200)
    weighted = triangulate_points(RIG, views() + noise, weights, max_error=200)

    def error(found):
        return np.sqrt(np.mean((found.points - POINTS) ** 2))

    assert error(weighted) < 0.5 * error(plain)


def test_sigma_is_the_spread_that_noise_makes():
    rng = np.random.default_rng(2)
    trials = [
        triangulate_points(RIG, views() + rng.normal(size=(4, len(POINTS), 2)) * 2, pixel_sigma=2)
        for _ in range(20)
    ]
    spread = np.sqrt(np.mean([(trial.points - POINTS) ** 2 for trial in trials]))
    claimed = np.sqrt(np.mean([trial.sigma**2 for trial in trials]))
    assert claimed == pytest.approx(spread, rel=0.15)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        pytest.param((Rig(RIG.cameras[:1]), np.zeros((1, 1, 2))), InputError, "two", id="one"),
        pytest.param((RIG, np.zeros((3, 1, 2))), ShapeError, "pixels must be", id="pixels"),
        pytest.param((RIG, np.zeros((4, 2, 2)), np.ones((4, 1))), ShapeError, "weights", id="w"),
    ],
)
def test_bad_input(arguments, error, words):
    with pytest.raises(error, match=words):
        triangulate_points(*arguments)
    with pytest.raises(InputError, match="must be positive"):
        triangulate_points(RIG, views(), max_error=0)
