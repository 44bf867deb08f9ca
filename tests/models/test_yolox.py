"""YOLOX: rows of a grid with known boxes."""

import math

import numpy as np
import pytest

from kinema.errors import ModelError
from kinema.media.frame import Frame
from kinema.models.card import ModelCard
from kinema.models.options import Options
from kinema.models.yolox import load_detector

FRAME = Frame(np.zeros((64, 128, 3), np.uint8))
PICTURE = (1, 3, 64, 64)
ROWS = 64 + 16 + 4


def output(*people):
    """The grid of a network that sees people: (row, four numbers, objectness, probability)."""
    grid = np.zeros((1, ROWS, 85), np.float32)
    for row, box, objectness, probability in people:
        grid[0, row, :6] = *box, objectness, probability
    grid[0, 40, [4, 22]] = 1, 1  # a horse
    return grid


def original(row, box):
    """Two corners in pixels of the input, as YOLOX's own decoding gives them."""
    first = 0
    for stride in (8, 16, 32):
        columns = 64 // stride
        if row < first + columns**2:
            column, line = (row - first) % columns, (row - first) // columns
            x, y = (box[0] + column) * stride, (box[1] + line) * stride
            width, height = math.exp(box[2]) * stride, math.exp(box[3]) * stride
            return [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
        first += columns**2
    raise AssertionError


def loaded(path, **options):
    card = ModelCard("mine", "yolox", None, (path,), "Apache-2.0", "")
    return load_detector(card, (path,), Options(precision="f32", **options))


def test_worked_example(network):
    people = [
        (10, (0.3, 0.6, 0.2, 0.4), 0.9, 0.5),
        (64 + 5, (0.1, -0.4, 0.3, 0.5), 0.9, 0.9),
        (64 + 16 + 1, (0.0, 0.2, -1.0, -0.5), 1.0, 0.7),
        (20, (0.5, 0.5, 0.5, 0.5), 0.4, 0.4),
    ]
    boxes, scores = loaded(network(output(*people), picture=PICTURE)).start(FRAME).result()
    assert scores == pytest.approx([0.81, 0.7, 0.45])
    # The picture is 64 x 32 in the upper left corner of the input: twice as large.
    expected = [np.multiply(2, original(*people[i][:2])) for i in (1, 2, 0)]
    expected = np.clip(expected, 0, [128, 64, 128, 64]) - 0.5
    np.testing.assert_allclose(boxes, expected, atol=1e-4)


def test_doubles_go_and_nobody_is_nobody(network):
    twice = [(27, (0.5, 0.5, 2, 2), 1, 0.8), (28, (-0.5, 0.5, 2, 2), 1, 0.9)]
    boxes, scores = loaded(network(output(*twice), picture=PICTURE)).start(FRAME).result()
    assert len(boxes) == 1 and scores == pytest.approx([0.9])
    boxes, scores = loaded(network(output(), picture=PICTURE)).start(FRAME).result()
    assert boxes.shape == (0, 4) and scores.shape == (0,)


def test_a_file_with_suppression_inside(network):
    boxes = np.array([[[4, 8, 20, 24, 0.9], [4, 8, 20, 24, 0.8], [0, 0, 9, 9, 0.1]]])
    path = network(boxes, np.array([[0, 3, 0]]), picture=PICTURE)
    found, scores = loaded(path).start(FRAME).result()
    assert found.tolist() == [[7.5, 15.5, 39.5, 47.5]]
    assert scores == pytest.approx([0.9])


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param([output()[:, :-1]], id="rows"),
        pytest.param([output()[0]], id="2D"),
        pytest.param([output(), output()], id="two"),
    ],
)
def test_networks_that_do_not_fit(network, wrong):
    with pytest.raises(ModelError, match=r"the family yolox reads \(1, 84, 5 \+ classes\)"):
        loaded(network(*wrong, picture=PICTURE))
