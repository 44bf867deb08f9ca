import numpy as np
import pytest

from kinema.skeletons import find_skeleton
from kinema.track import Track
from kinema.tracking.pieces import extended, filter_pieces, longest_runs, runs

COCO = find_skeleton("coco17")


def test_runs_in_order_of_columns():
    present = np.array([[1, 0], [1, 1], [0, 1], [1, 0]], dtype=bool)
    assert runs(present) == [(0, 0, 2), (0, 3, 4), (1, 1, 3)]
    assert longest_runs(present) == {0: (0, 2), 1: (1, 3)}


def test_each_piece_is_filtered_by_itself():
    keypoints = np.zeros((6, 17, 2))
    keypoints[:, :, 0] = np.arange(6)[:, None]
    keypoints[3, 0] = np.nan
    track = Track(COCO, keypoints, np.ones((6, 17)), np.arange(6.0))
    seen = []

    def mean(values, frames, joints):
        seen.append((frames.start, frames.stop, len(joints)))
        return np.broadcast_to(values.mean(axis=0), values.shape)

    result = filter_pieces(track, mean, shortest=3)
    assert sorted(seen) == [(0, 3, 1), (0, 6, 16)]
    np.testing.assert_array_equal(result.keypoints[:, 0, 0], [1, 1, 1, np.nan, 4, 5])
    np.testing.assert_array_equal(result.keypoints[:, 1, 0], [2.5] * 6)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([1.0, 2, 4], [-2, 0, 1, 2, 4, 6, 7], id="turned about its ends"),
        pytest.param([5.0], [5, 5, 5, 5, 5], id="a single value"),
    ],
)
def test_extended(values, expected):
    np.testing.assert_array_equal(extended(np.array(values), 2), expected)
