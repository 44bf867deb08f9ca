import math

import numpy as np
import pytest

from kinema.media.frame import Frame
from kinema.models.blazepose.regions import (
    COARSEST_STEP,
    Pixels,
    square,
    to_picture,
    whole_square,
)
from kinema.models.crops import Region


def ramp(width, height):
    """Red is the column, green the row, at most 255."""
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = np.arange(width)
    image[..., 1] = np.arange(height)[:, None]
    return Frame(image)


@pytest.mark.parametrize(
    ("centre", "rim", "side", "degrees"),
    [
        pytest.param((100, 200), (100, 120), 200, 0, id="upright: 2 x 80 x 1.25"),
        pytest.param((100, 200), (180, 200), 200, 90, id="head to the right"),
        pytest.param((100, 200), (20, 200), 200, -90, id="head to the left"),
        pytest.param((100, 200), (100, 280), 200, 180, id="head down"),
        pytest.param((0, 0), (30, -40), 125, math.degrees(math.atan2(3, 4)), id="3-4-5"),
        pytest.param((5, 5), (5, 5), 1, 180, id="no radius"),
        pytest.param((-900, 3), (-900, -7), 25, 0, id="beyond the picture"),
    ],
)
def test_the_square_around_a_person(centre, rim, side, degrees):
    region = square(centre, rim)
    assert region.centre == centre
    assert region.size == pytest.approx((side, side))
    if side > 1:
        assert math.degrees(region.angle) == pytest.approx(degrees)


@pytest.mark.parametrize(
    "rim",
    [(math.nan, 0), (math.inf, 0), (1e9, 0), (0, -1e30)],
    ids=["nan", "infinite", "far", "farther"],
)
def test_nobody_is_there(rim):
    assert square((0, 0), rim) is None
    assert square(rim, (0, 0)) is None


def test_places_become_pixels_of_the_picture():
    places = np.array([[0.5, 0.5], [0.5, 0.0], [1.0, 0.5]], np.float32)
    upright = Region((100.0, 200.0), (40.0, 40.0))
    assert to_picture(upright, places).tolist() == [[100, 200], [100, 180], [120, 200]]
    lying = Region((100.0, 200.0), (40.0, 40.0), math.pi / 2)  # what is up in the crop is right
    expected = [[100, 200], [120, 200], [100, 220]]
    np.testing.assert_allclose(to_picture(lying, places), expected, atol=1e-4)
    assert to_picture(upright, np.empty((0, 6, 2), np.float32)).shape == (0, 6, 2)


@pytest.mark.parametrize("angle", [0.0, 0.3, -2.0, math.pi])
def test_a_point_of_the_rim_lies_a_tenth_from_the_top_of_the_square(angle):
    centre = np.array([50.0, 60.0])
    rim = centre + 30 * np.array([math.sin(angle), -math.cos(angle)])
    back = to_picture(square(centre, rim), np.array([[0.5, 0.5], [0.5, 0.1]], np.float32))
    np.testing.assert_allclose(back, [centre, rim], atol=1e-4)


def test_the_whole_picture_is_cut_with_its_first_column_at_its_first():
    frame = ramp(200, 100)
    crop = Pixels(frame).crop(whole_square(frame.size), 200, black_beyond=True)
    assert not crop[:50].any() and not crop[150:].any()
    np.testing.assert_array_equal(crop[50:150], frame.image)


def test_a_crop_counts_from_the_first_column_and_rounds_to_a_32nd():
    # From 10 to 30 in 8 steps of 2.5: 10, 12.5, 15 ...; then 4 / 3 pixels in 32nds of them.
    crop = Pixels(ramp(200, 100)).crop(Region((20.0, 50.0), (20.0, 20.0)), 8)
    assert crop[0, :, 0].tolist() == [10, 13, 15, 18, 20, 23, 25, 28]
    image = np.zeros((4, 40, 3), np.uint8)
    image[:, ::2] = 255
    stripes = Pixels(Frame(image)).crop(Region((2.0, 2.0), (4.0, 4.0)), 3)
    # 4 / 3 is 43 / 32 and 8 / 3 is 85 / 32: 11 and 21 of 32 parts on the way to the next column.
    assert np.abs(stripes[0, :, 0] - 255 * np.array([1, 11 / 32, 11 / 32])).max() <= 1


def test_beyond_the_border_its_pixels_go_on_or_there_is_black():
    frame = Frame(np.full((10, 10, 3), 200, np.uint8))
    region = Region((-30.0, -30.0), (20.0, 20.0))
    assert (Pixels(frame).crop(region, 16) == 200).all()
    assert (Pixels(frame).crop(region, 16, black_beyond=True) == 0).all()


def test_a_turned_crop_stands_upright():
    frame = ramp(200, 200)
    lying = Region((100.0, 100.0), (64.0, 64.0), math.pi / 2)
    crop = Pixels(frame).crop(lying, 64).astype(int)
    assert (crop[32, 32, :2] == 100).all()
    assert crop[0, 32, 0] == 132  # its top is on the right of the picture
    assert crop[32, 60, 1] == 128  # and its right is below


@pytest.mark.parametrize(("side", "halvings"), [(64, 0), (383, 0), (384, 1), (768, 2)], ids=str)
def test_coarse_crops_are_read_from_smaller_copies(side, halvings):
    assert COARSEST_STEP == 6
    image = np.zeros((800, 800, 3), np.uint8)
    image[..., 0] = np.linspace(0, 255, 800)
    pixels = Pixels(Frame(image))
    crop = pixels.crop(Region((400.0, 400.0), (float(side), float(side))), 64).astype(float)
    assert pixels.halvings == halvings
    expected = (400 - side / 2 + np.arange(64) * side / 64) / 799 * 255
    assert np.abs(crop[32, :, 0] - expected).max() < 1.2


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (2, 3)], ids=str)
def test_smallest_pictures(size):
    frame = Frame(np.full((size[1], size[0], 3), 9, np.uint8))
    crop = Pixels(frame).crop(whole_square(size), 224, black_beyond=True)
    assert crop.shape == (224, 224, 3) and 0 < crop.max() <= 9
