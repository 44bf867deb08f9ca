import numpy as np
import pytest

from kinema.tracking.smoothing.motion_model import steady_gain
from kinema.tracking.swap_confidence import turn_costs, unit_confidence

GAIN = steady_gain(2, 1.0)[0]


def passing(speed, frames=60):
    """Sides that pass each other in the middle, at so many pixels a frame."""
    return np.stack([speed * (np.arange(frames) - frames // 2 + 0.5), np.zeros(frames)], axis=1)


def test_turns_are_cheap_only_where_the_sides_meet():
    turn = turn_costs(passing(4.0), GAIN, 5.0)
    assert turn[5:27].min() > 6
    assert turn[33:57].min() > 6
    assert turn[28:32].min() < 4


def test_faster_crossings_are_surer():
    slow, fast = (unit_confidence(passing(v), GAIN, 5.0, 30.0) for v in (0.5, 10.0))
    assert fast[30] > slow[30]
    assert fast[[0, 59]].min() > slow[[0, 59]].min()


@pytest.mark.parametrize(
    "apart",
    [
        pytest.param(np.full((20, 2), np.nan), id="nothing seen"),
        pytest.param(np.zeros((20, 2)), id="in one place"),
        pytest.param(np.full((1, 2), 50.0), id="one frame"),
    ],
)
def test_nothing_tells_which_is_which(apart):
    np.testing.assert_array_equal(unit_confidence(apart, GAIN, 5.0, 30.0), 0.5)
