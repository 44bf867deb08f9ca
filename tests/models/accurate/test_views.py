"""What MoveNet sees in crops: back in the picture, left and right put back, others blacked out."""

import numpy as np
import pytest

from kinema.errors import ModelError
from kinema.media.frame import Frame
from kinema.models.accurate.views import INNER, VIEWS, Heads, View, alone, read_sight
from kinema.models.crops import Cutter, Region
from kinema.models.options import Options
from kinema.skeletons import COCO17

REGION = Region((99.5, 49.5), (64, 64))  # cell (c, r) of 16 x 16 is at (69.5 + 4 c, 19.5 + 4 r)
LEFT, RIGHT = COCO17.index("left_wrist"), COCO17.index("right_wrist")


def outputs(row, column):
    """A person whose centre is in a cell, with the left wrist one cell right of it, two below."""
    centres = np.zeros((16, 16), np.float32)
    centres[row, column] = 0.5
    maps = np.zeros((17, 16, 16), np.float32)
    maps[LEFT, row + 2, column + 1] = 0.75
    offsets = np.zeros((34, 16, 16), np.float32)
    offsets[2 * LEFT], offsets[2 * LEFT + 1] = 2, 1
    return centres, maps, offsets


def test_the_guess_is_the_centre_and_what_regression_adds():
    sight = read_sight(REGION, *outputs(5, 9), mirror=False)
    assert sight.guess[LEFT].tolist() == [69.5 + 4 * 10, 19.5 + 4 * 7]
    assert sight.guess[RIGHT].tolist() == [69.5 + 4 * 9, 19.5 + 4 * 5]
    assert sight.maps[LEFT, 7, 10] == 0.75


def test_a_mirrored_crop_is_put_back():
    sight = read_sight(REGION, *outputs(5, 9), mirror=True)
    # What the network took for the left wrist is the right one, in the column 15 - 10.
    assert sight.maps[RIGHT, 7, 5] == 0.75
    assert sight.maps[LEFT].max() == 0
    assert sight.guess[RIGHT].tolist() == [69.5 + 4 * 5, 19.5 + 4 * 7]
    assert sight.guess[LEFT].tolist() == [69.5 + 4 * 6, 19.5 + 4 * 5]


@pytest.mark.parametrize(
    ("box", "columns", "rows"),
    [
        # A tenth more on each side: 57.5 to 69.5 of a region that begins at 0.
        pytest.param((58.5, 9.5, 68.5, 89.5), range(58, 70), range(2, 98), id="a narrow box"),
        pytest.param((-0.5, -0.5, 99.5, 99.5), range(100), range(100), id="all of the crop"),
        pytest.param((-200, -200, -100, -100), range(0), range(0), id="beside the crop"),
    ],
)
def test_what_is_not_of_the_box_is_black(box, columns, rows):
    crop = np.full((100, 100, 3), 7, np.uint8)
    shown = alone(crop, Region((49.5, 49.5), (100, 100)), np.array(box, np.float32))
    expected = np.zeros_like(crop)
    expected[np.ix_(list(rows), list(columns))] = 7
    np.testing.assert_array_equal(shown, expected)
    assert shown.dtype == np.uint8


def test_the_network_ends_at_its_maps(network):
    centres, maps, offsets = outputs(5, 9)
    given = [part.reshape(-1, 16, 16).transpose(1, 2, 0)[None] for part in (centres, maps, offsets)]
    end = np.zeros((1, 1, 17, 3), np.float32)
    path = network(*given, end, names=(*INNER, "joints"), picture=(1, 64, 64, 3))
    heads = Heads((path,), Options(precision="f32"))
    assert heads.size == (64, 64)
    cutter = Cutter(Frame(np.zeros((100, 200, 3), np.uint8)))
    box = np.array([67.5, 17.5, 131.5, 81.5], np.float32)
    sight = heads.start(cutter, box, View(1.0, alone=True, mirror=False))()
    assert sight.region == REGION
    assert sight.guess[LEFT].tolist() == [69.5 + 4 * 10, 19.5 + 4 * 7]
    np.testing.assert_array_equal(sight.maps, maps)


@pytest.mark.parametrize(
    ("names", "maps", "message"),
    [
        pytest.param(("one", "two", "three"), 17, "has no Stateful.* within", id="other names"),
        pytest.param(INNER, 16, "maps of 1, 17 and 34", id="other joints"),
    ],
)
def test_another_network_is_refused(network, names, maps, message):
    arrays = [np.zeros((1, 16, 16, count), np.float32) for count in (1, maps, 34)]
    path = network(*arrays, names=names, picture=(1, 64, 64, 3))
    with pytest.raises(ModelError, match=message):
        Heads((path,), Options())


def test_each_view_has_its_mirror():
    assert len(VIEWS) == 6
    assert {View(v.padding, v.alone, not v.mirror) for v in VIEWS} == set(VIEWS)
