import numpy as np
import pytest

from kinema.space.calibration.detection import Corners
from kinema.space.calibration.poses import inverse, most_agreed, pose_matrix, pose_vector
from kinema.space.calibration.views import View, coverage, sharp_views, well_spread


def view(pixels, *, blur=2.0, side=40.0, label="a"):
    return View("cam", 0, label, Corners(np.arange(len(pixels)), np.array(pixels), blur, side))


def test_coverage_counts_corners_in_cells():
    """Cells of a picture of 160 x 90 are 10 x 10 pixels; (9.4, 0) is in the first, (9.6, 0) not."""
    counts = coverage([view([[0.0, 0.0], [9.4, 0.0], [9.6, 0.0], [159.0, 89.0]])], (160, 90))
    assert counts.shape == (9, 16)
    assert (counts[0, 0], counts[0, 1], counts[8, 15], counts.sum()) == (2, 1, 1, 4)


def test_coverage_of_nothing():
    assert coverage([], (160, 90)).sum() == 0


@pytest.mark.parametrize(
    ("blurs", "side", "kept"),
    [
        pytest.param([2, 2, 2, 9], 40, 3, id="one blurred"),
        pytest.param([2, 2, 2, 9], 200, 4, id="large squares"),
        pytest.param([np.nan, np.nan], 40, 2, id="unknown"),
        pytest.param([], 40, 0, id="none"),
    ],
)
def test_blurred_views_are_left_out(blurs, side, kept):
    views = [view(np.zeros((4, 2)), blur=b, side=side, label=str(b)) for b in blurs]
    sharp, rejected = sharp_views(views)
    assert len(sharp) == kept
    assert [line.label for line in rejected] == [str(b) for b in blurs[kept:]]


def test_spread_views_are_chosen_and_near_twins_are_not(chessboard):
    flat = chessboard.points[:, :2] * 2000

    def at(x, y, scale=1.0):
        return view(flat * scale + [x, y])

    views = [at(0, 0), at(1, 0), at(0, 1), at(700, 300), at(0, 0, 0.5)]
    assert set(well_spread(views, chessboard, (1280, 720), 3)) == {0, 3, 4}
    assert sorted(well_spread(views, chessboard, (1280, 720), 9)) == [0, 1, 2, 3, 4]
    assert well_spread([], chessboard, (1280, 720), 3) == []


def test_poses_there_and_back():
    vectors = np.random.default_rng(2).normal(size=(5, 6))
    matrices = pose_matrix(vectors)
    np.testing.assert_allclose(
        matrices @ inverse(matrices), np.tile(np.eye(4), (5, 1, 1)), atol=1e-12
    )
    np.testing.assert_allclose([pose_vector(m) for m in matrices], vectors, atol=1e-12)


def test_the_pose_that_most_agree_on():
    rng = np.random.default_rng(4)
    near = pose_matrix(rng.normal(size=(6, 6)) * 0.01)
    far = pose_matrix([[2.0, 0, 0, 1, 1, 1], [0, 1.5, 0, -3, 0, 0]])
    best = most_agreed(np.concatenate([far, near]), 0.3)
    assert np.abs(best - np.eye(4)).max() < 0.03
