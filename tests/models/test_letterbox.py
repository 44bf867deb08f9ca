import numpy as np
import pytest

from kinema.media.frame import Frame
from kinema.models.letterbox import Letterbox


@pytest.mark.parametrize(
    ("picture", "size", "centred", "fitted", "corner"),
    [
        pytest.param((640, 480), (320, 320), True, (320, 240), (0, 40), id="wide"),
        pytest.param((480, 640), (320, 320), True, (240, 320), (40, 0), id="tall"),
        pytest.param((480, 640), (320, 320), False, (240, 320), (0, 0), id="in the corner"),
        pytest.param((10, 10), (320, 160), True, (160, 160), (80, 0), id="enlarged"),
        pytest.param((1, 1), (32, 32), True, (32, 32), (0, 0), id="one pixel"),
        pytest.param((5000, 1), (50, 50), True, (50, 1), (0, 24), id="a line"),
    ],
)
def test_fit(picture, size, centred, fitted, corner):
    box = Letterbox.fit(picture, size, centred=centred)
    assert (box.fitted, box.corner) == (fitted, corner)


def test_prepare():
    frame = Frame(np.full((2, 4, 3), [10, 20, 30], np.uint8))
    box = Letterbox.fit((4, 2), (8, 8))
    image = box.prepare(frame, (8, 8), channels="bgr", fill=7)
    assert image.shape == (8, 8, 3)
    assert (image[2:6] == [30, 20, 10]).all()
    assert (image[:2] == 7).all() and (image[6:] == 7).all()


def test_there_and_back():
    box = Letterbox.fit((640, 480), (320, 320))
    points = np.array([[[0, 40], [319.5, 279.5]], [[np.nan, np.nan], [160, 160]]], np.float32)
    moved = box.points(points)
    assert moved[0].tolist() == [[0, 0], [639, 479]]
    assert np.isnan(moved[1, 0]).all() and moved[1, 1].tolist() == [320, 240]


def test_boxes_are_measured_from_the_edges():
    box = Letterbox.fit((640, 480), (320, 320))
    boxes = np.array([[0, 40, 320, 280], [10, 50, 20, 70], [-5, 0, 400, 400]], np.float32)
    assert box.boxes(boxes).tolist() == [
        [-0.5, -0.5, 639.5, 479.5],
        [19.5, 19.5, 39.5, 59.5],
        [-0.5, -0.5, 639.5, 479.5],
    ]
    assert box.boxes(np.empty((0, 4), np.float32)).shape == (0, 4)
