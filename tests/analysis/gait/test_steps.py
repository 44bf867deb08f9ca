from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from kinema.analysis.gait.signals import prepare
from kinema.analysis.gait.steps import dominant_rate, find_steps, standing_speed, turning_points
from kinema.curves import Event
from kinema.track import Track


def test_turning_points_take_turns_and_are_large_enough() -> None:
    values = np.array([0.0, 1, 5, 4.5, 6, 0, 0.4, 0, 3])
    assert turning_points(values, 2.0) == [(0, False), (4, True), (5, False), (8, True)]


def test_no_turning_points_in_what_hardly_moves() -> None:
    assert turning_points(np.array([0.0, 0.1, 0.0, 0.1]), 0.5) == []
    assert turning_points(np.zeros(0), 0.5) == []


def test_dominant_rate_is_that_of_the_stride_not_of_drift_or_steps() -> None:
    times = np.arange(0, 10, 0.01)
    values = 5 * times + np.sin(2 * np.pi * 0.9 * times) + 0.3 * np.sin(2 * np.pi * 1.8 * times)
    assert dominant_rate(values - 5 * times, 100.0) == pytest.approx(0.9, abs=0.03)


def test_steps_take_turns_at_half_strides(
    recorded: Callable[..., tuple[Track, list[Event]]],
) -> None:
    track, _ = recorded(duration=6.0)
    (bout,) = find_steps(prepare(track, "space"))
    inner = [step for step in bout if not step.at_edge]
    assert len(inner) >= 10
    assert all(a.side != b.side for a, b in pairwise(inner))
    np.testing.assert_allclose(np.diff([step.time for step in inner]), 0.55, atol=0.01)
    np.testing.assert_allclose([step.stride for step in inner], 1.1, atol=0.02)


def test_standing_speed_is_that_of_walking_on_both_grounds(
    recorded: Callable[..., tuple[Track, list[Event]]],
) -> None:
    for surface in ("overground", "treadmill"):
        signals = prepare(recorded(surface=surface)[0], "space")
        assert standing_speed(signals) == pytest.approx(1.2 / 0.86, rel=0.08)
