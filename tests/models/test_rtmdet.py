"""Detectors that suppress doubles themselves: boxes with labels."""

import numpy as np
import pytest

from kinema.errors import InputError, ModelError
from kinema.media.frame import Frame
from kinema.models.card import ModelCard
from kinema.models.options import Options
from kinema.models.rtmdet import load_detector

FRAME = Frame(np.zeros((64, 128, 3), np.uint8))
PICTURE = (1, 3, 64, 64)
BOXES = np.array([[[4, 8, 20, 24, 0.9], [5, 8, 20, 24, 0.8], [6, 8, 20, 24, 0.1]]])
LABELS = np.array([[0, 16, 0]])


def loaded(path, **options):
    card = ModelCard("mine", "rtmdet", None, (path,), "Apache-2.0", "")
    return load_detector(card, (path,), Options(precision="f32", **options))


@pytest.mark.parametrize(
    ("outputs", "count"),
    [
        pytest.param((BOXES, LABELS), 1, id="boxes and labels"),
        pytest.param((LABELS, BOXES), 1, id="labels first"),
        pytest.param((BOXES,), 2, id="people alone"),
    ],
)
def test_worked_example(network, outputs, count):
    boxes, scores = loaded(network(*outputs, picture=PICTURE)).start(FRAME).result()
    # The picture is 64 x 32 in the upper left corner of the input: twice as large.
    assert boxes.tolist() == [[7.5, 15.5, 39.5, 47.5], [9.5, 15.5, 39.5, 47.5]][:count]
    assert scores == pytest.approx([0.9, 0.8][:count])


def test_nobody(network):
    for path in (network(BOXES, LABELS + 1, picture=PICTURE), network(BOXES * 0, LABELS)):
        boxes, scores = loaded(path).start(FRAME).result()
        assert boxes.shape == (0, 4) and scores.shape == (0,)


@pytest.mark.parametrize(
    "outputs",
    [
        pytest.param((BOXES[..., :4], LABELS), id="no scores"),
        pytest.param((BOXES, BOXES), id="two"),
        pytest.param((LABELS,), id="labels alone"),
    ],
)
def test_networks_that_do_not_fit(network, outputs):
    with pytest.raises(ModelError, match=r"the family rtmdet reads boxes \(1, N, 5\)"):
        loaded(network(*outputs, picture=PICTURE))


def test_a_file_of_any_size(network):
    path = network(BOXES, LABELS, picture=(-1, 3, -1, -1))
    boxes, _ = loaded(path, size=64).start(FRAME).result()
    assert boxes.tolist() == [[7.5, 15.5, 39.5, 47.5]]
    boxes, _ = loaded(path).start(FRAME).result()  # 640
    assert boxes.tolist() == [pytest.approx([0.3, 1.1, 3.5, 4.3])]


@pytest.mark.parametrize(
    ("options", "message"),
    [({"size": 640}, "takes pictures 64x64 and no other"), ({"mirror": True}, "no use for --mir")],
    ids=str,
)
def test_options_without_use(network, options, message):
    with pytest.raises(InputError, match=message):
        loaded(network(BOXES, LABELS, picture=PICTURE), **options)
