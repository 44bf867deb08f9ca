"""The Kalman filter of places: by hand, and against matrices multiplied one by one."""

from __future__ import annotations

import numpy as np
import pytest

from kinema.tracking import motion


def test_a_velocity_fades():
    """At 2 a second it leads 2 (1 - 1 / e) far within a second, and is 2 / e then."""
    states = np.zeros((1, 3, 2))
    states[0, 0] = (5, 2)
    moved, _ = motion.predict(states, motion.first_covariances(1, 2), np.array([1.0]))
    np.testing.assert_allclose(moved[0, 0], (5 + 2 * (1 - np.exp(-1)), 2 * np.exp(-1)))
    np.testing.assert_array_equal(moved[0, 1:], 0)


def test_covariances_are_those_of_the_textbook():
    covariances = motion.first_covariances(2, 2)
    seconds = np.array([0.1, 0.7])
    _, spread = motion.predict(np.zeros((2, 3, 2)), covariances, seconds)
    for row, t in enumerate(seconds):
        f = np.array([[1, 1 - np.exp(-t)], [0, np.exp(-t)]])
        noise = motion.PLACE_NOISE * np.array([[t**3 / 3, t**2 / 2], [t**2 / 2, t]])
        np.testing.assert_allclose(spread[row, 0], f @ covariances[row, 0] @ f.T + noise)


def test_no_time_changes_nothing():
    states, covariances = np.ones((1, 3, 2)), motion.first_covariances(1, 2)
    moved, spread = motion.predict(states, covariances, np.zeros(1))
    np.testing.assert_array_equal(moved, states)
    np.testing.assert_array_equal(spread, covariances)


def test_what_was_measured_is_believed_by_its_variance():
    """Prior and measurement of the same variance meet half-way; with little trust, hardly."""
    states, covariances = np.zeros((2, 3, 2)), motion.first_covariances(2, 2)
    corrected, spread = motion.correct(states, covariances, np.ones((2, 3)), np.array([1.0, 0.01]))
    np.testing.assert_allclose(corrected[:, 0, 0], (1 / 2, 1 / 101))
    assert spread[0, 0, 0, 0] == pytest.approx(motion.PLACE_ERROR**2 / 2)


@pytest.mark.parametrize("rate", [10, 30, 120])
def test_a_steady_velocity_is_learnt(rate):
    """Within a second and a half, whatever the frame rate; what is missing is the fading."""
    states, covariances = np.zeros((1, 3, 2)), motion.first_covariances(1, 2)
    for n in range(1, round(1.5 * rate)):
        states, covariances = motion.predict(states, covariances, np.array([1 / rate]))
        measured = np.array([[1.6 * n / rate, -0.4 * n / rate, 0]])
        states, covariances = motion.correct(states, covariances, measured, np.ones(1))
    np.testing.assert_allclose(states[0, :, 1], (1.6, -0.4, 0), atol=0.12)


def test_nobody():
    states, covariances = np.zeros((0, 4, 2)), motion.first_covariances(0, 3)
    moved, spread = motion.predict(states, covariances, np.zeros(0))
    assert moved.shape == (0, 4, 2)
    assert spread.shape == (0, 4, 2, 2)
