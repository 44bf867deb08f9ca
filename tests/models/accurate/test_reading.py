"""One person out of the maps of several crops."""

import numpy as np
import pytest

from kinema.models.accurate.reading import CELLS, centroid, on_grid, read_joints, within
from kinema.models.accurate.views import Sight
from kinema.models.crops import Region

BOX = np.array([40, 20, 120, 180], np.float32)  # its longer side is 160, its centre (80, 100)


def sight(*spots, padding=1.25, cells=64, guess=(80.0, 100.0)):
    """Soft spots (x, y, height) of the picture in all maps; one guess for all joints."""
    region = Region.around(BOX, padding=padding)
    columns, rows = np.meshgrid(np.arange(cells), np.arange(cells))
    places = region.to_picture(np.stack([columns, rows], 2).astype(np.float32), (cells, cells))
    plane = np.zeros((cells, cells), np.float32)
    for x, y, height in spots:
        distance = np.square(places - (x, y)).sum(axis=2)
        plane = np.maximum(plane, height * np.exp(-distance / 25))
    return Sight(region, np.repeat(plane[None], 17, 0), np.full((17, 2), guess, np.float32))


@pytest.mark.parametrize("padding", [1.0, 1.2, 1.4])
def test_a_spot_is_found_where_it_is(padding):
    joints, scores = read_joints([sight((93.3, 71.7, 0.8), padding=padding)], BOX)
    np.testing.assert_allclose(joints, [[93.3, 71.7]] * 17, atol=0.5)
    assert (scores > 0.6).all() and (scores <= 0.8).all()  # interpolation rounds tops off


def test_crops_that_disagree_are_not_averaged():
    # Two of three see the joint at x = 100, one at x = 60, as high: the mean would be 87.
    sights = [sight((100, 100, 0.9)), sight((100, 100, 0.9)), sight((60, 100, 0.9))]
    joints, scores = read_joints(sights, BOX)
    np.testing.assert_allclose(joints, [[100, 100]] * 17, atol=0.5)
    assert (scores > 0.5).all() and (scores <= 0.6).all()


@pytest.mark.parametrize(
    ("trust", "x"),
    [
        # The guess is 2 px from one spot, which count 6.5, and 40 px from the other, which count
        # 44.5: 6.8 times as much, of which the root is 2.6. That other spot is 4 times as high.
        pytest.param(0.0, 120, id="the maps alone"),
        pytest.param(0.5, 120, id="some of the guess"),
        pytest.param(1.0, 82, id="all of the guess"),
    ],
)
def test_how_much_the_guess_counts(trust, x):
    joints, _ = read_joints([sight((82, 100, 0.2), (120, 100, 0.8))], BOX, trust=trust)
    np.testing.assert_allclose(joints[:, 0], x, atol=0.5)


def test_somebody_beside_the_box_does_not_count():
    # 40 px beyond a box 80 px wide: five standard deviations.
    joints, _ = read_joints([sight((70, 100, 0.1), (160, 100, 0.9), guess=(120, 100))], BOX)
    np.testing.assert_allclose(joints, [[70, 100]] * 17, atol=0.5)


def test_maps_of_nothing_give_the_guess_with_score_0():
    joints, scores = read_joints([sight(guess=(70, 90))], BOX)
    assert np.isfinite(joints).all()
    assert (scores == 0).all()


def test_the_grid_takes_maps_from_their_own_cells():
    # The whole grid, 200 px wide, in a sight of half its size in its middle: ones there, else 0.
    grid = Region((100, 100), (200, 200))
    part = Sight(
        Region((100, 100), (100, 100)), np.ones((17, 32, 32), np.float32), np.zeros((17, 2))
    )
    moved = on_grid(part, grid)
    assert moved.shape == (17, CELLS, CELLS)
    quarter = CELLS // 4
    assert (moved[:, quarter + 1 : -quarter - 1, quarter + 1 : -quarter - 1] == 1).all()
    assert (moved[:, : quarter - 2] == 0).all()


def test_likelihood_falls_beyond_the_box():
    places = np.array([[40, 20], [80, 100], [128, 100], [32, 196]], np.float32)
    # One standard deviation is 8 px across and 16 px down.
    expected = [1, 1, np.exp(-0.5), np.exp(-1)]
    np.testing.assert_allclose(within(places, BOX), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("values", "cell", "expected"),
    [
        pytest.param({(5, 5): 1.0}, (5, 5), (5, 5), id="one cell"),
        pytest.param({(5, 5): 2.0, (5, 6): 1.0}, (5, 5), (5.2, 5), id="a fifth of the squares"),
        pytest.param({(0, 0): 1.0, (1, 0): 1.0}, (0, 0), (0, 0.5), id="in a corner"),
        pytest.param({}, (3, 4), (3, 4), id="nothing"),
    ],
)
def test_centroid(values, cell, expected):
    joint = np.zeros((10, 10), np.float32)
    for (row, column), value in values.items():
        joint[row, column] = value
    np.testing.assert_allclose(centroid(joint, np.array(cell)), expected, rtol=1e-6)
