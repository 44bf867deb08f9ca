from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from kinema.errors import InputError, ShapeError
from kinema.media.frame import Frame
from kinema.media.sources import read_video


def blob(x: float, y: float, *, size: tuple[int, int] = (640, 480), radius: float = 12.0):
    """A soft white dot on black, centred at (x, y)."""
    columns, rows = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    level = 255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * radius**2))
    return np.repeat(np.rint(level).astype(np.uint8)[..., None], 3, axis=2)


def centre(image) -> tuple[float, float]:
    weight = image[..., 1].astype(float)
    rows, columns = np.indices(weight.shape)
    return (columns * weight).sum() / weight.sum(), (rows * weight).sum() / weight.sum()


@pytest.fixture
def as_frame(request, tmp_path, write_video):
    """Makes a frame of an array in the way that the test's parameter says."""

    def make(image) -> Frame:
        if request.param == "array":
            return Frame(image)
        path = write_video(tmp_path / "one.mp4", [image], options={"qp": "0"})
        with read_video(path) as video:
            return next(video)

    return make


def test_an_array_frame_is_its_array():
    image = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
    frame = Frame(image, 3, 0.12)
    assert (frame.size, frame.index, frame.time) == ((7, 5), 3, 0.12)
    assert np.array_equal(frame.image, image)
    assert repr(frame) == "<Frame 3 at 0.120 s, 7 x 5>"


def test_the_image_is_read_only_but_the_callers_array_is_not():
    image = np.zeros((2, 2, 3), np.uint8)
    frame = Frame(image)
    with pytest.raises(ValueError, match="read-only"):
        frame.image[0, 0] = 1
    image[0, 0] = 1


@pytest.mark.parametrize(
    ("image", "message"),
    [
        pytest.param(np.zeros((4, 4), np.uint8), r"\(4, 4\)", id="grey"),
        pytest.param(np.zeros((4, 4, 4), np.uint8), r"\(4, 4, 4\)", id="rgba"),
        pytest.param(np.zeros((0, 4, 3), np.uint8), r"\(0, 4, 3\)", id="empty"),
        pytest.param(np.full((4, 4, 3), np.nan), "float64", id="floats"),
        pytest.param(np.zeros((4, 4, 3), np.uint16), "uint16", id="16 bit"),
        pytest.param([[[0, 0, 0]]], "list", id="list"),
    ],
)
def test_an_array_that_is_no_picture_is_refused(image, message):
    with pytest.raises(ShapeError, match=message):
        Frame(image)


@pytest.mark.parametrize("as_frame", ["array", "video"], indirect=True)
@pytest.mark.parametrize(
    ("width", "height"),
    [
        pytest.param(640, 480, id="same"),
        pytest.param(320, 240, id="half"),
        pytest.param(237, 173, id="odd"),
        pytest.param(100, 480, id="one way"),
        pytest.param(656, 368, id="wider and lower"),
        pytest.param(900, 700, id="larger"),
    ],
)
def test_scaling_keeps_pixel_centres(as_frame, width, height):
    x, y = 301.0, 177.0
    copy = as_frame(blob(x, y)).scaled(width, height)
    assert copy.shape == (height, width, 3)
    expected = (x + 0.5) * width / 640 - 0.5, (y + 0.5) * height / 480 - 0.5
    assert centre(copy) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("as_frame", ["array", "video"], indirect=True)
@pytest.mark.parametrize(("channels", "red"), [("rgb", 0), ("bgr", 2)])
@pytest.mark.parametrize("size", [(48, 32), (24, 16), (96, 64), (7, 5)])
def test_channels_have_the_order_asked_for(as_frame, quarters, channels, red, size):
    copy = as_frame(quarters).scaled(*size, channels=channels)
    expected = [0, 0, 0]
    expected[red] = 255
    assert np.abs(copy[0, 0].astype(int) - expected).max() <= 4
    assert copy.flags.writeable
    assert copy.flags.c_contiguous


def test_both_ways_of_scaling_agree(tmp_path, write_video):
    ramp = np.add.outer(np.arange(96), np.arange(128)).astype(np.uint8)
    path = write_video(
        tmp_path / "ramp.mp4", [np.repeat(ramp[..., None], 3, axis=2)], options={"qp": "0"}
    )
    with read_video(path) as video:
        frame = next(video)
    for size in [(64, 48), (50, 31), (200, 150)]:
        direct = frame.scaled(*size).astype(int)
        assert np.abs(direct - Frame(frame.image).scaled(*size)).max() <= 4


@pytest.mark.parametrize("size", [(0, 4), (4, 0), (-1, 4)])
def test_a_frame_cannot_be_scaled_to_nothing(size):
    with pytest.raises(InputError, match="cannot be scaled"):
        Frame(np.zeros((2, 2, 3), np.uint8)).scaled(*size)


def test_unknown_channels_are_refused():
    with pytest.raises(InputError, match="'rgba'"):
        Frame(np.zeros((2, 2, 3), np.uint8)).scaled(2, 2, channels="rgba")


def test_one_pixel_scales():
    frame = Frame(np.full((1, 1, 3), 77, np.uint8))
    assert (frame.scaled(5, 3) == 77).all()
    assert (frame.scaled(1, 1) == 77).all()


def test_a_view_with_negative_strides_scales():
    image = np.arange(4 * 4 * 3, dtype=np.uint8).reshape(4, 4, 3)
    assert np.array_equal(Frame(image[:, ::-1]).scaled(4, 4), image[:, ::-1])


class CountedPicture:
    """A picture that counts how often it is converted."""

    size = (6, 4)

    def __init__(self) -> None:
        self.conversions = 0

    def to_array(self, width, height, channels):
        self.conversions += 1
        return np.full((height, width, 3), self.conversions, np.uint8)


def test_a_picture_is_converted_only_when_needed_and_once():
    picture = CountedPicture()
    frame = Frame.from_picture(picture, 1, 0.5)
    assert (frame.size, frame.index, frame.time, picture.conversions) == ((6, 4), 1, 0.5, 0)
    assert frame.image is frame.image
    assert picture.conversions == 1
    assert frame.scaled(2, 2).shape == (2, 2, 3)
    assert picture.conversions == 2


def test_a_frame_can_be_used_in_many_threads_at_once(tmp_path, write_video, moving):
    path = write_video(tmp_path / "clip.mp4", moving(1, size=(320, 240)))
    with read_video(path) as video:
        frame = next(video)
    small = frame.scaled(100, 80)
    with ThreadPoolExecutor(4) as pool:
        copies = list(pool.map(lambda _: frame.scaled(100, 80), range(40)))
        images = list(pool.map(lambda _: frame.image, range(8)))
    assert all(np.array_equal(copy, small) for copy in copies)
    assert all(image is images[0] for image in images)
