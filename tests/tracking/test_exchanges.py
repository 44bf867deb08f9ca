"""Identities that were exchanged."""

import numpy as np
import pytest

from kinema.skeletons import COCO17
from kinema.track import Track
from kinema.tracking.exchanges import Exchange, exchanges

BODY = np.random.default_rng(1).uniform(0, 200, (17, 2))


def person(identity, x, **more):
    """Somebody of about 200 px at these places, a frame each."""
    keypoints = BODY + np.stack([x, np.zeros(len(x))], axis=1)[:, None]
    times = more.pop("times", np.arange(len(x)) / 10)
    return Track(COCO17, keypoints, np.ones((len(x), 17)), times, id=identity)


LEFT, RIGHT = np.linspace(0, 90, 10), np.linspace(600, 510, 10)


def test_two_who_change_places():
    a = np.r_[LEFT[:5], RIGHT[5:]]
    b = np.r_[RIGHT[:5], LEFT[5:]]
    assert exchanges([person(1, a), person(4, b)]) == [Exchange(0.5, 1, 4)]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        pytest.param(LEFT, RIGHT, id="nothing happens"),
        pytest.param(np.linspace(0, 600, 10), np.linspace(600, 0, 10), id="they cross"),
        pytest.param(np.r_[LEFT[:5], LEFT[5:] + 400], RIGHT, id="one jumps elsewhere"),
        pytest.param([], [], id="nobody"),
        pytest.param(LEFT[:1], RIGHT[:1], id="one frame"),
    ],
)
def test_no_exchange(a, b):
    assert exchanges([person(1, np.asarray(a)), person(2, np.asarray(b))]) == []


def test_who_was_away_may_be_anywhere():
    times = np.r_[np.arange(5), np.arange(20, 25)] / 10
    a = person(1, np.r_[LEFT[:5], RIGHT[5:]], times=times)
    b = person(2, np.r_[RIGHT[:5], LEFT[5:]], times=times)
    assert exchanges([a, b]) == []


def test_joints_that_are_absent():
    track = person(1, LEFT)
    empty = Track(COCO17, np.full((10, 17, 2), np.nan), np.zeros((10, 17)), track.times, id=2)
    assert exchanges([track, empty]) == []
