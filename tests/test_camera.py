"""Cameras: points to pixels and back."""

import cv2
import numpy as np
import pytest

from kinema.camera import Camera, Rig
from kinema.errors import InputError, ShapeError

K = np.array([[1000.0, 0, 640], [0, 1100, 360], [0, 0, 1]])
# Axes of the world turned into the camera's: it looks along world +y, world z is up.
LEVEL = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
DISTORTIONS = [
    pytest.param([], id="none"),
    pytest.param([-0.2, 0.05, 0.001, -0.002], id="4"),
    pytest.param([-0.2, 0.05, 0.001, -0.002, 0.01], id="5"),
    pytest.param([0.1, 0.02, 0.001, -0.002, 0.01, 0.15, 0.03, 0.01], id="8"),
    pytest.param([0.1, 0, 0.001, 0, 0, 0.1, 0, 0, 0.001, 0, -0.002, 0], id="12"),
]


def camera(distortion=(), **more):
    return Camera("a", (1280, 720), K, distortion, LEVEL, [0.1, 1.5, 0.2], **more)


def scene(count=200):
    rng = np.random.default_rng(7)
    return rng.uniform([-1.5, 3, 0], [1.5, 8, 2], (count, 3))


def test_worked_example():
    level = Camera("a", (1280, 720), K, rotation=LEVEL)
    # 5 m ahead, 1 m to the right and 0.5 m up: 640 + 1000 / 5 and 360 - 1100 / 10.
    np.testing.assert_allclose(level.project([1, 5, 0.5]), [840, 250])
    np.testing.assert_allclose(level.project([[0, 1, 0]]), [[640, 360]])
    np.testing.assert_allclose(level.rays([640, 360]), [0, 1, 0], atol=1e-15)


def test_centre_and_projection_matrix():
    one = camera()
    np.testing.assert_allclose(one.rotation @ one.centre + one.translation, 0, atol=1e-15)
    points = scene()
    through = np.c_[points, np.ones(len(points))] @ one.projection.T
    np.testing.assert_allclose(through[:, :2] / through[:, 2:], one.project(points))


@pytest.mark.parametrize("distortion", DISTORTIONS)
def test_like_opencv(distortion):
    one, points = camera(distortion), scene()
    rotation, _ = cv2.Rodrigues(one.rotation)
    expected, _ = cv2.projectPoints(
        points, rotation, one.translation, K, np.array(distortion) if distortion else None
    )
    np.testing.assert_allclose(one.project(points), expected[:, 0], atol=1e-9)


@pytest.mark.parametrize("distortion", DISTORTIONS)
def test_there_and_back(distortion):
    one, points = camera(distortion), scene()
    pixels = one.project(points)
    ideal = camera().project(points)
    np.testing.assert_allclose(one.undistorted(pixels), ideal, atol=1e-5)
    away = points - one.centre
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    np.testing.assert_allclose(one.rays(pixels), away, atol=1e-8)


def test_behind_and_missing():
    one = camera([-0.2, 0.05, 0.001, -0.002])
    assert np.isnan(one.project([0, -5, 0])).all()
    assert np.isnan(one.project([np.nan, 5, 0])).all()
    assert np.isnan(one.undistorted([np.nan, 5])).all()
    assert one.project(np.empty((0, 3))).shape == (0, 2)


def test_no_inverse_is_said():
    strong = Camera("a", (1280, 720), K, [-0.9, 0, 0, 0])
    assert np.isnan(strong.undistorted([1e5, 360])).all()


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        pytest.param({"matrix": np.eye(2)}, ShapeError, "camera a: matrix", id="matrix"),
        pytest.param({"distortion": [1, 2]}, ShapeError, "0, 4, 5, 8 or 12", id="distortion"),
        pytest.param({"rotation": np.eye(3) * 2}, InputError, "no rotation", id="scaled"),
        pytest.param({"rotation": np.diag([1, 1, -1])}, InputError, "no rotation", id="mirror"),
        pytest.param({"matrix": np.diag([-1, 1, 1])}, InputError, "positive", id="focal length"),
        pytest.param({"translation": [1, 2]}, ShapeError, "translation", id="translation"),
    ],
)
def test_bad_cameras(arguments, error, words):
    with pytest.raises(error, match=words):
        Camera(**{"name": "a", "size": (1280, 720), "matrix": K, **arguments})


def test_scaled():
    """What is at a pixel is, in a picture of half the size, at the pixel that covers it."""
    one = camera([-0.2, 0.05, 0.001, -0.002])
    half = one.scaled((640, 360))
    assert half.size == (640, 360)
    point = [0.3, 5, 0.4]
    # The corner of the top-left pixel, at -0.5, stays where it is.
    assert np.allclose(half.project(point), (one.project(point) + 0.5) / 2 - 0.5)


def test_rig():
    left, right = (Camera(name, (640, 480), K) for name in ("left", "right"))
    rig = Rig((left, right))
    assert len(rig) == 2
    assert rig["right"] is right
    assert list(rig) == [left, right]
    with pytest.raises(InputError, match="no camera 'rigt'; did you mean right"):
        rig["rigt"]
    with pytest.raises(InputError, match="at least one"):
        Rig(())
    with pytest.raises(InputError, match="one name"):
        Rig((left, left))
