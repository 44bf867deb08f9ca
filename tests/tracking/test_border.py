"""Frames in which a person is cut off by the side of the picture."""

import numpy as np
import pytest

from kinema.skeleton import Skeleton
from kinema.track import Track
from kinema.tracking.border import at_border

PAIR = Skeleton("pair", ("head", "foot"))


def walk(x):
    """Somebody whose head is at x and whose foot is 20 px behind, in a picture 400 px wide."""
    x = np.asarray(x, dtype=float)
    keypoints = np.stack(
        [np.c_[x, np.full(len(x), 50)], np.c_[x + 20, np.full(len(x), 90)]], axis=1
    )
    return Track(PAIR, keypoints, np.where(np.isnan(x), 0, 1)[:, None] * [1, 1], np.arange(len(x)))


def test_who_leaves_to_the_left():
    cut = at_border(walk(np.linspace(300, -20, 41)), 400)  # 8 px a frame; the border is at 6 px
    assert np.flatnonzero(cut).tolist() == [37, 38, 39, 40]


def test_who_comes_in_from_the_right():
    cut = at_border(walk(np.linspace(400, 80, 41)), 400)  # the foot: 393 px
    assert np.flatnonzero(cut).tolist() == [0, 1, 2, 3]


def test_a_foot_that_swings_back():
    x = np.linspace(300, 4, 38)
    x[-3] = 4
    cut = at_border(walk(x), 400)
    assert np.flatnonzero(cut).tolist() == [35, 36, 37]


@pytest.mark.parametrize(
    "x",
    [
        pytest.param(np.full(30, 200.0), id="in the middle"),
        pytest.param(np.full(30, 2.0), id="always at the border"),
        pytest.param(np.r_[np.full(15, 200.0), np.full(15, 2.0)], id="half of the time"),
        pytest.param(np.r_[np.full(15, 200.0), 2, np.full(15, 200.0)], id="for a moment"),
        pytest.param(np.full(5, np.nan), id="never found"),
        pytest.param([], id="no frames"),
    ],
)
def test_nothing_is_cut(x):
    assert not at_border(walk(x), 400).any()
