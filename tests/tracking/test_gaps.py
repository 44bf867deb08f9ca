import numpy as np
import pytest

from kinema.errors import InputError
from kinema.skeletons import find_skeleton
from kinema.track import Track
from kinema.tracking.gaps import INTERPOLATORS, fill_gaps

COCO = find_skeleton("coco17")


def line(frames=60, rate=20.0):
    keypoints = np.arange(float(frames))[:, None, None].repeat(17, axis=1).repeat(2, axis=2)
    return keypoints, np.full((frames, 17), 0.8), np.arange(frames) / rate


@pytest.mark.parametrize("method", INTERPOLATORS)
def test_a_line_is_continued_and_long_gaps_stay(method):
    keypoints, scores, times = line()
    truth = keypoints.copy()
    keypoints[10:15, 0] = np.nan  # 5 frames at 20 a second: 0.25 s
    keypoints[30:36, 0] = np.nan  # 6 frames
    scores[9, 0] = 0.3
    result = fill_gaps(Track(COCO, keypoints, scores, times), max_gap=0.25, method=method)
    assert np.flatnonzero(result.filled[:, 0]).tolist() == [10, 11, 12, 13, 14]
    np.testing.assert_allclose(result.track.keypoints[10:15, 0], truth[10:15, 0], atol=1e-5)
    np.testing.assert_allclose(result.distance[9:16, 0], [0, 0.05, 0.1, 0.15, 0.1, 0.05, 0])
    assert result.track.scores[12, 0] == pytest.approx(0.3)
    assert np.isnan(result.track.keypoints[30:36, 0]).all()
    assert np.isnan(result.distance[30:36, 0]).all()
    assert not result.filled[:, 1:].any()


def test_never_before_the_first_or_after_the_last_sample():
    keypoints, scores, times = line()
    keypoints[:2, 4] = np.nan
    keypoints[-2:, 4] = np.nan
    assert not fill_gaps(Track(COCO, keypoints, scores, times), max_gap=9.0).filled.any()


def test_frames_that_are_missing_are_gaps_too():
    keypoints, scores, times = line()
    there = np.delete(np.arange(60), [20, 21])
    result = fill_gaps(Track(COCO, keypoints[there], scores[there], times[there]))
    np.testing.assert_allclose(result.track.keypoints, keypoints, atol=1e-4)
    assert result.filled.sum() == 2 * 17


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_short_tracks(frames):
    keypoints, scores, times = line(frames)
    assert len(fill_gaps(Track(COCO, keypoints, scores, times)).track) == frames


def test_between_two_samples():
    keypoints, scores, times = line(4)
    keypoints[1:3, 2] = np.nan
    result = fill_gaps(Track(COCO, keypoints, scores, times), max_gap=0.1)
    np.testing.assert_allclose(result.track.keypoints[:, 2, 0], [0, 1, 2, 3], atol=1e-6)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        pytest.param({"method": "pchipp"}, "did you mean pchip", id="method"),
        pytest.param({"max_gap": -1.0}, "cannot be -1.0 seconds", id="negative"),
        pytest.param({"max_gap": float("nan")}, "cannot be nan seconds", id="not a number"),
    ],
)
def test_bad_settings(options, match):
    with pytest.raises(InputError, match=match):
        fill_gaps(Track(COCO, *line()), **options)
