"""Left against right."""

import numpy as np
import pytest

from kinema.analysis.symmetry import symmetry, symmetry_index
from kinema.curves import Curves
from kinema.errors import InputError

TIMES = np.arange(300) / 50


def gait(*, right_scale=1.0, lag=0.55, missing=()):
    def wave(t):
        phase = 2 * np.pi * t / 1.1
        return 20 + 20 * np.sin(phase) + 8 * np.sin(2 * phase)

    left, right = wave(TIMES), right_scale * wave(TIMES - lag)
    left[list(missing)] = np.nan
    names = ("left_knee_flexion", "trunk_flexion", "right_knee_flexion", "left_only")
    values = np.stack([left, left, right, left], axis=1)
    return Curves(names, ("deg",) * 4, values, TIMES)


@pytest.mark.parametrize("lag", [0.55, 0.5, 0.0, -0.2])
def test_the_lag_between_the_sides(lag):
    (knee,) = symmetry(gait(lag=lag))
    assert knee.name == "knee_flexion"
    assert knee.lag == pytest.approx(lag, abs=2e-3) or abs(lag) == 0.55
    assert abs(knee.lag) == pytest.approx(abs(lag), abs=2e-3)
    assert knee.correlation == pytest.approx(1, abs=5e-3)
    assert knee.index == pytest.approx(0, abs=1)


def test_gaps_do_not_hurt():
    (knee,) = symmetry(gait(lag=0.4, missing=range(50, 70)))
    assert knee.lag == pytest.approx(0.4, abs=5e-3)


def test_sides_of_different_size():
    (knee,) = symmetry(gait(right_scale=0.5, lag=0.0))
    assert knee.ratio == pytest.approx(0.5)
    assert knee.index == pytest.approx(-100 / 1.5)  # the right moves less, as in a gait table
    assert knee.correlation == pytest.approx(1)


def test_index():
    assert symmetry_index(1.0, 1.0) == 0
    assert symmetry_index(0.0, 2.0) == 200
    assert np.isnan(symmetry_index(0.0, 0.0))


@pytest.mark.parametrize("length", [0, 1, 3, 5])
def test_little_data(length):
    part = Curves(("left_a", "right_a"), ("", ""), np.ones((length, 2)), np.arange(float(length)))
    (made,) = symmetry(part)
    assert np.isnan(made.lag)
    assert np.isnan(made.index)


def test_a_side_that_is_never_seen():
    values = np.stack([np.sin(TIMES), np.full(300, np.nan)], axis=1)
    (made,) = symmetry(Curves(("left_a", "right_a"), ("", ""), values, TIMES))
    assert np.isnan([made.right, made.index, made.ratio, made.lag, made.correlation]).all()


def test_a_negative_lag_is_refused():
    with pytest.raises(InputError, match="not be negative"):
        symmetry(gait(), max_lag=-1.0)


def test_the_largest_lag():
    (knee,) = symmetry(gait(lag=0.4), max_lag=0.3)
    assert abs(knee.lag) <= 0.3 + 1e-9
