from __future__ import annotations

import math

import numpy as np
import pytest

from kinema.errors import InputError
from kinema.media.frame import Frame
from kinema.models.crops import Cutter, Region, cut

RNG = np.random.default_rng(2)
TURNED = Region((30.5, 20), (40, 20), math.radians(30))


def smooth(width: int, height: int) -> Frame:
    """Waves that differ in every channel, slow enough to be sampled between pixels."""
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(x / 7 + y / 9), np.cos(x / 8 - y / 6), np.sin(y / 5)]
    return Frame((127.5 + 120 * np.stack(waves, 2)).astype(np.uint8))


def spot(width: int, height: int, centre: tuple[float, float], sigma: float) -> Frame:
    y, x = np.mgrid[:height, :width]
    light = np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (2 * sigma**2))
    return Frame(np.repeat((255 * light).round().astype(np.uint8)[..., None], 3, 2))


def centre_of_mass(picture: np.ndarray) -> np.ndarray:
    light = picture[..., 0].astype(float)
    y, x = np.mgrid[: light.shape[0], : light.shape[1]]
    return np.array([(light * x).sum(), (light * y).sum()]) / light.sum()


def sampled(picture: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Linear interpolation at points (..., 2), black beyond the picture."""
    height, width = picture.shape[:2]
    padded = np.zeros((height + 2, width + 2, 3))
    padded[1:-1, 1:-1] = picture
    x = np.clip(points[..., 0] + 1, 0, width + 0.999)
    y = np.clip(points[..., 1] + 1, 0, height + 0.999)
    left, top = x.astype(int), y.astype(int)
    across, down = (x - left)[..., None], (y - top)[..., None]
    above = padded[top, left] * (1 - across) + padded[top, left + 1] * across
    below = padded[top + 1, left] * (1 - across) + padded[top + 1, left + 1] * across
    return above * (1 - down) + below * down


def brute_force(frame: Frame, region: Region, size: tuple[int, int]) -> np.ndarray:
    """Each pixel of the crop by the definition of a region."""
    u, v = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    along = ((u + 0.5) / size[0] - 0.5) * region.size[0]
    down = ((v + 0.5) / size[1] - 0.5) * region.size[1]
    cos, sin = math.cos(region.angle), math.sin(region.angle)
    x = region.centre[0] + along * cos - down * sin
    y = region.centre[1] + along * sin + down * cos
    return sampled(frame.image, np.stack([x, y], 2))


@pytest.mark.parametrize(
    ("box", "options", "centre", "size"),
    [
        pytest.param((10, 20, 30, 60), {}, (20, 40), (40, 40), id="tall"),
        pytest.param((10, 20, 70, 40), {}, (40, 30), (60, 60), id="wide"),
        pytest.param((10, 20, 30, 60), {"aspect": 0.75}, (20, 40), (30, 40), id="aspect"),
        pytest.param((0, 0, 60, 40), {"aspect": 0.75}, (30, 20), (60, 80), id="wide for aspect"),
        pytest.param((0, 0, 20, 40), {"padding": 1.25}, (10, 20), (50, 50), id="padding"),
        pytest.param((5, 5, 5, 5), {"padding": 2}, (5, 5), (2, 2), id="a single point"),
    ],
)
def test_regions_around_boxes(box, options, centre, size):
    region = Region.around(np.array(box, np.float32), **options)
    assert (region.centre, region.size, region.angle) == (centre, size, 0)


def test_the_region_of_a_whole_picture():
    region = Region.whole((200, 100))
    assert (region.centre, region.size) == ((99.5, 49.5), (200, 200))
    points = np.array([[0, 0], [199, 199]], np.float32)
    assert region.to_picture(points, (200, 200)).tolist() == [[0, -50], [199, 149]]


@pytest.mark.parametrize(
    ("region", "point", "place"),
    [
        # A crop half as large: its first pixel covers the first two of the region.
        pytest.param(Region((4.5, 4.5), (10, 10)), (0, 0), (0.5, 0.5), id="half size, first"),
        pytest.param(Region((4.5, 4.5), (10, 10)), (4, 4), (8.5, 8.5), id="half size, last"),
        pytest.param(Region((2, 2), (5, 5)), (3, 1), (3, 1), id="same size"),
        pytest.param(Region((2, 2), (5, 5), math.pi / 2), (4, 2), (2, 4), id="quarter turn"),
        pytest.param(Region((0, 0), (10, 5)), (2, 0), (0, -2), id="stretched"),
    ],
)
def test_points_of_a_crop_of_5_x_5(region, point, place):
    points = np.array([point], np.float32)
    np.testing.assert_allclose(region.to_picture(points, (5, 5)), [place], atol=1e-5)


def test_points_keep_their_shape_and_what_is_absent():
    points = np.full((3, 4, 2), np.nan, np.float32)
    moved = TURNED.to_picture(points, (8, 8))
    assert (moved.shape, moved.dtype) == ((3, 4, 2), np.float32)
    assert np.isnan(moved).all()


@pytest.mark.parametrize(
    ("centre", "size", "angle"),
    [
        pytest.param((0, 0), (0, 5), 0, id="no width"),
        pytest.param((0, 0), (5, -1), 0, id="negative height"),
        pytest.param((math.nan, 0), (5, 5), 0, id="centre"),
        pytest.param((0, 0), (5, math.inf), 0, id="endless"),
        pytest.param((0, 0), (5, 5), math.nan, id="angle"),
    ],
)
def test_regions_that_cannot_be(centre, size, angle):
    with pytest.raises(InputError, match="no region of a picture"):
        Region(centre, size, angle)


def test_a_box_of_nobody_is_no_region():
    with pytest.raises(InputError, match="no region of a picture"):
        Region.around([np.nan] * 4)


@pytest.mark.parametrize(
    ("region", "size"),
    [
        pytest.param(Region((30, 20), (32, 32)), (32, 32), id="same size"),
        pytest.param(Region((30.3, 19.8), (20, 20)), (48, 48), id="enlarged"),
        pytest.param(Region((30.3, 19.8), (30, 24)), (20, 16), id="a little smaller"),
        pytest.param(Region((2, 3), (40, 40)), (40, 40), id="over the corner"),
        pytest.param(Region((58, 39), (30, 30)), (32, 32), id="over the other corner"),
        pytest.param(TURNED, (40, 20), id="turned"),
        pytest.param(Region((30, 20), (50, 50), math.radians(-100)), (48, 48), id="upside down"),
        pytest.param(Region((500, 500), (50, 50)), (16, 16), id="beyond"),
    ],
)
def test_pixels_are_those_of_the_definition(region, size):
    frame = smooth(61, 41)
    crop = cut(frame, region, size)
    assert (crop.shape, crop.dtype) == ((size[1], size[0], 3), np.uint8)
    # OpenCV may round places to 1/32 of a pixel; beside black that is up to 255 / 32.
    difference = np.abs(crop - brute_force(frame, region, size))
    assert np.median(difference) <= 1
    assert difference.max() <= 10


def test_the_whole_frame_as_it_is():
    image = RNG.integers(0, 256, (9, 9, 3), dtype=np.uint8)
    np.testing.assert_array_equal(cut(Frame(image), Region.whole((9, 9)), (9, 9)), image)
    backwards = cut(Frame(image), Region.whole((9, 9)), (9, 9), channels="bgr")
    np.testing.assert_array_equal(backwards, image[..., ::-1])


def test_a_frame_of_one_pixel():
    crop = cut(
        Frame(np.full((1, 1, 3), 200, np.uint8)), Region.around((-0.5, -0.5, 0.5, 0.5)), (3, 3)
    )
    assert crop[1, 1].tolist() == [200, 200, 200]


@pytest.mark.parametrize("angle_deg", [0, 25, 180])
@pytest.mark.parametrize("shrink", [0.5, 1, 1.9, 2.1, 3.9, 4.1, 9])
@pytest.mark.parametrize("frame_size", [(512, 384), (501, 383)], ids=["even", "odd"])
def test_no_shift_at_any_shrinking(frame_size, shrink, angle_deg):
    place = np.array([260.3, 171.8])
    frame = spot(*frame_size, tuple(place), sigma=max(3 * shrink, 2))
    centre = (place[0] - 3 * shrink, place[1] + 2 * shrink)
    region = Region(centre, (48 * shrink, 40 * shrink), math.radians(angle_deg))
    found = centre_of_mass(cut(frame, region, (48, 40)))
    back = region.to_picture(found.astype(np.float32), (48, 40))
    assert np.abs(back - place).max() < 0.08 * max(shrink, 1)


def test_no_detail_is_skipped():
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, ::2] = 255  # sampled at every eighth column this would be black or white
    crop = cut(Frame(stripes), Region.whole((256, 256)), (32, 32))
    assert abs(float(crop[4:-4, 4:-4].mean()) - 127.5) < 2


def test_a_cutter_gives_what_single_cuts_give():
    frame = smooth(200, 120)
    cutter = Cutter(frame, channels="bgr")
    for region in (TURNED, Region((100, 60), (150, 150)), Region((80, 60), (160, 120)), TURNED):
        np.testing.assert_array_equal(
            cutter.cut(region, (24, 24)), cut(frame, region, (24, 24), channels="bgr")
        )
