from typing import get_args

import numpy as np
import pytest

from kinema.errors import InputError
from kinema.formats.axes import Up, up_axis, y_up, z_up

JOINTS = ("head_top", "left_ankle", "other")


@pytest.mark.parametrize("up", get_args(Up))
def test_turning_keeps_hands_and_puts_up_to_z(up) -> None:
    axes = z_up(np.eye(3), up).T  # where the axes of the file go
    np.testing.assert_allclose(np.linalg.det(axes), 1)
    along = np.zeros(3)
    along["xyz".index(up[-1])] = -1 if up.startswith("-") else 1
    assert z_up(along, up).tolist() == [0, 0, 1]


def test_y_up_undoes_z_up() -> None:
    points = np.random.default_rng(0).normal(size=(4, 5, 3))
    np.testing.assert_allclose(z_up(y_up(points), "y"), points)


def test_no_axis() -> None:
    with pytest.raises(InputError, match="no axis 'w'; known are x, y, z"):
        z_up(np.zeros(3), "w")


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param((0.1, 1.7, 0), "y", id="upright"),
        pytest.param((0.1, 0, 1.7), "z", id="z"),
        pytest.param((0.1, -1.7, 0), "-y", id="down"),
        pytest.param((1.2, 1.2, 0), "x", id="leaning: the usual axis"),
        pytest.param((0, 0, 0), "x", id="no way"),
        pytest.param((np.nan, 0, 0), "x", id="no head"),
    ],
)
def test_the_axis_of_an_upright_person(head, expected) -> None:
    points = np.array([[head, (0, 0, 0), (9, 9, 9)]] * 3)
    assert up_axis(JOINTS, points, "x") == expected


def test_a_person_who_stands_most_of_the_time() -> None:
    stands, lies = [(0, 1.7, 0), (0, 0, 0), (0, 0, 0)], [(1.7, 0, 0), (0, 0, 0), (0, 0, 0)]
    assert up_axis(JOINTS, np.array([stands, lies, stands], dtype=float), "z") == "y"


def test_without_head_or_feet_it_is_the_usual_axis() -> None:
    assert up_axis(("C7", "elbow"), np.ones((2, 2, 3)), "z") == "z"
    assert up_axis(JOINTS, np.empty((0, 3, 3)), "y") == "y"
