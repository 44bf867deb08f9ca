import numpy as np
import pytest

from kinema.skeletons import find_skeleton
from kinema.track import Track
from kinema.tracking.noise import body_size, nan_median, relative_noise

COCO = find_skeleton("coco17")


def test_size_is_the_diagonal_of_the_box():
    keypoints = np.full((3, 17, 2), np.nan)
    keypoints[:, 0], keypoints[:, 16] = [10, 20], [310, 420]
    keypoints[2, 16] = np.nan
    scores = np.where(np.isnan(keypoints[..., 0]), 0, 1)
    assert body_size(Track(COCO, keypoints, scores, np.arange(3.0))) == pytest.approx(500)
    assert np.isnan(body_size(Track(COCO, keypoints[2:], scores[2:], np.arange(1.0))))


def test_doubtful_joints_are_noisier():
    scores = np.array([1, 0.25, 0, np.nan], dtype=np.float32)
    np.testing.assert_allclose(relative_noise(scores), [1, 2, 5**0.5, 1])


def test_median_without_what_is_not_there():
    values = np.array([[1.0, np.nan, np.nan], [5, 4, np.nan], [2, 8, np.nan], [9, np.nan, np.nan]])
    np.testing.assert_array_equal(nan_median(values), [3.5, 6, np.nan])
    assert np.isnan(nan_median(np.zeros((0, 2)))).all()
