import numpy as np
import pytest

from kinema.errors import ModelError
from kinema.media.frame import Frame
from kinema.models.blazepose.detector import PoseDetector, anchors, decode, merge
from kinema.models.blazepose.regions import Pixels

COUNT = 2254
INPUT = (1, 224, 224, 3)


def boxes_at(*people, size=20.0):
    """Boxes (A, 12) and logits (A,) with people (anchor, hips, rim, logit); pixels of the input."""
    boxes = np.zeros((COUNT, 12), np.float32)
    logits = np.full(COUNT, -20, np.float32)
    for anchor, hips, rim, logit in people:
        middle = anchors()[anchor] * 224
        boxes[anchor, 0:2] = rim - middle
        boxes[anchor, 2:4] = size
        boxes[anchor, 4:6] = hips - middle
        boxes[anchor, 6:8] = rim - middle
        logits[anchor] = logit
    return boxes, logits


def place(x1, y1, x2, y2, hips):
    """(6, 2): a box and its points, of which only the hips differ from 0."""
    places = np.zeros((6, 2), np.float32)
    places[:3] = [[x1, y1], [x2, y2], hips]
    return places


@pytest.mark.parametrize(
    ("number", "x", "y"),
    [
        pytest.param(0, 0.5 / 28, 0.5 / 28, id="first"),
        pytest.param(1, 0.5 / 28, 0.5 / 28, id="second of the first cell"),
        pytest.param(2, 1.5 / 28, 0.5 / 28, id="one to the right"),
        pytest.param(56, 0.5 / 28, 1.5 / 28, id="second row"),
        pytest.param(1567, 27.5 / 28, 27.5 / 28, id="last of 28 x 28 x 2"),
        pytest.param(1568, 0.5 / 14, 0.5 / 14, id="first of 14 x 14 x 2"),
        pytest.param(1960, 0.5 / 7, 0.5 / 7, id="first of 7 x 7 x 6"),
        pytest.param(1966, 1.5 / 7, 0.5 / 7, id="six in a cell"),
        pytest.param(2253, 6.5 / 7, 6.5 / 7, id="last"),
    ],
)
def test_anchors(number, x, y):
    assert anchors().shape == (COUNT, 2)
    assert anchors()[number] == pytest.approx([x, y])


def test_a_box_is_counted_from_its_anchor():
    boxes = np.zeros((1, 12), np.float32)
    boxes[0] = [22.4, -22.4, 44.8, 67.2, 0, 0, 112, 0, 0, 112, -112, 0]
    places, scores = decode(boxes, np.zeros(1, np.float32), np.array([[0.5, 0.5]], np.float32))
    expected = [[0.5, 0.25], [0.7, 0.55], [0.5, 0.5], [1.0, 0.5], [0.5, 1.0], [0.0, 0.5]]
    np.testing.assert_allclose(places[0], expected, atol=1e-6)
    assert scores.tolist() == [0.5]  # just enough


@pytest.mark.parametrize(
    ("logit", "size", "found"),
    [
        pytest.param(1e9, 10, 1, id="certain"),
        pytest.param(-0.01, 10, 0, id="below one half"),
        pytest.param(-1e9, 10, 0, id="impossible"),
        pytest.param(5, -1, 0, id="negative size"),
        pytest.param(np.nan, 10, 0, id="nan"),
    ],
)
def test_what_is_kept(logit, size, found):
    boxes = np.zeros((1, 12), np.float32)
    boxes[0, 2:4] = size
    logits = np.array([logit], np.float32)
    places, scores = decode(boxes, logits, np.zeros((1, 2), np.float32))
    assert len(places) == len(scores) == found


@pytest.mark.parametrize(
    ("places", "scores", "merged", "best"),
    [
        pytest.param([], [], [], [], id="nobody"),
        pytest.param(
            [place(0, 0, 10, 10, (3, 3)), place(20, 0, 30, 10, (5, 5))],
            [0.6, 0.9],
            [place(20, 0, 30, 10, (5, 5)), place(0, 0, 10, 10, (3, 3))],
            [0.9, 0.6],
            id="two apart: the better first",
        ),
        pytest.param(
            # Overlap 8 x 10 of 120: 2/3. The mean with weights 3/4 and 1/4.
            [place(0, 0, 10, 10, (4, 8)), place(2, 0, 12, 10, (8, 4))],
            [0.9, 0.3],
            [place(0.5, 0, 10.5, 10, (5, 7))],
            [0.9],
            id="the same one: mean by score",
        ),
        pytest.param(
            # Overlap 4 x 10 of 160: 1/4 is not above 0.3.
            [place(0, 0, 10, 10, (1, 1)), place(6, 0, 16, 10, (2, 2))],
            [0.9, 0.8],
            [place(0, 0, 10, 10, (1, 1)), place(6, 0, 16, 10, (2, 2))],
            [0.9, 0.8],
            id="a quarter in common: two people",
        ),
        pytest.param(
            # The third overlaps the second, not the first; the second goes with the first.
            [
                place(0, 0, 10, 10, (0, 0)),
                place(4, 0, 14, 10, (4, 0)),
                place(8, 0, 18, 10, (8, 0)),
            ],
            [0.8, 0.8, 0.5],
            [place(2, 0, 12, 10, (2, 0)), place(8, 0, 18, 10, (8, 0))],
            [0.8, 0.5],
            id="overlap is with the best one only",
        ),
        pytest.param(
            [place(5, 5, 5, 5, (1, 2)), place(5, 5, 5, 5, (3, 4))],
            [0.9, 0.8],
            [place(5, 5, 5, 5, (1, 2)), place(5, 5, 5, 5, (3, 4))],
            [0.9, 0.8],
            id="no area",
        ),
    ],
)
def test_merging(places, scores, merged, best):
    places = np.array(places, np.float32).reshape(-1, 6, 2)
    given, given_scores = merge(places, np.array(scores, np.float32))
    expected = np.array(merged, np.float32).reshape(-1, 6, 2)
    np.testing.assert_allclose(given, expected, rtol=1e-5)
    np.testing.assert_allclose(given_scores, best)


@pytest.mark.parametrize(
    ("size", "scale", "shift"),
    [
        pytest.param((224, 224), 1, (0, 0), id="as the network sees it"),
        pytest.param((448, 224), 2, (0, -112), id="wide: nothing above and below"),
        pytest.param((100, 200), 200 / 224, (-50, 0), id="tall"),
    ],
)
def test_people_lie_where_the_network_sees_them(network, size, scale, shift):
    hips, rim = np.array([120.0, 130.0]), np.array([120.0, 90.0])
    boxes, logits = boxes_at((700, hips, rim, 2.0))
    path = network(boxes[None], logits[None, :, None], picture=INPUT)
    (found,) = PoseDetector(path).find(Pixels(Frame(np.zeros((size[1], size[0], 3), np.uint8))))
    assert found.region.centre == pytest.approx(hips * scale + shift)
    assert found.region.size == pytest.approx((100 * scale, 100 * scale))
    assert found.score == pytest.approx(1 / (1 + np.exp(-2)))


def test_the_order_of_outputs_does_not_matter_and_the_surest_comes_first(network):
    people = [
        (0, np.array([60.0, 60.0]), np.array([60.0, 30.0]), 1.0),
        (900, np.array([160.0, 60.0]), np.array([160.0, 30.0]), 3.0),
    ]
    boxes, logits = boxes_at(*people)
    path = network(logits[None, :, None], boxes[None], picture=INPUT)
    found = PoseDetector(path).find(Pixels(Frame(np.zeros((224, 224, 3), np.uint8))))
    assert [person.region.centre[0] for person in found] == pytest.approx([160, 60])


def test_broken_numbers_are_nobody(network):
    boxes, logits = boxes_at((3, np.array([60.0, 60.0]), np.array([np.inf, 30.0]), 1.0))
    path = network(boxes[None], logits[None, :, None], picture=INPUT)
    assert PoseDetector(path).find(Pixels(Frame(np.zeros((9, 9, 3), np.uint8)))) == []


@pytest.mark.parametrize(
    ("shapes", "picture"),
    [
        pytest.param([(1, 10, 12), (1, 10, 1)], INPUT, id="other anchors"),
        pytest.param([(1, COUNT, 12)], INPUT, id="no scores"),
        pytest.param([(1, COUNT, 12), (1, COUNT, 1)], (1, 64, 64, 3), id="other size"),
    ],
)
def test_other_networks_are_refused(network, shapes, picture):
    path = network(*(np.zeros(shape) for shape in shapes), picture=picture)
    with pytest.raises(ModelError, match=r"the family blazepose reads boxes \(1, 2254, 12\)"):
        PoseDetector(path)
