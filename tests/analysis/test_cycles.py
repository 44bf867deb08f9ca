"""Curves over the cycle."""

import numpy as np
import pytest

from kinema.analysis.cycles import cycles_of
from kinema.curves import Curves, Event

TIMES = np.arange(0, 5.001, 0.01)


def strikes(side, *times, kind="heel_strike"):
    return [Event(kind, time, side) for time in times]


def curves(**values):
    names = tuple(values)
    columns = np.stack([values[name] for name in names], axis=1)
    return Curves(names, ("deg",) * len(names), columns, TIMES)


def test_a_sine_of_one_second_is_one_wave_from_0_to_100():
    wave = np.sin(2 * np.pi * TIMES)
    (cycle,) = cycles_of(curves(left_knee=wave), strikes("left", 1, 2, 3, 4))
    assert cycle.each.shape == (3, 101)
    np.testing.assert_allclose(cycle.mean, np.sin(2 * np.pi * np.arange(101) / 100), atol=1e-3)
    np.testing.assert_allclose(cycle.sd, 0, atol=1e-3)


def test_strides_of_unequal_length_are_stretched():
    ramp = np.interp(TIMES, [1, 1.8, 1.800001, 3], [0, 100, 0, 100])
    (cycle,) = cycles_of(curves(right_hip=ramp), strikes("right", 1, 1.8, 3))
    np.testing.assert_allclose(cycle.mean[5:95], np.arange(5, 95), atol=1.0)


def test_each_side_has_its_own_strikes():
    flat = np.zeros(len(TIMES))
    found = cycles_of(
        curves(left_knee=flat, right_knee=flat + 1, trunk=flat),
        [
            *strikes("left", 1, 2),
            *strikes("right", 1.5, 2.5, 3.5),
            *strikes("left", 3, kind="toe_off"),
        ],
    )
    assert [(cycle.name, len(cycle.each)) for cycle in found] == [
        ("left_knee", 1),
        ("right_knee", 2),
    ]
    assert np.isnan(found[0].sd).all()


def test_a_missing_strike_makes_no_cycle_of_two():
    flat = np.zeros(len(TIMES))
    (cycle,) = cycles_of(curves(left_knee=flat), strikes("left", 0.5, 1.5, 2.5, 4.5))
    assert len(cycle.each) == 2


@pytest.mark.parametrize(("missing", "count"), [(5, 1), (20, 0)])
def test_gaps(missing, count):
    values = np.zeros(len(TIMES))
    values[150 : 150 + missing] = np.nan
    assert len(cycles_of(curves(left_knee=values), strikes("left", 1, 2))) == count


def test_nothing():
    assert cycles_of(curves(left_knee=np.zeros(len(TIMES))), []) == []
    assert cycles_of(curves(left_knee=np.zeros(len(TIMES))), strikes("left", -1, 0.2)) == []
