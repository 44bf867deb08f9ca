import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinema.errors import InputError, ShapeError
from kinema.space.metrics3d import (
    fitted,
    joint_errors,
    mpjpe,
    n_mpjpe,
    p_mpjpe,
    velocity_error,
    weighted_mpjpe,
)

ALL = [
    mpjpe,
    n_mpjpe,
    p_mpjpe,
    velocity_error,
    lambda a, b: weighted_mpjpe(a, b, np.ones(np.shape(a)[:-2])),
]


@pytest.fixture
def poses():
    return np.random.default_rng(3).normal(size=(6, 17, 3))


def test_mpjpe_of_two_joints_by_hand():
    truth = [[[0, 0, 0], [1, 1, 1]]]
    predicted = [[[0, 0, 2], [1, 4, 5]]]  # 2 and 5 away
    assert joint_errors(predicted, truth).tolist() == [[2, 5]]
    assert mpjpe(predicted, truth) == 3.5


def test_n_mpjpe_by_hand():
    # s = <p, t> / <p, p> = (2 + 0) / (1 + 1) = 1 for t = (2, 0), p = (1, 1): errors 1 and 1.
    truth = [[[2.0, 0, 0], [0, 0, 0]]]
    predicted = [[[1.0, 0, 0], [0, 1, 0]]]
    assert n_mpjpe(predicted, truth) == pytest.approx(1.0)


def test_p_mpjpe_by_hand():
    # Four corners, the true rectangle twice as wide as the predicted square. The best scale is
    # sum of singular values / spread = (8 + 4) / 8 = 1.5; each corner is off by (0.5, 0.5).
    square = np.array([[1, 1, 0], [-1, 1, 0], [-1, -1, 0], [1, -1, 0]], dtype=float)
    wide = square * (2, 1, 1)
    assert p_mpjpe([square], [wide]) == pytest.approx(np.sqrt(0.5))


def test_velocity_error_by_hand():
    # One joint stands, in the prediction it moves 1 a frame along x and back: 1 a frame.
    truth = np.zeros((3, 1, 3))
    predicted = truth.copy()
    predicted[1, 0, 0] = 1
    assert velocity_error(predicted, truth) == 1
    assert velocity_error(predicted, truth, rate=50) == 50


def test_weighted_mpjpe_by_hand():
    truth = np.zeros((2, 1, 3))
    predicted = np.array([[[1.0, 0, 0]], [[0, 4.0, 0]]])
    assert weighted_mpjpe(predicted, truth, [1, 0.5]) == pytest.approx((1 + 2) / 2)


@pytest.mark.parametrize("metric", ALL)
def test_the_truth_has_no_error(metric, poses):
    assert metric(poses, poses) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("metric", "scale", "turn", "shift", "stays"),
    [
        pytest.param(p_mpjpe, 1.7, True, True, True, id="p: any similarity"),
        pytest.param(n_mpjpe, 1.7, False, False, True, id="n: scale"),
        pytest.param(n_mpjpe, 1.0, True, False, False, id="n: not turns"),
        pytest.param(velocity_error, 1.0, False, True, True, id="velocity: shift"),
        pytest.param(mpjpe, 1.0, False, True, False, id="mpjpe: nothing"),
        pytest.param(mpjpe, 1.7, False, False, False, id="mpjpe: not scale"),
    ],
)
def test_what_a_metric_does_not_see(metric, scale, turn, shift, stays, poses):
    rotation = Rotation.from_euler("xyz", [0.3, -1, 2]).as_matrix() if turn else np.eye(3)
    moved = scale * poses @ rotation.T + ([1, 2, 3] if shift else 0)
    assert (metric(moved, poses) < 1e-9) == stays


def test_a_reflection_is_not_a_similarity(poses):
    assert p_mpjpe(poses * (-1, 1, 1), poses) > 0.3


def test_fitting_without_scale_keeps_the_size(poses):
    moved = fitted(2 * poses, poses, scale=False)
    size = np.linalg.norm(moved - moved.mean(axis=1, keepdims=True))
    assert size == pytest.approx(2 * np.linalg.norm(poses - poses.mean(axis=1, keepdims=True)))


@pytest.mark.parametrize("metric", ALL[:4])
def test_unknown_joints_do_not_count(metric, poses):
    other = poses + np.random.default_rng(1).normal(0, 0.1, poses.shape)
    gaps = other.copy()
    gaps[:, 4] = np.nan
    assert metric(gaps, poses) == pytest.approx(
        metric(np.delete(other, 4, axis=1), np.delete(poses, 4, axis=1))
    )


@pytest.mark.parametrize("metric", ALL[:4])
def test_nothing_known_is_nan(metric):
    nothing = np.full((3, 17, 3), np.nan)
    assert np.isnan(metric(nothing, nothing))
    assert np.isnan(metric(np.empty((0, 17, 3)), np.empty((0, 17, 3))))


def test_two_joints_fit_no_similarity():
    assert np.isnan(p_mpjpe([[[0, 0, 0], [1, 0, 0]]], [[[0, 0, 0], [1, 0, 0]]]))


def test_shapes_are_checked(poses):
    with pytest.raises(ShapeError, match="of one shape"):
        mpjpe(poses, poses[1:])
    with pytest.raises(ShapeError, match=r"\(T, K, 3\)"):
        velocity_error(poses[0], poses[0])
    with pytest.raises(ShapeError, match="weights"):
        weighted_mpjpe(poses, poses, [1])
    with pytest.raises(InputError, match="negative"):
        weighted_mpjpe(poses, poses, -np.ones(6))
