"""The measures, on numbers that can be worked out, and OKS against its definition in COCO."""

import numpy as np
import pytest

from kinema.evaluation.metrics import (
    OperatingPoint,
    best_operating_point,
    head_sizes,
    joint_errors,
    match_people,
    oks,
    pck_marks,
    pcp_marks,
    share,
    share_inside,
    torso_sizes,
)
from kinema.skeletons import COCO17, LSP14

NAN, INF = float("nan"), float("inf")
STICK = (((0,), (1,)),)


def test_errors():
    truth = [[[0, 0], [10, 0], [NAN, NAN], [NAN, NAN]]]
    found = [[[3, 4], [NAN, NAN], [1, 1], [NAN, NAN]]]
    np.testing.assert_array_equal(joint_errors(truth, found), [[5, INF, NAN, NAN]])
    assert joint_errors(np.empty((0, 17, 2)), np.empty((0, 17, 2))).shape == (0, 17)


@pytest.mark.parametrize(
    ("error", "size", "mark"),
    [
        pytest.param(10, 100, 1, id="on the threshold"),
        pytest.param(10.01, 100, 0, id="just beyond"),
        pytest.param(INF, 100, 0, id="not found"),
        pytest.param(NAN, 100, NAN, id="not labelled"),
        pytest.param(1, NAN, NAN, id="size not known"),
        pytest.param(0, 0, NAN, id="no size"),
    ],
)
def test_pck(error, size, mark):
    np.testing.assert_array_equal(pck_marks([[error]], [size], 0.1), [[mark]])


def test_share_leaves_out_what_does_not_count():
    marks = [[1, NAN, NAN], [0, 1, NAN]]
    np.testing.assert_array_equal(share(marks, axis=0), [0.5, 1, NAN])
    assert share(marks) == 2 / 3
    assert np.isnan(share([]))


def test_pckh_by_hand():
    sizes = head_sizes([[0, 0, 30, 40], [0, 0, 6, 8]])  # diagonals of 50 and 10
    np.testing.assert_allclose(sizes, [30, 6])
    errors = [[15, 16, 3], [3, 0.6, NAN]]
    np.testing.assert_array_equal(pck_marks(errors, sizes, 0.5), [[1, 0, 1], [1, 1, NAN]])
    np.testing.assert_array_equal(pck_marks(errors, sizes, 0.1), [[0, 0, 1], [0, 1, NAN]])


def test_torso():
    people = np.zeros((2, 14, 2))
    people[:, LSP14.index("left_shoulder")] = [30, 0]
    people[:, LSP14.index("right_hip")] = [0, 40]
    people[1, LSP14.index("right_hip")] = NAN
    np.testing.assert_array_equal(torso_sizes(people, LSP14), [50, NAN])


@pytest.mark.parametrize(
    ("found", "strict", "usual"),
    [
        pytest.param([[0, 5], [10, 0]], 1, 1, id="one end off by half the length"),
        pytest.param([[0, 6], [10, 0]], 0, 1, id="one end further: the mean is still 3"),
        pytest.param([[0, 6], [10, 4]], 0, 1, id="the mean is 5"),
        pytest.param([[0, 6], [10, 5]], 0, 0, id="the mean is 5.5"),
        pytest.param([[0, 0], [NAN, NAN]], 0, 0, id="one end not found"),
    ],
)
def test_pcp(found, strict, usual):
    truth = [[[0, 0], [10, 0]]]
    for is_strict, mark in ((True, strict), (False, usual)):
        np.testing.assert_array_equal(pcp_marks(truth, [found], STICK, strict=is_strict), [[mark]])


def test_pcp_of_ends_that_are_means():
    truth = [[[-1, 0], [1, 0], [0, 10]]]
    stick = (((0, 1), (2,)),)
    found = [[[4, 0], [6, 0], [0, 10]]]  # the mean of the first two is off by 5
    np.testing.assert_array_equal(pcp_marks(truth, found, stick, strict=True), [[1]])
    truth[0][0] = [NAN, NAN]
    np.testing.assert_array_equal(pcp_marks(truth, found, stick, strict=True), [[NAN]])


def test_oks_by_hand():
    sigma, area = 0.5, 50.0  # 2 area (2 sigma)^2 = 100
    truth = [[[0, 0], [0, 0], [NAN, NAN]]]
    found = [[[10, 0], [NAN, NAN], [7, 7]], [[0, 0], [0, 0], [0, 0]]]
    expected = [[np.exp(-1) / 2, 1]]
    np.testing.assert_allclose(oks(truth, found, [area], [sigma] * 3), expected, rtol=1e-12)
    assert np.isnan(oks([[[NAN, NAN]]], [[[0, 0]]], [1], [1])).all()
    assert oks(np.empty((0, 17, 2)), np.zeros((3, 17, 2)), [], COCO17.sigmas).shape == (0, 3)
    assert oks(np.zeros((2, 17, 2)), np.empty((0, 17, 2)), [1, 1], COCO17.sigmas).shape == (2, 0)


def test_oks_is_that_of_coco():
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    rng = np.random.default_rng(3)
    people, found = 5, 7
    truth = rng.uniform(50, 400, (people, 17, 2))
    hidden = rng.random((people, 17)) < 0.4
    predicted = truth[rng.integers(0, people, found)] + rng.normal(0, 12, (found, 17, 2))
    areas = rng.uniform(500, 40_000, people)
    evaluation = cocoeval.COCOeval(iouType="keypoints")
    evaluation._gts[1, 1] = [
        {
            "keypoints": np.column_stack([truth[i], np.where(hidden[i], 0, 2)]).ravel().tolist(),
            "bbox": [0, 0, 1, 1],
            "area": areas[i],
        }
        for i in range(people)
    ]
    evaluation._dts[1, 1] = [
        {"keypoints": np.column_stack([row, np.ones(17)]).ravel().tolist(), "score": -i}
        for i, row in enumerate(predicted)
    ]
    truth[hidden] = NAN
    ours = oks(truth, predicted, areas, COCO17.sigmas)
    np.testing.assert_allclose(ours.T, evaluation.computeOks(1, 1), rtol=1e-9)


def test_share_inside():
    people = [[[0, 0], [20, 20], [NAN, NAN]], [[9, 9], [10, 10], [11, 11]], [[NAN, NAN]] * 3]
    boxes = [[0, 0, 10, 10]]
    np.testing.assert_allclose(share_inside(people, boxes, growth=0), [[0.5, 2 / 3, 0]])
    np.testing.assert_allclose(share_inside(people, boxes, growth=1), [[1, 1, 0]])
    assert share_inside(people, np.empty((0, 4))).shape == (0, 3)


@pytest.mark.parametrize(
    ("similarity", "scores", "matches"),
    [
        pytest.param([[0.9, 0.8]], [0.1, 0.7], [1], id="the higher score chooses first"),
        pytest.param([[0.9, 0.8], [0.7, 0.1]], [0.9, 0.1], [0, 1], id="each takes its best"),
        pytest.param([[0.9, 0.8], [0.7, 0.05]], [0.9, 0.1], [0, -1], id="too far off"),
        pytest.param([[0.5], [0.6]], [NAN], [-1, 0], id="no score is known"),
        pytest.param([[NAN, 0.6]], [0.9, 0.1], [1], id="NaN is no likeness"),
        pytest.param([[], []], [], [-1, -1], id="nobody found"),
    ],
)
def test_matching(similarity, scores, matches):
    assert match_people(similarity, scores, 0.1).tolist() == matches


def test_a_prediction_never_changes_matches_of_higher_scores():
    rng = np.random.default_rng(0)
    similarity, scores = rng.random((6, 9)), rng.random(9)
    all_of_them = match_people(similarity, scores, 0.1)
    for count in range(10):
        kept = np.argsort(-scores)[:count]
        fewer = [m if m in kept else -1 for m in all_of_them.tolist()]
        masked = np.where(np.isin(np.arange(9), kept), similarity, NAN)
        assert match_people(masked, scores, 0.1).tolist() == fewer


@pytest.mark.parametrize(
    ("scores", "right", "people", "expected"),
    [
        # F1 after 1, 2, 3 and 4 predictions: 2/5, 4/6, 4/7, 6/8
        pytest.param([0.9, 0.8, 0.5, 0.2], [1, 1, 0, 1], 4, (0.2, 0.75, 0.75), id="all"),
        pytest.param([0.2, 0.9, 0.5], [0, 1, 0], 1, (0.9, 1, 1), id="only the first"),
        pytest.param([0.5, 0.5], [1, 0], 1, (0.5, 1, 0.5), id="equal scores stay together"),
        pytest.param([], [], 2, (0, 0, NAN), id="nobody found"),
        pytest.param([0.3], [0], 0, (0.3, NAN, 0), id="nobody labelled"),
    ],
)
def test_operating_point(scores, right, people, expected):
    point = best_operating_point(scores, right, people)
    assert isinstance(point, OperatingPoint)
    np.testing.assert_allclose((point.score, point.recall, point.precision), expected)
