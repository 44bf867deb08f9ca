"""NanoDet: cells with known distributions, and the boxes that they stand for."""

import math

import numpy as np
import pytest

from kinema.errors import InputError, ModelError
from kinema.media.frame import Frame
from kinema.models.card import ModelCard
from kinema.models.nanodet import BGR_IMAGENET, load_detector, load_fainter
from kinema.models.options import Options
from kinema.models.runtime import Network

FRAME = Frame(np.zeros((64, 128, 3), np.uint8))  # fills half of an input of 64 x 64
PICTURE = (1, 3, 64, 64)
CELLS = (64, 16, 4)
BINS = 11


def distribution(distance):
    """Logits of the two bins around a distance, so that the mean is the distance."""
    logits = np.full(BINS, -50.0)
    low = int(distance)
    for number, weight in ((low, low + 1 - distance), (low + 1, distance - low)):
        if weight > 0:
            logits[number] = math.log(weight)
    return logits


def outputs(*cells):
    """What a network gives that sees people in some cells: (level, cell, score, distances)."""
    scores = [np.zeros((1, n, 80), np.float32) for n in CELLS]
    sides = [np.zeros((1, n, 4 * BINS), np.float32) for n in CELLS]
    for level, cell, score, distances in cells:
        scores[level][0, cell, 0] = score
        sides[level][0, cell] = np.concatenate([distribution(d) for d in distances])
    scores[1][0, 3, 17] = 0.99  # a horse
    return (*scores, *sides)


def loaded(path, **options):
    card = ModelCard("mine", "nanodet", None, (path,), "Apache-2.0", "")
    return load_detector(card, (path,), Options(precision="f32", **options))


@pytest.mark.parametrize(("threshold", "expected"), [(0.15, [0.9, 0.2]), (0.25, [0.9])])
def test_fainter_people(network, threshold, expected):
    sure, faint = (2, 2, 0.9, (0.25, 0.5, 0.5, 0.1)), (1, 5, 0.2, (1, 1, 1, 1))
    path = network(*outputs(faint, sure), picture=PICTURE)
    card = ModelCard("mine", "nanodet", None, (path,), "Apache-2.0", "")
    detector = load_fainter(card, (path,), Options(precision="f32"), threshold=threshold)
    assert detector.start(FRAME).result()[1].tolist() == pytest.approx(expected)


def original(cell, columns, stride, distances):
    """Centre of the cell and the distances in strides, in pixels of the input."""
    x, y = (cell % columns + 0.5) * stride, (cell // columns + 0.5) * stride
    left, top, right, bottom = (d * stride for d in distances)
    return x - left, y - top, x + right, y + bottom


def test_worked_example(network):
    far = (0, 30, 0.7, (1.5, 1, 1.25, 1))  # stride 8, column 6, row 3
    near = (2, 2, 0.9, (0.25, 0.5, 0.5, 0.1))  # stride 32, column 0, row 1
    faint = (1, 5, 0.2, (1, 1, 1, 1))
    detector = loaded(network(*outputs(faint, near, far), picture=PICTURE))
    boxes, scores = detector.start(FRAME).result()
    assert scores.tolist() == pytest.approx([0.9, 0.7])
    # The picture is 64 x 32 in the input, from row 16 on: twice as large, half a pixel less.
    expected = [original(2, 2, 32, near[3]), original(30, 8, 8, far[3])]
    expected = [
        [2 * x - shift for x, shift in zip(box, (0, 32) * 2, strict=True)] for box in expected
    ]
    expected = np.clip(expected, 0, [128, 64, 128, 64]) - 0.5
    assert boxes.tolist() == [pytest.approx(row, abs=1e-4) for row in expected.tolist()]
    assert (detector.name, detector.parallel >= 1) == ("mine", True)


def test_doubles_go(network):
    twice = [(1, 5, 0.6, (1, 1, 1, 1)), (1, 6, 0.8, (2, 1, 0, 1))]
    boxes, scores = loaded(network(*outputs(*twice), picture=PICTURE)).start(FRAME).result()
    assert len(boxes) == 1 and scores == pytest.approx([0.8])


def test_nobody(network):
    boxes, scores = loaded(network(*outputs(), picture=PICTURE)).start(FRAME).result()
    assert boxes.shape == (0, 4) and scores.shape == (0,)


def test_what_the_network_is_given(network):
    given = Network(network.echo(), picture=BGR_IMAGENET, precision="f32")
    pixels = np.zeros((6, 4, 3), np.uint8) + np.array([104, 116, 124], np.uint8)
    (output,) = given.start(pixels).result()
    assert output[0, :, 0, 0] == pytest.approx([0.0082, -0.0049, 0.0056], abs=1e-4)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda o: o[:5], id="one missing"),
        pytest.param(lambda o: (*o[:3], *(a[..., :43] for a in o[3:])), id="43 numbers"),
        pytest.param(lambda o: (*(a[:, :-1] for a in o[:3]), *o[3:]), id="cells"),
        pytest.param(lambda o: [a[0] for a in o], id="2D"),
    ],
)
def test_networks_that_do_not_fit(network, wrong):
    path = network(*wrong(outputs()), picture=PICTURE)
    with pytest.raises(ModelError, match="the family nanodet reads") as error:
        loaded(path)
    assert "(1, 64, classes) and (1, 64, 4 bins)" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("option", [{"size": 64}, {"mirror": True}, {"single_person": True}])
def test_options_without_use(network, option):
    with pytest.raises(InputError, match="mine has no use for --"):
        loaded(network(*outputs(), picture=PICTURE), **option)
