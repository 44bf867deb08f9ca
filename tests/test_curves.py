"""Quantities over time."""

import numpy as np
import pytest

from kinema.curves import Curves
from kinema.errors import InputError, ShapeError

TIMES = np.array([0, 0.5])
KNEES = Curves(("left_knee", "right_knee"), ("deg", "deg"), [[1, 2], [3, 4]], TIMES)
SPEED = Curves(("speed",), ("m/s",), [[5], [6]], TIMES, [[0.1], [0.2]])


def test_by_name():
    assert KNEES["right_knee"].tolist() == [2, 4]
    assert np.isnan(KNEES.sigma_of("right_knee")).all()
    assert len(KNEES) == 2
    with pytest.raises(InputError, match=r"no curve 'right_nee'.*right_knee"):
        KNEES["right_nee"]


def test_only_and_joined():
    both = KNEES.joined(SPEED)
    assert both.names == ("left_knee", "right_knee", "speed")
    assert both.sigma_of("speed").tolist() == [0.1, 0.2]
    assert np.isnan(both.sigma_of("left_knee")).all()
    chosen = both.only(["speed", "left_knee"])
    assert chosen.units == ("m/s", "deg")
    assert chosen.values.tolist() == [[5, 1], [6, 3]]
    assert KNEES.joined(KNEES.only([])).sigma is None


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        pytest.param((("a",), ("deg",), [[1, 2]], [0]), ShapeError, "values", id="shape"),
        pytest.param((("a",), (), [[1]], [0]), ShapeError, "units", id="units"),
        pytest.param((("a", "a"), ("", ""), [[1, 2]], [0]), InputError, "twice", id="twice"),
        pytest.param((("a",), ("",), [[1], [2]], [1, 1]), InputError, "increase", id="times"),
    ],
)
def test_bad_curves(arguments, error, words):
    with pytest.raises(error, match=words):
        Curves(*arguments)


def test_curves_of_other_times_do_not_join():
    later = Curves(("x",), ("m",), [[1], [2]], [0, 1])
    with pytest.raises(InputError, match="different times"):
        KNEES.joined(later)
