"""Errors of joints, by hand."""

import numpy as np
import pytest

from kinema.analysis.compare.errors import errors_of

TIMES = np.array([0.0, 0.1, 0.2])
RIGHT = np.zeros((3, 2, 3))
RIGHT[:, 1, 2] = 1  # the second joint stands 1 m above the first


def moved(*steps):
    """The truth, the first joint moved by a vector in each frame."""
    joints = RIGHT.copy()
    joints[:, 0] += steps
    return joints


def test_one_joint_off():
    """3-4-0, 0-0-0 and 0-0-10: distances 5, 0 and 10; the other joint is right."""
    found = errors_of(moved((3, 4, 0), (0, 0, 0), (0, 0, 10)), RIGHT, TIMES, ("a", "b"))
    first, second = found.joints
    assert (first.n, first.mean, first.median, first.rmse) == (
        3,
        5,
        5,
        pytest.approx(np.sqrt(125 / 3)),
    )
    assert first.bias == pytest.approx((1, 4 / 3, 10 / 3))
    assert first.spread[0] == pytest.approx(np.sqrt(3))  # of 3 0 0
    assert (second.mean, second.p95) == (0, 0)
    assert found.mpjpe == 2.5
    assert found.rmse == pytest.approx(np.sqrt(np.array([9, 16, 100]) / 6))
    # Steps of the error: 5 and 10 within 0.1 s, of one of two joints.
    assert found.velocity == pytest.approx((50 + 100) / 4)


def test_pose_by_pose():
    """What is turned, moved and larger in each frame has no error after the best fit of each."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(3, 5, 3))
    turned = 2 * truth[..., [1, 2, 0]] + np.arange(3)[:, None, None]
    found = errors_of(turned, truth, TIMES, tuple("abcde"))
    assert found.p_mpjpe == pytest.approx(0, abs=1e-12)
    assert found.mpjpe > 0.5


def test_correlation_of_paths():
    joints = np.zeros((3, 1, 2))
    joints[:, 0, 0] = (0, 1, 2)
    found = errors_of(2 * joints, joints, TIMES, ("a",)).joints[0]
    assert found.r[0] == pytest.approx(1)
    assert np.isnan(found.r[1])  # does not move


def test_gaps_and_jumps_of_time():
    joints = moved((1, 0, 0), (1, 0, 0), (2, 0, 0))
    joints[1] = np.nan
    found = errors_of(joints, RIGHT, TIMES, ("a", "b"))
    assert (found.joints[0].n, found.joints[0].mean, found.mpjpe) == (2, 1.5, 0.75)
    assert found.coverage == pytest.approx(2 / 3)
    assert np.isnan(found.velocity)
    later = errors_of(
        moved((1, 0, 0), (1, 0, 0), (9, 0, 0)), RIGHT, TIMES + np.array([0, 0, 5]), ("a", "b")
    )
    assert later.velocity == 0  # across five seconds nothing is said


def test_nothing_in_common():
    found = errors_of(np.full((3, 2, 3), np.nan), RIGHT, TIMES, ("a", "b"))
    assert found.joints[0].n == 0
    assert np.isnan([found.mpjpe, found.p_mpjpe, found.velocity, *found.joints[0].bias]).all()


def test_one_frame():
    found = errors_of(moved((3, 4, 0), (0, 0, 0), (0, 0, 0))[:1], RIGHT[:1], TIMES[:1], ("a", "b"))
    assert found.mpjpe == 2.5
    assert np.isnan(found.velocity)
    assert np.isnan(found.joints[0].spread).all()
