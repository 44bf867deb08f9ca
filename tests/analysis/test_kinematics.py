"""Speeds of joints, ranges of motion and peaks."""

import numpy as np
import pytest

from kinema.analysis.kinematics import accelerations, peaks, ranges_of_motion, speeds, velocities
from kinema.curves import Curves
from kinema.errors import InputError
from kinema.skeletons import COCO17
from kinema.track import Track

TIMES = np.arange(11) / 10


def moving(space="image", sigma=None):
    """All joints move by (30, -40) a second and fall by 10 a second squared along the last axis."""
    d = 2 if space == "image" else 3
    way = np.zeros((11, 17, d))
    way[..., 0] = 30 * TIMES[:, None]
    way[..., -1] = -40 * TIMES[:, None]
    sigma = None if sigma is None else np.full((11, 17), sigma)
    return Track(COCO17, way, np.ones((11, 17)), TIMES, space=space, sigma=sigma)


def test_uniform_motion():
    assert speeds(moving())["left_knee_speed"][1:-1] == pytest.approx(np.full(9, 50.0), rel=1e-5)
    parts = velocities(moving())
    assert parts["nose_vx"][5] == pytest.approx(30, rel=1e-5)
    assert parts["nose_vy"][5] == pytest.approx(-40, rel=1e-5)
    assert accelerations(moving())["nose_ay"][5] == pytest.approx(0, abs=1e-3)
    assert speeds(moving()).units[0] == "px/s"


def test_units_in_space():
    assert speeds(moving("world")).units[0] == "m/s"
    made = accelerations(moving("world"), window=0.5)
    assert made.units[0] == "m/s²"
    assert "nose_az" in made.names


def test_sigma_of_speed():
    """(b - a) / 0.2 s with sigma 1 each: sqrt(2) / 0.2."""
    made = speeds(moving(sigma=1.0))
    assert made.sigma_of("nose_speed")[5] == pytest.approx(np.sqrt(2) / 0.2)
    assert speeds(moving()).sigma is None


CURVES = Curves(
    ("a", "b"),
    ("deg", "deg"),
    np.array([[0, 5, 1, 8, 2, 11], [np.nan] * 6]).T,
    np.arange(6.0),
    np.full((6, 2), 0.5),
)


def test_range_of_the_whole():
    a, b = ranges_of_motion(CURVES)
    assert (a.low, a.high, a.range) == (0, 11, 11)
    half = 1.959964 * np.hypot(0.5, 0.5)
    assert a.interval == pytest.approx((11 - half, 11 + half), rel=1e-5)
    assert np.isnan([b.low, b.high, b.range, *b.interval]).all()


def test_range_over_cycles():
    """5, 7 and 9: mean 7, standard deviation 2, t of 2 degrees of freedom 4.3027."""
    a, _ = ranges_of_motion(CURVES, cycles=[(0, 1), (2, 3), (4, 5)])
    assert a.each.tolist() == [5, 7, 9]
    assert (a.low, a.high, a.range) == (1, 8, 7)
    half = 4.302653 * 2 / np.sqrt(3)
    assert a.interval == pytest.approx((7 - half, 7 + half), rel=1e-5)


def test_a_cycle_without_data_does_not_count():
    a, _ = ranges_of_motion(CURVES, cycles=[(0, 1), (2, 3), (100, 101)])
    assert np.isnan(a.each[2])
    assert a.range == 6


def test_a_cycle_must_end_after_it_starts():
    with pytest.raises(InputError, match="got 2 to 1 s"):
        ranges_of_motion(CURVES, cycles=[(2, 1)])


def test_peaks():
    curves = Curves(("a", "b"), ("deg/s", "deg/s"), [[1, np.nan], [-9, np.nan]], [0.0, 0.5])
    a, b = peaks(curves)
    assert (a.value, a.time) == (-9, 0.5)
    assert np.isnan([a.sigma, b.value, b.time, b.sigma]).all()
    assert peaks(CURVES)[0].sigma == 0.5


def test_nobody():
    nobody = Track(COCO17, np.empty((0, 17, 2)), np.empty((0, 17)), np.empty(0))
    assert len(speeds(nobody)) == 0
    assert np.isnan(ranges_of_motion(speeds(nobody))[0].range)
    assert np.isnan(peaks(speeds(nobody))[0].value)
