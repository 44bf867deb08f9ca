"""Depth by disparity: worked numbers, what is missing, cameras in general positions."""

import numpy as np
import pytest

from kinema.camera import Camera, Rig
from kinema.errors import InputError, ShapeError
from kinema.space.stereo import METRES_PER_PIXEL, StereoPair, locate, pixel_noise

PAIR = StereoPair.parallel(0.28, 525, centre=(320, 240))


def turned(axis: str, degrees: float) -> np.ndarray:
    angle = np.radians(degrees)
    c, s = np.cos(angle), np.sin(angle)
    return {
        "x": np.array([[1, 0, 0], [0, c, -s], [0, s, c]]),
        "y": np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]),
        "z": np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]),
    }[axis]


@pytest.mark.parametrize(
    ("left", "right", "place"),
    [
        pytest.param((320, 240), (271, 240), (0, 3.0, 0), id="49 px are 3 m"),
        pytest.param((320, 240), (222, 240), (0, 1.5, 0), id="98 px are 1.5 m"),
        pytest.param((425, 240), (376, 240), (0.6, 3.0, 0), id="105 px to the right"),
        pytest.param((320, 415), (271, 415), (0, 3.0, -1.0), id="175 px below"),
        pytest.param((320, 239), (271, 241), (0, 3.0, 0), id="the mean of the rows"),
    ],
)
def test_worked_places(left, right, place):
    """f B = 525 x 0.28 = 147; at 3 m a pixel is 3 / 525 m = 5.714 mm."""
    found = locate(PAIR, [left], [right])
    np.testing.assert_allclose(found.points, [place], atol=1e-9)
    assert found.depth[0] == pytest.approx(place[1])


def test_metres_per_pixel_cancel_out():
    """The document's way: everything in metres on the sensor, then similar triangles."""
    focal = 525 * METRES_PER_PIXEL
    assert focal == pytest.approx(0.13890625, abs=3e-8)
    left, right, centre = (
        np.array(v) * METRES_PER_PIXEL for v in ((425, 415), (376, 415), (320, 240))
    )
    depth = focal * 0.28 / (left[0] - right[0])
    x, y = (left - centre) * depth / focal
    found = locate(PAIR, [(425, 415)], [(376, 415)])
    np.testing.assert_allclose(found.points, [(x, depth, -y)], rtol=1e-12)


@pytest.mark.parametrize(
    ("left", "right", "reason"),
    [
        pytest.param((300, 240), (300, 240), "no_disparity", id="infinitely far"),
        pytest.param((300, 240), (310, 240), "no_disparity", id="negative"),
        pytest.param((300, 240), (np.nan, np.nan), "one_view", id="left only"),
        pytest.param((np.nan, np.nan), (300, 240), "one_view", id="right only"),
        pytest.param((300, 240), (290, 256), "off_row", id="16 rows apart"),
        pytest.param((np.nan, np.nan), (np.nan, np.nan), None, id="nowhere"),
    ],
)
def test_what_is_missing_and_why(left, right, reason):
    found = locate(PAIR, [left], [right])
    for values in (found.points, found.sigma, found.depth, found.depth_sigma):
        assert np.isnan(values).all()
    reasons = ("one_view", "no_disparity", "off_row")
    assert [name for name in reasons if getattr(found, name)[0]] == ([reason] if reason else [])


def test_stated_error_of_depth():
    """1 px in each picture: sqrt 2 px of 49, at 3 m: 9 / 147 x 1.414 = 0.0866 m."""
    found = locate(PAIR, [(320, 240)], [(271, 240)])
    assert found.depth_sigma[0] == pytest.approx(9 / 147 * np.sqrt(2))
    assert PAIR.depth_sigma(6.0)[()] == pytest.approx(4 * found.depth_sigma[0])
    twice = locate(PAIR, [(320, 240)], [(271, 240)], pixel_sigma=2)
    assert twice.depth_sigma[0] == pytest.approx(2 * found.depth_sigma[0])


@pytest.mark.parametrize("place", [(0.0, 3.0, 0.0), (1.2, 3.5, 0.6), (-0.9, 2.0, -0.8)])
def test_stated_errors_are_those_of_noise(place):
    rng = np.random.default_rng(1)
    left, right = (camera.project(place) + rng.normal(0, 0.5, (4000, 2)) for camera in PAIR.cameras)
    found = locate(PAIR, left, right, pixel_sigma=0.5)
    spread = found.points.std(axis=0)
    exact = locate(PAIR, *(camera.project([place]) for camera in PAIR.cameras), pixel_sigma=0.5)
    assert spread[1] == pytest.approx(exact.depth_sigma[0], rel=0.05)
    assert np.sqrt((spread**2).mean()) == pytest.approx(exact.sigma[0], rel=0.05)
    assert pixel_noise(found.row_error) == pytest.approx(0.5, rel=0.05)


def test_world_of_parallel_cameras():
    """z is up and y away: the right camera stands 0.28 m along x."""
    np.testing.assert_allclose(PAIR.cameras[0].centre, [0, 0, 0], atol=1e-12)
    np.testing.assert_allclose(PAIR.cameras[1].centre, [0.28, 0, 0], atol=1e-12)
    assert PAIR.cameras[0].project([0, 3, 1])[1] < 240  # up in the room is up in the picture


@pytest.mark.parametrize(
    "beside",
    [
        pytest.param((0.3, 0, 0), id="to the right"),
        pytest.param((-0.3, 0, 0), id="to the left"),
        pytest.param((0, 0, -0.3), id="below"),
        pytest.param((0, 0, 0.3), id="above"),
    ],
)
@pytest.mark.parametrize("distorted", [False, True], ids=["ideal", "distorted"])
def test_cameras_in_general_positions(beside, distorted):
    """Project, then locate, gives the points back."""
    upright = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], float)
    coefficients = np.array([-0.1, 0.02, 0.001, -0.002, 0.0]) if distorted else np.zeros(0)
    cameras = []
    for name, centre, turn, focal in (
        ("a", (1, -2, 1.5), turned("y", 4), 600.0),
        ("b", np.add((1, -2, 1.5), beside), turned("x", 3) @ turned("z", 2), 620.0),
    ):
        rotation = turn @ upright
        matrix = np.array([[focal, 0, 330], [0, focal + 5, 235], [0, 0, 1]])
        cameras.append(
            Camera(name, (640, 480), matrix, coefficients, rotation, -rotation @ np.array(centre))
        )
    points = np.random.default_rng(0).uniform((0, 1, 1), (2, 3, 2), (50, 3))
    pair = StereoPair.of(Rig(tuple(cameras)))
    found = locate(pair, *(camera.project(points) for camera in cameras))
    np.testing.assert_allclose(found.points, points, atol=1e-6)
    np.testing.assert_allclose(found.row_error, 0, atol=1e-6)
    assert pair.baseline == pytest.approx(0.3)


def test_a_parallel_rig_is_the_parallel_case():
    pair = StereoPair.of(Rig(PAIR.cameras))
    left, right = np.array([[400, 200], [300.0, 300]]), np.array([[351, 200], [301.0, 300]])
    ours, theirs = locate(pair, left, right), locate(PAIR, left, right)
    np.testing.assert_allclose(ours.points, theirs.points, atol=1e-9)
    np.testing.assert_allclose(ours.sigma, theirs.sigma, atol=1e-9)


def test_pixel_noise_of_nothing():
    assert np.isnan(pixel_noise([np.nan]))
    assert pixel_noise([3.0, 3.0, 3.0]) == 0  # cameras that are tilted, but nothing scatters


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        pytest.param(lambda: StereoPair.parallel(0, 525), "baseline must be", id="baseline"),
        pytest.param(lambda: StereoPair.parallel(1, np.nan), "focal length must", id="focal"),
        pytest.param(lambda: StereoPair.of(Rig(PAIR.cameras[:1])), "two cameras", id="one"),
        pytest.param(
            lambda: locate(PAIR, [(1, 1)], [(1, 1)], max_row_error=0), "row error", id="row error"
        ),
    ],
)
def test_bad_numbers(make, complaint):
    with pytest.raises(InputError, match=complaint):
        make()


@pytest.mark.parametrize(
    ("centre", "complaint"),
    [
        pytest.param((0, 0, 0), "stand in one place", id="same place"),
        pytest.param((0, 1, 0), "behind or before", id="behind"),
    ],
)
def test_cameras_that_make_no_pair(centre, complaint):
    first = PAIR.cameras[0]
    second = Camera(
        "b", (640, 480), first.matrix, rotation=first.rotation, translation=-first.rotation @ centre
    )
    with pytest.raises(InputError, match=complaint):
        StereoPair.of(Rig((first, second)))


def test_shapes():
    with pytest.raises(ShapeError, match="both pictures need points"):
        locate(PAIR, [(1, 1)], [(1, 1), (2, 2)])
    assert locate(PAIR, np.empty((0, 17, 2)), np.empty((0, 17, 2))).points.shape == (0, 17, 3)
